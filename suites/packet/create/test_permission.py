"""socket(2): who may make packet sockets."""

from errno import EPERM, ESOCKTNOSUPPORT
from socket import htons

from fixtures.clauses import clause
from helpers import syscall
from helpers.capabilities import ALL
from helpers.net.frames import OWN
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.socket import AF_INET, AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOCK_STREAM

SYSCALL = "socket"

PACKET = "src:net/packet/af_packet.c:packet_create"


def errnos_of(*calls: tuple[int, int, int]) -> list[int]:
    """Return the errnos of socket(2) with each of these arguments."""
    return [syscall.socket(*arguments).errno for arguments in calls]


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:capabilities(7)", PACKET], covers=["errno:EPERM"])
def test_packet_sockets_need_cap_net_raw():
    """A packet socket of any type is refused with EPERM to a thread that lacks CAP_NET_RAW, and to no other."""
    calls = [(AF_PACKET, type_, htons(OWN)) for type_ in (SOCK_RAW, SOCK_DGRAM, SOCK_PACKET)]
    calls.append((AF_INET, SOCK_PACKET, 0))
    everything_else = [name for name in ALL if name != "CAP_NET_RAW"]

    assert in_child(errnos_of, *calls, without=["CAP_NET_RAW"]) == [EPERM] * 4
    assert in_child(errnos_of, *calls, without=everything_else) == [0] * 4


@clause(since="2.2", level="source", refs=[PACKET], covers=["errno:ESOCKTNOSUPPORT"])
def test_packet_asks_for_the_capability_before_the_type():
    """Without CAP_NET_RAW an unknown type of packet socket is EPERM; with it ESOCKTNOSUPPORT."""
    assert in_child(errnos_of, (AF_PACKET, SOCK_STREAM, 0), without=["CAP_NET_RAW"]) == [EPERM]
    assert syscall.socket(AF_PACKET, SOCK_STREAM, 0) == refused(ESOCKTNOSUPPORT)
