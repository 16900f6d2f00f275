"""socketpair(2): families, types and protocols that make no pair, and that a refused pair leaves nothing behind."""

import ctypes
from errno import EAFNOSUPPORT, EINVAL, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.descriptors import opened_by
from helpers.process import in_child
from helpers.syscall import Result, refused
from helpers.uapi.socket import (
    AF_INET,
    AF_MAX,
    AF_NETLINK,
    AF_PACKET,
    AF_UNIX,
    AF_UNSPEC,
    SOCK_DGRAM,
    SOCK_MAX,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_RDM,
    SOCK_STREAM,
)

GENERIC = "src:net/socket.c:__sys_socketpair"
UNSUPPORTED = {
    "packet-raw": (AF_PACKET, SOCK_RAW),
    "packet-dgram": (AF_PACKET, SOCK_DGRAM),
    "packet-packet": (AF_PACKET, SOCK_PACKET),
    "inet-packet": (AF_INET, SOCK_PACKET),
    "tcp": (AF_INET, SOCK_STREAM),
    "udp": (AF_INET, SOCK_DGRAM),
    "netlink": (AF_NETLINK, SOCK_DGRAM),
}
REFUSALS = {
    "negative-family": (-1, SOCK_STREAM, 0, EAFNOSUPPORT),
    "AF_MAX": (AF_MAX, SOCK_STREAM, 0, EAFNOSUPPORT),
    "no-such-family": (AF_UNSPEC, SOCK_STREAM, 0, EAFNOSUPPORT),
    "unix-protocol": (AF_UNIX, SOCK_STREAM, AF_INET, EPROTONOSUPPORT),
    "unix-type": (AF_UNIX, SOCK_RDM, 0, ESOCKTNOSUPPORT),
    "packet-type": (AF_PACKET, SOCK_STREAM, 0, ESOCKTNOSUPPORT),
    "type-SOCK_MAX": (AF_UNIX, SOCK_MAX, 0, EINVAL),
}


def make(family: int, kind: int, protocol: int = 0) -> Result:
    """Try to make a pair."""
    return syscall.socketpair(family, kind, protocol, (ctypes.c_int * 2)())


@clause(
    since="2.2",
    level="documented",
    refs=["man:socketpair(2)", GENERIC, "src:net/packet/af_packet.c:packet_ops"],
    covers=["errno:EOPNOTSUPP"],
)
@pytest.mark.parametrize(("family", "kind"), UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
def test_refuses_families_without_pairs_with_eopnotsupp(family, kind):
    """Packet, Internet and netlink sockets come in no pairs: EOPNOTSUPP, and no descriptor stays open."""
    outcome = in_child(opened_by, lambda: make(family, kind))

    assert outcome == (refused(EOPNOTSUPP), [])


@clause(
    since="2.2",
    level="documented",
    refs=["man:socketpair(2)", "man:socket(2)", GENERIC, "src:net/socket.c:__sock_create"],
    covers=["errno:EAFNOSUPPORT", "errno:EPROTONOSUPPORT", "errno:ESOCKTNOSUPPORT", "errno:EINVAL"],
)
@pytest.mark.parametrize(("family", "kind", "protocol", "errno"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_a_bad_family_type_or_protocol_as_socket_does(sockets, family, kind, protocol, errno):
    """A family, type or protocol that socket(2) refuses is refused for a pair, too, and no descriptor stays open."""
    outcome = in_child(opened_by, lambda: make(family, kind, protocol))

    assert outcome == (refused(errno), [])
    assert len(sockets.pair()) == 2


@clause(since="2.2", level="source", refs=[GENERIC], covers=["errno:EOPNOTSUPP"])
def test_refused_packet_sockets_are_gone(namespace):
    """A pair of packet sockets that was refused leaves no socket behind in its namespace."""

    def listed() -> tuple[Result, int, int]:
        with open("/proc/thread-self/net/packet") as table:
            result = make(AF_PACKET, SOCK_RAW)
            after = len(table.readlines()) - 1
            syscall.socket(AF_PACKET, SOCK_RAW, 0)
            table.seek(0)
            return result, after, len(table.readlines()) - 1

    assert in_child(listed, namespace=namespace) == (refused(EOPNOTSUPP), 0, 1)
