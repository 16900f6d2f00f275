"""A frame longer than a V3 block was written beyond the block's end."""

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.net import frames
from helpers.rings import BLOCK_HEADER, V3, Geometry

ROOM = PAGE - BLOCK_HEADER  # bytes of a block


@clause(since="3.17", level="source", refs=["commit:dc808110bb62", "src:net/packet/af_packet.c:tpacket_rcv"])
def test_a_frame_longer_than_a_block_is_cut(loopback, rings):
    """Of a frame longer than a V3 block only what fits is kept, and the next block has none of it."""
    ring = rings.receive(loopback, V3, Geometry(PAGE, 4), protocol=frames.OWN)
    for index in (1, 2, 3):
        ring.block(index).write(BLOCK_HEADER, b"\xa5" * ROOM)
    frame = frames.ethernet(size=2 * PAGE - 200)

    loopback.inject(frame)
    slot = ring.receive(frame.marker)

    kept = ROOM - slot.header.tp_mac
    assert (slot.header.tp_len, slot.header.tp_snaplen, slot.data) == (len(frame), kept, frame.data[:kept])
    assert ring.block(slot.block.index + 1).at(BLOCK_HEADER, ROOM) == b"\xa5" * ROOM
