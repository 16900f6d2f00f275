"""Receiving on packet sockets: the error that waits in a socket."""

from errno import EAGAIN, ENETDOWN

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.pending_errors import down
from helpers.syscall import refused
from helpers.uapi.socket import MSG_ERRQUEUE, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

SYSCALL = "recvfrom"


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_recvmsg"])
def test_the_error_queue_is_read_without_taking_the_pending_error(sockets):
    """MSG_ERRQUEUE neither reports nor clears the error that is pending in the socket."""
    socket = down(sockets)

    result = socket.recvfrom(Buffer(16).array, 16, MSG_ERRQUEUE)

    assert result == refused(EAGAIN)
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN
