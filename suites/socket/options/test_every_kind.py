"""SOL_SOCKET on sockets of every kind: options that all have, and those that some families refuse."""

from errno import EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP, KINDS
from helpers.option_calls import answer, get, kept, put, round_trip
from helpers.options import covers, options
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, AF_INET6, SOCK_RAW

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
RAW = [kind for kind in KINDS if kind.family in (AF_INET, AF_INET6) and kind.type == SOCK_RAW]
COMMON = (
    "SO_REUSEADDR", "SO_DONTROUTE", "SO_BROADCAST", "SO_KEEPALIVE", "SO_OOBINLINE", "SO_NO_CHECK", "SO_RXQ_OVFL",
    "SO_WIFI_STATUS", "SO_NOFCS", "SO_SELECT_ERR_QUEUE", "SO_PRIORITY", "SO_MARK", "SO_INCOMING_CPU", "SO_BUF_LOCK",
)  # fmt: skip


def _default(kind, chosen):
    """Return what a new socket of *kind* has: raw sockets of IP may share an address from the start."""
    return int(chosen.name == "SO_REUSEADDR" and kind in RAW) or chosen.default


@clause(since="5.15", level="documented", refs=[MAN, SET, GET], covers=covers(COMMON, "set", "get"))
@of_kinds(*KINDS)
def test_a_socket_of_any_kind_keeps_them(loopback, kind):
    """The flags and numbers of SOL_SOCKET have their defaults on a socket of any kind, and keep what is set.

    SO_REUSEADDR is off except on raw sockets of IP (net/ipv4/af_inet.c: INET_PROTOSW_REUSE).
    """
    socket = kind.open(loopback.sockets, loopback.namespace)
    chosen = options(*COMMON)

    before = {each.name: get(socket, each) for each in chosen}
    after = {each.name: round_trip(socket, each) for each in chosen}

    assert before == {each.name: answer(_default(kind, each)) for each in chosen}
    assert after == {each.name: kept(each) for each in chosen}


# option: the kinds that take it
TAKEN_BY = {
    "SO_ZEROCOPY": (INET_TCP, INET6_TCP, INET_UDP, INET6_UDP),
    "SO_TXREHASH": (INET_TCP, INET6_TCP),
    "SO_REUSEPORT": tuple(kind for kind in KINDS if kind.family in (AF_INET, AF_INET6)),
}


@clause(since="6.13", level="source", refs=[MAN, SET], covers=["errno:EOPNOTSUPP", *covers(TAKEN_BY, "set", "error")])
@pytest.mark.parametrize("chosen", options(*TAKEN_BY), ids=str)
def test_the_other_kinds_refuse_it(loopback, chosen):
    """SO_ZEROCOPY is taken by TCP and UDP, SO_TXREHASH by TCP, SO_REUSEPORT by IP; elsewhere 1 is EOPNOTSUPP."""
    results = {str(kind): put(kind.open(loopback.sockets, loopback.namespace), chosen, 1) for kind in KINDS}

    takers = TAKEN_BY[chosen.name]
    assert results == {str(kind): SUCCESS if kind in takers else refused(EOPNOTSUPP) for kind in KINDS}
