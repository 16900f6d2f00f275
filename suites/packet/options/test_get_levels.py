"""getsockopt(2) on packet sockets: the levels that they have."""

from errno import ENOPROTOOPT, EOPNOTSUPP
from typing import NamedTuple

from fixtures.clauses import clause
from helpers.option_calls import answer, get, refusal
from helpers.options import option
from helpers.uapi.if_packet import PACKET_AUXDATA
from helpers.uapi.socket import SOCK_PACKET, SOL_IP, SOL_PACKET

SYSCALL = "getsockopt"

DISPATCH = "src:net/socket.c:do_sock_getsockopt"
PACKET = "src:net/packet/af_packet.c:packet_getsockopt"
BROADCAST, AUXDATA = option("SO_BROADCAST"), option("PACKET_AUXDATA")


class Place(NamedTuple):
    """A number at a level, whether known there or not."""

    level: int
    number: int


@clause(since="2.2", level="documented", refs=["man:getsockopt(2)", PACKET], covers=["errno:ENOPROTOOPT"])
def test_refuses_a_level_that_packet_sockets_do_not_have_with_enoprotoopt(sockets):
    """A level other than SOL_SOCKET and SOL_PACKET is refused with ENOPROTOOPT on a packet socket."""
    socket, levels = sockets.packet(), (0, SOL_PACKET - 1, SOL_PACKET + 1, 4711, -1)

    replies = {level: get(socket, Place(level, PACKET_AUXDATA)) for level in levels}

    assert replies == dict.fromkeys(levels, refusal(ENOPROTOOPT))
    assert get(socket, Place(SOL_PACKET, PACKET_AUXDATA)) == answer(0)


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c", DISPATCH], covers=["errno:EOPNOTSUPP"])
def test_a_sock_packet_socket_has_no_options_but_those_of_every_socket(sockets):
    """On a SOCK_PACKET socket every level but SOL_SOCKET is refused with EOPNOTSUPP, SOL_PACKET too."""
    socket = sockets.packet(SOCK_PACKET)

    replies = [get(socket, Place(level, PACKET_AUXDATA)) for level in (SOL_PACKET, SOL_IP, 4711)]

    assert replies == [refusal(EOPNOTSUPP)] * 3
    assert get(socket, BROADCAST) == answer(0)
