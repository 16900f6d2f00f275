"""IP_MTU_DISCOVER, IP_MTU: what is too long for a link is refused or sent in fragments, as the socket wants."""

from errno import EINVAL, EMSGSIZE, ENOTCONN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import DF, MF, dissect, header_sum_is_right
from helpers.net.ip_versions import V4, V6
from helpers.option_calls import answer, get, put, refusal
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in6 import IPV6_DONTFRAG
from helpers.uapi.in_ import (
    IP_PMTUDISC_DO,
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_INTERFACE,
    IP_PMTUDISC_OMIT,
    IP_PMTUDISC_PROBE,
    IP_PMTUDISC_WANT,
    IPPROTO_FRAGMENT,
)

SYSCALL = "sendto"
OUT = "src:net/ipv4/ip_output.c:__ip_append_data"
OUT6 = "src:net/ipv6/ip6_output.c:__ip6_append_data"
REFS = ["man:ip(7)", "man:ipv6(7)", OUT, OUT6]
MTU = {V4: option("IP_MTU"), V6: option("IPV6_MTU")}
MODES = {
    "dont": (IP_PMTUDISC_DONT, 0, True),
    "want": (IP_PMTUDISC_WANT, DF, True),
    "do": (IP_PMTUDISC_DO, DF, False),
    "probe": (IP_PMTUDISC_PROBE, DF, False),
    "interface": (IP_PMTUDISC_INTERFACE, 0, False),
    "omit": (IP_PMTUDISC_OMIT, 0, True),
}


def long(size):
    """Return that many bytes, which start with a marker and end with another."""
    return new_data().ljust(size - 16, b".") + new_data()


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_MTU_DISCOVER"], "set", "effect"))
@ipv4
@pytest.mark.parametrize("mode", MODES)
def test_the_mode_decides_about_df(host, ip, mode):
    """IP_MTU_DISCOVER decides about DF: set for WANT, DO and PROBE, not set for DONT, INTERFACE and OMIT."""
    number, df, _ = MODES[mode]
    socket, data = host.connected(), new_data()

    result = socket.setsockopt(ip.level, ip.MTU_DISCOVER, number)
    socket.must.send(data)

    seen = host.seen(data)
    assert (result, seen.flags) == (SUCCESS, df)
    assert header_sum_is_right(seen)


@clause(
    since="3.15",
    level="documented",
    refs=REFS,
    covers=["errno:EMSGSIZE", *covers(["IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER"], "effect")],
)
@ip_versions
@pytest.mark.parametrize("mode", MODES)
def test_the_mode_decides_what_is_too_long(host, ip, mode):
    """A datagram that fills the MTU is sent whole in every mode; one byte more is sent in fragments, or EMSGSIZE."""
    number, _, fragments = MODES[mode]
    socket, most = host.connected(), 1500 - ip.header - 8
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, number)
    data, last = long(most), new_data()

    fits = socket.send(data)
    beyond = socket.send(long(most + 1))
    socket.must.send(last)

    assert fits == returned(most)
    assert beyond == (returned(most + 1) if fragments else refused(EMSGSIZE))
    assert host.seen(data[:16]).payload == data
    host.seen(last)


@clause(since="2.2", level="source", refs=["src:net/ipv4/ip_output.c:ip_do_fragment", "src:net/ipv6/ip6_output.c"])
@ip_versions
def test_fragments_make_the_datagram(host, ip):
    """Fragments have one identification, offsets that fit, MF but for the last, and together are the datagram."""
    socket = host.connected()
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, IP_PMTUDISC_DONT)
    data = long(3200)

    assert socket.send(data) == returned(len(data))

    whole, offsets, ids, more = b"", [], set(), []
    while data[-16:] not in whole:
        seen = dissected(host)
        if ip is V4:
            offset, flag, ident, piece = (seen.flags & 0x1FFF) * 8, bool(seen.flags & MF), seen.ident, seen.data
            assert header_sum_is_right(seen)
            assert not seen.flags & DF
        else:
            assert seen.protocol == IPPROTO_FRAGMENT
            word = int.from_bytes(seen.data[2:4])
            assert seen.data[0] == 17
            offset, flag, ident, piece = word & ~7, bool(word & 1), seen.data[4:8], seen.data[8:]
            assert word & 6 == 0
        assert offset == len(whole)
        whole, offsets, more = whole + piece, [*offsets, offset], [*more, flag]
        ids.add(ident)
        assert len(seen.header) + len(seen.data) <= 1500
    assert whole[8:] == data
    assert len(ids) == 1
    assert more == [True] * (len(more) - 1) + [False]
    assert len(offsets) == 3


def dissected(host):
    """Return the next packet of UDP that left the host, also a fragment."""
    while True:
        seen = dissect(host.tap.receive(b"").data)
        if seen.protocol in (17, IPPROTO_FRAGMENT):
            return seen


@clause(
    since="2.2",
    level="documented",
    refs=["man:ip(7)", "man:ipv6(7)", "src:net/ipv4/ip_sockglue.c:do_ip_getsockopt"],
    covers=["errno:getsockopt:ENOTCONN", *covers(["IP_MTU", "IPV6_MTU"], "get", "error")],
)
@ip_versions
def test_the_mtu_is_that_of_the_connection(host, ip):
    """The MTU option is the known MTU to the peer, and ENOTCONN for a socket without one."""
    socket = host.open()

    before = get(socket, MTU[ip])
    socket.must.connect(host.peer)

    assert before == refusal(ENOTCONN)
    assert get(socket, MTU[ip]) == answer(1500)
    host.near.links.set(host.near.name, mtu=1400)
    again = host.connected()
    assert get(again, MTU[ip]) == answer(1400)


@clause(
    since="2.2",
    level="documented",
    refs=["man:ipv6(7)", OUT6],
    covers=["errno:setsockopt:EINVAL", *covers(["IPV6_MTU"], "set", "effect", "error")],
)
@ipv6
def test_ipv6_mtu_makes_smaller_fragments(host, ip):
    """IPV6_MTU bounds the fragments of a datagram; less than 1280 is EINVAL, and 0 ends the bound."""
    socket, last = host.connected(), new_data()
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, IP_PMTUDISC_DONT)

    results = [put(socket, MTU[ip], value) for value in (1279, 1280)]
    first_part = new_data()
    socket.must.send(first_part.ljust(1600, b"."))
    first = host.seen(first_part)
    ended = put(socket, MTU[ip], 0)
    socket.must.send(last.ljust(1600, b"."))
    second = host.seen(last)

    assert results == [refused(EINVAL), SUCCESS]
    assert ended == SUCCESS
    assert (first.protocol, second.protocol) == (IPPROTO_FRAGMENT, IPPROTO_FRAGMENT)
    assert [seen.length for seen in (first, second)] == [1280 - 40, 1496 - 40]


@clause(since="2.6.35", level="documented", refs=["man:ipv6(7)", OUT6], covers=covers(["IPV6_DONTFRAG"], "effect"))
@ipv6
def test_ipv6_dontfrag_refuses_what_is_too_long(host, ip):
    """With IPV6_DONTFRAG a datagram longer than the MTU is EMSGSIZE; it is sent in fragments without."""
    socket, most = host.connected(), 1500 - 48
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, IP_PMTUDISC_DONT)

    socket.must.setsockopt(ip.level, IPV6_DONTFRAG, 1)
    results = [socket.send(bytes(size)) for size in (most + 1, most)]
    socket.must.setsockopt(ip.level, IPV6_DONTFRAG, 0)

    assert results == [refused(EMSGSIZE), returned(most)]
    assert socket.send(bytes(most + 1)) == returned(most + 1)
