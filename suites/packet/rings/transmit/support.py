"""What the clauses of transmit rings share: the sources, and how slots are tried.

Source: Documentation/networking/packet_mmap.rst, ``net/packet/af_packet.c:tpacket_snd``.
"""

import contextlib

from helpers import wait
from helpers.net import frames
from helpers.net.frames import Frame
from helpers.rings import TransmitRing
from helpers.syscall import Result
from helpers.uapi.if_packet import TP_STATUS_SEND_REQUEST

SND = "src:net/packet/af_packet.c:tpacket_snd"
HEADER = "src:net/packet/af_packet.c:tpacket_parse_header"
FILL = "src:net/packet/af_packet.c:tpacket_fill_skb"
DOC = "doc:networking/packet_mmap.rst"
EFFECT = ["option:PACKET_TX_RING:effect"]


def statuses(ring: TransmitRing) -> list[int]:
    """Return the status of every slot."""
    return [ring.slot(index).status for index in range(len(ring))]


def begun(ring: TransmitRing) -> list[int]:
    """Return the status of every slot when the frame of the first one is gone, which the link passes at once.

    That is when the other end of the wire takes it, which may be after the send.
    """
    with contextlib.suppress(wait.DeadlineError):  # then the statuses tell
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
