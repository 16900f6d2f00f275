"""PACKET_FANOUT_ROLLOVER and PACKET_FANOUT_FLAG_ROLLOVER: which member gets a frame when others are full."""

import pytest

from fixtures.clauses import clause
from helpers.packet.fanout import Group, by_number, many, numbered
from helpers.uapi import if_packet as ip
from suites.packet.fanout.support import hold

MAN = "man:packet(7)"
ROLLOVER = "src:net/packet/af_packet.c:fanout_demux_rollover"
MODE = ["fanout:ROLLOVER", "option:PACKET_FANOUT:effect"]
FLAG = ["fanout_flag:ROLLOVER", "option:PACKET_FANOUT:effect"]
STATISTICS = ["option:PACKET_ROLLOVER_STATS:get", "option:PACKET_ROLLOVER_STATS:effect"]
CHOSEN = ip.PACKET_FANOUT_CBPF | ip.PACKET_FANOUT_FLAG_ROLLOVER


def _chosen(loopback, count):
    """Return a group in which the number of a frame chooses, and whose members have room for four frames."""
    group = Group(loopback, CHOSEN, count)
    group.steer(by_number())
    return hold(group, 4)


@clause(since="4.2", level="documented", refs=[MAN, ROLLOVER], covers=[*MODE, *STATISTICS])
def test_a_rollover_group_fills_one_member_after_the_other(loopback):
    """PACKET_FANOUT_ROLLOVER stays with a member while it has a quarter of its room left, then takes the next."""
    group = hold(Group(loopback, ip.PACKET_FANOUT_ROLLOVER, 3), 4)

    got = group.deliver(*many(9))

    assert got == "0 0 1 1 2 2 0 0 0!"  # when none has room it is the first one's, as long as that takes any
    assert [group.rollovers(member) for member in range(3)] == [(6, 0, 3), (0, 0, 0), (0, 0, 0)]


@clause(since="4.2", level="source", refs=[ROLLOVER], covers=MODE)
def test_a_rollover_group_does_not_go_back_to_a_member_that_has_room_again(loopback):
    """PACKET_FANOUT_ROLLOVER goes on from its current member, and takes one that was emptied only in its turn."""
    group = hold(Group(loopback, ip.PACKET_FANOUT_ROLLOVER, 3), 4)
    first = group.deliver(*many(3))
    group.members[0].received_markers([])

    second = group.deliver(*many(6))

    assert (first, second) == ("0 0 1", "1 2 2 0 0 0")
    assert group.rollovers() == (8, 0, 1)


@clause(since="4.2", level="documented", refs=[MAN, ROLLOVER], covers=[*FLAG, *STATISTICS])
@pytest.mark.parametrize(
    ("chosen", "order", "statistics"),
    [
        (0, "0 0 0 1 1 2 2 0 0! 0!", [(4, 0, 3), (0, 0, 0), (0, 0, 0)]),
        (1, "1 1 1 0 0 2 2 1 1!", [(0, 0, 0), (4, 0, 2), (0, 0, 0)]),
        (2, "2 2 2 0 0 1 1 2 2!", [(0, 0, 0), (0, 0, 0), (4, 0, 2)]),
    ],
)
def test_a_full_member_s_frames_roll_over(loopback, chosen, order, statistics):
    """PACKET_FANOUT_FLAG_ROLLOVER moves a full member's frames to others that have a quarter of their room left."""
    group = _chosen(loopback, 3)

    got = group.deliver(*numbered(*[chosen] * len(order.split())))

    assert got == order
    assert [group.rollovers(member) for member in range(3)] == statistics


@clause(since="3.10", level="documented", refs=[MAN, ROLLOVER], covers=FLAG)
def test_without_the_flag_a_full_member_drops(loopback):
    """Without PACKET_FANOUT_FLAG_ROLLOVER a full member's frames are dropped, even if another has room."""
    group = hold(Group(loopback, ip.PACKET_FANOUT_CBPF, 2), 4)

    got = group.deliver(*many(6))

    assert got == "0 0 0 0 0! 0!"


@clause(since="4.2", level="source", refs=[ROLLOVER], covers=FLAG)
def test_each_member_remembers_where_its_frames_rolled_to(loopback):
    """A member's frames go on rolling to the member where the last one went, and only from there to the next."""
    group = _chosen(loopback, 4)
    group.deliver(*numbered(0, 0, 0, 3, 3, 3))

    first = group.deliver(*numbered(0, 0, 0))  # the second member is full now, the third one has one
    group.members[1].received_markers([])
    second = group.deliver(*numbered(0, 3, 0))

    assert (first, second) == ("1 1 2", "2 1 1")
    assert [group.rollovers(member) for member in (0, 3)] == [(5, 0, 0), (1, 0, 0)]


@clause(since="4.2", level="source", refs=[ROLLOVER], covers=FLAG)
def test_the_last_member_is_remembered_too(loopback):
    """Frames that rolled to the last member go on rolling there, even if one before it was emptied meanwhile."""
    group = _chosen(loopback, 4)
    first = group.deliver(*numbered(*[0] * 8))
    group.members[2].received_markers([])

    second = group.deliver(*numbered(0, 0, 0))

    assert (first, second) == ("0 0 0 1 1 2 2 3", "3 2 2")


@clause(since="4.2", level="source", refs=[ROLLOVER], covers=FLAG)
def test_a_member_that_has_room_again_gets_its_own_frames(loopback):
    """A member's frames roll over only while it is full: when it has been emptied, it gets what is chosen for it."""
    group = _chosen(loopback, 2)
    first = group.deliver(*numbered(0, 0, 0, 0))
    group.members[0].received_markers([])

    second = group.deliver(*numbered(0, 1, 0))

    assert (first, second) == ("0 0 0 1", "0 1 0")


@clause(since="4.2", level="source", refs=[ROLLOVER], covers=FLAG)
def test_a_member_that_left_is_not_rolled_to(loopback):
    """When the member that frames rolled to last is gone, they roll to the last one that is left."""
    group = _chosen(loopback, 4)
    first = group.deliver(*numbered(0, 0, 0, 0, 0, 0, 0, 0))
    group.members[1].received_markers([])

    group.members[3].must.close()
    second = group.deliver(*numbered(0, 0))

    assert (first, second) == ("0 0 0 1 1 2 2 3", "1 1")


@clause(since="4.2", level="source", refs=[ROLLOVER], covers=FLAG)
def test_a_group_of_one_has_nowhere_to_roll(loopback):
    """The only member of a group gets every frame until it is full; what would roll over is counted as failed."""
    group = _chosen(loopback, 1)

    got = group.deliver(*many(6))

    assert got == "0 0 0 0 0! 0!"
    assert group.rollovers() == (0, 0, 3)
