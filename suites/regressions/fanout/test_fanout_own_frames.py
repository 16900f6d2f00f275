"""A fanout group received what its own members sent, which a socket alone does not."""

from fixtures.clauses import clause
from helpers.packet.fanout import Group, many
from helpers.uapi.if_ether import ETH_P_ALL


@clause(
    since="3.6",
    level="source",
    refs=["commit:c0de08d04215", "src:net/packet/af_packet.c:match_fanout_group"],
    covers=["option:PACKET_FANOUT:effect", "fanout:HASH"],
)
def test_a_group_does_not_hear_its_members(wire):
    """What a member sends is received by no member of its group; what another socket sends is."""
    group, (own, others) = Group(wire.left, 0, 2, ETH_P_ALL), many(2)

    group.members[0].must.send(own.data)
    group.witness.receive(own.marker)

    assert group.counted() == "-"
    assert group.deliver(others) in ("0", "1")
