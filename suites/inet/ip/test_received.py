"""recvmsg(2): what IP_PKTINFO, IP_RECVTTL and their kin tell of a datagram, and what they are in IPv6."""

import struct

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers import messages, wait
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_packets import fragments, udp
from helpers.net.ip_versions import V4, V6
from helpers.options import covers
from helpers.syscall import SUCCESS
from helpers.uapi.in6 import IPV6_RECVORIGDSTADDR, IPV6_RECVPKTINFO, IPV6_RECVTCLASS
from helpers.uapi.in_ import IP_PKTINFO, IP_RECVFRAGSIZE, IP_RECVORIGDSTADDR, IP_RECVTOS, IP_RECVTTL
from helpers.uapi.socket import MSG_CTRUNC, MSG_DONTWAIT, MSG_PEEK

SYSCALL = "recvmsg"
CMSG = "src:net/ipv4/ip_sockglue.c:ip_cmsg_recv_offset"
CMSG6 = "src:net/ipv6/datagram.c:ip6_datagram_recv_specific_ctl"
REFS = ["man:ip(7)", "man:ipv6(7)", CMSG, CMSG6]


def received(host, socket, port, flags=0, **how):
    """Have a datagram arrive and return the control messages that come with it."""
    data = new_data()
    host.deliver_udp(port, data, **how)
    assert wait.readable(socket.fd)
    got = messages.receive(socket.fd, flags=flags | MSG_DONTWAIT)
    assert got.data == data
    return got.controls


def pktinfo(ip, ifindex, address, local=None):
    """Return the control message that says so."""
    if ip is V6:
        return ip.level, ip.PKTINFO, ip.packed(address) + struct.pack("=i", ifindex)
    return ip.level, ip.PKTINFO, struct.pack("=i", ifindex) + ip.packed(local or address) + ip.packed(address)


@clause(since="2.6", level="documented", refs=REFS, covers=covers(["IP_PKTINFO", "IPV6_RECVPKTINFO"], "set", "effect"))
@ip_versions
def test_pktinfo_tells_link_and_address(host, ip):
    """With PKTINFO a datagram comes with the index of its link and the address that it was sent to, whichever it is."""
    host.add(ip.also_here)
    socket, port = host.bound(ip.any)
    before = received(host, socket, port)

    result = socket.setsockopt(ip.level, ip.RECVPKTINFO, 1)

    assert (before, result) == ([], SUCCESS)
    assert received(host, socket, port) == [pktinfo(ip, host.near.ifindex, ip.here)]
    assert received(host, socket, port, to=ip.also_here) == [pktinfo(ip, host.near.ifindex, ip.also_here)]
    assert received(host, socket, port, MSG_PEEK) == [pktinfo(ip, host.near.ifindex, ip.here)]
    socket.must.setsockopt(ip.level, ip.RECVPKTINFO, 0)
    assert messages.receive(socket.fd).controls == []


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_PKTINFO"], "effect"))
@pytest.mark.parametrize("ip", [V4], ids=str)
@pytest.mark.parametrize("to", ["192.0.2.255", "255.255.255.255"], ids=["subnet", "limited"])
def test_pktinfo_of_a_broadcast_has_both_addresses(host, ip, to):
    """IP_PKTINFO of a broadcast has the header's address in ipi_addr and the host's own in ipi_spec_dst."""
    socket, port = host.bound(ip.any)
    socket.must.setsockopt(ip.level, IP_PKTINFO, 1)

    assert received(host, socket, port, to=to) == [pktinfo(ip, host.near.ifindex, to, ip.here)]


@clause(
    since="2.6",
    level="documented",
    refs=REFS,
    covers=covers(["IP_RECVTTL", "IPV6_RECVHOPLIMIT", "IP_RECVTOS", "IPV6_RECVTCLASS"], "set", "effect"),
)
@ip_versions
@pytest.mark.parametrize(("ttl", "tos"), [(1, 0), (255, 0xFF), (64, 0x2E)])
def test_ttl_and_tos_are_those_of_the_header(host, ip, ttl, tos):
    """With RECVTTL an int has the TTL (hop limit), with RECVTOS a byte (IPv6: an int) the TOS of the header."""
    socket, port = host.bound()
    told_ttl = (ip.level, ip.RECEIVED_TTL, struct.pack("=i", ttl))
    told_tos = (ip.level, ip.RECEIVED_TOS, bytes([tos]) if ip is V4 else struct.pack("=i", tos))

    socket.must.setsockopt(ip.level, ip.RECVTTL, 1)
    first = received(host, socket, port, ttl=ttl, tos=tos)
    socket.must.setsockopt(ip.level, ip.RECVTOS, 1)
    both = received(host, socket, port, ttl=ttl, tos=tos)
    socket.must.setsockopt(ip.level, ip.RECVTTL, 0)
    second = received(host, socket, port, ttl=ttl, tos=tos)

    assert (first, both, second) == ([told_ttl], [told_ttl, told_tos], [told_tos])


@clause(
    since="4.13",
    level="documented",
    refs=REFS,
    covers=covers(["IP_RECVORIGDSTADDR", "IPV6_RECVORIGDSTADDR"], "set", "effect"),
)
@ip_versions
def test_origdstaddr_is_address_and_port(host, ip):
    """With RECVORIGDSTADDR a datagram comes with the address and port that it was sent to, as a socket address."""
    socket, port = host.bound(ip.any)

    socket.must.setsockopt(ip.level, ip.RECVORIGDSTADDR, 1)

    assert received(host, socket, port) == [(ip.level, ip.RECVORIGDSTADDR, bytes(ip.address(port, ip.here)))]


@clause(
    since="4.14",
    level="documented",
    refs=["man:ip(7)", CMSG, CMSG6],
    covers=covers(["IP_RECVFRAGSIZE", "IPV6_RECVFRAGSIZE"], "effect"),
)
@ip_versions
def test_fragsize_is_that_of_the_largest_fragment(host, ip):
    """With RECVFRAGSIZE a datagram that came in fragments tells the largest one's length."""
    socket, port = host.bound()
    socket.must.setsockopt(ip.level, ip.RECVFRAGSIZE, 1)
    data = new_data() * 10
    segment = udp(ip, (ip.there, PORT), (ip.here, port), data)

    whole = received(host, socket, port)
    for fragment in fragments(ip, segment, ip.there, ip.here, 96):
        host.deliver(fragment)
    assert wait.readable(socket.fd)
    got = messages.receive(socket.fd)

    size = ip.header + (0 if ip is V4 else 8) + 96
    assert whole == []
    assert (got.data, got.controls) == (data, [(ip.level, ip.RECVFRAGSIZE, struct.pack("=i", size))])


@clause(since="4.14", level="source", refs=["man:ip(7)", CMSG])
@pytest.mark.parametrize("ip", [V4], ids=str)
def test_what_several_options_ask_for_comes_in_one_order(host, ip):
    """What several options of SOL_IP ask for comes together: packet info, TTL, TOS, the original address."""
    socket, port = host.bound()
    for name in (IP_RECVFRAGSIZE, IP_RECVORIGDSTADDR, IP_RECVTOS, IP_RECVTTL, IP_PKTINFO):
        socket.must.setsockopt(ip.level, name, 1)

    kinds = [kind for _, kind, _ in received(host, socket, port)]

    assert kinds == [ip.PKTINFO, ip.RECEIVED_TTL, ip.RECEIVED_TOS, ip.RECVORIGDSTADDR]


@clause(since="2.6.37", level="source", refs=["man:ipv6(7)", CMSG6])
@pytest.mark.parametrize("ip", [V6], ids=str)
def test_what_several_options_of_ipv6_ask_for_comes_in_one_order(host, ip):
    """What several options of SOL_IPV6 ask for comes together: packet info, hop limit, class, the original address."""
    socket, port = host.bound()
    for name in (IPV6_RECVORIGDSTADDR, IPV6_RECVTCLASS, ip.RECVTTL, IPV6_RECVPKTINFO):
        socket.must.setsockopt(ip.level, name, 1)

    kinds = [kind for _, kind, _ in received(host, socket, port)]

    assert kinds == [ip.PKTINFO, ip.RECEIVED_TTL, ip.RECEIVED_TOS, ip.RECVORIGDSTADDR]


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:ip(7)", "man:ipv6(7)", CMSG, CMSG6])
@ip_versions
@pytest.mark.parametrize("room", [0, 8, 16])
def test_control_messages_without_room_are_cut_off(host, ip, room):
    """Without room for a control message the datagram comes all the same, with MSG_CTRUNC; with room without."""
    socket, port = host.bound()
    socket.must.setsockopt(ip.level, ip.RECVTTL, 1)
    results = []
    for space in (room, messages.cmsg_space(4)):
        host.deliver_udp(port, b"data")
        assert wait.readable(socket.fd)
        got = messages.receive(socket.fd, control=space)
        results.append((got.data, got.flags, len(got.controls[0][2]) if got.controls else None))

    assert results == [(b"data", MSG_CTRUNC, 0 if room == 16 else None), (b"data", 0, 4)]
