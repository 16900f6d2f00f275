"""Receive rings of V3: when a block is handed over, a queue that is frozen, what is counted."""

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import frames
from helpers.packet.received_slots import PATIENT, Feed
from helpers.rings import V3, Geometry
from helpers.uapi.if_packet import (
    PACKET_STATISTICS,
    TP_STATUS_BLK_TMO,
    TP_STATUS_LOSING,
    TP_STATUS_USER,
    tpacket_stats_v3,
)
from helpers.uapi.socket import SOL_PACKET

TIMER = "src:net/packet/af_packet.c:prb_retire_rx_blk_timer_expired"
FREEZING = "src:net/packet/af_packet.c:prb_dispatch_next_block"
FILLING = "src:net/packet/af_packet.c:__packet_lookup_frame_in_block"
CLOSING = "src:net/packet/af_packet.c:prb_close_block"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst"]


@pytest.fixture
def send(wire):
    """Send frames to a ring made later: ``Feed``."""
    return Feed(wire)


def counted(ring):
    """Return tp_packets, tp_drops and tp_freeze_q_cnt, which reading clears."""
    statistics = ring.socket.option(SOL_PACKET, PACKET_STATISTICS, tpacket_stats_v3)
    return statistics.tp_packets, statistics.tp_drops, statistics.tp_freeze_q_cnt


@clause(since="3.2", level="documented", refs=[*REFS, TIMER], covers=["status:TP_STATUS_BLK_TMO"])
@pytest.mark.parametrize("timeout", [1, 40])
@pytest.mark.parametrize("count", [1, 2])
def test_a_block_that_is_not_full_is_handed_over_in_time(send, wire, rings, timeout, count):
    """A block with frames that is not full is handed over at its timeout, flagged BLK_TMO; then the next one is."""
    ring = rings.receive(wire.right, V3, Geometry(retire_blk_tov=timeout), protocol=frames.OWN)

    seen = []
    for _ in range(3):
        sent = {frame.marker for frame in send(count)}
        while sent:
            block = ring.next()
            found = {slot.payload[:16] for slot in block.slots()}
            seen.append((block.status, bool(found), found <= sent, block.index))
            sent -= found
            block.hand_back()

    assert [entry[:3] for entry in seen] == [(TP_STATUS_USER | TP_STATUS_BLK_TMO, True, True)] * len(seen)
    assert [entry[3] for entry in seen] == [number % 2 for number in range(len(seen))]


@clause(since="3.2", level="documented", refs=[*REFS, TIMER])
def test_an_empty_block_is_not_handed_over(send, wire, rings):
    """An empty block stays the kernel's however often its timeout expires; the first frame is in block 0."""
    ring = rings.receive(wire.right, V3, Geometry(retire_blk_tov=1), protocol=frames.OWN)

    idle = wait.poll(ring.socket.fd, seconds=0.05), ring.block(0).status, ring.block(0).header.seq_num
    sent = send(1)[0]

    assert idle == (0, 0, 1)
    assert (ring.receive(sent.marker).block.index, ring.block(0).header.seq_num) == (0, 1)


@clause(since="3.2", level="documented", refs=[*REFS, "src:net/packet/af_packet.c:init_prb_bdqc"])
def test_without_a_time_the_kernel_picks_one(send, loopback, wire, rings):
    """A ring that requests no retire timeout gets one: its blocks are still handed over, flagged BLK_TMO."""
    ring = rings.receive(wire.right, V3, Geometry(retire_blk_tov=0), protocol=frames.OWN)

    slot = ring.receive(send(1)[0].marker)

    assert slot.block.status == TP_STATUS_USER | TP_STATUS_BLK_TMO


@clause(since="3.2", level="source", refs=[FILLING, FREEZING, CLOSING], covers=["option:PACKET_STATISTICS:effect"])
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_a_ring_freezes_when_every_block_waits(send, wire, rings, blocks):
    """When the next block is the program's the queue is frozen, counted once; frames are dropped and counted.

    Once handed back, the block is opened for the next frame.
    """
    ring = rings.receive(wire.right, V3, PATIENT.but(block_nr=blocks), protocol=frames.OWN)

    send(3 * blocks)
    full = [ring.block(index).status for index in range(blocks)]
    send(3)
    frozen = [ring.block(index).status for index in range(blocks)]
    told = counted(ring)
    ring.block(0).hand_back()
    late = send(1)[0]

    assert full == [TP_STATUS_USER] * (blocks - 1) + [0]
    assert frozen == [TP_STATUS_USER] * blocks
    assert told == (3 * blocks + 3, 3, 1)
    opened = ring.block(0)
    assert (opened.header.seq_num, opened.header.num_pkts, opened.slots()[0].data) == (blocks + 1, 1, late.data)
    assert counted(ring) == (1, 0, 0)


@clause(since="3.2", level="source", refs=[TIMER, FREEZING])
def test_a_frozen_ring_is_opened_again_in_time(send, wire, rings):
    """When no more frames come, the timer opens the block that was handed back, and frames go on there."""
    ring = rings.receive(wire.right, V3, Geometry(block_nr=1, retire_blk_tov=1), protocol=frames.OWN)
    send(1)
    block = ring.next()

    block.hand_back()
    wait.until(lambda: block.header.seq_num == 2, "the block opened again")

    assert (block.header.num_pkts, block.status) == (0, 0)
    assert ring.receive(send(1)[0].marker).block.header.seq_num == 2


@clause(since="3.2", level="documented", refs=[*REFS, CLOSING], covers=["status:TP_STATUS_LOSING"])
@pytest.mark.parametrize("read", [False, True], ids=["not-read", "read"])
def test_blocks_are_flagged_losing_until_the_statistics_are_read(send, wire, rings, read):
    """A block closed after a drop is flagged LOSING, unless the statistics were read in between; others are not."""
    ring = rings.receive(wire.right, V3, PATIENT, protocol=frames.OWN)
    send(8)  # six in two blocks, two dropped

    before = [ring.block(index).status for index in range(2)]
    if read:
        counted(ring)
    for index in range(2):
        ring.block(index).hand_back()
    send(4)

    assert before == [TP_STATUS_USER] * 2
    assert ring.block(0).status == TP_STATUS_USER | (0 if read else TP_STATUS_LOSING)


@clause(since="3.2", level="source", refs=["src:net/packet/af_packet.c:__tpacket_v3_has_room"])
@pytest.mark.parametrize("value", [TP_STATUS_USER, TP_STATUS_LOSING, 1 << 31])
def test_a_block_is_the_kernels_only_if_its_status_is_0(send, wire, rings, value):
    """A block with any status but TP_STATUS_KERNEL is not filled again: frames are dropped."""
    ring = rings.receive(wire.right, V3, PATIENT.but(block_nr=1), protocol=frames.OWN)
    send(4)  # the fourth closed the block and was dropped
    counted(ring)
    block = ring.block(0)

    block.status = value
    send(1)
    refused = block.header.seq_num, block.status, counted(ring)
    block.hand_back()
    send(1)

    assert refused == (1, value, (1, 1, 0))
    assert (block.header.seq_num, block.header.num_pkts, counted(ring)) == (2, 1, (1, 0, 0))
