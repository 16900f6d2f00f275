"""Receive rings of V1 and V2: whose a slot is, the order of slots, a full ring, and what is counted."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.received_slots import Feed, status
from helpers.rings import V1, V2, Geometry
from helpers.uapi.if_packet import (
    TP_STATUS_COPY,
    TP_STATUS_CSUMNOTREADY,
    TP_STATUS_KERNEL,
    TP_STATUS_LOSING,
    TP_STATUS_USER,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

RECEIVING = "src:net/packet/af_packet.c:tpacket_rcv"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst", RECEIVING]
versions = pytest.mark.parametrize("version", [V1, V2], ids=str)
FOUR = Geometry(block_nr=2, frame_size=2048)


def counted(ring):
    """Return tp_packets and tp_drops, which reading clears."""
    statistics = ring.socket.statistics()
    return statistics.tp_packets, statistics.tp_drops


def markers(ring, *indexes):
    """Return the markers of the frames in these slots."""
    return [ring.slot(index).payload[:16] for index in indexes]


@pytest.fixture
def fill(wire):
    """Send frames to a ring made later: ``Feed``."""
    return Feed(wire, size=None)


@pytest.fixture
def ring(fill, wire, rings, version):
    """A ring of four slots on the right end, for frames of our own only."""
    return rings.receive(wire.right, version, FOUR, protocol=frames.OWN)


@clause(since="2.6.27", level="documented", refs=REFS, covers=["status:TP_STATUS_USER", "status:TP_STATUS_KERNEL"])
@versions
def test_slots_are_filled_in_order_and_around_the_end(fill, ring):
    """Frames fill the slots in the order of arrival, each once, and go on at the first slot after the last."""
    assert [ring.slot(number).status for number in range(4)] == [TP_STATUS_KERNEL] * 4

    order = []
    for frame in fill(3) + fill(1):
        order.append((ring.receive(frame.marker).index, len(ring.owned())))
    for index in range(4):
        ring.slot(index).hand_back()
    for frame in fill(3):
        order.append((ring.receive(frame.marker).index, len(ring.owned())))

    assert order == [(0, 4), (1, 4), (2, 4), (3, 4), (0, 3), (1, 3), (2, 3)]


@clause(since="2.6.27", level="documented", refs=REFS)
@versions
def test_slots_do_not_lie_across_blocks(fill, wire, rings, version):
    """Where frames do not fill a block its rest is skipped: the next slot is the next block's first."""
    ring = rings.receive(wire.right, version, Geometry(block_nr=3, frame_size=1600), protocol=frames.OWN)
    assert len(ring) == 6

    sent = fill(6)

    assert markers(ring, *range(6)) == [frame.marker for frame in sent]
    assert ring.slot(2).memory - ring.slot(0).memory == 4096


@clause(since="2.6.27", level="documented", refs=REFS, covers=["option:PACKET_STATISTICS:effect"])
@versions
@pytest.mark.parametrize("more", [0, 1, 3])
def test_a_full_ring_drops_and_counts(fill, ring, more):
    """Frames that find no free slot are dropped: tp_drops counts them, tp_packets them and the frames in the ring."""
    sent = fill(4)
    late = fill(more) if more else []

    assert markers(ring, *range(4)) == [frame.marker for frame in sent]
    assert [status(ring.slot(number)) for number in range(4)] == [TP_STATUS_USER] * 4
    assert counted(ring) == (4 + len(late), len(late))
    assert counted(ring) == (0, 0)


@clause(since="2.6.27", level="source", refs=[RECEIVING])
@versions
def test_the_ring_waits_for_its_oldest_slot(fill, ring):
    """The kernel fills slots in order only: while the next one is the program's, other free slots are not used."""
    fill(4)
    for index in (1, 2, 3):
        ring.slot(index).hand_back()

    fill(2)
    waiting = ring.owned(), counted(ring)
    ring.slot(0).hand_back()
    new = fill(2)

    assert waiting == ([0], (6, 2))
    assert (ring.owned(), markers(ring, 0, 1)) == ([0, 1], [frame.marker for frame in new])


@clause(since="2.6.27", level="source", refs=["src:net/packet/af_packet.c:packet_lookup_frame"])
@versions
@pytest.mark.parametrize("value", [TP_STATUS_USER, TP_STATUS_COPY, TP_STATUS_LOSING, TP_STATUS_CSUMNOTREADY, 1 << 31])
def test_a_slot_is_the_kernels_only_if_its_status_is_0(fill, ring, value):
    """A slot with any status but TP_STATUS_KERNEL is left alone, and the frame is dropped."""
    ring.slot(0).status = value

    fill(1)
    left = ring.slot(0).status, ring.slot(0).header.tp_len, counted(ring)
    ring.slot(0).hand_back()
    frame = fill(1)[0]

    assert left == (value, 0, (1, 1))
    assert (markers(ring, 0), counted(ring)) == ([frame.marker], (1, 0))


@clause(
    since="2.6.27", level="documented", refs=REFS, covers=["status:TP_STATUS_LOSING", "option:PACKET_STATISTICS:effect"]
)
@versions
def test_frames_are_flagged_losing_until_the_statistics_are_read(fill, ring):
    """After a drop each new frame is flagged TP_STATUS_LOSING, until PACKET_STATISTICS is read."""
    fill(5)
    before = [status(ring.slot(index)) for index in range(4)]
    for index in range(4):
        ring.slot(index).hand_back()

    fill(2)
    losing = [status(ring.slot(index)) for index in range(2)]
    told = counted(ring)
    fill(1)

    assert before == [TP_STATUS_USER] * 4
    assert losing == [TP_STATUS_USER | TP_STATUS_LOSING] * 2
    assert told == (7, 1)
    assert status(ring.slot(2)) == TP_STATUS_USER
    assert counted(ring) == (1, 0)


@clause(since="2.6.27", level="source", refs=[RECEIVING])
@versions
@pytest.mark.parametrize("leaving", [False, True], ids=["arriving", "leaving"])
@pytest.mark.parametrize("type", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_ring_leaves_the_frame_for_others_as_it_was(wire, rings, version, type, leaving):  # noqa: A002
    """A ring adds or removes the link-layer header in its own view only: sockets that come next get the frame whole."""
    end = wire.left if leaving else wire.right
    others = [end.packet_socket(type_) for type_ in (SOCK_RAW, SOCK_DGRAM)]
    ring = rings.receive(end, version, type=type)  # the newest hook receives a frame first
    frame = frames.ethernet()

    wire.left.inject(frame)
    whole, packet = (other.receive(frame.marker) for other in others)

    assert (whole.data, packet.data) == (frame.data, frame.payload)
    assert ring.receive(frame.marker).data == frame.bytes_for(type)
