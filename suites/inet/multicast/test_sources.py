"""MCAST_JOIN_SOURCE_GROUP, MCAST_BLOCK_SOURCE, MCAST_MSFILTER and their kin: which sources of a group are received."""

import ctypes
from errno import EADDRNOTAVAIL, EINVAL, ENOBUFS

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ipv4
from helpers.net.ip_versions import V4, V6
from helpers.net.sysctl import set_sysctl
from helpers.options import covers
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import (
    IP_ADD_SOURCE_MEMBERSHIP,
    IP_BLOCK_SOURCE,
    IP_DROP_SOURCE_MEMBERSHIP,
    IP_MSFILTER,
    IP_UNBLOCK_SOURCE,
    MCAST_BLOCK_SOURCE,
    MCAST_EXCLUDE,
    MCAST_INCLUDE,
    MCAST_JOIN_SOURCE_GROUP,
    MCAST_LEAVE_SOURCE_GROUP,
    MCAST_MSFILTER,
    MCAST_UNBLOCK_SOURCE,
    group_filter,
    ip_mreq_source,
    ip_msfilter,
)
from suites.inet.multicast.support import (
    GROUPS,
    SOURCES,
    filter_of,
    joined,
    of,
    received,
    set_membership,
    source_request,
)

SYSCALL = "setsockopt"
SOURCE = "src:net/ipv4/igmp.c:ip_mc_source"
FILTER = "src:net/ipv4/igmp.c:ip_mc_msfilter"
SOURCE6 = "src:net/ipv6/mcast.c:ip6_mc_source"
FILTER6 = "src:net/ipv6/mcast.c:ip6_mc_msfilter"
REFS = ["man:ip(7)", "man:ipv6(7)", SOURCE, SOURCE6, FILTER, FILTER6]
OWN = {
    "join": IP_ADD_SOURCE_MEMBERSHIP, "leave": IP_DROP_SOURCE_MEMBERSHIP,
    "block": IP_BLOCK_SOURCE, "unblock": IP_UNBLOCK_SOURCE,
}  # fmt: skip
GENERIC = {
    "join": MCAST_JOIN_SOURCE_GROUP, "leave": MCAST_LEAVE_SOURCE_GROUP,
    "block": MCAST_BLOCK_SOURCE, "unblock": MCAST_UNBLOCK_SOURCE,
}  # fmt: skip
NAMES = [
    *("IP_ADD_SOURCE_MEMBERSHIP", "IP_DROP_SOURCE_MEMBERSHIP", "IP_BLOCK_SOURCE", "IP_UNBLOCK_SOURCE"),
    *(f"{level}/MCAST_{name}" for level in ("SOL_IP", "SOL_IPV6")
      for name in ("JOIN_SOURCE_GROUP", "LEAVE_SOURCE_GROUP", "BLOCK_SOURCE", "UNBLOCK_SOURCE")),
]  # fmt: skip
FORMS = pytest.mark.parametrize(("ip", "form"), [(V4, "own"), (V4, "mcast"), (V6, "mcast")])


def ask(host, socket, form, what, group, source, size=None):
    """Make a request about a source, in one of the forms."""
    ip = host.ip
    if form == "own":
        packed = [int.from_bytes(bytes(of(name)), "little") for name in (group, ip.here, source)]
        right, number = bytes(ip_mreq_source(*packed)), OWN[what]
    else:
        right, number = bytes(source_request(ip, group, source, host.near.ifindex)), GENERIC[what]
    return socket.setsockopt(ip.level, number, right if size is None else right[:size])


def all_of(host, socket, port, group):
    """Return the sources of which the socket receives."""
    return [data.decode() for data in received(host, socket, port, group, SOURCES[host.ip])]


@clause(since="2.6", level="documented", refs=REFS, covers=covers(NAMES, "set", "effect"))
@FORMS
def test_a_source_is_joined_and_left(host, ip, form):
    """A member by source receives that source only; more may be joined, and each is left by itself."""
    socket, port = host.bound(ip.any)
    group, (one, two, _) = GROUPS[ip][0], SOURCES[ip]

    found = []
    for what, source in (("join", one), ("join", two), ("leave", one), ("leave", two)):
        assert ask(host, socket, form, what, group, source) == SUCCESS
        found.append(all_of(host, socket, port, group))

    assert found == [[one], [one, two], [two], []]


@clause(since="2.6", level="documented", refs=REFS, covers=covers(NAMES, "effect"))
@FORMS
def test_a_source_is_blocked_and_unblocked(host, ip, form):
    """A member receives all sources but those that it blocked, until it unblocks them."""
    group, (one, two, three) = GROUPS[ip][0], SOURCES[ip]
    socket, port = joined(host, group)

    found = [all_of(host, socket, port, group)]
    for what, source in (("block", one), ("block", three), ("unblock", one), ("unblock", three)):
        assert ask(host, socket, form, what, group, source) == SUCCESS
        found.append(all_of(host, socket, port, group))

    assert found == [[one, two, three], [two, three], [two], [one, two], [one, two, three]]


@clause(since="2.6", level="documented", refs=REFS, covers=["errno:EINVAL", *covers(NAMES, "error")])
@FORMS
def test_requests_that_do_not_fit_are_refused(host, ip, form):
    """A source twice or one that is not there is EADDRNOTAVAIL; the other mode or a short value EINVAL."""
    group, other, _ = GROUPS[ip]
    one, two, _ = SOURCES[ip]
    included, excluded = host.open(), host.open()
    assert ask(host, included, form, "join", group, one) == SUCCESS
    set_membership(host, excluded, "mcast", True, group)
    assert ask(host, excluded, form, "block", group, one) == SUCCESS

    assert ask(host, included, form, "join", group, one) == refused(EADDRNOTAVAIL)
    assert ask(host, included, form, "leave", group, two) == refused(EADDRNOTAVAIL)
    assert ask(host, excluded, form, "block", group, one) == refused(EADDRNOTAVAIL)
    assert ask(host, excluded, form, "unblock", group, two) == refused(EADDRNOTAVAIL)
    assert ask(host, excluded, form, "block", other, one).errno in (EINVAL, EADDRNOTAVAIL)
    assert ask(host, included, form, "block", group, two) == refused(EINVAL)
    assert ask(host, included, form, "unblock", group, one) == refused(EINVAL)
    for what in OWN:
        assert ask(host, included, form, what, group, two, -1) == refused(EINVAL)
        assert ask(host, included, form, what, ip.there, two) == refused(EINVAL)
    assert ask(host, included, form, "join", group, two) == SUCCESS


def own_filter(host, group, mode, sources):
    """Return a struct ip_msfilter with any number of sources."""
    packed = [int.from_bytes(bytes(of(name)), "little") for name in (group, host.ip.here)]
    head = bytes(ip_msfilter(*packed, mode, len(sources)))[: ip_msfilter.imsf_slist.offset]
    return head + b"".join(bytes(of(one)) for one in sources)


@clause(
    since="2.6",
    level="documented",
    refs=REFS,
    covers=covers(["IP_MSFILTER", "SOL_IP/MCAST_MSFILTER", "SOL_IPV6/MCAST_MSFILTER"], "set", "get", "effect", "error"),
)
@FORMS
def test_a_filter_is_set_and_read_as_a_whole(host, ip, form):
    """A filter lets its sources in, or all others; it reads back with its mode and sources."""
    group = GROUPS[ip][0]
    one, two, three = SOURCES[ip]
    socket, port = joined(host, group)
    number = IP_MSFILTER if form == "own" else MCAST_MSFILTER
    head = ip_msfilter.imsf_slist.offset if form == "own" else group_filter.gf_slist.offset
    size = 4 if form == "own" else 128

    def make(mode, sources):
        if form == "own":
            return own_filter(host, group, mode, sources)
        return filter_of(ip, group, host.near.ifindex, mode, sources)

    def read(room):
        asked = bytearray(make(0, ()) + b"\xa5" * 3 * size)
        asked[head - 4 : head] = room.to_bytes(4, "little")
        length = ctypes.c_int(len(asked))
        assert socket.getsockopt(ip.level, number, asked, length) == SUCCESS
        mode, count = (int.from_bytes(asked[at : at + 4], "little") for at in (head - 8, head - 4))
        return mode, count, length.value, bytes(asked)[head:]

    assert read(3)[:3] == (MCAST_EXCLUDE, 0, head)
    for mode, sources, expected in (
        (MCAST_INCLUDE, (one, three), [one, three]),
        (MCAST_EXCLUDE, (two,), [one, three]),
        (MCAST_EXCLUDE, (), [one, two, three]),
        (MCAST_INCLUDE, (two,), [two]),
    ):
        assert socket.setsockopt(ip.level, number, make(mode, sources)) == SUCCESS
        assert all_of(host, socket, port, group) == expected
        whole = read(3)
        assert whole[:2] == (mode, len(sources))
        assert [whole[3].count(ip.packed(source)) for source in sources] == [1] * len(sources)
    assert socket.setsockopt(ip.level, number, make(2, (one,))) == refused(EINVAL)
    assert socket.setsockopt(ip.level, number, make(MCAST_INCLUDE, (one, two))[:-1]) == refused(EINVAL)
    assert all_of(host, socket, port, group) == [two]


@clause(
    since="2.6",
    level="documented",
    refs=["man:ip(7)", "doc:networking/ip-sysctl.rst", SOURCE, FILTER],
)
@ipv4
def test_limits_are_those_of_the_namespace(host, ip):
    """More groups than igmp_max_memberships or sources than igmp_max_msf are ENOBUFS; up to them they are taken."""
    set_sysctl(host.near.namespace, "ipv4/igmp_max_memberships", "2")
    set_sysctl(host.near.namespace, "ipv4/igmp_max_msf", "2")
    socket, groups, sources = host.open(), GROUPS[ip], SOURCES[ip]

    results = [set_membership(host, socket, "mcast", True, group) for group in groups]
    blocks = [ask(host, socket, "own", "block", groups[0], source) for source in sources]
    filters = [
        socket.setsockopt(ip.level, IP_MSFILTER, own_filter(host, groups[1], MCAST_INCLUDE, sources[:count]))
        for count in (3, 2)
    ]

    assert results == [SUCCESS, SUCCESS, refused(ENOBUFS)]
    assert blocks == [SUCCESS, SUCCESS, refused(ENOBUFS)]
    assert filters == [refused(ENOBUFS), SUCCESS]
