"""IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDRDSTOPTS and their kin: extension headers sent and received."""

import ctypes
from errno import EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ipv6
from helpers import messages, wait
from helpers.messages import Message, cmsg
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_packets import packet, sum_is_right, udp
from helpers.options import covers, option
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in_ import IPPROTO_DSTOPTS, IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_UDP

SYSCALL = "setsockopt"
SET = "src:net/ipv6/ipv6_sockglue.c:ipv6_set_opt_hdr"
RECEIVE = "src:net/ipv6/datagram.c:ip6_datagram_recv_specific_ctl"
SEND = "src:net/ipv6/datagram.c:ip6_datagram_send_ctl"
REFS = ["man:ipv6(7)", "https://www.rfc-editor.org/rfc/rfc3542", SET]
STICKY = {"IPV6_HOPOPTS": IPPROTO_HOPOPTS, "IPV6_DSTOPTS": IPPROTO_DSTOPTS}
each = pytest.mark.parametrize("name", STICKY)


def options(length=8, kind=0x1E):
    """Return options headers of a length: an unknown option that is passed over, of experiments, and padding."""
    return bytes([0, length // 8 - 1, kind, length - 4, *range(length - 4)])


def read(socket, name, room=64):
    """Return what getsockopt(2) returns and the bytes."""
    one, buffer, length = option(name), bytearray(room), ctypes.c_int(room)
    result = socket.getsockopt(one.level, one.number, buffer, length)
    return result, bytes(buffer)[: length.value]


def put(socket, name, value):
    """Set one of the options."""
    return socket.setsockopt(option(name).level, option(name).number, value)


@clause(since="2.6.14", level="documented", refs=REFS, covers=covers(STICKY, "set", "get", "effect"))
@ipv6
@each
@pytest.mark.parametrize("length", [8, 16])
def test_the_header_is_sent_with_all_that_follow(host, ip, name, length):
    """A header of options leaves with every datagram, reads back as it was set, and is gone after an empty value."""
    socket, data = host.connected(), [new_data() for _ in range(3)]
    value, kind = options(length), STICKY[name]

    empty = read(socket, name)
    results = [put(socket, name, value)]
    kept = read(socket, name)
    for one in data[:2]:
        assert socket.send(one) == returned(16)
    results.append(put(socket, name, b""))
    socket.must.send(data[2])
    seen = [host.seen(one) for one in data]

    assert results == [SUCCESS, SUCCESS]
    assert empty == (SUCCESS, b"")
    assert kept == (SUCCESS, value)
    assert read(socket, name) == (SUCCESS, b"")
    sent = [(kind, bytes([IPPROTO_UDP]) + value[1:])]
    assert [one.extensions for one in seen] == [sent, sent, []]
    assert [one.payload for one in seen] == data
    assert all(sum_is_right(one) for one in seen)


@clause(since="2.6.14", level="documented", refs=REFS, covers=["errno:EINVAL", *covers(STICKY, "error")])
@ipv6
@each
def test_a_length_that_does_not_fit_is_refused_with_einval(host, ip, name):
    """A length that is no multiple of 8, or less than the header says, is EINVAL, and what was set stays."""
    socket = host.connected()
    assert put(socket, name, options(16)) == SUCCESS

    results = [put(socket, name, bad) for bad in (options(16)[:15], options(16)[:1], options(16)[:8], bytes(2048))]

    assert results == [refused(EINVAL)] * 4
    assert read(socket, name) == (SUCCESS, options(16))
    assert read(socket, name, 5) == (SUCCESS, options(16)[:5])


@clause(since="2.6.14", level="source", refs=REFS, covers=covers([*STICKY, "IPV6_RTHDRDSTOPTS"], "error"))
@ipv6
@pytest.mark.parametrize("name", [*STICKY, "IPV6_RTHDRDSTOPTS"])
def test_options_need_cap_net_raw(host, ip, name):
    """Headers of options need CAP_NET_RAW, else EPERM, also to take them away."""
    socket = host.connected()

    assert in_child(put, socket, name, options(), without=["CAP_NET_RAW"]) == refused(EPERM)
    assert in_child(put, socket, name, b"", without=["CAP_NET_RAW"]) == refused(EPERM)
    assert in_child(put, socket, name, options(), without=["CAP_NET_ADMIN"]) == SUCCESS


@clause(since="2.6.14", level="documented", refs=REFS, covers=covers(["IPV6_RTHDRDSTOPTS"], "set", "get", "effect"))
@ipv6
def test_options_before_a_routing_header_wait_for_one(host, ip):
    """IPV6_RTHDRDSTOPTS is kept and reads back, and is not sent as long as there is no routing header."""
    socket, data = host.connected(), new_data()

    assert put(socket, "IPV6_RTHDRDSTOPTS", options()) == SUCCESS
    socket.must.send(data)

    assert read(socket, "IPV6_RTHDRDSTOPTS") == (SUCCESS, options())
    assert host.seen(data).extensions == []


@clause(since="2.6.14", level="documented", refs=[*REFS, SEND])
@ipv6
@each
def test_a_control_message_is_for_one_datagram(host, ip, name):
    """A header in a control message leaves with one datagram, in the place of the one that is set."""
    socket, data = host.connected(), [new_data(), new_data()]
    put(socket, name, options(16))
    control = cmsg(ip.level, option(name).number, options(8))

    assert socket.sendmsg(Message([data[0]], None, control).header) == returned(16)
    assert socket.send(data[1]) == returned(16)

    assert [host.seen(one).extensions[0][1][1] for one in data] == [0, 1]


@clause(
    since="2.6.14",
    level="documented",
    refs=["man:ipv6(7)", RECEIVE],
    covers=covers(
        [
            *("IPV6_RECVHOPOPTS", "IPV6_RECVDSTOPTS", "IPV6_2292HOPOPTS", "IPV6_2292DSTOPTS"),
            *("IPV6_RECVRTHDR", "IPV6_2292RTHDR"),
        ],
        "effect",
    ),
)
@ipv6
@pytest.mark.parametrize(
    ("name", "told", "kind"),
    [
        ("IPV6_RECVHOPOPTS", "IPV6_HOPOPTS", IPPROTO_HOPOPTS),
        ("IPV6_RECVDSTOPTS", "IPV6_DSTOPTS", IPPROTO_DSTOPTS),
        ("IPV6_RECVRTHDR", "IPV6_RTHDR", IPPROTO_ROUTING),
        ("IPV6_2292HOPOPTS", "IPV6_2292HOPOPTS", IPPROTO_HOPOPTS),
        ("IPV6_2292DSTOPTS", "IPV6_2292DSTOPTS", IPPROTO_DSTOPTS),
        ("IPV6_2292RTHDR", "IPV6_2292RTHDR", IPPROTO_ROUTING),
    ],
)
def test_a_header_is_received_on_request(host, ip, name, told, kind):
    """A datagram's extension header comes in a control message as it was on the wire, if the option asks for it."""
    socket, port = host.bound()
    header = bytes([IPPROTO_UDP, 0, 253, 0, 1, 2, 3, 4]) if kind == IPPROTO_ROUTING else None
    header = header or bytes([IPPROTO_UDP]) + options(16)[1:]
    segment = udp(ip, (ip.there, PORT), (ip.here, port), b"data")
    found = []
    for on in (0, 1):
        assert put(socket, name, on) == SUCCESS
        host.deliver(packet(ip, kind, header + segment, ip.there, ip.here))
        assert wait.readable(socket.fd)
        found.append(messages.receive(socket.fd))

    assert [got.data for got in found] == [b"data"] * 2
    assert [got.controls for got in found] == [[], [(ip.level, option(told).number, header)]]


@clause(
    since="2.6.14",
    level="documented",
    refs=["man:ipv6(7)", RECEIVE],
    covers=covers(["IPV6_2292PKTINFO", "IPV6_2292HOPLIMIT"], "effect"),
)
@ipv6
def test_the_old_options_tell_the_same_by_their_names(host, ip):
    """IPV6_2292PKTINFO and IPV6_2292HOPLIMIT bring address, link and hop limit in messages of their own types."""
    socket, port = host.bound()
    for name in ("IPV6_2292PKTINFO", "IPV6_2292HOPLIMIT"):
        assert put(socket, name, 1) == SUCCESS

    host.deliver_udp(port, b"data", ttl=77)
    assert wait.readable(socket.fd)

    assert messages.receive(socket.fd).controls == [
        (ip.level, 2, ip.packed(ip.here) + host.near.ifindex.to_bytes(4, "little")),
        (ip.level, 8, (77).to_bytes(4, "little")),
    ]


@clause(since="2.6.14", level="source", refs=REFS, covers=["errno:EINVAL", *covers(["IPV6_RTHDR"], "error")])
@ipv6
@pytest.mark.parametrize("kind", [0, 1, 253])
def test_routing_headers_of_other_types_are_refused_with_einval(host, ip, kind):
    """A routing header of a type that the kernel does not send is EINVAL, and none is set."""
    socket, data = host.connected(), new_data()
    value = bytes([0, 2, kind, 1, 0, 0, 0, 0]) + ip.packed(ip.there)

    result = put(socket, "IPV6_RTHDR", value)
    short = put(socket, "IPV6_RTHDR", value[:23])
    socket.must.send(data)

    assert (result, short) == (refused(EINVAL), refused(EINVAL))
    assert read(socket, "IPV6_RTHDR") == (SUCCESS, b"")
    assert host.seen(data).extensions == []
    assert put(socket, "IPV6_RTHDR", b"") == SUCCESS
