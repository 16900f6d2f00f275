"""IP_TTL, IP_TOS, IPV6_UNICAST_HOPS, IPV6_TCLASS: the fields of the header that a datagram is sent with."""

import struct
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers.messages import Message, cmsg
from helpers.net.ip_host import new_data
from helpers.net.ip_versions import V4, V6
from helpers.option_calls import put
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused, returned

SYSCALL = "setsockopt"
IP = "src:net/ipv4/ip_sockglue.c:do_ip_setsockopt"
IP6 = "src:net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt"
CMSG = "src:net/ipv4/ip_sockglue.c:ip_cmsg_send"
CMSG6 = "src:net/ipv6/datagram.c:ip6_datagram_send_ctl"
REFS = ["man:ip(7)", "man:ipv6(7)", IP, IP6]


def sent(host, socket, control=b"", flags=0):
    """Send a datagram and return it as it left."""
    data = new_data()
    assert socket.sendmsg(Message([data], None, control).header, flags) == returned(len(data))
    return host.seen(data)


def number(ip, name, value):
    """Return a control message with an int."""
    return cmsg(ip.level, getattr(ip, name), struct.pack("=i", value))


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_TTL", "IPV6_UNICAST_HOPS"], "set", "effect"))
@ip_versions
@pytest.mark.parametrize("ttl", [1, 2, 63, 254, 255])
def test_ttl_is_the_one_of_the_header(host, ip, ttl):
    """A unicast datagram leaves with the TTL (hop limit) that is set; with 64 before it is, and after -1 again."""
    socket = host.connected()

    before = sent(host, socket).ttl
    result = socket.setsockopt(ip.level, ip.TTL, ttl)
    after = sent(host, socket).ttl
    reset = socket.setsockopt(ip.level, ip.TTL, -1)

    assert (before, result, after) == (64, SUCCESS, ttl)
    assert (reset, sent(host, socket).ttl) == (SUCCESS, 64)


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_TOS", "IPV6_TCLASS"], "set", "effect"))
@ip_versions
@pytest.mark.parametrize("tos", [0x10, 0xFC, 0x04, 0x02])
def test_tos_is_the_one_of_the_header(host, ip, tos):
    """A datagram leaves with the TOS (traffic class) that is set, and with 0 before."""
    socket = host.connected()

    before = sent(host, socket).tos
    result = socket.setsockopt(ip.level, ip.TOS, tos)

    assert (before, result, sent(host, socket).tos) == (0, SUCCESS, tos)


@clause(since="3.13", level="documented", refs=["man:ip(7)", "man:ipv6(7)", CMSG, CMSG6])
@ip_versions
def test_control_messages_are_for_one_datagram(host, ip):
    """TTL and TOS in control messages are those of one datagram, and leave the socket's own as they are."""
    socket = host.connected()
    socket.must.setsockopt(ip.level, ip.TTL, 33)
    socket.must.setsockopt(ip.level, ip.TOS, 0x20)

    one = sent(host, socket, number(ip, "RECEIVED_TTL", 7) + number(ip, "RECEIVED_TOS", 0x88))
    next_one = sent(host, socket)

    assert (one.ttl, one.tos) == (7, 0x88)
    assert (next_one.ttl, next_one.tos) == (33, 0x20)
    assert (socket.option(ip.level, ip.TTL), socket.option(ip.level, ip.TOS)) == (33, 0x20)


@clause(since="3.13", level="source", refs=[CMSG, CMSG6])
@pytest.mark.parametrize(
    ("ip", "name", "good", "bad"),
    [
        (V4, "RECEIVED_TTL", (1, 255), (0, 256, -1)),
        (V4, "RECEIVED_TOS", (0, 255), (256, -1)),
        (V6, "RECEIVED_TTL", (0, 255, -1), (256, -2)),
        (V6, "RECEIVED_TOS", (0, 255, -1), (256, -2)),
    ],
    ids=["ttl", "tos", "hoplimit", "tclass"],
)
def test_control_messages_beyond_a_byte_are_refused_with_einval(host, ip, name, good, bad):
    """A TTL or TOS in a control message that is no byte is refused with EINVAL; the bounds are taken.

    IPv4 has no TTL 0 to send; to IPv6 -1 is the default.
    """
    socket, last = host.connected(), new_data()

    refusals = [socket.sendmsg(Message([b"bad"], None, number(ip, name, value)).header) for value in bad]
    results = [socket.sendmsg(Message([b"good"], None, number(ip, name, value)).header) for value in good]
    socket.must.send(last)

    assert refusals == [refused(EINVAL)] * len(bad)
    assert results == [returned(4)] * len(good)
    assert [seen.payload for seen in host.seen_until(last)] == [b"good"] * len(good) + [last]


@clause(since="2.2", level="source", refs=[CMSG, CMSG6])
@pytest.mark.parametrize("size", [0, 3, 5, 8])
@pytest.mark.parametrize(
    ("ip", "name"),
    [(V4, "RECEIVED_TTL"), (V6, "RECEIVED_TTL"), (V6, "RECEIVED_TOS")],
    ids=["ttl", "hoplimit", "tclass"],
)
def test_control_messages_of_another_size_are_refused_with_einval(host, ip, name, size):
    """A control message with the TTL, the hop limit or the traffic class has the four bytes of an int, else EINVAL."""
    socket = host.connected()

    def send(data):
        return socket.sendmsg(Message([b"x"], None, cmsg(ip.level, getattr(ip, name), data)).header)

    assert send(bytes([1] * size)) == refused(EINVAL)
    assert send(struct.pack("=i", 1)) == returned(1)


@clause(
    since="2.6",
    level="documented",
    refs=REFS,
    covers=[
        "errno:EINVAL",
        *covers(["IP_TTL", "IP_MULTICAST_TTL", "IPV6_UNICAST_HOPS", "IPV6_MULTICAST_HOPS", "IPV6_TCLASS"], "error"),
    ],
)
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("IP_TTL", (-1, 1, 255), (0, 256, -2)),
        ("IP_MULTICAST_TTL", (-1, 0, 255), (256, -2)),
        ("IPV6_UNICAST_HOPS", (-1, 0, 255), (256, -2)),
        ("IPV6_MULTICAST_HOPS", (-1, 0, 255), (256, -2)),
        ("IPV6_TCLASS", (-1, 0, 255), (256, -2)),
        ("IP_MINTTL", (0, 1, 255), (256, -1)),
        ("IPV6_MINHOPCOUNT", (0, 1, 255), (256, -1)),
    ],
)
def test_values_beyond_a_byte_are_refused_with_einval(loopback6, sockets, name, good, bad):
    """A TTL, hop limit or traffic class that is no byte is refused with EINVAL and leaves the value that was set."""
    one = option(name)
    ip = V6 if one.level == V6.level else V4
    socket = ip.udp.open(sockets, loopback6.namespace)

    assert [put(socket, one, value) for value in good] == [SUCCESS] * len(good)
    assert [put(socket, one, value) for value in bad] == [refused(EINVAL)] * len(bad)
    assert socket.option(one.level, one.number) == 255
