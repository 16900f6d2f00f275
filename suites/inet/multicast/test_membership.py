"""IP_ADD_MEMBERSHIP, IPV6_ADD_MEMBERSHIP, MCAST_JOIN_GROUP and their opposites: who is a member of a group."""

from errno import EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENODEV

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.arrivals import drain
from helpers.net.ip_versions import V4
from helpers.options import covers
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP
from suites.inet.multicast.support import GROUPS, joined, mreq, mreqn, received, request, set_membership

SYSCALL = "setsockopt"
JOIN = "src:net/ipv4/igmp.c:__ip_mc_join_group"
LEAVE = "src:net/ipv4/igmp.c:ip_mc_leave_group"
JOIN6 = "src:net/ipv6/mcast.c:__ipv6_sock_mc_join"
REFS = ["man:ip(7)", "man:ipv6(7)", JOIN, LEAVE, JOIN6]
ADD = ["IP_ADD_MEMBERSHIP", "IPV6_ADD_MEMBERSHIP", "SOL_IP/MCAST_JOIN_GROUP", "SOL_IPV6/MCAST_JOIN_GROUP"]
DROP = ["IP_DROP_MEMBERSHIP", "IPV6_DROP_MEMBERSHIP", "SOL_IP/MCAST_LEAVE_GROUP", "SOL_IPV6/MCAST_LEAVE_GROUP"]
FORMS = pytest.mark.parametrize("form", ["membership", "mcast"])


@clause(since="2.6", level="documented", refs=REFS, covers=covers([*ADD, *DROP], "set", "effect"))
@ip_versions
@FORMS
def test_a_member_receives_what_is_sent_to_its_group(host, ip, form):
    """A socket receives what is sent to a group from joining until leaving it, and nothing of another group."""
    socket, port = host.bound(ip.any)
    group, other, _ = GROUPS[ip]

    before = received(host, socket, port, group)
    results = [set_membership(host, socket, form, True, group)]
    between = received(host, socket, port, group), received(host, socket, port, other)
    results.append(set_membership(host, socket, form, False, group))

    assert results == [SUCCESS, SUCCESS]
    assert before == []
    assert between == ([ip.there.encode()], [])
    assert received(host, socket, port, group) == []


@clause(since="2.6", level="documented", refs=REFS, covers=[*covers(ADD, "error")])
@ip_versions
@FORMS
def test_a_second_join_is_refused_with_eaddrinuse(host, ip, form):
    """To join a group again on the same link is EADDRINUSE, and one leaving ends the membership."""
    group, _, _ = GROUPS[ip]
    socket, port = joined(host, group, form)

    again = set_membership(host, socket, form, True, group)
    elsewhere = set_membership(host, socket, form, True, group, 1)
    received_once = received(host, socket, port, group)
    left = set_membership(host, socket, form, False, group)

    assert (again, elsewhere, left) == (refused(EADDRINUSE), SUCCESS, SUCCESS)
    assert received_once == [ip.there.encode()]
    assert set_membership(host, socket, form, True, group) == SUCCESS


@clause(since="2.6", level="documented", refs=REFS, covers=[*covers(DROP, "error")])
@ip_versions
@FORMS
def test_leaving_what_was_not_joined_is_refused_with_eaddrnotavail(host, ip, form):
    """To leave a group of which the socket is no member, on that link, is EADDRNOTAVAIL, and ends no membership."""
    group, other, _ = GROUPS[ip]
    socket, port = joined(host, group, form)

    results = [
        set_membership(host, socket, form, False, other),
        set_membership(host, socket, form, False, group, 1),
        set_membership(host, host.open(), form, False, group),
    ]

    assert results == [refused(EADDRNOTAVAIL)] * 3
    assert received(host, socket, port, group) == [ip.there.encode()]
    assert set_membership(host, socket, form, False, group) == SUCCESS


@clause(since="2.6", level="documented", refs=REFS, covers=["errno:EINVAL"])
@ip_versions
@FORMS
def test_what_is_no_group_or_no_link_is_refused(host, ip, form):
    """An address that is not of multicast is EINVAL, a link that is not there ENODEV; the same with both is taken."""
    socket = host.open()
    group, _, _ = GROUPS[ip]

    assert set_membership(host, socket, form, True, ip.there) == refused(EINVAL)
    assert set_membership(host, socket, form, True, group, 4711) == refused(ENODEV)
    assert set_membership(host, socket, form, True, group) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:ip(7)", JOIN], covers=["errno:EINVAL"])
@ipv4
def test_ip_mreq_names_the_link_by_its_address(host, ip):
    """A struct ip_mreq names the link by its address; any other is ENODEV, and less than the structure EINVAL."""
    socket, port = host.bound(ip.any)
    group, _, _ = GROUPS[ip]
    right = mreq(group, ip.here)

    short = socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP, bytes(right)[:7])
    strange = socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP, mreq(group, "203.0.113.9"))
    result = socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP, right)

    assert (short, strange, result) == (refused(EINVAL), refused(ENODEV), SUCCESS)
    assert received(host, socket, port, group) == [ip.there.encode()]
    assert socket.setsockopt(ip.level, IP_DROP_MEMBERSHIP, mreq(group, ip.here)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:ip(7)", "src:net/ipv4/igmp.c:ip_mc_find_dev"])
@ipv4
def test_without_a_link_the_route_decides(host, ip):
    """Without a link the group's route names it; ENODEV if there is none. The index counts more than the address."""
    group, other, _ = GROUPS[ip]
    socket, port = host.bound(ip.any)

    without = socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP, mreqn(group, 0))
    host.route.add_route("224.0.0.0", 4, host.near.ifindex)
    result = socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP, mreqn(group, 0))
    both = socket.setsockopt(ip.level, IP_ADD_MEMBERSHIP, mreqn(other, host.near.ifindex, "127.0.0.1"))

    assert (without, result, both) == (refused(ENODEV), SUCCESS, SUCCESS)
    assert received(host, socket, port, group) + received(host, socket, port, other) == [ip.there.encode()] * 2


@clause(since="2.6", level="source", refs=["man:ip(7)", "src:net/ipv4/ip_sockglue.c:ip_mcast_join_leave", JOIN6])
@ip_versions
@pytest.mark.parametrize("option", [MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP], ids=["join", "leave"])
def test_mcast_takes_its_structure_and_its_family(host, ip, option):
    """MCAST_JOIN_GROUP and MCAST_LEAVE_GROUP take a whole struct group_req with a group of the family; else EINVAL."""
    socket, (group, _, _) = host.open(), GROUPS[ip]
    right = request(ip, group, host.near.ifindex)
    strange = request(ip, group, host.near.ifindex)
    strange.gr_group.ss_family ^= 0x40
    if option == MCAST_LEAVE_GROUP:
        socket.must.setsockopt(ip.level, MCAST_JOIN_GROUP, right)

    short = socket.setsockopt(ip.level, option, bytes(right)[:-1])
    other = socket.setsockopt(ip.level, option, strange)

    assert short == refused(EINVAL)
    assert other == refused(EINVAL if ip is V4 else EADDRNOTAVAIL)
    assert socket.setsockopt(ip.level, option, right) == SUCCESS


@clause(
    since="2.6.31",
    level="documented",
    refs=["man:ip(7)", "src:net/ipv4/igmp.c:ip_mc_sf_allow"],
    covers=covers(["IP_MULTICAST_ALL"], "effect"),
)
@ipv4
@pytest.mark.parametrize("everything", [0, 1])
def test_ip_multicast_all_is_about_groups_of_others(host, ip, everything):
    """With IP_MULTICAST_ALL a socket receives what is sent to a group that another joined, else of its own."""
    group, other, _ = GROUPS[ip]
    member, port = joined(host, group)
    socket = host.open()
    member.must.close()
    socket.must.bind(ip.address(port, ip.any))
    keeper, _ = joined(host, group)
    assert keeper.fd >= 0
    socket.must.setsockopt(ip.level, ip.MULTICAST_ALL, everything)
    set_membership(host, socket, "mcast", True, other)

    assert received(host, socket, port, group) == [ip.there.encode()] * everything
    assert received(host, socket, port, other) == [ip.there.encode()]


@clause(
    since="4.20",
    level="documented",
    refs=["man:ipv6(7)", "src:net/ipv6/mcast.c:inet6_mc_check"],
    covers=covers(["IPV6_MULTICAST_ALL"], "effect"),
)
@ipv6
@pytest.mark.parametrize("everything", [0, 1])
def test_ipv6_multicast_all_is_about_groups_of_others(host, ip, everything):
    """With IPV6_MULTICAST_ALL a socket receives what is sent to a group that another joined; else of its own."""
    group, other, _ = GROUPS[ip]
    joined(host, group)
    socket, port = host.bound(ip.any)
    socket.must.setsockopt(ip.level, ip.MULTICAST_ALL, everything)
    set_membership(host, socket, "mcast", True, other)

    assert received(host, socket, port, group) == [ip.there.encode()] * everything
    assert received(host, socket, port, other) == [ip.there.encode()]


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_a_membership_ends_with_its_socket(host, ip):
    """When the last member is closed the host receives what is sent to the group no more, and before that it does."""
    group, _, _ = GROUPS[ip]
    socket, port = host.bound(ip.any)
    member, _ = joined(host, group)
    second, _ = joined(host, group)

    found = []
    for closing in (None, member, second):
        if closing:
            closing.must.close()
        found.append(received(host, socket, port, group))

    assert found == [[ip.there.encode()], [ip.there.encode()], []]
    assert drain(socket) == []
