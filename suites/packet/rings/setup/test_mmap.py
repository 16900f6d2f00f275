"""mmap(2) of a packet socket: which requests map its rings."""

import mmap
from errno import EBUSY, EINVAL, ENODEV

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings
from helpers import syscall
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.ring_requests import DOC, EFFECTS, MMAP, ready
from helpers.rings import V2, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import TP_STATUS_KERNEL, TP_STATUS_USER
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

GOOD = Geometry()
REFUSED = ["file:mmap", *EFFECTS]


@clause(since="4.11", level="documented", refs=[DOC, MMAP], covers=REFUSED)
@all_versions
@pytest.mark.parametrize(("rx", "tx"), [(3, 0), (0, 3), (3, 2), (1, 1)], ids=str)
def test_only_the_length_of_all_rings_is_mapped(sockets, rings, version, rx, tx):
    """Only the length of all blocks of both rings together can be mapped: a page more or less fails with EINVAL.

    mmap(2) itself rounds a length up to whole pages. A refused call leaves nothing mapped.
    """
    made, size = ready(rings, sockets, version), (rx + tx) * PAGE
    if rx:
        made.must.set_rx(GOOD.but(block_nr=rx))
    if tx:
        made.must.set_tx(GOOD.but(block_nr=tx))
    wrong = {length * PAGE for length in (rx, tx, rx + tx - 1, rx + tx + 1, 2 * (rx + tx))} - {0, size}

    refusals = [made.map(length) for length in [*sorted(wrong), size + 1]]
    after = made.remove_rx(), made.set_rx(GOOD.but(block_nr=rx)) if rx else SUCCESS

    assert refusals == [refused(EINVAL)] * (len(wrong) + 1)
    assert after == (SUCCESS, SUCCESS)
    assert made.map(size - 1).ok
    assert made.map(size).ok


@clause(since="2.6.31", level="source", refs=[MMAP], covers=REFUSED)
@all_versions
def test_an_offset_is_refused(sockets, rings, version):
    """A mapping begins at the first ring's first block: an offset fails with EINVAL, even the second ring's."""
    made = ready(rings, sockets, version)
    made.must.set_rx(GOOD)
    made.must.set_tx(GOOD)

    asked = [(made.size - pages * PAGE, pages * PAGE) for pages in (1, 2, 3)]
    asked += [(made.size, pages * PAGE) for pages in (1, 2, 4, 1 << 20)]
    refusals = [made.map(size, offset) for size, offset in asked]

    assert refusals == [refused(EINVAL)] * len(asked)
    assert made.map(made.size, 0).ok


@clause(since="2.6.31", level="source", refs=[MMAP], covers=REFUSED)
@all_versions
@both_rings
def test_a_removed_ring_cannot_be_mapped(sockets, rings, version, ring):
    """Without a ring mmap(2) fails with EINVAL: before the first one, after a refused request, after its removal."""
    made = ready(rings, sockets, version)

    refusals = [made.map(GOOD.size)]
    assert made.set_ring(ring, GOOD.but(frame_size=8)) == refused(EINVAL)
    refusals.append(made.map(GOOD.size))
    made.must.set_ring(ring, GOOD)
    made.must.remove(ring)
    refusals.append(made.map(GOOD.size))

    assert refusals == [refused(EINVAL)] * 3
    assert made.set_ring(ring, GOOD) == SUCCESS
    assert made.map(GOOD.size).ok


@clause(since="2.6.31", level="source", refs=["man:mmap(2)", MMAP], covers=REFUSED)
@pytest.mark.parametrize("flags", [mmap.MAP_SHARED, mmap.MAP_PRIVATE], ids=["shared", "private"])
def test_a_mapping_that_can_only_be_read_shows_what_arrives(wire, rings, flags):
    """A mapping without PROT_WRITE, shared or private, counts as a mapping and shows the frames that arrive."""
    made = rings.both(wire.right, V2, GOOD, GOOD, protocol=frames.OWN)
    made.must.unmap()
    frame = frames.ethernet()

    result = made.map(protection=mmap.PROT_READ, flags=flags)
    wire.left.inject(frame)

    assert result.ok
    assert made.rx.receive(frame.marker).data == frame.data
    assert made.remove_rx() == refused(EBUSY)


@clause(since="2.6.31", level="source", refs=["man:mmap(2)", MMAP], covers=REFUSED)
def test_what_is_written_to_a_private_mapping_stays_there(wire, rings):
    """A slot handed back in a private mapping is not handed back: in the ring it is still the program's."""
    shared = rings.receive(wire.right, V2, GOOD, protocol=frames.OWN)
    private = rings.on(shared.socket, V2)
    private.set = {5: GOOD}
    private.must.map(flags=mmap.MAP_PRIVATE)
    frame = frames.ethernet()
    wire.left.inject(frame)
    slot = private.rx.receive(frame.marker)

    slot.hand_back()

    assert slot.status == TP_STATUS_KERNEL
    assert shared.slot(0).status & TP_STATUS_USER
    assert shared.slot(0).data == frame.data


@clause(since="2.4", level="source", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_mmap"],
        covers=["file:mmap"])  # fmt: skip
@pytest.mark.parametrize(
    ("type_", "errno"),
    [(SOCK_RAW, EINVAL), (SOCK_DGRAM, EINVAL), (SOCK_PACKET, ENODEV)],
    ids=["raw", "dgram", "packet"],
)
def test_packet_socket_without_a_ring_cannot_be_mapped(sockets, type_, errno):
    """A mapping of a packet socket that has no ring is EINVAL; SOCK_PACKET, which never has one, is ENODEV."""
    socket = sockets.packet(type_)

    assert syscall.call("mmap", None, PAGE, mmap.PROT_READ, mmap.MAP_SHARED, socket.fd, 0) == refused(errno)
