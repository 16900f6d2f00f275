"""Transmit rings: which slots a send takes, in which order, and what becomes of them."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.memory import PAGE
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.ring_requests import arrived
from helpers.rings import Geometry
from helpers.syscall import returned
from helpers.uapi.if_packet import (
    TP_STATUS_AVAILABLE,
    TP_STATUS_SEND_REQUEST,
)
from suites.packet.rings.transmit.support import DOC, EFFECT, SND, statuses

CURRENT = "src:net/packet/af_packet.c:packet_current_frame"
AVAILABLE, REQUEST = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST


@pytest.fixture
def far(wire):
    """A socket at the other end that receives our frames."""
    return wire.right.packet_socket(protocol=OWN)


def made(count, size=46):
    """Return frames of *size* bytes and more, each of another length."""
    return [frames.ethernet(size=size + number) for number in range(count)]


def heard(wire, far):
    """Return all that has been sent: what comes before a frame that is sent now."""
    wire.left.inject(last := frames.ethernet())
    return [packet.data for packet in far.heard_until(last)][:-1]


@clause(
    since="2.6.31",
    level="documented",
    refs=[DOC, SND],
    covers=[*EFFECT, "status:TP_STATUS_AVAILABLE", "status:TP_STATUS_SEND_REQUEST"],
)
@all_versions
@pytest.mark.parametrize("count", [1, 2, 4])
def test_one_call_sends_every_slot_that_is_requested(wire, rings, far, version, count):
    """A send takes the requested slots in order and returns the bytes of them all; they are available afterwards."""
    ring, sent = rings.transmit(wire.left, version), made(count)
    before = statuses(ring)
    for frame in sent:
        ring.put(frame.data)

    result = ring.kick()

    assert result == returned(sum(map(len, sent)))
    assert before == statuses(ring) == [AVAILABLE] * 4
    assert heard(wire, far) == [frame.data for frame in sent]


@clause(since="2.6.31", level="documented", refs=[DOC, SND], covers=EFFECT)
@all_versions
def test_nothing_requested_is_nothing_sent(wire, rings, far, version):
    """With no slot requested a send returns 0 at once, and the next request is taken from the same slot."""
    ring, frame = rings.transmit(wire.left, version), frames.ethernet()
    ring.fill(0, frames.ethernet().data)

    assert ring.kick() == returned(0)
    ring.put(frame.data)
    assert ring.kick() == returned(len(frame))
    assert ring.kick() == returned(0)
    assert heard(wire, far) == [frame.data]


@clause(since="2.6.31", level="documented", refs=[DOC, SND, CURRENT], covers=EFFECT)
@all_versions
@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(),
        Geometry(frame_size=1536),
        Geometry(block_nr=3, frame_size=PAGE),
        Geometry(block_size=2 * PAGE, block_nr=1, frame_size=PAGE + 512),
    ],
    ids=["2-a-block", "rest-in-the-block", "1-a-block", "1-slot"],
)
def test_sends_go_on_where_the_last_one_ended(wire, rings, far, version, geometry):
    """The next send begins with the slot after the last one sent, from block to block and around the ring's end."""
    ring = rings.transmit(wire.left, version, geometry)
    batches = [made(count) for count in (1, 2, 3, 4, 1, 2) if count <= len(ring)]

    results = []
    for batch in batches:
        for frame in batch:
            ring.put(frame.data)
        results.append(ring.kick())

    sent = [frame for batch in batches for frame in batch]
    assert results == [returned(sum(map(len, batch))) for batch in batches]
    assert heard(wire, far) == [frame.data for frame in sent]


@clause(since="2.6.31", level="documented", refs=[DOC, SND], covers=EFFECT)
@all_versions
def test_a_send_ends_before_the_first_slot_without_request(wire, rings, far, version):
    """A send ends with the slot before the first one that is not requested; those behind it wait for it."""
    ring, sent = rings.transmit(wire.left, version), made(4)
    for index, frame in enumerate(sent):
        ring.fill(index, frame.data).status = AVAILABLE if index == 2 else REQUEST

    first = ring.kick()
    after = statuses(ring)
    again = ring.kick()
    ring.slot(2).status = REQUEST
    second = ring.kick()

    assert (first, after) == (returned(46 + 47), [AVAILABLE, AVAILABLE, AVAILABLE, REQUEST])
    assert (again, second) == (returned(0), returned(48 + 49))
    assert heard(wire, far) == [frame.data for frame in sent]


@clause(since="2.6.31", level="documented", refs=[DOC, SND], covers=EFFECT)
@all_versions
def test_both_rings_of_a_socket_work_side_by_side(wire, rings, version):
    """A socket with both rings sends by one and receives by the other; it does not receive what it sends itself."""
    rings = rings.both(wire.left, version, Geometry(block_nr=4, retire_blk_tov=10), Geometry(block_nr=1))
    far, tx, rx = wire.right.packet_socket(protocol=OWN), rings.tx, rings.rx
    there, here = made(3), made(3)

    results = []
    for mine, other in zip(there, here, strict=True):
        tx.put(mine.data)
        results.append(tx.kick())
        wire.right.inject(other)

    found = arrived(rx, 3)
    assert results == [returned(len(frame)) for frame in there]
    assert found == [frame.data for frame in here]
    assert [packet.data for packet in far.heard_until(there[-1])] == [frame.data for frame in there]
