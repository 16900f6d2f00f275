"""The shape of a receive ring: its size, and for V3 its blocks and their time-out."""

import pytest

from fixtures.bench import tier
from helpers.bench.geometry import ring_for
from helpers.rings import V1, V2, V3

pytestmark = tier("default")

KIB = 1 << 10


def _receive(bench, lanes, version, geometry):
    lane = lanes(64)
    receiving = lane.receiving(lane.load(), lane.source(version, geometry))
    bench.rate(receiving)


@pytest.mark.parametrize("kib", [64, 1024, pytest.param(8192, marks=tier("full")), 65536])
@pytest.mark.parametrize("version", [pytest.param(V1, marks=tier("full")), V2, V3], ids=str)
def test_size(bench, lanes, version, kib):
    """A receive ring of so many KiB takes what a load offers."""
    block = 16 * KIB if version is V3 else None
    _receive(bench, lanes, version, ring_for(version, 64, kib * KIB, block))


@pytest.mark.parametrize("kib", [16, 64, pytest.param(256, marks=tier("full")), 1024])
def test_block(bench, lanes, kib):
    """A V3 ring of 8 MiB with blocks of so many KiB takes what a load offers."""
    _receive(bench, lanes, V3, ring_for(V3, 64, block=kib * KIB))


@pytest.mark.parametrize("timeout", [1, 60])
def test_timeout(bench, lanes, timeout):
    """A V3 ring whose blocks retire after so many milliseconds takes what a load offers."""
    _receive(bench, lanes, V3, ring_for(V3, 64, timeout=timeout))
