"""What the clauses about making rings share: the cases, the sources, a socket ready for the request."""

from helpers import wait
from helpers.ring_pool import RingMaker
from helpers.rings import V3, BlockRing, Rings, SlotRing, Version
from helpers.socket_pool import Sockets
from helpers.uapi.if_packet import PACKET_RX_RING, PACKET_TX_RING
from helpers.uapi.socket import SOCK_RAW

RING = "src:net/packet/af_packet.c:packet_set_ring"
ALLOC = "src:net/packet/af_packet.c:alloc_pg_vec"
SET = "src:net/packet/af_packet.c:packet_setsockopt"
MMAP = "src:net/packet/af_packet.c:packet_mmap"
DOC = "doc:networking/packet_mmap.rst"
BOTH = (PACKET_RX_RING, PACKET_TX_RING)
SETS = ["option:PACKET_RX_RING:set", "option:PACKET_TX_RING:set"]
ERRORS = ["option:PACKET_RX_RING:error", "option:PACKET_TX_RING:error"]
INVALID = [*ERRORS, "errno:setsockopt:EINVAL"]
BUSY = [*ERRORS, "errno:setsockopt:EBUSY"]
EFFECTS = ["option:PACKET_RX_RING:effect", "option:PACKET_TX_RING:effect"]


def other(ring: int) -> int:
    """Return the other of the two options."""
    return PACKET_RX_RING + PACKET_TX_RING - ring


def ready(
    rings: RingMaker,
    sockets: Sockets,
    version: Version,
    options: dict[int, int] | None = None,
    type: int = SOCK_RAW,  # noqa: A002  (the man page's name)
) -> Rings:
    """Return the rings, none yet, of a new socket that receives nothing, with *version* and *options* set."""
    socket = sockets.packet(type)
    for option, value in (options or {}).items():
        socket.enable(option, value)
    made = rings.on(socket, version)
    made.must.set_version()
    return made


def arrived(ring: SlotRing | BlockRing, count: int) -> list[bytes]:
    """Return the data of *count* frames, slot after slot or block after block from the first one on."""
    found = []
    while len(found) < count:
        unit = wait.until(ring.take, f"{count} frames in the ring")
        found += [slot.data for slot in (unit.slots() if ring.version is V3 else [unit])]
    return found
