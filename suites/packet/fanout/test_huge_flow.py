"""PACKET_FANOUT_FLAG_ROLLOVER: a flow that makes most of a member's frames rolls over before the member is full."""

import pytest

from fixtures.clauses import clause
from helpers.packet.fanout import Group, datagram
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_FLAG_ROLLOVER
from suites.packet.fanout.support import hold

HUGE = "src:net/packet/af_packet.c:fanout_flow_is_huge"
COVERS = ["fanout_flag:ROLLOVER", "option:PACKET_FANOUT:effect", "option:PACKET_ROLLOVER_STATS:effect"]
ROOM, PLENTY = 16, 11  # frames that a member has room for, and how many it has with more than a quarter left after them
LEAST = 9  # more than half of the 16 flows that the kernel remembers in a line of its cache
FLOWS = 24  # of which one at least rolls over as early as may be, nearly always
MOST = 128  # frames of a flow after which it fills less than 9 of them once in 10 ** 30 runs


def _frame(flow):
    return datagram(("192.0.2.1", 1024 + flow), ("192.0.2.2", 80))


@pytest.fixture
def group(loopback):
    """Two members; every frame is the first one's, which has little room left: frames are kept, if not of a huge flow.

    The second one has plenty of room.
    """
    made = Group(loopback, PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_ROLLOVER, 1, ETH_P_IP)
    hold(made, ROOM, frame=_frame(0))
    made.add()
    made.deliver(*map(_frame, range(1000, 1000 + PLENTY)))
    return made


def _kept(group, flow):
    """Send frames of a flow until one is not the first member's, and return how many were; each is read at once."""
    for count in range(MOST):
        if group.deliver(_frame(flow)) != "0":
            return count
        group.members[0].must.take()
    return MOST


@clause(since="4.2", level="source", refs=[HUGE], covers=COVERS)
def test_a_flow_that_makes_most_of_the_frames_rolls_over_early(group):
    """A flow that makes more than half of a member's last frames rolls over as soon as the member has little room."""
    kept = [_kept(group, flow) for flow in range(FLOWS)]

    assert min(kept) >= LEAST
    assert max(kept) < MOST
    assert group.rollovers() == (FLOWS, FLOWS, 0)


@clause(since="4.2", level="source", refs=[HUGE], covers=COVERS)
def test_a_small_flow_stays_with_a_member_that_has_little_room(group):
    """While a huge flow rolls over, frames of other flows stay with the member until it has no room at all."""
    _kept(group, 0)
    group.deliver(*[_frame(0)] * MOST)  # the kernel remembers only this flow now
    group.members[1].received_markers([])
    counts = group.rollovers()

    little = group.deliver(*map(_frame, (1, 0, 2, 0, 3, 0, 4)))
    none = group.deliver(*map(_frame, (5, 0, 6)))

    assert (little, none) == ("0 1 0 1 0 1 0", "1 1 1")
    assert counts == (MOST + 1, MOST + 1, 0)
    assert group.rollovers() == (MOST + 7, MOST + 4, 0)  # what found no room at all is not counted as huge


@clause(since="4.2", level="source", refs=[HUGE], covers=COVERS)
def test_a_huge_flow_stays_while_there_is_plenty_of_room(group):
    """A huge flow stays with its member as long as that has more than a quarter of its room left."""
    _kept(group, 0)
    group.members[0].must.take()

    got = group.deliver(_frame(0), _frame(0))

    assert got == "0 1"


@clause(since="4.2", level="source", refs=[HUGE], covers=COVERS)
def test_a_huge_flow_stays_when_nobody_else_has_room(loopback):
    """A huge flow that finds no other member with room stays with its own, and is counted as failed, not as huge."""
    group = hold(Group(loopback, PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_ROLLOVER, 1, ETH_P_IP), ROOM, frame=_frame(0))
    group.deliver(*map(_frame, range(1000, 1000 + PLENTY)))

    kept = _kept(group, 0)

    assert kept == MOST
    total, huge, failed = group.rollovers()
    assert (total, huge) == (0, 0)
    assert MOST // 2 < failed <= MOST - LEAST
