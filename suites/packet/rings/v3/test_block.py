"""Receive rings of V3: the fields of a block, and those of the frames in it."""

import time

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.net import frames, ip_frames
from helpers.packet.received_slots import PATIENT, SIZE, aligned, send
from helpers.rings import BLOCK_HEADER, V3, Geometry
from helpers.uapi.if_packet import (
    TP_FT_REQ_FILL_RXHASH,
    TP_STATUS_KERNEL,
    TP_STATUS_LOSING,
    TP_STATUS_USER,
    TPACKET_V3,
)
from helpers.uapi.in_ import IPPROTO_UDP
from suites.packet.rings.v3.support import block_room

BLOCKS = "src:net/packet/af_packet.c:prb_open_block"
CLOSING = "src:net/packet/af_packet.c:prb_close_block"
FILLING = "src:net/packet/af_packet.c:__packet_lookup_frame_in_block"
REFS = ["doc:networking/packet_mmap.rst", "uapi:linux/if_packet.h"]
privates = pytest.mark.parametrize("private", [0, 1, 8, 100], ids=lambda size: f"private-{size}")


def head(block):
    """Return the fields of a block's header, but for its times."""
    header, description = block.header, block.description
    return {
        "status": block.status & ~TP_STATUS_LOSING,
        "version": description.version,
        "private": description.offset_to_priv,
        "packets": header.num_pkts,
        "first": header.offset_to_first_pkt,
        "length": header.blk_len,
        "number": header.seq_num,
    }


@pytest.fixture
def ring(wire, rings):
    """A ring of two blocks of a page on the right end, for frames of our own; a block has to be full."""
    return rings.receive(wire.right, V3, PATIENT, protocol=frames.OWN)


@clause(since="3.2", level="documented", refs=[*REFS, BLOCKS], covers=["option:PACKET_RX_RING:effect"])
@privates
def test_the_first_block_of_a_new_ring_is_open(sockets, rings, private):
    """The first block of a new ring is the kernel's, empty and number 1; the others have not been used."""
    made = rings.on(sockets.packet(), V3, PATIENT.but(block_nr=3, sizeof_priv=private)).setup()

    first, *others = (made.rx.block(index) for index in range(3))

    start = BLOCK_HEADER + aligned(private)
    assert head(first) == {
        "status": TP_STATUS_KERNEL,
        "version": TPACKET_V3,
        "private": BLOCK_HEADER,
        "packets": 0,
        "first": start,
        "length": start,
        "number": 1,
    }
    assert [other.at(0, PAGE) for other in others] == [bytes(PAGE)] * 2


@clause(since="3.2", level="documented", refs=[*REFS, FILLING, CLOSING])
@privates
def test_a_full_block_tells_of_its_frames(wire, rings, private):
    """A full block is handed over with the number of its frames, their offsets and bytes, and its sequence number."""
    ring = rings.receive(wire.right, V3, PATIENT.but(sizeof_priv=private), protocol=frames.OWN)
    sizes = (SIZE, SIZE + 1, SIZE + 6)

    sent = [send(wire, 1, size)[0] for size in (*sizes, SIZE)]
    block = ring.next()

    start = BLOCK_HEADER + aligned(private)
    offsets = [start, start + block_room(sizes[0]), start + block_room(sizes[0]) + block_room(sizes[1])]
    assert head(block) == {
        "status": TP_STATUS_USER,
        "version": TPACKET_V3,
        "private": BLOCK_HEADER,
        "packets": 3,
        "first": start,
        "length": offsets[2] + block_room(sizes[2]),
        "number": 1,
    }
    slots = block.slots()
    assert [slot.offset for slot in slots] == offsets
    assert [slot.header.tp_next_offset for slot in slots] == [block_room(sizes[0]), block_room(sizes[1]), 0]
    assert [slot.data for slot in slots] == [frame.data for frame in sent[:3]]


@clause(since="3.2", level="documented", refs=[*REFS, BLOCKS, CLOSING])
def test_blocks_are_numbered_on_around_the_end(wire, ring):
    """Blocks come in order, around the end; each block opened has a sequence number one above the last one's."""
    seen = []
    for _ in range(5):
        sent = send(wire, 3 if seen else 4)
        block = ring.next()
        seen.append((block.index, block.header.seq_num, block.header.num_pkts))
        block.hand_back()

    assert seen == [(0, 1, 3), (1, 2, 3), (0, 3, 3), (1, 4, 3), (0, 5, 3)]
    assert len(sent) == 3


@clause(since="3.2", level="documented", refs=[*REFS, BLOCKS, CLOSING])
def test_a_block_tells_when_it_was_opened_and_when_its_last_frame_came(wire, rings):
    """A block's first time stamp is that of its opening, its last one that of its last frame."""
    clock = [time.clock_gettime_ns(time.CLOCK_REALTIME)]
    ring = rings.receive(wire.right, V3, PATIENT, protocol=frames.OWN)
    clock.append(time.clock_gettime_ns(time.CLOCK_REALTIME))

    send(wire, 4)
    block = ring.next()
    header, last = block.header, block.slots()[-1].header

    opened = header.ts_first_pkt.ts_sec * 10**9 + header.ts_first_pkt.ts_nsec
    assert clock[0] <= opened <= clock[1]
    assert (header.ts_last_pkt.ts_sec, header.ts_last_pkt.ts_nsec) == (last.tp_sec, last.tp_nsec)


@clause(since="3.2", level="documented", refs=[*REFS, BLOCKS])
def test_the_private_area_is_the_programs(wire, rings):
    """What a program writes to a block's private area stays there, however often it is filled and handed back."""
    ring = rings.receive(wire.right, V3, PATIENT.but(sizeof_priv=24), protocol=frames.OWN)
    for index in range(2):
        ring.block(index).write(BLOCK_HEADER, bytes([index + 1]) * 24)

    seen = []
    for _ in range(4):
        send(wire, 4)
        block = ring.next()
        seen.append(block.at(BLOCK_HEADER, 24))
        block.hand_back()

    assert seen == [b"\x01" * 24, b"\x02" * 24] * 2


@clause(since="3.2", level="documented", refs=REFS, covers=["status:TP_FT_REQ_FILL_RXHASH"])
@pytest.mark.parametrize("asked", [TP_FT_REQ_FILL_RXHASH, 0, 2], ids=["asked", "nothing-asked", "unknown-asked"])
def test_the_hash_of_a_flow_is_told_if_asked_for(wire, rings, asked):
    """With FILL_RXHASH each frame has its flow's hash in tp_rxhash, the same for the same flow; without, 0."""
    ring = rings.receive(wire.right, V3, Geometry(feature_req_word=asked, retire_blk_tov=1), protocol=0x800)
    sent = [ip_frames.frame(IPPROTO_UDP, size=size) for size in (20, 40)]

    hashes = []
    for frame in sent:
        wire.left.inject(frame)
        slot = ring.receive(frame.marker)
        hashes.append(slot.header.hv1.tp_rxhash)
        assert slot.header.hv1.tp_padding == 0
        slot.hand_back()

    assert hashes[0] == hashes[1]
    assert bool(hashes[0]) == (asked == TP_FT_REQ_FILL_RXHASH)
