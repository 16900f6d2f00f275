"""Receiving what a load in another process offers: through each kind of ring and call, by one program."""

import pytest

from fixtures.bench import tier
from helpers.bench import drains
from helpers.rings import V1, V2, V3

SIZES = [
    64,
    pytest.param(512, marks=tier("default")),
    1514,
    pytest.param(9014, marks=tier("default")),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_ring(bench, lanes, version, size):
    """A receive ring takes what a load offers, by ring version and size of the frames."""
    lane = lanes(size)
    receiving = lane.receiving(lane.load(), lane.source(version))

    bench.rate(receiving)


@tier("default")
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_ring_on_loopback(bench, lanes, version):
    """A receive ring on the loopback device takes frames of 64 bytes."""
    lane = lanes(64, "loopback")
    receiving = lane.receiving(lane.load(), lane.source(version))

    bench.rate(receiving)


@tier("default")
@pytest.mark.parametrize("size", [64, pytest.param(512, marks=tier("full")), 1514])
@pytest.mark.parametrize("call", drains.CALLS)
def test_call(bench, lanes, call, size):
    """A socket without a ring is read by a call a frame, or by a call for 64 of them."""
    lane = lanes(size)
    socket = lane.socket()
    receiving = lane.receiving(lane.load(), (drains.CALLS[call](socket), socket))

    bench.rate(receiving)
