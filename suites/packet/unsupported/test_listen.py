"""listen(2) of packet sockets, to which nobody connects."""

from errno import EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN, ethernet
from helpers.syscall import refused
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_ACCEPTCONN

SYSCALL = "listen"

GENERIC = "src:net/socket.c:__sys_listen"
PACKET = "src:net/packet/af_packet.c:packet_ops"


@clause(since="2.2", level="documented", refs=["man:listen(2)", GENERIC, PACKET], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_refuses_a_packet_socket_with_eopnotsupp(loopback, type_):
    """A packet socket of any type cannot listen: EOPNOTSUPP for every backlog, and it still receives frames."""
    socket = loopback.packet_socket(type_, OWN, bound=False)
    frame = ethernet()

    results = [socket.listen(backlog) for backlog in (-1, 0, 1)]

    assert results == [refused(EOPNOTSUPP)] * 3
    assert socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 0
    loopback.inject(frame)
    assert socket.receive(frame.marker).data.endswith(frame.payload)
