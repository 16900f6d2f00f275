"""What the clauses of transmit rings share: the sources, how slots are tried, slots that cannot be sent.

Source: Documentation/networking/packet_mmap.rst, ``net/packet/af_packet.c:tpacket_snd``.
"""

import contextlib
from errno import EINVAL, EMSGSIZE

import pytest

from helpers import wait
from helpers.net import frames
from helpers.net.frames import Frame
from helpers.net.wire import End
from helpers.packet.virtio_frames import header_option
from helpers.ring_pool import RingMaker
from helpers.rings import V2, V3, Geometry, TransmitRing, Version
from helpers.syscall import Result
from helpers.uapi.if_packet import TP_STATUS_SEND_REQUEST

SND = "src:net/packet/af_packet.c:tpacket_snd"
HEADER = "src:net/packet/af_packet.c:tpacket_parse_header"
FILL = "src:net/packet/af_packet.c:tpacket_fill_skb"
DOC = "doc:networking/packet_mmap.rst"
EFFECT = ["option:PACKET_TX_RING:effect"]
LARGE = Geometry(block_size=16384, frame_size=8192)


def statuses(ring: TransmitRing) -> list[int]:
    """Return the status of every slot."""
    return [ring.slot(index).status for index in range(len(ring))]


def begun(ring: TransmitRing) -> list[int]:
    """Return the status of every slot once the frame of the first one is gone, which the link passes at once.

    That is when the other end of the wire takes it, which may be after the send.
    """
    with contextlib.suppress(wait.DeadlineError):  # only then are the statuses final
        ring.wait_available(ring.slot(0))
    return statuses(ring)


def request(ring: TransmitRing, count: int, size: int = 400) -> list[Frame]:
    """Request the next *count* slots and return their frames, of *size* bytes; nothing is sent yet."""
    sent = [frames.ethernet(size=size) for _ in range(count)]
    for frame in sent:
        ring.put(frame.data)
    return sent


def attempt(ring: TransmitRing, data: bytes, flags: int = 0, address: object = None, **how: int) -> tuple[Result, int]:
    """Request the slot at the kernel's cursor, which is *ring*'s, and have it sent; return the Result and its status.

    The cursor moves when the frame was sent, and stays as the kernel's does when it was refused. *how* as ``fill``.
    """
    slot = ring.fill(ring.cursor, data, **how)
    slot.status = TP_STATUS_SEND_REQUEST
    result = ring.kick(flags, address)
    if result.ok:
        ring.advance()
    return result, slot.status


def heading(
    rings: RingMaker, end: End, size: int = 10, version: Version = V2, options: dict[int, int] | None = None
) -> TransmitRing:
    """Return a transmit ring on *end*, its slots LARGE, whose frames have a virtio header of *size* bytes before them.

    *options* of SOL_PACKET are set before the ring is made. Not applicable where headers have no other size than 10.
    """
    return rings.transmit(end, version, LARGE, options={**header_option(size), **(options or {})})


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
    """Fill a slot with a frame that lies where the slot's header is, to which PACKET_TX_HAS_OFF lets it point."""
    slot = ring.fill(index, frames.ethernet().data)
    slot.header.tp_mac = slot.header.tp_net = ring.data_offset - 1


FAULTS = {too_long: EMSGSIZE, above_mtu: EMSGSIZE, too_short: EINVAL, with_next: EINVAL, misplaced: EINVAL}
faults = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)


def three(ring, fault, good):
    """Request three slots from the cursor on, the second one invalid; with PACKET_TX_HAS_OFF they have data offsets."""
    for index, frame in zip((0, 2), good, strict=True):
        ring.fill(index, frame.data, ring.data_offset)
    fault(ring, 1)
    if fault is not misplaced:
        ring.slot(1).header.tp_mac = ring.slot(1).header.tp_net = ring.data_offset
    for index in range(3):
        ring.slot(index).status = TP_STATUS_SEND_REQUEST
