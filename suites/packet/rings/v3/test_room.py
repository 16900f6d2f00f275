"""Receive rings of V3: how much a block holds, and frames that have no room in one."""

import time

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.received_slots import PATIENT, SIZE, place, send
from helpers.rings import BLOCK_HEADER, V3
from helpers.uapi.if_packet import PACKET_RESERVE, TP_STATUS_LOSING, TP_STATUS_USER
from suites.packet.rings.v3.support import block_room

FILLING = "src:net/packet/af_packet.c:__packet_lookup_frame_in_block"


@pytest.fixture
def ring(wire, rings):
    """A ring of two blocks of a page on the right end, for frames of our own; a block has to be full."""
    return rings.receive(wire.right, V3, PATIENT, protocol=frames.OWN)


@clause(since="3.2", level="source", refs=[FILLING])
@pytest.mark.parametrize("spare", [8, 0, -8], ids=lambda spare: f"{spare:+d}")
def test_a_frame_that_would_reach_the_blocks_end_begins_the_next(wire, ring, spare):
    """A frame is put in the block only if that leaves a byte free; otherwise it is the first of the next block."""
    left = PAGE - BLOCK_HEADER - 3 * block_room(SIZE)
    send(wire, 3)
    last = send(wire, 1, left - spare - place(V3)[0])[0]

    fits = spare > 0
    if fits:
        send(wire, 1)
    first = ring.next()
    later = wire.right.packet_socket(protocol=frames.OTHER)
    wire.left.inject(end := frames.ethernet(ethertype=frames.OTHER))
    later.receive(end.marker)  # what was sent before is in the ring, with all its bytes

    assert (first.header.num_pkts, first.status & ~TP_STATUS_LOSING) == (4 if fits else 3, TP_STATUS_USER)
    assert ring.block(1).header.num_pkts == 1
    holder = first.slots()[3] if fits else ring.block(1).slots()[0]
    assert holder.data == last.data


@clause(since="3.2", level="source", refs=["src:net/packet/af_packet.c:tpacket_rcv", FILLING])
@pytest.mark.parametrize("excess", [-8, 0, 1, 900], ids=lambda excess: f"{excess:+d}")
def test_a_frame_longer_than_a_block_is_cut(loopback, rings, excess):
    """A frame as long as the room in a block is put in a fresh one, which it fills; a longer one is cut to that."""
    watcher = loopback.packet_socket(protocol=frames.OWN)  # its hook comes after the ring's, which is made later
    ring = rings.receive(loopback, V3, PATIENT.but(block_nr=3), protocol=frames.OWN)
    begin = time.clock_gettime_ns(time.CLOCK_REALTIME)
    most = PAGE - BLOCK_HEADER - place(V3)[0]
    frame = frames.ethernet(size=most + excess)

    loopback.inject(frame)
    watcher.receive(frame.marker)
    if excess < 0:
        loopback.inject(frames.ethernet())
    block = ring.next()
    if excess >= 0:
        empty, block = block, ring.block(1)
        assert (empty.header.num_pkts, empty.header.blk_len, empty.status) == (0, BLOCK_HEADER, TP_STATUS_USER)
        closed = empty.header.ts_last_pkt
        now = time.clock_gettime_ns(time.CLOCK_REALTIME)
        assert begin <= closed.ts_sec * 10**9 + closed.ts_nsec <= now
    slot = block.slots()[0]

    assert (slot.header.tp_len, slot.header.tp_snaplen) == (len(frame), min(len(frame), most))
    assert slot.data == frame.data[:most]
    assert block.header.blk_len == BLOCK_HEADER + block_room(min(len(frame), most))


@clause(since="3.2", level="source", refs=["src:net/packet/af_packet.c:tpacket_rcv", FILLING])
def test_a_reserve_may_leave_no_room_for_any_frame(wire, rings):
    """Where PACKET_RESERVE leaves no room in a block a frame has a header at the block's end, and none of its bytes."""
    reserve = PAGE - BLOCK_HEADER - V3.hdrlen  # the most that a ring of such blocks takes
    geometry = PATIENT.but(block_nr=3, frame_size=PAGE)
    ring = rings.receive(wire.right, V3, geometry, protocol=frames.OWN, options={PACKET_RESERVE: reserve})

    send(wire, 2)
    empty, block = ring.next(), ring.next()
    header = block.slots()[0].header

    assert (empty.header.num_pkts, block.header.num_pkts) == (0, 1)
    assert (header.tp_len, header.tp_snaplen) == (SIZE, 0)
    assert (header.tp_mac, header.tp_net) == (PAGE - BLOCK_HEADER, place(V3, reserve=reserve)[1])
    assert block.header.blk_len == PAGE
