"""socket(2): who may make raw sockets of AF_INET."""

from errno import EPERM, EPROTONOSUPPORT

from fixtures.clauses import clause
from helpers import syscall
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.in_ import IPPROTO_ICMP
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM

SYSCALL = "socket"

INET = "src:net/ipv4/af_inet.c:inet_create"


def errnos_of(*calls: tuple[int, int, int]) -> list[int]:
    """Return the errnos of socket(2) with each of these arguments."""
    return [syscall.socket(*arguments).errno for arguments in calls]


@clause(since="2.2", level="documented", refs=["man:raw(7)", "man:capabilities(7)", INET], covers=["errno:EPERM"])
def test_of_other_sockets_only_raw_ones_need_it():
    """Of AF_INET only SOCK_RAW is EPERM without CAP_NET_RAW; TCP, UDP and every AF_UNIX socket is made without."""
    raw = (AF_INET, SOCK_RAW, IPPROTO_ICMP)
    others = [(AF_INET, SOCK_STREAM, 0), (AF_INET, SOCK_DGRAM, 0), (AF_UNIX, SOCK_RAW, 0)]

    assert in_child(errnos_of, raw, *others, without=["CAP_NET_RAW"]) == [EPERM, 0, 0, 0]
    assert in_child(errnos_of, raw, *others, without=["CAP_NET_ADMIN"]) == [0, 0, 0, 0]


@clause(since="2.2", level="source", refs=[INET], covers=["errno:EPROTONOSUPPORT"])
def test_inet_asks_for_the_protocol_before_the_capability():
    """A raw AF_INET socket without a protocol is refused with EPROTONOSUPPORT, with CAP_NET_RAW or without."""
    assert in_child(errnos_of, (AF_INET, SOCK_RAW, 0), without=["CAP_NET_RAW"]) == [EPROTONOSUPPORT]
    assert syscall.socket(AF_INET, SOCK_RAW, 0) == refused(EPROTONOSUPPORT)
