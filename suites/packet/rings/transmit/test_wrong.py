"""Transmit rings: a slot that cannot be sent."""

from errno import EMSGSIZE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import unsent
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import (
    PACKET_TX_HAS_OFF,
    TP_STATUS_AVAILABLE,
    TP_STATUS_SEND_REQUEST,
    TP_STATUS_WRONG_FORMAT,
)
from suites.packet.rings.transmit.support import DOC, EFFECT, FAULTS, FILL, HEADER, SND, begun, faults, statuses, three

DONE, REQUEST, WRONG = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_WRONG_FORMAT
STATUS = ["status:TP_STATUS_WRONG_FORMAT", *EFFECT]


@clause(since="3.8", level="documented", refs=[DOC, SND, HEADER, FILL], covers=STATUS)
@all_versions
@faults
def test_a_wrong_slot_stops_the_send(wire, rings, version, fault):
    """A slot that cannot be sent becomes WRONG_FORMAT; the send fails although slots before it left, and stops there.

    The next send begins with that slot: nothing behind it leaves before it is corrected.
    """
    ring = rings.transmit(wire.left, version, options={PACKET_TX_HAS_OFF: 1})
    far, good = wire.right.packet_socket(protocol=OWN), [frames.ethernet() for _ in range(3)]
    three(ring, fault, good[::2])

    results, after = [ring.kick()], begun(ring)  # kernels before 6.17 spin as long as a frame is on its way
    results.append(ring.kick())
    again = statuses(ring)
    ring.fill(1, good[1].data, ring.data_offset).status = REQUEST
    mended = ring.kick()

    assert results == [refused(FAULTS[fault]), returned(0)]
    assert after == again == [DONE, WRONG, REQUEST, DONE]
    assert (mended, statuses(ring)) == (returned(2 * len(good[0])), [DONE] * 4)
    assert [packet.data for packet in far.heard_until(good[2])] == [frame.data for frame in good]
    assert unsent(ring.socket) == 0


@clause(since="5.10", level="source", refs=[HEADER], covers=[*STATUS, "errno:sendto:EMSGSIZE"])
@all_versions
@pytest.mark.parametrize("length", [1 << 16, (1 << 31) - 1], ids=hex)
def test_any_length_is_told_too_long(wire, rings, version, length):
    """A length far above the slot's fails with EMSGSIZE, however large."""
    ring, frame = rings.transmit(wire.left, version), frames.ethernet()
    slot = ring.fill(0, frame.data, length=length)
    slot.status = REQUEST

    assert (ring.kick(), slot.status, slot.header.tp_len) == (refused(EMSGSIZE), WRONG, length)


@clause(since="7.2", level="source", refs=[HEADER], covers=[*STATUS, "errno:sendto:EMSGSIZE"])
@all_versions
@pytest.mark.parametrize("length", [1 << 31, (1 << 32) - 1], ids=hex)
def test_a_length_has_no_sign(wire, rings, version, length):
    """A length of 2 GiB and more is unsigned, and fails with EMSGSIZE like any that is too long."""
    ring, frame = rings.transmit(wire.left, version), frames.ethernet()
    slot = ring.fill(0, frame.data, length=length)
    slot.status = REQUEST

    assert (ring.kick(), slot.status, slot.header.tp_len) == (refused(EMSGSIZE), WRONG, length)
