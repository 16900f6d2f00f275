"""Slots of transmit rings that cannot be sent, each for another reason, for the clauses about what becomes of them."""

from errno import EINVAL, EMSGSIZE

import pytest

from helpers.net import frames
from helpers.rings import V3
from helpers.uapi.if_packet import TP_STATUS_SEND_REQUEST as REQUEST


def too_long(ring, index):
    """Fill a slot with a frame that is longer than the slot."""
    ring.fill(index, frames.ethernet().data, length=ring.geometry.frame_size)


def above_mtu(ring, index):
    """Fill a slot with a frame that is a byte longer than the link allows."""
    ring.fill(index, frames.ethernet(size=1515).data)


def too_short(ring, index):
    """Fill a slot with less than a header."""
    ring.fill(index, bytes(13))


def with_next(ring, index):
    """Fill a slot with a frame and, of V3, an offset of a next one; of V1 and V2 make it too short."""
    slot = ring.fill(index, frames.ethernet().data, length=None if ring.version is V3 else 0)
    if ring.version is V3:
        slot.header.tp_next_offset = 1


def misplaced(ring, index):
    """Fill a slot with a frame that lies where the slot's header is, which PACKET_TX_HAS_OFF lets it say."""
    slot = ring.fill(index, frames.ethernet().data)
    slot.header.tp_mac = slot.header.tp_net = ring.data_offset - 1


FAULTS = {too_long: EMSGSIZE, above_mtu: EMSGSIZE, too_short: EINVAL, with_next: EINVAL, misplaced: EINVAL}
faults = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)


def three(ring, fault, good):
    """Request three slots from the cursor on, the second one wrong; with PACKET_TX_HAS_OFF data say where they are."""
    for index, frame in zip((0, 2), good, strict=True):
        ring.fill(index, frame.data, ring.data_offset)
    fault(ring, 1)
    if fault is not misplaced:
        ring.slot(1).header.tp_mac = ring.slot(1).header.tp_net = ring.data_offset
    for index in range(3):
        ring.slot(index).status = REQUEST
