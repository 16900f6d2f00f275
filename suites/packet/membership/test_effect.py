"""setsockopt(2): PACKET_ADD_MEMBERSHIP and PACKET_DROP_MEMBERSHIP, seen on the link."""

import pytest

from fixtures.clauses import clause
from helpers.net.frames import MULTICAST
from helpers.option_calls import put
from helpers.options import covers
from helpers.packet.memberships import ADD, BOTH, DROP, KINDS, effect, request
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PACKET_MR_UNICAST

SYSCALL = "setsockopt"
ADDING = "src:net/packet/af_packet.c:packet_mc_add"
DROPPING = "src:net/packet/af_packet.c:packet_mc_drop"
NOWHERE = 4711

kinds = pytest.mark.parametrize("kind", ["multicast", "promisc", "unicast"])
TOKENS = [f"membership:PACKET_MR_{kind.upper()}" for kind in ("multicast", "promisc", "unicast")]


def _comes_and_goes(end, kind):
    socket, twin = end.packet_socket(), end.packet_socket()
    joining = request(end.ifindex, *KINDS[kind])
    seen = [effect(end, kind)]

    results = []
    for member, call in [(socket, ADD), (socket, ADD), (twin, ADD), (socket, DROP), (socket, DROP)]:
        results.append(put(member, call, joining))
        seen.append(effect(end, kind))
    twin.close()
    seen.append(effect(end, kind))

    assert results == [SUCCESS] * 5
    return seen


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:packet(7)", ADDING, DROPPING],
    covers=[*covers(BOTH, "set", "effect"), *TOKENS],
)
@kinds
def test_a_membership_is_counted_by_socket_and_ends_with_it(wire, kind):
    """A link has a membership once for each socket that has it, however often that one joined, until none has it."""
    seen = _comes_and_goes(wire.left, kind)

    # a link counts promiscuity by sockets, and has an address once
    assert seen == ([0, 1, 1, 2, 2, 1, 0] if kind == "promisc" else [0, 1, 1, 1, 1, 1, 0])


@clause(
    since="6.0",
    level="documented",
    refs=["man:packet(7)", ADDING, DROPPING],
    covers=[*covers(BOTH, "set", "effect"), "membership:PACKET_MR_ALLMULTI"],
)
def test_an_allmulti_membership_is_counted_by_socket_and_ends_with_it(wire):
    """A link counts PACKET_MR_ALLMULTI once for each socket that has it, however often that one joined."""
    seen = _comes_and_goes(wire.left, "allmulti")

    assert seen == [0, 1, 1, 2, 2, 1, 0]


@clause(since="2.6.33", level="source", refs=[ADDING, DROPPING], covers=covers(BOTH, "set", "effect"))
@pytest.mark.parametrize("difference", ["address", "type", "length", "link"])
def test_memberships_that_differ_in_one_field_are_two(wire, difference):
    """Memberships that differ in address, type, address length or link alone are counted separately."""
    end = wire.left
    socket, other = end.packet_socket(), MULTICAST[:-1] + b"\x7e"
    far = end.links.add("far", "veth", peer="farther") if difference == "link" else 0

    def effects():
        """Return how many effects the memberships have now on the links."""
        if difference in ("address", "type"):
            entries = end.links.netlink.fdb("dump", ifindex=end.ifindex)
            return sum(entry.get("NDA_LLADDR") in (MULTICAST.hex(":"), other.hex(":")) for entry in entries)
        indexes = [end.ifindex, far] if far else [end.ifindex]
        return sum(end.links.netlink.get_links(index)[0].get("IFLA_PROMISCUITY") for index in indexes)

    first, second = {
        "address": ((end.ifindex, PACKET_MR_MULTICAST, MULTICAST), (end.ifindex, PACKET_MR_MULTICAST, other)),
        "type": ((end.ifindex, PACKET_MR_MULTICAST, MULTICAST), (end.ifindex, PACKET_MR_UNICAST, MULTICAST)),
        "length": ((end.ifindex, PACKET_MR_PROMISC, b""), (end.ifindex, PACKET_MR_PROMISC, MULTICAST)),
        "link": ((end.ifindex, PACKET_MR_PROMISC, b""), (far, PACKET_MR_PROMISC, b"")),
    }[difference]
    steps = [(ADD, first), (ADD, second), (DROP, second), (DROP, second), (DROP, first)]
    seen = [(put(socket, call, request(*which)), effects()) for call, which in steps]

    assert seen == [(SUCCESS, count) for count in (1, 2, 1, 1, 0)]


@clause(since="2.2", level="disputed", refs=["man:packet(7)", DROPPING], covers=["option:PACKET_DROP_MEMBERSHIP:error"])
def test_dropping_what_was_never_added_succeeds(loopback):
    """Dropping an unknown membership succeeds and changes nothing, even for an index that no link has.

    packet(7) promises EADDRNOTAVAIL for an unknown multicast group; the kernel never returned it.
    """
    socket = loopback.packet_socket()
    assert put(socket, ADD, request(loopback.ifindex, PACKET_MR_PROMISC)) == SUCCESS

    indexes = loopback.ifindex, NOWHERE
    results = [put(socket, DROP, request(index, PACKET_MR_MULTICAST, MULTICAST)) for index in indexes]

    assert results == [SUCCESS] * 2
    assert effect(loopback, "promisc") == 1


@clause(since="2.2", level="source", refs=[ADDING], covers=["option:PACKET_ADD_MEMBERSHIP:error"])
def test_a_membership_of_an_unknown_type_is_accepted_without_effect(loopback):
    """A membership of an unknown type is accepted and does nothing to the link."""
    socket = loopback.packet_socket()

    result = put(socket, ADD, request(loopback.ifindex, 4))

    assert result == SUCCESS
    assert (effect(loopback, "promisc"), effect(loopback, "multicast")) == (0, 0)
