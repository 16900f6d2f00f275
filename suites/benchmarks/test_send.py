"""Sending: through each kind of ring and call, with and without PACKET_QDISC_BYPASS."""

import pytest

from fixtures.bench import tier
from helpers.bench import pumps
from helpers.bench.geometry import transmit_ring_for
from helpers.bench.measure import Sending
from helpers.bench.pumps import RingPump
from helpers.rings import V1, V2, V3
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS

BYPASS = pytest.mark.parametrize("bypass", [False, True], ids=["qdisc", "bypass"])


def _sending(lane, pump):
    return Sending(pump, lane.size, lane.arrived)


@BYPASS
@pytest.mark.parametrize(
    "size", [64, pytest.param(512, marks=tier("full")), pytest.param(1514, marks=tier("default")), 9014]
)
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_ring(bench, lanes, rings, version, size, bypass):
    """A transmit ring sends frames, by ring version, size, and whether they pass the queueing discipline."""
    lane = lanes(size)
    options = {PACKET_QDISC_BYPASS: int(bypass)}
    ring = rings.transmit(lane.sender, version, transmit_ring_for(version, size), options=options)

    bench.rate(_sending(lane, RingPump(ring, lane.frame.data)))


@tier("default")
@BYPASS
@pytest.mark.parametrize("size", [64, pytest.param(1514, marks=tier("full"))])
@pytest.mark.parametrize("call", pumps.CALLS)
def test_call(bench, lanes, call, size, bypass):
    """A socket without a ring sends frames by a call each, or by a call for 64 of them."""
    lane = lanes(size)
    socket = lane.sender.packet_socket(protocol=0)
    socket.enable(PACKET_QDISC_BYPASS, int(bypass))

    bench.rate(_sending(lane, pumps.CALLS[call](socket, lane.frame.data)))


@tier("default")
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_ring_on_loopback(bench, lanes, rings, version):
    """A transmit ring on the loopback device sends frames of 64 bytes."""
    lane = lanes(64, "loopback")
    ring = rings.transmit(lane.sender, version, transmit_ring_for(version, 64))

    bench.rate(_sending(lane, RingPump(ring, lane.frame.data)))


@tier("full")
@pytest.mark.parametrize("batch", [1, 16, 64, 256, 1024])
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_batch(bench, lanes, rings, version, batch):
    """A transmit ring sends so many slots a call."""
    lane = lanes(64)
    ring = rings.transmit(lane.sender, version, transmit_ring_for(version, 64))

    bench.rate(_sending(lane, RingPump(ring, lane.frame.data, batch)))
