"""sendto(2) of UDP sockets: lengths, addresses, ports and broadcasts, and what a refused call leaves."""

import ctypes
from errno import EACCES, EAFNOSUPPORT, EDESTADDRREQ, EHOSTUNREACH, EINVAL, EMSGSIZE, ENETUNREACH, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.arrivals import arrivals
from helpers.endpoints import name_of
from helpers.net.addresses import raw
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_packets import sum_is_right
from helpers.net.ip_versions import V4, V6
from helpers.syscall import refused, returned
from helpers.uapi.in_ import IPPROTO_UDP
from helpers.uapi.rtnetlink import RTN_BLACKHOLE, RTN_PROHIBIT, RTN_UNREACHABLE
from helpers.uapi.socket import AF_UNSPEC, MSG_OOB, SOL_SOCKET
from helpers.uapi.socket_options import SO_BROADCAST

SYSCALL = "sendto"
UDP = "src:net/ipv4/udp.c:udp_sendmsg"
UDP6 = "src:net/ipv6/udp.c:udpv6_sendmsg"
REFS = ["man:udp(7)", "man:ip(7)", "man:ipv6(7)", UDP, UDP6]
MOST = {V4: 65507, V6: 65527}


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000])
def test_a_datagram_is_header_and_data(host, ip, size):
    """A datagram has the ports, the length and a right checksum, and its data as they are, also none."""
    socket, port = host.bound()
    last = new_data()

    assert socket.sendto(bytes(range(256)) * 4, 0, host.peer) == returned(1024)
    assert socket.sendto((bytes(range(256)) * 4)[:size], 0, host.peer) == returned(size)
    socket.must.sendto(last, 0, host.peer)

    seen = host.seen_until(last)[1]
    assert (seen.mac, seen.protocol) == (host.far.mac, IPPROTO_UDP)
    assert (seen.source, seen.destination) == (ip.packed(ip.here), ip.packed(ip.there))
    assert seen.ports == (port, PORT)
    assert int.from_bytes(seen.data[4:6]) == 8 + size
    assert seen.payload == (bytes(range(256)) * 4)[:size]
    assert seen.length == 8 + size + (20 if ip is V4 else 0)
    assert sum_is_right(seen)


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:EMSGSIZE"])
@ip_versions
def test_the_longest_datagram_has_65535_bytes(loopback6, sockets, ip):
    """A datagram has 65507 bytes of data at most (IPv6: 65527), one more is EMSGSIZE and nothing is sent."""
    receiver, name = ip.udp.named(sockets, loopback6.namespace)
    sender = ip.udp.open(sockets, loopback6.namespace)
    most = MOST[ip]

    results = [sender.sendto(bytes(size), 0, name) for size in (most, most + 1, 70000, 0x10000 + 4)]

    assert results == [returned(most), *[refused(EMSGSIZE)] * 3]
    sender.must.sendto(b"last", 0, name)
    assert [len(data) for data in arrivals(receiver, b"last")] == [most, 4]


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:EDESTADDRREQ"])
@ip_versions
def test_without_an_address_it_needs_a_peer(host, ip):
    """Without an address and without a peer a send is EDESTADDRREQ, but gives it a port."""
    socket = host.open()

    assert socket.send(b"data") == refused(EDESTADDRREQ)
    host_name, port = ip.sockaddr_of(name_of(socket))
    assert (host_name, port > 0) == (ip.any, True)
    assert socket.sendto(b"data", 0, host.peer) == returned(4)


@clause(since="2.2", level="source", refs=REFS, covers=["errno:EINVAL"])
@ip_versions
def test_port_0_is_no_destination(host, ip):
    """A destination with port 0 is refused with EINVAL."""
    socket = host.open()

    assert socket.sendto(b"data", 0, ip.address(0, ip.there)) == refused(EINVAL)
    assert socket.sendto(b"data", 0, ip.address(1, ip.there)) == returned(4)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_an_address_comes_before_the_peer(host, ip):
    """A connected socket sends to the address of the call, if it has one, and to its peer otherwise."""
    socket, other = host.connected(), "192.0.2.33" if ip is V4 else "2001:db8::33"
    host.route.add_neighbour(host.near.ifindex, other, host.far.mac)
    to_other, to_peer = new_data(), new_data()

    assert socket.sendto(to_other, 0, ip.address(9, other)) == returned(16)
    assert socket.send(to_peer) == returned(16)

    seen = host.seen(to_other)
    assert (seen.destination, seen.ports[1]) == (ip.packed(other), 9)
    seen = host.seen(to_peer)
    assert (seen.destination, seen.ports[1]) == (ip.packed(ip.there), PORT)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_the_first_send_binds_a_port(host, ip):
    """A socket without a port gets one of ip_local_port_range by its first send, and no address; it keeps it."""
    socket, data = host.open(), [new_data(), new_data()]

    for one in data:
        socket.must.sendto(one, 0, host.peer)

    name = ip.sockaddr_of(name_of(socket))
    assert name[0] == ip.any
    assert 32768 <= name[1] <= 60999
    assert [host.seen(one).ports[0] for one in data] == [name[1]] * 2


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:EINVAL", "errno:EOPNOTSUPP"])
@ip_versions
def test_wrong_addresses_and_flags_are_refused(host, ip):
    """A short address is EINVAL, another family EAFNOSUPPORT, MSG_OOB EOPNOTSUPP; after each the socket sends."""
    socket = host.open()
    exact = 16 if ip is V4 else 24  # of IPv6 the scope may be missing
    other = host.ip.address(PORT, ip.there)
    ctypes.memset(ctypes.addressof(other), 0x5A, 1)

    assert socket.sendto(b"data", 0, host.peer, exact - 1) == refused(EINVAL)
    assert socket.sendto(b"data", 0, host.peer, exact) == returned(4)
    assert socket.sendto(b"data", 0, other) == refused(EAFNOSUPPORT if ip is V4 else EINVAL)
    assert socket.sendto(b"data", MSG_OOB, host.peer) == (refused(EOPNOTSUPP) if ip is V4 else returned(4))
    assert socket.sendto(b"data", 0, host.peer) == returned(4)


@clause(since="2.2", level="source", refs=REFS)
@ipv4
def test_af_unspec_is_taken_for_af_inet(host, ip):
    """An IPv4 socket takes AF_UNSPEC in a destination for AF_INET."""
    socket, data = host.open(), new_data()

    assert socket.sendto(data, 0, raw(AF_UNSPEC, bytes(host.peer)[2:])) == returned(16)
    assert host.seen(data).destination == ip.packed(ip.there)


@clause(since="2.2", level="source", refs=REFS)
@ipv6
def test_af_unspec_is_the_peer_of_an_ipv6_socket(host, ip):
    """An IPv6 socket takes AF_UNSPEC for no address: EDESTADDRREQ without a peer, and the peer otherwise."""
    socket, connected, data = host.open(), host.connected(), new_data()
    name = raw(AF_UNSPEC, bytes(26))

    assert socket.sendto(data, 0, name) == refused(EDESTADDRREQ)
    assert connected.sendto(data, 0, name) == returned(16)
    assert host.seen(data).destination == ip.packed(ip.there)


@clause(since="2.2", level="documented", refs=["man:ip(7)", "man:socket(7)", UDP], covers=["errno:EACCES"])
@ipv4
@pytest.mark.parametrize("to", ["192.0.2.255", "255.255.255.255"], ids=["subnet", "limited"])
def test_a_broadcast_needs_so_broadcast(host, ip, to):
    """A broadcast is EACCES without SO_BROADCAST, and a frame to everybody with it."""
    host.route.add_route("0.0.0.0", 0, host.near.ifindex)
    socket, data = host.open(), new_data()

    before = socket.sendto(b"data", 0, ip.address(PORT, to))
    socket.must.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    after = socket.sendto(data, 0, ip.address(PORT, to))

    assert (before, after) == (refused(EACCES), returned(16))
    seen = host.seen_until(data)
    assert [(one.mac, one.destination, one.payload) for one in seen] == [(b"\xff" * 6, ip.packed(to), data)]


@clause(since="2.2", level="documented", refs=["man:ip(7)", "man:ipv6(7)", UDP, UDP6], covers=["errno:ENETUNREACH"])
@ip_versions
@pytest.mark.parametrize(
    ("kind", "errno"),
    [(RTN_UNREACHABLE, EHOSTUNREACH), (RTN_PROHIBIT, EACCES), (RTN_BLACKHOLE, EINVAL), (None, ENETUNREACH)],
    ids=["unreachable", "prohibit", "blackhole", "none"],
)
def test_a_route_refuses_as_it_is_made(host, ip, kind, errno):
    """What the route says is the errno: EHOSTUNREACH, EACCES, EINVAL (blackhole), ENETUNREACH without a route."""
    socket = host.open()
    if kind:
        network = "203.0.113.0" if ip is V4 else "2001:db8:ffff::"
        host.route.add_route(network, ip.prefix, kind=kind)

    assert socket.sendto(b"data", 0, ip.address(PORT, ip.elsewhere)) == refused(errno)
    assert socket.sendto(b"data", 0, host.peer) == returned(4)
