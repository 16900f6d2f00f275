"""What the clauses of receive rings share: frames for a ring, where one lies in its slot, and its status bits.

Source: ``uapi/linux/if_packet.h``, ``net/packet/af_packet.c:tpacket_rcv``.
"""

from helpers.net import frames
from helpers.net.frames import OWN, Frame
from helpers.net.wire import Wire
from helpers.rings import Geometry, Version
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import TP_STATUS_TS_SOFTWARE, TPACKET_ALIGN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

LINK_HEADER_ROOM = 16  # bytes kept before the network header, at least
NEVER = 60_000  # ms: no block is handed over for its age
PATIENT = Geometry(retire_blk_tov=NEVER)
SIZE = 1000  # bytes of a frame of which three fit a block of a page


def send(wire: Wire, count: int, size: int | None = SIZE) -> list[Frame]:
    """Send *count* frames from the left end and return them."""
    sent = [frames.ethernet(size=size) for _ in range(count)]
    wire.left.inject(*sent)
    return sent


class Feed:
    """Frames of *size* bytes for a ring of the right end that is made later.

    The socket that shows it was there before the ring: a frame comes to the latest socket first.
    """

    def __init__(self, wire: Wire, size: int | None = SIZE) -> None:
        self._wire, self._size = wire, size
        self._watcher = wire.right.packet_socket(protocol=OWN)

    def __call__(self, count: int) -> list[Frame]:
        """Send *count* frames and return them when the ring has seen them all."""
        sent = send(self._wire, count, self._size)
        for frame in sent:
            self._watcher.receive(frame.marker)
        return sent


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


def aligned(length: int) -> int:
    """Round up to 8, as frames and private areas in a block are."""
    return length + 7 & ~7


def status(slot: object) -> int:
    """Return tp_status but for the bit of the time stamp's source: any program may switch stamps on."""
    return slot.status & ~TP_STATUS_TS_SOFTWARE
