"""sendto(2) of raw sockets: the header that the kernel makes, and the one that IP_HDRINCL lets a program make."""

from errno import EACCES, EDESTADDRREQ, EINVAL, EMSGSIZE, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import DF, dissect, header_sum_is_right, packet
from helpers.net.ip_versions import V4
from helpers.options import covers
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in6 import IPV6_HDRINCL
from helpers.uapi.in_ import IP_HDRINCL, IP_PMTUDISC_DONT, IPPROTO_RAW
from helpers.uapi.socket import MSG_OOB, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_BROADCAST

SYSCALL = "sendto"
SEND = "src:net/ipv4/raw.c:raw_sendmsg"
HEADER = "src:net/ipv4/raw.c:raw_send_hdrinc"
SEND6 = "src:net/ipv6/raw.c:rawv6_sendmsg"
REFS = ["man:raw(7)", "man:ipv6(7)", SEND, SEND6]
OWN = 253  # a protocol for experiments (RFC 3692)


def raw(host, protocol=OWN):
    """Return a raw socket of the host."""
    return host.near.sockets.open(host.ip.family, SOCK_RAW, protocol, host.near.namespace)


def name(host, address=None):
    """Return a socket address without a port."""
    return host.ip.address(0, address or host.ip.there)


def including(host, protocol=OWN):
    """Return a raw socket that sends headers of its own."""
    socket = raw(host, protocol)
    socket.must.setsockopt(host.ip.level, host.ip.HDRINCL, 1)
    return socket


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
@pytest.mark.parametrize("size", [16, 17, 1400])
def test_the_kernel_makes_the_header(host, ip, size):
    """A raw socket's data leave behind a header with its protocol, the addresses, the TTL and the TOS of the socket."""
    socket, data = raw(host), new_data().ljust(size, b".")
    socket.must.setsockopt(ip.level, ip.TTL, 17)
    socket.must.setsockopt(ip.level, ip.TOS, 0x20)

    assert socket.sendto(data, 0, name(host)) == returned(size)

    seen = host.seen(data[:16])
    assert (seen.protocol, seen.data, seen.ttl, seen.tos) == (OWN, data, 17, 0x20)
    assert (seen.source, seen.destination) == (ip.packed(ip.here), ip.packed(ip.there))
    assert seen.length == size + (20 if ip is V4 else 0)
    if ip is V4:
        assert header_sum_is_right(seen)
        assert (len(seen.header), seen.flags) == (20, DF)


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:EDESTADDRREQ", "errno:EINVAL", "errno:EOPNOTSUPP"])
@ip_versions
def test_addresses_are_needed_and_whole(host, ip):
    """Without address and peer it is EDESTADDRREQ, a short address EINVAL; with a peer it needs none."""
    socket, data = raw(host), new_data()
    exact = 16 if ip is V4 else 24

    assert socket.send(b"data") == refused(EDESTADDRREQ)
    assert socket.sendto(b"data", 0, name(host), exact - 1) == refused(EINVAL)
    assert socket.sendto(b"data", MSG_OOB, name(host)) == refused(EOPNOTSUPP)
    assert socket.sendto(b"data", 0, name(host), exact) == returned(4)
    socket.must.connect(name(host))
    assert socket.send(data) == returned(16)
    assert host.seen(data).destination == ip.packed(ip.there)


@clause(since="2.2", level="documented", refs=["man:raw(7)", HEADER], covers=covers(["IP_HDRINCL"], "effect"))
@ipv4
@pytest.mark.parametrize("given", ["nothing", "everything"])
def test_the_kernel_fills_in_what_a_header_leaves_out(host, ip, given):
    """With IP_HDRINCL a source and an identification of 0 are filled in, sum and length always; the rest stays."""
    host.add(ip.also_here)
    socket, data = including(host), new_data()
    source = "0.0.0.0" if given == "nothing" else "198.51.100.9"
    right = packet(ip, 99, data, source, ip.there, ttl=5, tos=0x1C, flags=0, ident=0x1234 if given != "nothing" else 0)
    wrong = right[:2] + b"\x12\x34" + right[4:10] + b"\xff\xff" + right[12:]

    assert socket.sendto(wrong, 0, name(host)) == returned(len(wrong))

    seen = host.seen(data)
    assert header_sum_is_right(seen)
    assert (seen.length, seen.ttl, seen.tos, seen.protocol, seen.data) == (len(right), 5, 0x1C, 99, data)
    if given == "nothing":
        assert seen.source == ip.packed(ip.here)
        assert seen.ident != 0
    else:
        assert (seen.source, seen.ident) == (ip.packed("198.51.100.9"), 0x1234)


@clause(since="2.2", level="documented", refs=["man:raw(7)", HEADER], covers=["errno:EINVAL", "errno:EMSGSIZE"])
@ipv4
def test_a_header_of_ones_own_must_be_there(host, ip):
    """With IP_HDRINCL less than a header is EINVAL, and a packet beyond the MTU EMSGSIZE."""
    socket = including(host)
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, IP_PMTUDISC_DONT)
    right = packet(ip, OWN, b"data", ip.here, ip.there)
    long = packet(ip, OWN, bytes(1481), ip.here, ip.there)

    assert socket.sendto(right[:19], 0, name(host)) == refused(EINVAL)
    assert socket.sendto(b"\x47" + right[1:20], 0, name(host)) == refused(EINVAL)
    assert socket.sendto(long, 0, name(host)) == refused(EMSGSIZE)
    assert socket.sendto(long[:-1], 0, name(host)) == returned(1500)
    assert socket.sendto(right, 0, name(host)) == returned(len(right))


@clause(since="2.2", level="documented", refs=["man:raw(7)", "src:net/ipv4/raw.c:raw_sk_init"])
@ipv4
def test_ipproto_raw_has_the_header_included(host, ip):
    """A socket of IPPROTO_RAW has IP_HDRINCL on from the start, another one has it off."""
    socket, data = raw(host, IPPROTO_RAW), new_data()

    assert (socket.option(ip.level, IP_HDRINCL), raw(host).option(ip.level, IP_HDRINCL)) == (1, 0)
    assert socket.sendto(packet(ip, 77, data, ip.here, ip.there), 0, name(host)) == returned(36)
    assert host.seen(data).protocol == 77


@clause(since="4.5", level="uapi", refs=["man:ipv6(7)", SEND6], covers=covers(["IPV6_HDRINCL"], "effect"))
@ipv6
def test_ipv6_hdrincl_sends_a_header_as_it_is(host, ip):
    """With IPV6_HDRINCL a packet leaves with the header that it was given, every byte of it; without behind another."""
    socket, data = including(host), new_data()
    whole = packet(ip, 99, data, "2001:db8:9::9", ip.there, ttl=5, tos=0x1C, flow=0x12345)

    assert socket.sendto(whole, 0, name(host)) == returned(len(whole))
    first = host.tap.receive(data).data[14:]
    assert socket.setsockopt(ip.level, IPV6_HDRINCL, 0) == SUCCESS
    assert socket.sendto(whole, 0, name(host)) == returned(len(whole))
    second = dissect(host.tap.receive(data).data)

    assert first == whole
    assert (second.protocol, second.data) == (OWN, whole)


@clause(since="2.2", level="documented", refs=["man:raw(7)", "man:ip(7)", SEND], covers=["errno:EACCES"])
@ipv4
def test_a_broadcast_needs_so_broadcast(host, ip):
    """A raw socket needs SO_BROADCAST to send to a broadcast address, else EACCES."""
    socket, data = raw(host), new_data()
    to = name(host, "192.0.2.255")

    assert socket.sendto(b"data", 0, to) == refused(EACCES)
    socket.must.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    assert socket.sendto(data, 0, to) == returned(16)
    assert host.seen(data).mac == b"\xff" * 6


@clause(since="2.2", level="documented", refs=["man:raw(7)", SEND, SEND6], covers=["errno:EMSGSIZE"])
@ip_versions
def test_long_data_leave_in_fragments(host, ip):
    """Data longer than the MTU leave in fragments, but more than 65535 bytes are EMSGSIZE."""
    socket = raw(host)
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, IP_PMTUDISC_DONT)
    data = new_data().ljust(3000, b".")

    assert socket.sendto(bytes(0x10000), 0, name(host)) == refused(EMSGSIZE)
    assert socket.sendto(data, 0, name(host)) == returned(3000)
    first = host.seen(data[:16])

    size = 1480 if ip is V4 else 1448
    assert first.data[0 if ip is V4 else 8 :] == data[:size]


@clause(since="2.2", level="source", refs=["man:raw(7)", SEND6], covers=["errno:EINVAL"])
@ipv6
def test_the_port_of_a_raw_address_is_no_other_protocol(host, ip):
    """A port in the address of a raw IPv6 socket must be 0 or its protocol, else EINVAL."""
    socket = raw(host)

    assert socket.sendto(b"data", 0, ip.address(OWN + 1, ip.there)) == refused(EINVAL)
    assert socket.sendto(b"data", 0, ip.address(OWN, ip.there)) == returned(4)
