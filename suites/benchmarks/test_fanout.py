"""Fanout: a group of rings in one program, by its mode and its number of members."""

import pytest

from fixtures.bench import tier
from helpers.rings import V2
from helpers.uapi import if_packet
from helpers.uapi.socket import SOL_PACKET

MODES = {
    "lb": if_packet.PACKET_FANOUT_LB,
    "hash": if_packet.PACKET_FANOUT_HASH,
    "cpu": if_packet.PACKET_FANOUT_CPU,
    "rollover": if_packet.PACKET_FANOUT_ROLLOVER,
    "rnd": if_packet.PACKET_FANOUT_RND,
    "qm": if_packet.PACKET_FANOUT_QM,
}
GROUP = 1
CASES = [
    pytest.param(mode, members, marks=tier("default" if mode == "lb" or members == 2 else "full"))
    for mode in MODES
    for members in (1, 2, 4)
]


@pytest.mark.parametrize(("mode", "members"), CASES)
def test_rings(bench, lanes, mode, members):
    """The rings of a fanout group share what a load offers."""
    lane = lanes(64)
    receivers = [lane.source(V2) for _ in range(members)]
    for _, socket in receivers:
        socket.must.setsockopt(SOL_PACKET, if_packet.PACKET_FANOUT, GROUP | MODES[mode] << 16)
    receiving = lane.receiving(lane.load(), *receivers)

    bench.rate(receiving)
