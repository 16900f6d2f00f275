"""Receive rings of V1 and V2: when poll(2) reports a frame."""

import select

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.net import frames
from helpers.packet.received_slots import send
from helpers.packet.ring_poll import READ, WRITE, events
from helpers.rings import V1, V2, Geometry
from helpers.uapi.if_packet import PACKET_COPY_THRESH
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVBUF

POLLING = "src:net/packet/af_packet.c:packet_poll"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst", POLLING]
versions = pytest.mark.parametrize("version", [V1, V2], ids=str)
FOUR = Geometry(block_nr=2, frame_size=2048)


@pytest.fixture
def ring(wire, rings, version):
    """A ring of four slots on the right end, for frames of our own only."""
    return rings.receive(wire.right, version, FOUR, protocol=frames.OWN)


def arrive(wire, ring, count=1):
    """Send frames and wait for each; the slots stay the program's."""
    return [ring.receive(frame.marker) for frame in send(wire, count, size=None)]


@clause(since="2.6.27", level="documented", refs=REFS, covers=["option:PACKET_RX_RING:effect"])
@versions
def test_a_ring_is_readable_while_a_slot_waits(wire, ring):
    """A ring is readable from the frame that fills a slot until the slot is handed back, and always writable."""
    seen = [events(ring)]
    for _ in range(6):  # once around the end
        slot = arrive(wire, ring)[0]
        seen.append(events(ring))
        slot.hand_back()
        seen.append(events(ring))

    assert seen == [WRITE] + [READ | WRITE, WRITE] * 6


@clause(since="2.6.27", level="source", refs=[POLLING, "src:net/packet/af_packet.c:packet_previous_frame"])
@versions
@pytest.mark.parametrize("filled", [1, 2, 3, 4])
def test_the_latest_slot_says_whether_a_ring_is_readable(wire, ring, filled):
    """A ring is readable while the slot filled last is the program's; older filled slots do not count."""
    slots = arrive(wire, ring, filled)

    for slot in slots[:-1]:
        slot.hand_back()
    latest = events(ring)
    slots[-1].hand_back()
    none = events(ring)
    slots[0].status = 1
    oldest = events(ring)

    assert (latest, none) == (READ | WRITE, WRITE)
    assert oldest == (READ | WRITE if filled == 1 else WRITE)


@clause(since="2.6.27", level="source", refs=[POLLING])
@versions
def test_a_frame_in_the_queue_makes_a_ring_readable(wire, rings, version):
    """A copy in the socket's queue (PACKET_COPY_THRESH) makes it readable even when every slot is handed back."""
    ring = rings.receive(
        wire.right, version, Geometry(frame_size=512), protocol=frames.OWN, options={PACKET_COPY_THRESH: 1}
    )
    frame = frames.ethernet(size=1000)
    wire.left.inject(frame)
    ring.receive(frame.marker).hand_back()

    queued = events(ring)
    taken = ring.socket.take()

    assert (queued, taken.data) == (READ | WRITE, frame.data)
    assert events(ring) == WRITE


@clause(since="2.6.27", level="documented", refs=[*REFS, "man:poll(2)"])
@versions
def test_a_frame_wakes_who_waits_for_a_slot(wire, ring):
    """A process that blocks in poll(2) on a ring is woken by the frame that fills a slot."""
    child = process.start(wait.poll, ring.socket.fd, select.POLLIN, 60)  # a poll whose timeout is over looks once more
    child.wait_blocked("poll")

    arrive(wire, ring)

    assert child.result() == select.POLLIN


@clause(since="2.6.27", level="source", refs=["src:net/packet/af_packet.c:tpacket_rcv"])
@versions
def test_the_size_of_the_receive_buffer_does_not_limit_a_ring(wire, ring):
    """A ring holds as many frames as it has slots, however small SO_RCVBUF is."""
    ring.socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)

    sent = send(wire, 4, size=1500)

    assert [ring.receive(frame.marker).data for frame in sent] == [frame.data for frame in sent]
