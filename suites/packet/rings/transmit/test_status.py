"""Transmit rings: which status is a request, and what of a slot a send changes."""

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.syscall import returned
from helpers.uapi.if_packet import (
    TP_STATUS_AVAILABLE,
    TP_STATUS_SEND_REQUEST,
    TP_STATUS_SENDING,
    TP_STATUS_TS_RAW_HARDWARE,
    TP_STATUS_TS_SOFTWARE,
    TP_STATUS_WRONG_FORMAT,
)
from suites.packet.rings.transmit.support import EFFECT, HEADER, SND

CURRENT = "src:net/packet/af_packet.c:packet_current_frame"
AVAILABLE, REQUEST = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
OTHERS = [
    TP_STATUS_SENDING,
    TP_STATUS_WRONG_FORMAT,
    REQUEST | TP_STATUS_SENDING,
    REQUEST | TP_STATUS_WRONG_FORMAT,
    REQUEST | TP_STATUS_TS_SOFTWARE,
    REQUEST | TP_STATUS_TS_RAW_HARDWARE,
]


@clause(
    since="2.6.31",
    level="source",
    refs=[SND, CURRENT],
    covers=["status:TP_STATUS_SENDING", "status:TP_STATUS_WRONG_FORMAT"],
)
@all_versions
def test_only_the_bare_status_is_a_request(wire, rings, version):
    """A slot whose status is SEND_REQUEST with another bit, or another status, is not sent and stays as it is."""
    ring, frame = rings.transmit(wire.left, version), frames.ethernet()
    far = wire.right.packet_socket(protocol=OWN)
    slot = ring.fill(0, frame.data)

    seen = []
    for status in OTHERS:
        slot.status = status
        seen.append((ring.kick(), slot.status))
    slot.status = REQUEST
    control = ring.kick()

    assert seen == [(returned(0), status) for status in OTHERS]
    assert (control, slot.status) == (returned(len(frame)), AVAILABLE)
    assert [packet.data for packet in far.heard_until(frame)] == [frame.data]


@clause(since="2.6.31", level="source", refs=[SND, HEADER], covers=EFFECT)
@all_versions
def test_a_send_changes_nothing_in_a_slot_but_its_status(wire, rings, version):
    """A send changes only the status of its slots: all other bytes of the ring read as the program wrote them.

    A field that a transmit ring does not use may have any value.
    """
    ring, frame = rings.transmit(wire.left, version), frames.ethernet()
    far = wire.right.packet_socket(protocol=OWN)
    before = bytes(number % 255 + 1 for number in range(ring.geometry.size))
    ring.memory[:] = list(before)
    slot = ring.put(frame.data)
    before = bytes(ring.memory)

    result = ring.kick()
    after = bytes(ring.memory)
    slot.status = REQUEST

    assert result == returned(len(frame))
    assert [packet.data for packet in far.heard_until(frame)] == [frame.data]
    assert (after == before, bytes(ring.memory) == before) == (False, True)
