"""PACKET_VNET_HDR and PACKET_VNET_HDR_SZ: the header that a sender puts before its frame."""

import pytest

from fixtures.clauses import clause
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.packet.virtio_frames import EMPTY, headed
from helpers.syscall import returned
from helpers.uapi.if_packet import PACKET_VNET_HDR
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_DATA_VALID,
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    virtio_net_hdr,
)

PARSE = "src:net/packet/af_packet.c:packet_snd_vnet_parse"
SND = "src:net/packet/af_packet.c:packet_snd"
UAPI = "uapi:linux/virtio_net.h"
EFFECT = ["option:PACKET_VNET_HDR:effect"]


@clause(since="2.6.34", level="uapi", refs=["man:packet(7)", UAPI, PARSE], covers=EFFECT)
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "by-address"])
def test_the_header_is_taken_off(wire, bound):
    """With PACKET_VNET_HDR the 10 bytes before a frame are not sent, but counted in the return value."""
    sender, receiver = headed(wire.left, 10, bound), wire.right.packet_socket(protocol=OWN)
    frame, name = frames.ethernet(), None if bound else address(wire.left.ifindex, OWN)

    result = sender.sendmsg(Message([EMPTY + frame.data], name).header)

    assert result == returned(10 + len(frame))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="6.4", level="uapi", refs=[UAPI, PARSE], covers=["option:PACKET_VNET_HDR_SZ:effect"])
@pytest.mark.parametrize("size", [10, 12])
def test_the_header_has_the_size_that_was_set(wire, size):
    """PACKET_VNET_HDR_SZ makes 10 or 12 bytes before a frame its header; the last two have no meaning."""
    sender, receiver = headed(wire.left, size), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet()

    result = sender.send(EMPTY + b"\xff\xff"[: size - 10] + frame.data)

    assert result == returned(size + len(frame))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.6.34", level="source", refs=[PARSE], covers=EFFECT)
def test_switched_off_there_is_no_header(wire):
    """Once PACKET_VNET_HDR is off again every byte is part of the frame."""
    sender, receiver = headed(wire.left, 10), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet()
    sender.enable(PACKET_VNET_HDR, 0)

    assert sender.send(frame.data) == returned(len(frame))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.6.34", level="source", refs=[PARSE, SND])
def test_header_and_frame_may_come_in_pieces(wire):
    """The header may span several pieces, and a piece may hold the end of it and some of the frame."""
    sender, receiver = headed(wire.left, 10), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet()
    whole = EMPTY + frame.data

    result = sender.sendmsg(Message([whole[:3], whole[3:9], whole[9:20], whole[20:]]).header)

    assert result == returned(len(whole))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.6.34", level="source", refs=["src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"])
@pytest.mark.parametrize("flags", [VIRTIO_NET_HDR_F_DATA_VALID, 0xFF & ~VIRTIO_NET_HDR_F_NEEDS_CSUM])
def test_other_flags_and_unused_fields_mean_nothing(loopback, flags):
    """Without NEEDS_CSUM and GSO type the other flags, gso_size, csum_start and csum_offset may have any value."""
    sender, receiver = headed(loopback, 10), headed(loopback, 10, protocol=OWN)
    frame = frames.ethernet()

    result = sender.send(bytes(virtio_net_hdr(flags, 0, 0, 0xFFFF, 1000, 1000)) + frame.data)

    assert result == returned(10 + len(frame))
    assert receiver.receive(frame.marker).data == EMPTY + frame.data
