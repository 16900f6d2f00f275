"""getpeername(2) of packet sockets, which have no peer."""

from errno import EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.net import addresses, frames
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW
from helpers.value_result import ROOM, ask, untouched

SYSCALL = "getpeername"

PACKET = "src:net/packet/af_packet.c:packet_getname"


@clause(since="2.2", level="source", refs=["man:packet(7)", PACKET], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
@pytest.mark.parametrize("bound", [False, True], ids=["fresh", "bound"])
def test_packet_sockets_have_no_peer(sockets, type_, bound):
    """A packet socket refuses with EOPNOTSUPP, bound or not, and writes nothing; getsockname(2) succeeds."""
    socket = sockets.packet(type_, frames.OWN)
    if bound:
        address = addresses.raw(17, b"lo".ljust(14, b"\0")) if type_ == SOCK_PACKET else None
        socket.must.bind(address) if address else socket.attach(1, frames.OWN)

    answer = ask(socket.getpeername, ROOM)

    assert answer == (refused(EOPNOTSUPP), untouched(ROOM))
    assert ask(socket.getsockname, ROOM)[0] == SUCCESS
