"""IP_MULTICAST_TTL, _LOOP, _IF and what they are in IPv6: how datagrams to a group are sent."""

import struct
from errno import EADDRNOTAVAIL, EINVAL, ENODEV

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4
from helpers.arrivals import drain
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import group_mac
from helpers.net.ip_versions import V4
from helpers.option_calls import answer, get
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused
from suites.inet.multicast.support import GROUPS, mreqn, of, set_membership

SYSCALL = "setsockopt"
IP = "src:net/ipv4/ip_sockglue.c:do_ip_setsockopt"
IP6 = "src:net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt"
REFS = ["man:ip(7)", "man:ipv6(7)", IP, IP6]


def choose(host, socket, index):
    """Set the link for multicast by its index."""
    value = mreqn("0.0.0.0", index) if host.ip is V4 else struct.pack("=i", index)
    return socket.setsockopt(host.ip.level, host.ip.MULTICAST_IF, value)


@clause(
    since="2.2",
    level="documented",
    refs=REFS,
    covers=covers(["IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS", "IP_MULTICAST_IF", "IPV6_MULTICAST_IF"], "effect"),
)
@ip_versions
@pytest.mark.parametrize("ttl", [2, 255])
def test_ttl_and_address_are_those_of_multicast(host, ip, ttl):
    """A datagram to a group leaves with the multicast TTL, 1 unless set, to the group's hardware address."""
    group, _, _ = GROUPS[ip]
    socket, data, last = host.open(), [new_data(), new_data()], new_data()
    socket.must.setsockopt(ip.level, ip.TTL, 77)
    assert choose(host, socket, host.near.ifindex) == SUCCESS

    socket.must.sendto(data[0], 0, ip.address(9, group))
    result = socket.setsockopt(ip.level, ip.MULTICAST_TTL, ttl)
    socket.must.sendto(data[1], 0, ip.address(9, group))
    socket.must.sendto(last, 0, host.peer)

    seen = host.seen_until(last)
    assert result == SUCCESS
    assert [one.ttl for one in seen] == [1, ttl, 77]
    assert (seen[0].mac, seen[0].destination) == (group_mac(ip, group), ip.packed(group))


@clause(
    since="2.2",
    level="documented",
    refs=REFS,
    covers=covers(["IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP"], "effect"),
)
@ip_versions
@pytest.mark.parametrize("loop", [0, 1])
def test_loop_decides_whether_the_host_receives_it_too(host, ip, loop):
    """With the multicast loop of the sender on, members on its own host receive what is sent."""
    group, _, _ = GROUPS[ip]
    member, port = host.bound(ip.any)
    assert set_membership(host, member, "mcast", True, group) == SUCCESS
    sender, data = host.open(), new_data()
    choose(host, sender, host.near.ifindex)

    result = sender.setsockopt(ip.level, ip.MULTICAST_LOOP, loop)
    sender.must.sendto(data, 0, ip.address(port, group))
    host.settled()

    assert result == SUCCESS
    assert drain(member) == [data] * loop
    assert host.seen(data).destination == ip.packed(group)


@clause(
    since="2.2",
    level="documented",
    refs=REFS,
    covers=["errno:EINVAL", *covers(["IP_MULTICAST_IF", "IPV6_MULTICAST_IF"], "set", "get", "error")],
)
@ip_versions
def test_a_link_that_is_not_there_is_refused(host, ip):
    """A link that is not there is EADDRNOTAVAIL (IPv6: ENODEV) and a short value EINVAL; what was set stays."""
    socket, one = host.open(), option("IP_MULTICAST_IF" if ip is V4 else "IPV6_MULTICAST_IF")
    empty = get(socket, one)

    assert choose(host, socket, host.near.ifindex) == SUCCESS
    assert choose(host, socket, 4711) == refused(EADDRNOTAVAIL if ip is V4 else ENODEV)
    assert socket.setsockopt(ip.level, ip.MULTICAST_IF, bytes(3)) == refused(EINVAL)
    kept = get(socket, one)
    assert choose(host, socket, 0) == SUCCESS

    assert (empty, get(socket, one)) == (answer(0), answer(0))
    assert kept == answer(0 if ip is V4 else host.near.ifindex)  # IPv4 tells the address that was asked for


@clause(since="2.2", level="documented", refs=["man:ip(7)", IP], covers=covers(["IP_MULTICAST_IF"], "set", "get"))
@ipv4
@pytest.mark.parametrize("form", ["in_addr", "ip_mreq", "ip_mreqn"])
def test_ip_multicast_if_takes_an_address(host, ip, form):
    """IP_MULTICAST_IF takes a link's address in three structures and reads it back; it is the datagram's source."""
    host.add(ip.also_here)
    socket, data, one = host.open(), new_data(), option("IP_MULTICAST_IF")
    address = bytes(of(ip.also_here))
    value = {"in_addr": address, "ip_mreq": bytes(4) + address, "ip_mreqn": bytes(4) + address + bytes(4)}[form]

    strange = socket.setsockopt(ip.level, one.number, value.replace(address, bytes(of("203.0.113.9"))))
    result = socket.setsockopt(ip.level, one.number, value)
    socket.must.sendto(data, 0, ip.address(9, GROUPS[ip][0]))

    assert (strange, result) == (refused(EADDRNOTAVAIL), SUCCESS)
    assert get(socket, one) == answer(address)
    assert host.seen(data).source == address


@clause(since="2.2", level="source", refs=["man:ip(7)", "src:net/ipv4/ip_output.c:ip_mc_output"])
@ip_versions
def test_ttl_0_stays_on_a_host_with_members(host, ip):
    """A datagram with TTL 0 to a group that the host has a member of is received there and does not leave."""
    group, _, _ = GROUPS[ip]
    member, port = host.bound(ip.any)
    assert set_membership(host, member, "mcast", True, group) == SUCCESS
    sender, last = host.open(), new_data()
    choose(host, sender, host.near.ifindex)

    sender.must.setsockopt(ip.level, ip.MULTICAST_TTL, 0)
    sender.must.sendto(b"here", 0, ip.address(port, group))
    sender.must.setsockopt(ip.level, ip.MULTICAST_TTL, 1)
    sender.must.sendto(last, 0, ip.address(port, group))

    assert [one.payload for one in host.seen_until(last)] == [last]
    host.settled()
    assert drain(member) == [b"here", last]
