"""PACKET_FANOUT: which member of a group the modes LB, CPU and RND choose for a frame."""

import os
from collections import Counter
from itertools import pairwise

import pytest

from fixtures.clauses import clause
from helpers.packet.fanout import Group, many, share
from helpers.uapi import if_packet as ip

MAN = "man:packet(7)"
RECEIVE = "src:net/packet/af_packet.c:packet_rcv_fanout"
EFFECT = "option:PACKET_FANOUT:effect"


@pytest.fixture
def pinned():
    """Runs this process on one CPU at a time, and gives those that it may run on."""
    allowed = os.sched_getaffinity(0)
    yield sorted(allowed)
    os.sched_setaffinity(0, allowed)


@clause(
    since="4.2",
    level="documented",
    refs=[MAN, RECEIVE, "src:net/packet/af_packet.c:fanout_demux_lb"],
    covers=["fanout:LB", EFFECT],
)
@pytest.mark.parametrize(
    ("count", "order"), [(1, "0 0 0"), (2, "1 0 1 0 1 0"), (3, "1 2 0 1 2 0 1"), (4, "1 2 3 0 1 2 3 0 1")]
)
def test_load_balancing_goes_round(loopback, count, order):
    """PACKET_FANOUT_LB delivers each frame to the next member, and to no other; the second member is the first."""
    group = Group(loopback, ip.PACKET_FANOUT_LB, count)

    got = group.deliver(*many(len(order.split())))

    assert got == order


@clause(since="4.2", level="source", refs=["src:net/packet/af_packet.c:fanout_demux_lb"], covers=["fanout:LB", EFFECT])
def test_load_balancing_counts_the_frames_of_the_group(loopback):
    """PACKET_FANOUT_LB takes the count of the group's frames modulo its members; a new one changes only the modulus."""
    group = Group(loopback, ip.PACKET_FANOUT_LB, 1)
    first = group.deliver(*many(4))

    group.add()
    group.add()

    assert (first, group.deliver(*many(4))) == ("0 0 0 0", "2 0 1 2")  # the 5th to the 8th


@clause(
    since="3.1",
    level="documented",
    refs=[MAN, RECEIVE, "src:net/packet/af_packet.c:fanout_demux_cpu"],
    covers=["fanout:CPU", EFFECT],
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_processor_that_a_frame_comes_in_on_chooses(loopback, pinned, count):
    """PACKET_FANOUT_CPU chooses the member by the number of the CPU that the frame arrives on, modulo the members."""
    group, chosen = Group(loopback, ip.PACKET_FANOUT_CPU, count), {}

    for cpu in pinned[:4] * 2:  # a frame sent to oneself arrives on the CPU that sends it
        os.sched_setaffinity(0, {cpu})
        chosen.setdefault(cpu, []).append(group.deliver(*many(2)))

    assert chosen == {cpu: [f"{cpu % count} {cpu % count}"] * 2 for cpu in pinned[:4]}


@clause(
    since="3.14",
    level="documented",
    refs=[MAN, RECEIVE, "src:net/packet/af_packet.c:fanout_demux_rnd"],
    covers=["fanout:RND", EFFECT],
)
@pytest.mark.parametrize("count", [2, 3])
def test_chance_chooses(loopback, count):
    """PACKET_FANOUT_RND gives every member a fair share, and each frame's member does not depend on the last one's."""
    group = Group(loopback, ip.PACKET_FANOUT_RND, count)

    got = share(group, many(192))

    # each bound is at least six standard deviations away: once in some hundred million runs
    shares = Counter(got)
    assert sorted(shares) == list(range(count))
    assert min(shares.values()) > 192 / count - 48
    again = sum(member == following for member, following in pairwise(got))
    assert 191 / count - 48 < again < 191 / count + 48


@clause(since="3.14", level="source", refs=["src:net/packet/af_packet.c:fanout_demux_rnd"], covers=["fanout:RND"])
def test_chance_has_no_choice_of_one(loopback):
    """PACKET_FANOUT_RND delivers every frame to the only member of a group."""
    group = Group(loopback, ip.PACKET_FANOUT_RND, 1)

    got = group.deliver(*many(4))

    assert got == "0 0 0 0"
