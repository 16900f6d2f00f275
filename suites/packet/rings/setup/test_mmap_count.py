"""Mappings of a packet socket's rings are counted: as long as there is one, the rings stay."""

import mmap
import os
from errno import EBUSY

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings
from helpers import process
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.ring_requests import BUSY, DOC, ready
from helpers.rings import V2, Geometry, map_socket
from helpers.syscall import SUCCESS, refused
from helpers.uapi.mman import MAP_FIXED, MREMAP_FIXED, MREMAP_MAYMOVE

OPEN = "src:net/packet/af_packet.c:packet_mm_open"
CLOSE = "src:net/packet/af_packet.c:packet_mm_close"
GOOD = Geometry(block_nr=4)
HELD = refused(EBUSY)


def mapped(rings, sockets, version=V2):
    """Return a receive ring of four pages that is mapped once."""
    made = ready(rings, sockets, version)
    made.must.set_rx(GOOD)
    made.must.map()
    return made


@clause(since="2.6.31", level="source", refs=[OPEN, CLOSE], covers=[*BUSY, "file:mmap"])
@all_versions
@both_rings
def test_a_ring_stays_until_its_last_mapping_is_gone(sockets, rings, version, ring):
    """With two mappings of a ring its removal fails with EBUSY until both are unmapped."""
    made = ready(rings, sockets, version)
    made.must.set_ring(ring, GOOD)
    made.must.map()
    first = made.mapping
    made.must.map()

    results = [made.remove(ring)]
    first.unmap()
    results.append(made.remove(ring))
    made.unmap()

    assert results == [HELD] * 2
    assert made.remove(ring) == SUCCESS


@clause(since="2.6.31", level="source", refs=[OPEN, CLOSE, "man:fork(2)"], covers=[*BUSY, "file:mmap"])
@all_versions
def test_a_child_has_a_mapping_of_its_own(sockets, rings, version):
    """The copy of a mapping in a forked child counts until the child exits, without unmapping anything."""
    made = mapped(rings, sockets, version)
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb"), os.fdopen(writer, "wb") as gate, process.start(os.read, reader, 1) as child:
        child.wait_started()
        while_both = made.remove_rx()
        made.unmap()
        while_child = made.remove_rx()
        gate.write(b"!")
        gate.flush()
        child.result()

    assert (while_both, while_child) == (HELD, HELD)
    assert made.remove_rx() == SUCCESS


@clause(since="2.6.31", level="source", refs=[OPEN, CLOSE, "man:fork(2)"], covers=[*BUSY, "file:mmap"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_end_of_children_leaves_the_parents_mapping(wire, rings, count):
    """When children that had copies of a mapping have exited, the parent's still counts, and still works."""
    ring = rings.receive(wire.right, V2, GOOD, protocol=frames.OWN)
    frame = frames.ethernet()
    for _ in range(count):
        process.in_child(os.getpid)

    result = rings.on(ring.socket, V2).remove_rx()

    assert result == HELD
    wire.left.inject(frame)
    assert ring.receive(frame.marker).data == frame.data


@clause(since="2.6.31", level="source", refs=[OPEN, CLOSE], covers=[*BUSY, "file:mmap"])
def test_a_mapping_made_by_another_process_counts(sockets, rings):
    """A child that maps the ring of an inherited descriptor holds it until it exits."""
    made = ready(rings, sockets, V2)
    made.must.set_rx(GOOD)
    reader, writer = os.pipe()

    def hold():
        result, _ = map_socket(made.socket.fd, GOOD.size)
        os.read(reader, 1)
        return result.ok

    with os.fdopen(reader, "rb"), os.fdopen(writer, "wb") as gate, process.start(hold) as child:
        child.wait_blocked("read")
        during = made.remove_rx()
        gate.write(b"!")
        gate.flush()
        ok = child.result()

    assert ok
    assert during == HELD
    assert made.remove_rx() == SUCCESS


@clause(since="2.6.31", level="source", refs=[OPEN, CLOSE, "man:munmap(2)"], covers=[*BUSY, "file:mmap"])
@pytest.mark.parametrize(
    "cuts", [[(0, 1)], [(3, 1)], [(1, 2)], [(1, 1), (3, 1)]], ids=["first-page", "last-page", "middle", "two-pages"]
)
def test_what_is_left_of_a_mapping_counts(sockets, rings, cuts):
    """A mapping of which some pages are unmapped holds the ring until its last page is unmapped."""
    made = mapped(rings, sockets)
    left = set(range(4))
    results = []

    for first, count in cuts:
        made.mapping.unmap(first * PAGE, count * PAGE)
        left -= set(range(first, first + count))
    for page in sorted(left):
        results.append(made.remove_rx())
        made.mapping.unmap(page * PAGE, PAGE)

    assert results == [HELD] * len(left)
    assert made.remove_rx() == SUCCESS


@clause(since="2.6.31", level="source", refs=[OPEN, CLOSE, "man:mremap(2)"], covers=[*BUSY, "file:mmap"])
def test_a_mapping_that_is_moved_or_split_counts_as_before(wire, rings):
    """A mapping that is moved, or split by different protections, still shows the ring and holds it once."""
    made = rings.both(wire.right, V2, GOOD, Geometry(block_nr=1), protocol=frames.OWN)
    _, place = map_socket(-1, made.size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    frame = frames.ethernet()

    moved = made.mapping.remap(made.size, MREMAP_MAYMOVE | MREMAP_FIXED, place.address)
    split = made.mapping.protect(mmap.PROT_READ, PAGE, PAGE)
    held = made.remove_rx()
    wire.left.inject(frame)
    slot = made.rx.receive(frame.marker)

    assert (moved.value, split, held) == (place.address, SUCCESS, HELD)
    assert (slot.memory, slot.data) == (place.address, frame.data)
    made.unmap()
    assert (made.remove_rx(), made.remove_tx()) == (SUCCESS, SUCCESS)


@clause(since="2.6.31", level="source", refs=[CLOSE, DOC, "man:mmap(2)"], covers=[*BUSY, "file:mmap"])
def test_a_mapping_that_another_one_replaces_counts_no_more(sockets, rings):
    """A mapping of the ring on top of the first one replaces it: one munmap frees the ring."""
    made = mapped(rings, sockets)
    address = made.mapping.address

    result = made.map(flags=mmap.MAP_SHARED | MAP_FIXED, address=address)

    assert result.value == address
    assert made.remove_rx() == HELD
    made.unmap()
    assert made.remove_rx() == SUCCESS
