"""setsockopt(2) on packet sockets: the levels that they have."""

from errno import ENOPROTOOPT, EOPNOTSUPP

from fixtures.clauses import clause
from helpers import syscall
from helpers.option_calls import answer, get, packed, put
from helpers.options import option
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_AUXDATA
from helpers.uapi.socket import SOCK_PACKET, SOL_IP, SOL_PACKET

SYSCALL = "setsockopt"

DISPATCH = "src:net/socket.c:do_sock_setsockopt"
PACKET = "src:net/packet/af_packet.c:packet_setsockopt"
BROADCAST = option("SO_BROADCAST")
AUXDATA = option("PACKET_AUXDATA")


@clause(
    since="2.2", level="documented", refs=["man:setsockopt(2)", "man:packet(7)", PACKET], covers=["errno:ENOPROTOOPT"]
)
def test_refuses_a_level_that_packet_sockets_do_not_have_with_enoprotoopt(sockets):
    """A level other than SOL_SOCKET and SOL_PACKET is refused with ENOPROTOOPT on a packet socket."""
    socket, levels = sockets.packet(), (0, SOL_PACKET - 1, SOL_PACKET + 1, 4711, -1)

    results = {level: syscall.setsockopt(socket.fd, level, PACKET_AUXDATA, packed(1), 4) for level in levels}

    assert results == dict.fromkeys(levels, refused(ENOPROTOOPT))
    assert get(socket, AUXDATA) == answer(0)
    assert put(socket, AUXDATA, 1) == SUCCESS


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c", DISPATCH], covers=["errno:EOPNOTSUPP"])
def test_a_sock_packet_socket_has_no_options_but_those_of_every_socket(sockets):
    """On a SOCK_PACKET socket every level but SOL_SOCKET is refused with EOPNOTSUPP, SOL_PACKET too."""
    socket, levels = sockets.packet(SOCK_PACKET), (SOL_PACKET, SOL_IP, 4711)

    results = [syscall.setsockopt(socket.fd, level, PACKET_AUXDATA, packed(1), 4) for level in levels]

    assert results == [refused(EOPNOTSUPP)] * 3
    assert put(socket, BROADCAST, 1) == SUCCESS
