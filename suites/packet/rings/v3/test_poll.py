"""Receive rings of V3: when poll(2) reports a block."""

import select

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.net import frames
from helpers.packet.received_slots import NEVER, PATIENT, SIZE, Feed
from helpers.packet.ring_poll import READ, WRITE, events
from helpers.rings import V3, Geometry
from helpers.uapi.if_packet import TP_STATUS_BLK_TMO, TP_STATUS_USER

CLOSING = "src:net/packet/af_packet.c:prb_close_block"
POLLING = "src:net/packet/af_packet.c:packet_poll"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst"]


@pytest.fixture
def send(wire):
    """Send frames to a ring made later: ``Feed``."""
    return Feed(wire)


@clause(since="3.2", level="documented", refs=[*REFS, POLLING])
def test_a_ring_is_readable_while_its_latest_block_waits(send, wire, rings):
    """A ring is readable once a block is handed over, not for each frame, until the latest one is handed back."""
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
    """A process that blocks in poll(2) on a ring is woken when a block is handed over: retired or full."""
    ring = rings.receive(wire.right, V3, Geometry(retire_blk_tov=NEVER if full else 20), protocol=frames.OWN)
    child = process.start(wait.poll, ring.socket.fd, select.POLLIN, 60)  # a poll whose timeout is over looks once more
    child.wait_blocked("poll")

    wire.left.inject(*[frames.ethernet(size=SIZE) for _ in range(4 if full else 1)])

    assert child.result() == select.POLLIN
    assert ring.block(0).status == TP_STATUS_USER | (0 if full else TP_STATUS_BLK_TMO)
