"""Transmit rings with a virtio header before each frame, for the clauses of PACKET_VNET_HDR on rings."""

from helpers.net.wire import End
from helpers.packet.virtio_frames import header_option
from helpers.ring_pool import RingMaker
from helpers.rings import V2, Geometry, TransmitRing, Version

LARGE = Geometry(block_size=16384, frame_size=8192)


def heading(
    rings: RingMaker, end: End, size: int = 10, version: Version = V2, options: dict[int, int] | None = None
) -> TransmitRing:
    """Return a transmit ring on *end*, its slots LARGE, whose frames have a virtio header of *size* bytes before them.

    *options* of SOL_PACKET are set before the ring is made. Not applicable where headers have no other size than 10.
    """
    return rings.transmit(end, version, LARGE, options={**header_option(size), **(options or {})})
