"""A group of mode rollover had no memory for its rollover statistics: its first frame was fatal."""

import ctypes

from fixtures.clauses import clause
from helpers.packet.fanout import Group, many
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import PACKET_FANOUT_ROLLOVER, PACKET_ROLLOVER_STATS, tpacket_rollover_stats
from helpers.uapi.socket import SOL_PACKET


@clause(
    since="4.2",
    level="source",
    refs=["commit:4633c9e07b3b", "src:net/packet/af_packet.c:fanout_add"],
    covers=["fanout:ROLLOVER"],
)
def test_a_group_that_only_rolls_over_counts_that(loopback):
    """Each frame of a group of mode ROLLOVER is delivered to a member with room and counted as rolled over."""
    group = Group(loopback, PACKET_FANOUT_ROLLOVER, 2)

    size = ctypes.sizeof(tpacket_rollover_stats)
    answer = group.members[0].getsockopt(
        SOL_PACKET, PACKET_ROLLOVER_STATS, tpacket_rollover_stats(), ctypes.c_int(size)
    )
    assert answer == SUCCESS
    assert group.deliver(*many(3)) == "0 0 0"
    assert group.rollovers() == (3, 0, 0)
