"""Transmit rings: when poll(2) reports room."""

import select

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers import process, wait
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_frames
from helpers.packet.ring_poll import READ, WRITE, events
from helpers.rings import Geometry
from helpers.uapi.if_packet import (
    TP_STATUS_AVAILABLE,
    TP_STATUS_SEND_REQUEST,
    TP_STATUS_SENDING,
    TP_STATUS_TS_SOFTWARE,
    TP_STATUS_WRONG_FORMAT,
)
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF
from suites.packet.rings.transmit.support import DOC, EFFECT

POLL = "src:net/packet/af_packet.c:packet_poll"
REFS = ["man:packet(7)", DOC, POLL]
ROOM = select.POLLOUT | select.POLLWRNORM


def used_up(wire, rings, version, **how):
    """Return a ring whose socket has as much unsent as it may, all slots but the first, and what lets it go."""
    ring, let_go = rings.transmit(wire.left, version, Geometry(block_nr=8), **how), hold_frames(wire.left)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    for _ in range(16):
        ring.put(frames.ethernet(size=400).data)
    ring.kick(MSG_DONTWAIT)
    return ring, let_go


def head(ring):
    """Return the slot that the kernel comes to next: the first that is still requested."""
    return next(slot for slot in map(ring.slot, range(len(ring))) if slot.status == TP_STATUS_SEND_REQUEST)


@clause(since="2.6.31", level="source", refs=[POLL], covers=EFFECT)
@all_versions
def test_a_socket_with_room_is_writable_whatever_its_slots(wire, rings, version):
    """A socket below half of SO_SNDBUF is writable, whether its slots are available or not, and not readable."""
    ring = rings.transmit(wire.left, version)
    seen = [events(ring)]
    for status in (TP_STATUS_SEND_REQUEST, TP_STATUS_SENDING, TP_STATUS_WRONG_FORMAT):
        for index in range(4):
            ring.slot(index).status = status
        seen.append(events(ring))

    assert seen == [WRITE] * 4


@clause(since="2.6.31", level="documented", refs=REFS, covers=EFFECT)
@all_versions
def test_a_socket_without_room_is_writable_while_the_next_slot_is_available(wire, rings, version):
    """A socket that has used SO_SNDBUF up is writable only while the slot that is sent next is available."""
    ring, let_go = used_up(wire, rings, version)
    slot = head(ring)
    ring.slot(slot.index + 1).status = TP_STATUS_AVAILABLE
    seen = {}

    for status in (0, 1, 2, 4, TP_STATUS_TS_SOFTWARE):
        slot.status = status
        seen[status] = events(ring)
    slot.status = TP_STATUS_SEND_REQUEST
    let_go()

    assert seen == {0: ROOM, 1: 0, 2: 0, 4: 0, TP_STATUS_TS_SOFTWARE: 0}
    assert events(ring) == WRITE


@clause(since="2.6.31", level="documented", refs=REFS, covers=EFFECT)
@all_versions
def test_room_wakes_who_waits(wire, rings, version):
    """A process that blocks in poll(2) for room is woken when frames are gone."""
    ring, let_go = used_up(wire, rings, version)
    before = events(ring)
    child = process.start(wait.poll, ring.socket.fd, select.POLLOUT, 60)  # a poll whose timeout is over looks once more
    child.wait_blocked("poll")

    let_go()

    assert (before, child.result()) == (0, select.POLLOUT)


@clause(since="2.6.31", level="source", refs=[POLL], covers=EFFECT)
@pytest.mark.parametrize("readable", [False, True], ids=["nothing", "a-frame"])
@all_versions
def test_what_is_to_be_read_and_room_are_told_apart(wire, rings, version, readable):
    """A socket with only a transmit ring is readable by its queue like any other, with room and without."""
    frame, witness = frames.ethernet(), wire.left.packet_socket(protocol=OWN)  # the oldest hook receives last
    ring, let_go = used_up(wire, rings, version, protocol=OWN)
    if readable:
        wire.right.inject(frame)
        witness.receive(frame.marker)

    without = events(ring)
    let_go()

    expected = READ if readable else 0
    assert (without, events(ring)) == (expected, expected | WRITE)
