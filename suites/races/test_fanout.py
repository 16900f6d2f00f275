"""Fanout groups whose members come and go while frames arrive."""

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.packet.fanout import Group, join, many
from helpers.uapi.if_packet import PACKET_FANOUT_LB, PACKET_FANOUT_ROLLOVER

pytestmark = pytest.mark.race
ADD = "src:net/packet/af_packet.c:fanout_add"
COVERS = ["option:PACKET_FANOUT:effect"]


@clause(since="3.1", level="source", refs=[ADD, "src:net/packet/af_packet.c:packet_rcv_fanout"], covers=COVERS)
@pytest.mark.parametrize("mode", [PACKET_FANOUT_LB, PACKET_FANOUT_ROLLOVER], ids=["lb", "rollover"])
def test_members_come_and_go_while_frames_arrive(loopback, mode):
    """Sockets can join a group and be closed while it delivers frames; afterwards each frame has one receiver."""
    group = Group(loopback, mode, 2)
    flood = many(8)

    def come_and_go():
        socket = join(loopback.packet_socket(protocol=group.protocol), mode)
        socket.close()

    race.contest(come_and_go, come_and_go, lambda: loopback.inject(*flood))
    for socket in (*group.members, group.witness):
        while socket.take():
            pass
        socket.statistics()

    assert set(group.deliver(*many(8)).split()) <= {"0", "1"}
