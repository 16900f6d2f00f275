"""recvmsg(2) of raw sockets: which packets a raw socket receives, and what of them."""

from errno import EINVAL, ENOPROTOOPT, EOPNOTSUPP, EPROTONOSUPPORT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers import messages, syscall
from helpers.arrivals import drain
from helpers.endpoints import name_of
from helpers.net.ip_frames import checksum
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import fragments, packet, pseudo
from helpers.net.ip_versions import V4
from helpers.option_calls import answer, get, put
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.icmp import ICMP_ECHOREPLY, ICMP_FILTER, icmp_filter
from helpers.uapi.icmpv6 import ICMPV6_FILTER, icmp6_filter
from helpers.uapi.socket import MSG_TRUNC, SOCK_RAW, SOL_ICMPV6, SOL_RAW

SYSCALL = "recvmsg"
RECEIVE = "src:net/ipv4/raw.c:raw_recvmsg"
MATCH = "src:net/ipv4/raw.c:raw_v4_input"
RECEIVE6 = "src:net/ipv6/raw.c:rawv6_recvmsg"
REFS = ["man:raw(7)", "man:ipv6(7)", RECEIVE, MATCH, RECEIVE6]
OWN, OTHER = 253, 254


def raw(host, protocol=OWN):
    """Return a raw socket of the host."""
    return host.near.sockets.open(host.ip.family, SOCK_RAW, protocol, host.near.namespace)


def deliver(host, data, protocol=OWN, source=None, to=None):
    """Have a packet arrive; return it."""
    whole = packet(host.ip, protocol, data, source or host.ip.there, to or host.ip.here, ttl=33, tos=0x40)
    host.deliver(whole)
    return whole


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_ipv4_comes_with_its_header_and_ipv6_without(host, ip):
    """A raw IPv4 socket receives the packet with its header as it was, one of IPv6 what is behind the header."""
    socket, address = raw(host), ip.address()
    whole = deliver(host, b"some data")
    host.settled()

    got = messages.receive(socket.fd, name=address)

    assert got.data == (whole if ip is V4 else b"some data")
    assert (bytes(address), got.flags) == (bytes(ip.address(0, ip.there)), 0)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_only_packets_of_its_protocol_are_received(host, ip):
    """A raw socket receives packets of its protocol alone, and each such socket every one of them."""
    first, second, other = raw(host), raw(host), raw(host, OTHER)

    deliver(host, b"own")
    deliver(host, b"other", OTHER)
    host.settled()

    skip = ip.header if ip is V4 else 0
    assert [[data[skip:] for data in drain(socket)] for socket in (first, second, other)] == [
        [b"own"], [b"own"], [b"other"],
    ]  # fmt: skip


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_name_and_peer_are_filters(host, ip):
    """A bound raw socket receives what is sent to its address, a connected one what its peer sends to its own."""
    host.add(ip.also_here)
    stranger = "192.0.2.44" if ip is V4 else "2001:db8::44"
    bound, connected = raw(host), raw(host)
    bound.must.bind(ip.address(0, ip.here))
    connected.must.connect(ip.address(0, ip.there))
    connected_to = [ip.here, ip.also_here]

    for source in (ip.there, stranger):
        for to in connected_to:
            deliver(host, f"{source}>{to}".encode(), source=source, to=to)
    host.settled()

    skip = ip.header if ip is V4 else 0
    got = {data[skip:].decode() for data in drain(bound)}
    assert got == {f"{ip.there}>{ip.here}", f"{stranger}>{ip.here}"}
    local = ip.sockaddr_of(name_of(connected))[0]
    assert [data[skip:].decode() for data in drain(connected)] == [f"{ip.there}>{local}"]


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_fragments_come_as_a_whole(host, ip):
    """Packets that come in fragments are put together before a raw socket receives them, once."""
    socket, data = host.ip.raw.open(host.near.sockets, host.near.namespace), new_data() * 20
    for piece in fragments(ip, b"\0\x09\0\x0a" + (8 + len(data)).to_bytes(2) + b"\0\0" + data, ip.there, ip.here, 104):
        host.deliver(piece)
    host.settled()

    got = [one for one in drain(socket) if data[:16] in one]
    assert [one[(20 if ip is V4 else 0) + 8 :] for one in got] == [data]


@clause(since="2.2", level="documented", refs=["man:raw(7)", "man:icmp(7)", "src:net/ipv4/raw.c:icmp_filter"])
@ipv4
@pytest.mark.parametrize("kind", [ICMP_ECHOREPLY, 3, 13, 31, 32, 40])
def test_icmp_filter_drops_its_types(host, ip, kind):
    """A raw ICMP socket does not receive the types whose bits are set in ICMP_FILTER; types above 31 it always does."""
    socket = raw(host, ip.icmp)
    host.deliver_icmp(kind, 99, 0, b"before")
    host.settled()
    before = [data[20] for data in drain(socket)]

    result = socket.setsockopt(SOL_RAW, ICMP_FILTER, icmp_filter(1 << kind % 32))
    host.deliver_icmp(kind, 99, 0, b"after")
    host.settled()
    blocked = [data[20] for data in drain(socket)]
    socket.must.setsockopt(SOL_RAW, ICMP_FILTER, icmp_filter(~(1 << kind % 32) & 0xFFFFFFFF))
    host.deliver_icmp(kind, 99, 0, b"other bits")
    host.settled()

    assert (before, result, blocked) == ([kind], SUCCESS, [kind] if kind > 31 else [])
    assert [data[20] for data in drain(socket)] == [kind]
    assert socket.option(SOL_RAW, ICMP_FILTER, icmp_filter).data == ~(1 << kind % 32) & 0xFFFFFFFF


@clause(since="2.2", level="documented", refs=["man:raw(7)", "man:icmp(7)", "src:net/ipv4/raw.c:raw_seticmpfilter"])
@ipv4
def test_icmp_filter_is_for_icmp(host, ip):
    """ICMP_FILTER is 0 at first, takes its first bytes from a shorter value, and is EOPNOTSUPP for another protocol."""
    socket, other = raw(host, ip.icmp), raw(host)
    first = socket.option(SOL_RAW, ICMP_FILTER, icmp_filter).data

    assert other.setsockopt(SOL_RAW, ICMP_FILTER, icmp_filter(1)) == refused(EOPNOTSUPP)
    assert socket.setsockopt(SOL_RAW, ICMP_FILTER, b"\x01\x02") == SUCCESS
    assert socket.option(SOL_RAW, ICMP_FILTER, icmp_filter).data == 0x0201
    assert (first, socket.setsockopt(SOL_RAW, 4711, 1)) == (0, refused(ENOPROTOOPT))


@clause(since="2.2", level="documented", refs=["man:ipv6(7)", "man:raw(7)", "src:net/ipv6/raw.c:icmpv6_filter"])
@ipv6
@pytest.mark.parametrize("kind", [100, 127, 200, 255])
def test_icmp6_filter_drops_its_types(host, ip, kind):
    """A raw ICMPv6 socket does not receive the types whose bits are set in ICMPV6_FILTER, and any other."""
    socket, chosen = raw(host, ip.icmp), icmp6_filter()
    found = []
    for bits in (0, 1 << kind % 32, ~(1 << kind % 32) & 0xFFFFFFFF):
        chosen.data[kind // 32] = bits
        assert socket.setsockopt(SOL_ICMPV6, ICMPV6_FILTER, chosen) == SUCCESS
        host.deliver_icmp(kind, 7, 0, b"data")
        host.settled()
        found.append([data[0] for data in drain(socket)].count(kind))

    assert found == [1, 0, 1]
    assert bytes(socket.option(SOL_ICMPV6, ICMPV6_FILTER, icmp6_filter)) == bytes(chosen)


@clause(
    since="2.2",
    level="documented",
    refs=["man:ipv6(7)", "src:net/ipv6/raw.c:do_rawv6_setsockopt"],
    covers=["errno:setsockopt:EINVAL", *covers(["IPV6_CHECKSUM"], "set", "get", "effect", "error")],
)
@ipv6
def test_ipv6_checksum_is_written_and_looked_at(host, ip):
    """IPV6_CHECKSUM is the offset of a sum that is written and checked: -1 is none, an odd one EINVAL."""
    socket, one = raw(host), option("IPV6_CHECKSUM")
    body = new_data() + b"\0\0\0\0"

    before = get(socket, one)
    results = [put(socket, one, value) for value in (3, 1, 16)]
    socket.must.sendto(body, 0, ip.address(0, ip.there))
    seen = host.seen(body[:16])
    short = socket.sendto(body[:17], 0, ip.address(0, ip.there))
    right = body[:16] + checksum(pseudo(ip, ip.there, ip.here, OWN, 20) + body).to_bytes(2) + body[18:]
    deliver(host, body)
    deliver(host, right)
    host.settled()

    assert (before, results) == (answer(-1), [refused(EINVAL), refused(EINVAL), SUCCESS])
    assert get(socket, one) == answer(16)
    assert seen.data[16:18] == checksum(pseudo(ip, ip.here, ip.there, OWN, 20) + body).to_bytes(2)
    assert short == refused(EINVAL)
    assert drain(socket) == [right]
    assert put(socket, one, -5) == SUCCESS
    assert get(socket, one) == answer(-1)
    deliver(host, body)
    host.settled()
    assert drain(socket) == [body]


@clause(since="2.2", level="documented", refs=["man:raw(7)", RECEIVE, RECEIVE6], covers=["msg:MSG_TRUNC"])
@ip_versions
def test_a_short_buffer_cuts_a_packet(host, ip):
    """A buffer shorter than the packet gets its beginning and MSG_TRUNC, and with MSG_TRUNC the call returns it all."""
    socket = raw(host)
    deliver(host, b"some data")
    deliver(host, b"some data")
    host.settled()
    whole = 9 + (20 if ip is V4 else 0)

    got = messages.receive(socket.fd, 5)
    result = socket.recv(bytearray(5), 5, MSG_TRUNC)

    assert (got.value, got.flags & MSG_TRUNC) == (5, MSG_TRUNC)
    assert result == returned(whole)


@clause(since="2.2", level="documented", refs=["man:raw(7)", "src:net/ipv4/af_inet.c:inet_create"])
@ip_versions
@pytest.mark.parametrize("protocol", [-1, 0, 300])
def test_a_raw_socket_needs_a_protocol(ip, protocol):
    """Without a protocol a raw socket is EPROTONOSUPPORT, with a number that is none EINVAL."""
    result = syscall.socket(ip.family, SOCK_RAW, protocol)

    assert result == refused(EINVAL if protocol in (-1, 300) else EPROTONOSUPPORT)
