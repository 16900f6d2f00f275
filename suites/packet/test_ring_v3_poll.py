"""Receive rings of V3: when poll(2) says that a block waits."""

import select

import pytest

from fixtures.clauses import clause
from helpers import frames, process, wait
from helpers.rings import V3, Geometry
from helpers.uapi.if_packet import TP_STATUS_BLK_TMO, TP_STATUS_USER

CLOSING = "src:net/packet/af_packet.c:prb_close_block"
POLLING = "src:net/packet/af_packet.c:packet_poll"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst"]
NEVER = 60_000  # ms: no block is handed over for its age
PATIENT = Geometry(retire_blk_tov=NEVER)
SIZE = 1000  # bytes of a frame of which three fit a block of a page
READ, WRITE = select.POLLIN | select.POLLRDNORM, select.POLLOUT | select.POLLWRNORM | select.POLLWRBAND


@pytest.fixture
def send(wire):
    """``send(count)`` sends frames to a ring made later and returns when the ring has seen them all.

    The socket that tells was there before the ring: a frame comes to the latest socket first.
    """
    watcher = wire.right.packet_socket(protocol=frames.OWN)

    def sending(count, size=SIZE):
        sent = [frames.ethernet(size=size) for _ in range(count)]
        wire.left.inject(*sent)
        for frame in sent:
            watcher.receive(frame.marker)
        return sent

    return sending


def events(ring):
    """Return what the ring's socket is ready for now."""
    return wait.poll(ring.socket.fd, 0xFFFF & ~select.POLLNVAL, 0)


@clause(since="3.2", level="documented", refs=[*REFS, POLLING])
def test_a_ring_is_readable_while_its_latest_block_waits(send, wire, rings):
    """poll(2) tells of a ring when a block is handed over, not of each frame, and until that block is handed back."""
    ring = rings.receive(wire.right, V3, PATIENT, protocol=frames.OWN)

    seen = [events(ring)]
    for count in (3, 1, 3):
        send(count)
        seen.append(events(ring))
    ring.block(0).hand_back()
    seen.append(events(ring))
    ring.block(1).hand_back()
    seen.append(events(ring))

    assert seen == [WRITE, WRITE, READ | WRITE, READ | WRITE, READ | WRITE, WRITE]


@clause(since="3.2", level="documented", refs=[*REFS, CLOSING, "man:poll(2)"])
@pytest.mark.parametrize("full", [False, True], ids=["time", "full"])
def test_a_block_wakes_who_waits_for_it(wire, rings, full):
    """A process that waits for a ring in poll(2) is woken when a block is handed over: aged or full."""
    ring = rings.receive(wire.right, V3, Geometry(retire_blk_tov=NEVER if full else 20), protocol=frames.OWN)
    child = process.start(wait.poll, ring.socket.fd, select.POLLIN, 60)  # a poll whose time is up looks once more
    child.wait_blocked("poll")

    wire.left.inject(*[frames.ethernet(size=SIZE) for _ in range(4 if full else 1)])

    assert child.result() == select.POLLIN
    assert ring.block(0).status == TP_STATUS_USER | (0 if full else TP_STATUS_BLK_TMO)
