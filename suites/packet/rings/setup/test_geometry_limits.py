"""PACKET_RX_RING and PACKET_TX_RING: geometries at the limits of 32 bits and of the kernel's memory."""

import os
from errno import EINVAL, ENOMEM

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings
from helpers.memory import PAGE
from helpers.packet.ring_requests import ALLOC, DOC, ERRORS, INVALID, RING, ready
from helpers.rings import V2, V3, Geometry
from helpers.syscall import SUCCESS, refused

GOOD = Geometry()
NO_MEMORY = [*ERRORS, "errno:setsockopt:ENOMEM"]
BIGGEST = 0x80000000 - PAGE  # the most that a block can have: its size is a positive int in whole pages


@clause(since="4.11", level="source", refs=[RING, ALLOC], covers=NO_MEMORY)
@both_rings
@all_versions
def test_frames_are_counted_to_the_last_of_32_bits(sockets, rings, version, ring):
    """As many frames as 32 bits can count are no overflow: the ring is refused only for want of memory, ENOMEM.

    It is the list of the blocks that is more than the kernel allocates at once.
    """
    made = ready(rings, sockets, version)

    results = [
        made.set_ring(ring, Geometry(block_size=pages * PAGE, block_nr=blocks, frame_size=PAGE))
        for pages, blocks in ((1, 1 << 28), (1, 0xFFFFFFFF), (2, 0x7FFFFFFF), (3, 0x55555555), (15, 0x11111111))
    ]

    assert results == [refused(ENOMEM)] * 5
    assert made.set_ring(ring, GOOD) == SUCCESS


@clause(since="4.12", level="source", refs=[RING], covers=INVALID)
@both_rings
@all_versions
def test_frames_beyond_32_bits_are_an_overflow(sockets, rings, version, ring):
    """A ring of more frames than 32 bits can count fails with EINVAL, even if tp_frame_nr is the truncated number."""
    made = ready(rings, sockets, version)

    results = [
        made.set_ring(
            ring,
            Geometry(block_size=pages * PAGE, block_nr=blocks, frame_size=PAGE, frame_nr=pages * blocks & 0xFFFFFFFF),
        )
        for pages, blocks in ((2, 0x80000000), (3, 0x55555556), (15, 0x11111112), (16, 0x10000001))
    ]

    assert results == [refused(EINVAL)] * 4
    assert made.set_ring(ring, GOOD) == SUCCESS


@clause(since="2.6.31", level="source", refs=[RING], covers=INVALID)
@both_rings
def test_the_size_of_a_block_is_positive(sockets, rings, ring):
    """A block whose size is zero or negative as an int is refused with EINVAL."""
    made = ready(rings, sockets, V2)

    sizes = [made.set_ring(ring, GOOD.but(block_size=size)) for size in (0, 0x80000000, 0xFFFFF000)]

    assert sizes == [refused(EINVAL)] * 3
    assert made.set_ring(ring, GOOD) == SUCCESS


@clause(since="3.0", level="source", refs=[ALLOC], covers=NO_MEMORY)
@both_rings
def test_a_block_beyond_the_machines_memory_is_refused_with_enomem(sockets, rings, ring):
    """A block that is larger than the machine's memory is refused with ENOMEM, and no ring is left behind."""
    if os.sysconf("SC_PHYS_PAGES") * PAGE >= BIGGEST:
        pytest.skip("this machine has more memory than a block can ask for")
    made = ready(rings, sockets, V2)

    result = made.set_ring(ring, Geometry(block_size=BIGGEST, block_nr=1, frame_size=PAGE))

    assert result == refused(ENOMEM)
    assert made.set_ring(ring, GOOD) == SUCCESS


@clause(since="4.11", level="source", refs=[RING], covers=["option:PACKET_TX_RING:error", "errno:setsockopt:ENOMEM"])
def test_memory_is_asked_for_before_the_fields_of_version_3_are_looked_at(sockets, rings):
    """A V3 transmit ring for which there is no memory fails with ENOMEM even if its V3 fields are invalid (EINVAL)."""
    made = ready(rings, sockets, V3)
    wrong = GOOD.but(retire_blk_tov=1)

    results = [made.set_tx(wrong), made.set_tx(wrong.but(block_nr=0x7FFFFFFF))]

    assert results == [refused(EINVAL), refused(ENOMEM)]
    assert made.set_tx(GOOD) == SUCCESS


@clause(since="3.0", level="source", refs=[ALLOC, DOC], covers=["option:PACKET_RX_RING:effect"])
@all_versions
@pytest.mark.parametrize("pages", [1, 3, 4, 2049], ids=["one", "odd", "power", "beyond-the-page-allocator"])
def test_fresh_blocks_are_zero(sockets, rings, version, pages):
    """The memory of a new ring is zero, apart from what V3 writes into the header of its first block."""
    geometry = Geometry(block_size=pages * PAGE, block_nr=1 if pages > 2000 else 2, frame_size=PAGE)
    made = ready(rings, sockets, version)
    for fill in (0xA5, 0x5A):  # so that memory that comes back has something in it
        made.must.set_rx(geometry)
        made.must.map()
        fresh = made.mapping.bytes.copy()
        made.mapping.bytes[:] = fill
        made.must.unmap()
        made.must.remove_rx()

    if version is V3:
        assert fresh[:48].any()
        fresh[:48] = 0
    assert not fresh.any()
