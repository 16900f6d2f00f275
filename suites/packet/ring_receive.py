"""What the clauses of receive rings share: where a frame lies in its slot, and what its status says.

Source: ``uapi/linux/if_packet.h``, ``net/packet/af_packet.c:tpacket_rcv``.
"""

from helpers.rings import V3, Version
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import TP_STATUS_TS_SOFTWARE, TPACKET_ALIGN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

LINK_HEADER_ROOM = 16  # bytes kept before the network header, at least


def place(
    version: Version,
    type: int = SOCK_RAW,  # noqa: A002  (the man page's name)
    reserve: int = 0,
    link_header: int = ETH_HLEN,
) -> tuple[int, int]:
    """Return tp_mac and tp_net of a frame, in bytes from the start of its slot."""
    if type == SOCK_DGRAM:
        net = TPACKET_ALIGN(version.hdrlen) + LINK_HEADER_ROOM + reserve
        return net, net
    net = TPACKET_ALIGN(version.hdrlen + max(link_header, LINK_HEADER_ROOM)) + reserve
    return net - link_header, net


def aligned(length):
    """Round up to 8, as frames and private areas in a block are."""
    return length + 7 & ~7


def block_room(size):
    """Return the bytes that a frame of *size* takes in a block."""
    return aligned(place(V3)[0] + size)


def status(slot: object) -> int:
    """Return tp_status but for the bit that says who took the time stamp: any program may switch stamps on."""
    return slot.status & ~TP_STATUS_TS_SOFTWARE
