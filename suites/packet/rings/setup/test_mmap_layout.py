"""mmap(2) of a packet socket: where in the mapping the rings, their blocks and pages are."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, slot_versions
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.ring_requests import DOC, EFFECTS, MMAP, RING, ready
from helpers.rings import V3, Geometry

SIZE = 1500  # of the frames: they lie across the ends of pages and come near those of blocks
GEOMETRIES = pytest.mark.parametrize(
    "geometry",
    [
        Geometry(block_size=3 * PAGE, block_nr=3, frame_size=1808),
        Geometry(block_size=2 * PAGE, block_nr=4, frame_size=2 * PAGE),
        Geometry(block_size=PAGE, block_nr=7, frame_size=1600),
        Geometry(block_size=2048 * PAGE + PAGE, block_nr=1, frame_size=PAGE * 64),
    ],
    ids=["three-pages", "two-pages", "one-page", "beyond-the-page-allocator"],
)


def sizes(number):
    """Return *number* lengths that differ, none over SIZE."""
    return [SIZE - index for index in range(number)]


@clause(since="2.6.27", level="documented", refs=[DOC, MMAP], covers=["option:PACKET_RX_RING:effect", "file:mmap"])
@slot_versions
@GEOMETRIES
def test_slots_lie_in_their_blocks_and_blocks_in_order(wire, rings, version, geometry):
    """Frame n of a block begins n frame sizes into it, the blocks follow each other, and the pages of each do.

    Twice around the ring every frame is whole, at the place that the geometry gives.
    """
    ring = rings.receive(wire.right, version, geometry, protocol=frames.OWN)
    places = [
        block * geometry.block_size + frame * geometry.frame_size
        for block in range(geometry.block_nr)
        for frame in range(geometry.block_size // geometry.frame_size)
    ]

    for _ in range(2):
        sent = [frames.ethernet(size=size) for size in sizes(len(places))]
        wire.left.inject(*sent)
        slots = [ring.receive(frame.marker) for frame in sent]
        assert [slot.memory - ring.memory.ctypes.data for slot in slots] == places
        assert [slot.data for slot in slots] == [frame.data for frame in sent]
        for slot in slots:
            slot.hand_back()


@clause(since="3.2", level="documented", refs=[DOC, MMAP], covers=["option:PACKET_RX_RING:effect", "file:mmap"])
@GEOMETRIES
def test_blocks_of_version_3_lie_in_order(wire, rings, geometry):
    """The blocks of a V3 ring follow each other in the mapping, and every frame in them is whole, across pages."""
    count = max(geometry.block_nr, 3)
    ring = rings.receive(wire.right, V3, geometry.but(block_nr=count, retire_blk_tov=5), protocol=frames.OWN)
    sent = [frames.ethernet(size=size) for size in sizes(12)]
    got, blocks = [], []

    for batch in range(0, 12, 3):  # at worst each of the three has a block of its own
        wire.left.inject(*sent[batch : batch + 3])
        while len(got) < batch + 3:
            block = ring.next()
            blocks.append(block.index)
            got += [slot.data for slot in block.slots()]
            block.hand_back()

    assert got == [frame.data for frame in sent]
    assert blocks == [number % count for number in range(len(blocks))]


@clause(since="4.11", level="documented", refs=[DOC, MMAP], covers=["option:PACKET_TX_RING:effect", "file:mmap"])
@all_versions
@GEOMETRIES
def test_frames_are_sent_from_where_the_geometry_has_them(wire, rings, version, geometry):
    """A transmit ring's slots lie like a receive ring's: what is put into each, around the ring, is sent whole."""
    far, ring = wire.right.packet_socket(protocol=frames.OWN), rings.transmit(wire.left, version, geometry)
    sent = [frames.ethernet(size=size) for size in sizes(len(ring) + 2)]

    for frame in sent:
        ring.send(frame.data)

    assert [far.receive(frame.marker).data for frame in sent] == [frame.data for frame in sent]


@clause(since="4.11", level="documented", refs=["man:packet(7)", DOC, MMAP, RING], covers=[*EFFECTS, "file:mmap"])
@all_versions
@pytest.mark.parametrize("order", ["rx", "tx"], ids=["rx-made-first", "tx-made-first"])
def test_the_receive_ring_lies_before_the_transmit_ring(wire, sockets, rings, version, order):
    """Of both rings the receive ring comes first in the mapping, whichever was made first, then the other."""
    receive, transmit = Geometry(block_nr=3, retire_blk_tov=10), Geometry(block_size=2 * PAGE, block_nr=1)
    made = rings.on(wire.right.packet_socket(protocol=0), version)
    made.must.set_version()
    steps = [lambda: made.must.set_rx(receive), lambda: made.must.set_tx(transmit)]
    for step in steps if order == "rx" else steps[::-1]:
        step()
    made.must.map()
    made.socket.attach(wire.right.ifindex, frames.OWN)
    far, arriving, leaving = wire.left.packet_socket(protocol=frames.OWN), frames.ethernet(), frames.ethernet()

    wire.left.inject(arriving)
    slot = made.rx.receive(arriving.marker)
    made.tx.send(leaving.data)

    assert 0 < slot.memory + slot.header.tp_mac - made.mapping.address < 3 * PAGE
    assert slot.data == arriving.data
    assert made.tx.slot(0).memory == made.mapping.address + 3 * PAGE
    assert far.receive(leaving.marker).data == leaving.data


@clause(since="2.6.31", level="source", refs=[MMAP], covers=[*EFFECTS, "file:mmap"])
@all_versions
def test_every_byte_of_a_mapping_can_be_written_and_is_the_others_too(sockets, rings, version):
    """Two mappings of the same rings show the same memory, byte for byte, each byte once."""
    made = ready(rings, sockets, version)
    made.must.set_rx(Geometry(block_size=3 * PAGE, block_nr=3))
    made.must.set_tx(Geometry(block_size=2 * PAGE, block_nr=2))
    made.must.map()
    first = made.mapping.bytes
    made.must.map()
    second = made.mapping.bytes
    words = first.view("u4")
    header = 48 if version is V3 else 0

    words[header // 4 :] = range(header // 4, len(words))

    assert len(first) == 13 * PAGE
    assert (second.view("u4")[header // 4 :] == range(header // 4, len(words))).all()
