"""CVE-2019-20812: on a link that does not report its speed the timer of a V3 ring had no period and never rested."""

import time

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import V3, Geometry
from helpers.uapi.if_packet import TP_STATUS_BLK_TMO

PERIOD = 0.008  # seconds: the kernel's default, where neither the request nor the link's speed gives one
BLOCKS = 6


@clause(
    since="5.5",
    level="source",
    refs=["cve:CVE-2019-20812", "commit:b43d1f9f7067", "src:net/packet/af_packet.c:prb_calc_retire_blk_tmo"],
    covers=["status:TP_STATUS_BLK_TMO"],
)
def test_blocks_are_retired_every_8_ms_where_nobody_says_when(loopback, rings):
    """With tp_retire_blk_tov 0, on a link without a speed, the timer hands a block over every 8 ms and not sooner."""
    ring = rings.receive(loopback, V3, Geometry(block_nr=2 * BLOCKS), protocol=frames.OWN)
    ended, status = [], 0

    for _ in range(BLOCKS):
        loopback.inject(frames.ethernet())
        status |= ring.next().status
        ended.append(time.monotonic())

    assert status & TP_STATUS_BLK_TMO
    # a timer that comes late once is not late again: of all periods but the first at most one is short
    assert ended[-1] - ended[0] > (BLOCKS - 2) * PERIOD - 0.001
