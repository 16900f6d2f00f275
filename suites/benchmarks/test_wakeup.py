"""Wake-ups: how long after a frame was sent its receiver runs again; V3 trades this for throughput."""

import pytest

from fixtures.bench import tier
from helpers.bench.drains import CallSource
from helpers.bench.geometry import ring_for
from helpers.bench.wakeup import wakeups
from helpers.rings import V1, V2, V3

MOST = 2000


@pytest.mark.parametrize("version", [V1, V2], ids=str)
def test_ring(bench, lanes, version):
    """A receiver that waits in poll(2) is woken by a frame in a ring of V1 or V2."""
    lane = lanes(64)
    source, _ = lane.source(version)

    bench.latency(bench.measure(lambda: wakeups(lane.sender, lane.frame.data, source, MOST, bench.seconds)))


@pytest.mark.parametrize("timeout", [pytest.param(1, marks=tier("default")), 8, pytest.param(60, marks=tier("full"))])
def test_block_ring(bench, lanes, timeout):
    """A receiver that waits in poll(2) is woken when a V3 block with one frame retires, after so many milliseconds."""
    lane = lanes(64)
    source, _ = lane.source(V3, ring_for(V3, 64, timeout=timeout))

    bench.latency(bench.measure(lambda: wakeups(lane.sender, lane.frame.data, source, MOST, bench.seconds)))


@tier("default")
def test_socket(bench, lanes):
    """A receiver that waits in poll(2) is woken by a frame in the queue of a socket without a ring."""
    lane = lanes(64)
    source = CallSource(lane.socket())

    bench.latency(bench.measure(lambda: wakeups(lane.sender, lane.frame.data, source, MOST, bench.seconds)))
