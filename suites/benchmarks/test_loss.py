"""Loss: the highest load that a receiver takes without losing a frame."""

import pytest

from fixtures.bench import heavy, tier
from helpers.bench import drains
from helpers.bench.search import highest_without_loss
from helpers.rings import V1, V2, V3

pytestmark = heavy(2)
SIZES = pytest.mark.parametrize("size", [64, pytest.param(1514, marks=tier("full"))])


def _search(bench, lane, receiver):
    receiving = lane.receiving(lane.load(), receiver)
    found = bench.measure(lambda: highest_without_loss(receiving.round, bench.seconds))
    bench.loss(found.steps, found.highest, found.limit)


@SIZES
@pytest.mark.parametrize(
    "version", [pytest.param(V1, marks=tier("default")), pytest.param(V2, marks=tier("default")), V3], ids=str
)
def test_ring(bench, lanes, version, size):
    """A receive ring loses nothing up to this load."""
    lane = lanes(size)
    _search(bench, lane, lane.source(version))


@tier("default")
@SIZES
@pytest.mark.parametrize("call", drains.CALLS)
def test_call(bench, lanes, call, size):
    """A socket without a ring loses nothing up to this load."""
    lane = lanes(size)
    socket = lane.socket()
    _search(bench, lane, (drains.CALLS[call](socket), socket))
