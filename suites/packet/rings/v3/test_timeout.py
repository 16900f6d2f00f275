"""Receive rings of V3: the retire timeout of a block when the program leaves it to the kernel."""

import time

from fixtures.clauses import clause
from helpers import wait
from helpers.net import frames
from helpers.rings import V3, Geometry

PICKING = "src:net/packet/af_packet.c:prb_calc_retire_blk_tmo"
MIB = 1 << 20
ROOMY = Geometry(block_size=32 * MIB, block_nr=1, frame_size=2048)
LINK_SPEED = 10  # Gbit/s: the speed that a veth reports


def between_blocks(wire, ring):
    """Return the seconds from one block that is handed over to the next, the frame for which is sent at once."""
    wire.left.inject(frames.ethernet())
    ring.next().hand_back()
    start = time.monotonic()
    wire.left.inject(frames.ethernet())
    ring.next().hand_back()
    return time.monotonic() - start


@clause(since="3.2", level="source", refs=[PICKING, "doc:networking/packet_mmap.rst"])
def test_without_a_time_a_block_waits_as_long_as_the_link_needs_to_fill_it(wire, rings):
    """A ring that requests no timeout gets the whole milliseconds in which its link could fill a block, and one more.

    The next block comes that long after the one before. A machine that is late sees less of the time, or more.
    """
    ring = rings.receive(wire.right, V3, ROOMY, protocol=frames.OWN)
    wanted = (ROOMY.block_size * 8 // MIB // LINK_SPEED + 1) / 1000

    seen = []
    for _ in range(20):
        seen.append(between_blocks(wire, ring))
        if max(seen) >= 0.8 * wanted and min(seen) < wait.scaled(4 * wanted):
            break

    assert max(seen) >= 0.8 * wanted
    assert min(seen) < wait.scaled(4 * wanted)
