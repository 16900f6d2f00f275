"""Transmit rings: virtio headers in slots that are refused."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import header_sizes
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import unsent
from helpers.packet.virtio_frames import EMPTY
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import PACKET_LOSS, TP_STATUS_AVAILABLE, TP_STATUS_WRONG_FORMAT
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_F_NEEDS_CSUM, virtio_net_hdr
from suites.packet.rings.transmit.support import SND, heading

PARSE = "src:net/packet/af_packet.c:__packet_snd_vnet_parse"
TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"
EFFECT = ["option:PACKET_VNET_HDR:effect", "option:PACKET_TX_RING:effect"]
DONE, WRONG = TP_STATUS_AVAILABLE, TP_STATUS_WRONG_FORMAT
FAULTS = {
    "shorter-than-header": lambda size, frame: EMPTY[: size - 1],
    "nothing": lambda size, frame: b"",
    "no-frame": lambda size, frame: EMPTY.ljust(size, b"\0"),
    "no-link-header": lambda size, frame: EMPTY.ljust(size, b"\0") + frame[:13],
    "hdr_len": lambda size, frame: bytes(virtio_net_hdr(hdr_len=len(frame) + 1)).ljust(size, b"\0") + frame,
    "checksum-behind": lambda size, frame: (
        bytes(virtio_net_hdr(VIRTIO_NET_HDR_F_NEEDS_CSUM, csum_start=40, csum_offset=5)).ljust(size, b"\0") + frame
    ),
    "gso-type": lambda size, frame: bytes(virtio_net_hdr(gso_type=2)).ljust(size, b"\0") + frame,
}


def refuse(wire, rings, size, loss, slot):
    """Assert what becomes of a slot between two valid ones; *slot(size, frame)* is what is put into it."""
    ring = heading(rings, wire.left, size, options={PACKET_LOSS: loss})
    far, good = wire.right.packet_socket(protocol=OWN), [frames.ethernet() for _ in range(2)]
    header = EMPTY.ljust(size, b"\0")
    ring.put(header + good[0].data)
    wrong = ring.put(slot(size, frames.ethernet(size=46).data))
    ring.put(header + good[1].data)

    result, status = ring.kick(), wrong.status
    if not loss:
        ring.fill(1, header + good[0].data).status = 1
        ring.kick()

    assert (result, status) == ((returned(92), DONE) if loss else (refused(EINVAL), WRONG))
    heard = [packet.data for packet in far.heard_until(good[1])]
    assert heard == [good[0].data] * (1 if loss else 2) + [good[1].data]
    assert unsent(ring.socket) == 0


@clause(since="4.6", level="source", refs=[PARSE, SND, TO_SKB], covers=[*EFFECT, "errno:sendto:EINVAL"])
@header_sizes
@pytest.mark.parametrize("loss", [0, 1], ids=["", "loss"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_header_is_a_wrong_slot(wire, rings, size, loss, fault):
    """A slot too short for header and frame, or with a header that does not fit its frame: EINVAL, WRONG_FORMAT.

    With PACKET_LOSS it is skipped.
    """
    refuse(wire, rings, size, loss, FAULTS[fault])


@clause(since="6.12", level="source", refs=[TO_SKB], covers=[*EFFECT, "errno:sendto:EINVAL"])
@header_sizes
@pytest.mark.parametrize("loss", [0, 1], ids=["", "loss"])
def test_a_checksum_within_the_link_header_is_a_wrong_slot(wire, rings, size, loss):
    """A slot whose virtio header starts the checksum before the frame's data fails with EINVAL, WRONG_FORMAT."""
    early = bytes(virtio_net_hdr(VIRTIO_NET_HDR_F_NEEDS_CSUM, csum_start=1, csum_offset=0))

    refuse(wire, rings, size, loss, lambda size, frame: early.ljust(size, b"\0") + frame)
