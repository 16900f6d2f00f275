"""sendmsg(2): IP_PKTINFO and IPV6_PKTINFO choose the source address and the link of one datagram."""

import struct
from errno import EINVAL, ENETUNREACH, ENODEV

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.messages import Message, cmsg
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_versions import V4
from helpers.options import covers
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in6 import IPV6_PKTINFO, in6_pktinfo
from helpers.uapi.in_ import in6_addr
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_BINDTODEVICE

SYSCALL = "sendmsg"
CMSG = "src:net/ipv4/ip_sockglue.c:ip_cmsg_send"
CMSG6 = "src:net/ipv6/datagram.c:ip6_datagram_send_ctl"
REFS = ["man:ip(7)", "man:ipv6(7)", CMSG, CMSG6]
NO_LINK = 4711


def info(ip, ifindex=0, source="", size=None):
    """Return the control message; of *size* bytes, if given."""
    address = ip.packed(source or ip.any)
    data = struct.pack("=i", ifindex) + address + bytes(4) if ip is V4 else address + struct.pack("=i", ifindex)
    return cmsg(ip.level, ip.PKTINFO, data if size is None else data.ljust(size, b"\0")[:size])


def send(socket, control, data=b"data", name=None):
    """Send with control bytes."""
    return socket.sendmsg(Message([data], name, control).header)


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_PKTINFO"], "effect"))
@ip_versions
def test_the_source_is_the_one_that_is_asked_for(host, ip):
    """PKTINFO makes a local address the source of one datagram, whatever the socket has; the next has its own again."""
    host.add(ip.also_here)
    socket, port = host.bound()
    one, other = new_data(), new_data()

    assert send(socket, info(ip, source=ip.also_here), one, host.peer) == returned(len(one))
    assert send(socket, b"", other, host.peer) == returned(len(other))

    seen = host.seen(one)
    assert (seen.source, seen.ports) == (ip.packed(ip.also_here), (port, PORT))
    assert host.seen(other).source == ip.packed(ip.here)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_the_link_is_the_one_that_is_asked_for(host, ip):
    """PKTINFO with an index sends out of that link, also to where no route leads; without it that is ENETUNREACH."""
    socket, target = host.open(), ip.address(PORT, ip.elsewhere)
    host.route.add_neighbour(host.near.ifindex, ip.elsewhere, host.far.mac)
    data = new_data()

    without = send(socket, info(ip), b"data", target)
    result = send(socket, info(ip, host.near.ifindex), data, target)

    if ip is V4:
        assert result == returned(len(data))
        assert host.seen(data).destination == ip.packed(ip.elsewhere)
    else:
        assert result == refused(ENETUNREACH)  # IPv6 asks for a route on that link all the same
        host.route.add_route(ip.elsewhere, 128, host.near.ifindex)
        assert send(socket, info(ip, host.near.ifindex), data, target) == returned(len(data))
        assert host.seen(data).destination == ip.packed(ip.elsewhere)
    assert without == refused(ENETUNREACH)


@clause(since="2.2", level="source", refs=REFS, covers=["errno:EINVAL"])
@ip_versions
def test_another_size_is_refused_with_einval(host, ip):
    """PKTINFO of another size than its structure's is refused with EINVAL; IPv6 takes a longer one."""
    right = 12 if ip is V4 else 20
    socket = host.connected()

    assert send(socket, info(ip, size=right - 1)) == refused(EINVAL)
    assert send(socket, info(ip, size=right + 1)) == (refused(EINVAL) if ip is V4 else returned(4))
    assert send(socket, info(ip, size=right)) == returned(4)


@clause(since="2.2", level="source", refs=["man:ip(7)", CMSG, "src:net/ipv4/route.c:ip_route_output_key_hash_rcu"])
@ipv4
def test_a_source_of_multicast_is_refused_with_einval(host, ip):
    """IPv4 refuses a source of multicast with EINVAL and a link that is not there with ENODEV."""
    socket = host.open()

    assert send(socket, info(ip, 0, "233.252.0.1"), name=host.peer) == refused(EINVAL)
    assert send(socket, info(ip, NO_LINK), name=host.peer) == refused(ENODEV)
    assert send(socket, info(ip, host.near.ifindex, ip.here), name=host.peer) == returned(4)


@clause(since="2.6.14", level="source", refs=["man:ipv6(7)", CMSG6], covers=["errno:EINVAL"])
@ipv6
def test_a_source_of_ipv6_that_is_not_local_is_refused_with_einval(host, ip):
    """IPv6 refuses a source that is no address of the host with EINVAL and a link that is not there with ENODEV."""
    socket = host.open()

    assert send(socket, info(ip, 0, "2001:db8:5::1"), name=host.peer) == refused(EINVAL)
    assert send(socket, info(ip, NO_LINK), name=host.peer) == refused(ENODEV)
    assert send(socket, info(ip, host.near.ifindex, ip.here), name=host.peer) == returned(4)


@clause(since="2.6.14", level="source", refs=["man:ipv6(7)", CMSG6], covers=["errno:EINVAL"])
@ipv6
def test_another_link_than_the_bound_one_is_refused_with_einval(host, ip):
    """IPv6 refuses a link other than the one to which the socket is bound with EINVAL."""
    socket = host.open()
    socket.must.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, host.near.name.encode())
    lo = 1

    assert send(socket, info(ip, lo), name=host.peer) == refused(EINVAL)
    assert send(socket, info(ip, host.near.ifindex), name=host.peer) == returned(4)


@clause(
    since="2.6.14",
    level="disputed",
    refs=["man:ipv6(7)", "src:net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt"],
    covers=["errno:setsockopt:EINVAL", *covers(["IPV6_PKTINFO"], "set", "effect", "error")],
)
@ipv6
def test_the_option_chooses_the_link_of_all_that_follow(host, ip):
    """IPV6_PKTINFO as an option chooses the link of all that follow, not their source; a shorter value is EINVAL.

    RFC 3542 has it choose the source, too.
    """
    host.add(ip.also_here)
    socket, data = host.open(), [new_data(), new_data()]
    usual, lo = [ip.packed(ip.also_here), ip.packed(ip.here)], 1

    def choose(address, index):
        return socket.setsockopt(ip.level, IPV6_PKTINFO, in6_pktinfo(in6_addr.from_buffer_copy(address), index))

    refusals = [socket.setsockopt(ip.level, IPV6_PKTINFO, bytes(20)[:size]) for size in (0, 19)]
    wrong = choose(bytes(16), lo), socket.sendto(b"data", 0, host.peer)
    sources = []
    for address, one in zip(usual, data, strict=True):
        assert choose(address, host.near.ifindex) == SUCCESS
        assert socket.sendto(one, 0, host.peer) == returned(16)
        sources.append(host.seen(one).source)

    assert refusals == [refused(EINVAL)] * 2
    assert wrong == (SUCCESS, refused(ENETUNREACH))
    assert sources[0] == sources[1]


@clause(since="4.2", level="source", refs=["man:ip(7)", CMSG])
@pytest.mark.parametrize("ip", [V4], ids=str)
def test_control_messages_of_another_level_are_passed_over(host, ip):
    """Control messages of a level that the socket does not have are passed over; those unknown at SOL_IP are EINVAL."""
    socket = host.connected()

    assert send(socket, cmsg(4711, ip.PKTINFO, bytes(3))) == returned(4)
    assert send(socket, cmsg(ip.level, 4711, bytes(4))) == refused(EINVAL)
