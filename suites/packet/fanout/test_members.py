"""The members of a fanout group: their order, and what changes it."""

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.option_calls import answer, get
from helpers.packet.fanout import FANOUT, Group, by_number, many, numbered, request
from helpers.rings import V1, V2, V3, Geometry
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_LB

MAN = "man:packet(7)"
LINK = "src:net/packet/af_packet.c:__fanout_link"
UNLINK = "src:net/packet/af_packet.c:__fanout_unlink"
EFFECT = ["option:PACKET_FANOUT:effect"]


def _chosen(end, count):
    group = Group(end, PACKET_FANOUT_CBPF, count)
    group.steer(by_number())
    return group


@clause(since="4.3", level="source", refs=[LINK], covers=EFFECT)
def test_members_are_numbered_as_they_joined(loopback):
    """A socket that joins becomes the last member, whenever it was created; the others keep their numbers."""
    sockets = [loopback.packet_socket(protocol=OWN) for _ in range(3)]
    group, got = _chosen(loopback, 1), []

    for socket in reversed(sockets):
        group.admit(socket)
        got.append(group.deliver(*numbered(0, 1, 2, 3)))

    assert got == ["0 1 0 1", "0 1 2 0", "0 1 2 3"]


@clause(since="4.3", level="source", refs=[UNLINK], covers=EFFECT)
@pytest.mark.parametrize(("leaver", "order"), [(0, "3 1 2 3"), (1, "0 3 2 0"), (2, "0 1 3 0"), (3, "0 1 2 0")])
def test_the_last_member_takes_the_place_of_one_that_leaves(loopback, leaver, order):
    """When a member is closed the last one takes its number, and the others keep theirs."""
    group = _chosen(loopback, 4)
    before = group.deliver(*numbered(0, 1, 2, 3))

    group.members[leaver].must.close()

    assert (before, group.deliver(*numbered(0, 1, 2, 3))) == ("0 1 2 3", order)


@clause(since="3.1", level="documented", refs=[MAN, UNLINK], covers=EFFECT)
def test_a_group_shares_among_those_that_are_left(loopback):
    """A member leaves its group when it is closed; the last one left receives everything, until there is none."""
    group, got = Group(loopback, PACKET_FANOUT_LB, 3), []

    for member in (0, 2, 1):
        got.append(group.deliver(*many(3)))
        group.members[member].must.close()
    got.append(group.deliver(*many(2)))

    assert got == ["1 2 0", "2 1 2", "1 1 1", "- -"]


@clause(since="4.3", level="source", refs=[LINK, "src:net/packet/af_packet.c:packet_set_ring"], covers=EFFECT)
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_a_member_that_gets_a_ring_becomes_the_last(loopback, rings, version):
    """A member that sets up a ring, or removes it, stays in the group and becomes its last member."""
    group = _chosen(loopback, 3)
    made = rings.on(group.members[0], version, Geometry())
    made.must.set_version()
    made.must.set_rx()
    first = group.deliver(*numbered(0, 1, 2))

    made.must.remove_rx()
    rings.on(group.members[2], version, Geometry()).setup()
    second = group.deliver(*numbered(0, 1, 2))

    assert (first, second) == ("2 1 0", "0 1 2")
    assert [get(member, FANOUT) for member in group.members] == [answer(request(PACKET_FANOUT_CBPF))] * 3


@clause(since="3.1", level="source", refs=[LINK, "src:net/packet/af_packet.c:packet_set_ring"], covers=EFFECT)
def test_a_group_of_one_goes_on_when_its_member_gets_a_ring(loopback, rings):
    """The only member of a group receives every frame once, before and after it has set up a ring."""
    group = Group(loopback, PACKET_FANOUT_LB, 1)
    before = group.deliver(*many(2))

    ring = rings.on(group.members[0], V2, Geometry()).setup().rx
    frame = many(1)[0]
    after = group.deliver(frame)

    assert (before, after) == ("0 0", "0")
    assert ring.receive(frame.marker).data == frame.data
