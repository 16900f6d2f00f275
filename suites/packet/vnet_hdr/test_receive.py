"""PACKET_VNET_HDR and PACKET_VNET_HDR_SZ: the header that a receiver gets before each frame."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import header_sizes
from helpers.memory import Buffer
from helpers.net import frames, ip_frames
from helpers.net.frames import OWN
from helpers.packet.virtio_frames import EMPTY, asking, headed
from helpers.receive_queues import queued
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_OUTGOING, PACKET_VNET_HDR
from helpers.uapi.if_tun import IFF_NAPI, IFF_TAP, IFF_VNET_HDR
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.socket import MSG_DONTWAIT
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_DATA_VALID,
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP,
    VIRTIO_NET_HDR_GSO_UDP_L4,
    virtio_net_hdr,
)

RCV = "src:net/packet/af_packet.c:packet_rcv_vnet"
FROM_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_from_skb"
UAPI = "uapi:linux/virtio_net.h"
EFFECT = ["option:PACKET_VNET_HDR:effect"]


@clause(since="2.6.34", level="uapi", refs=["man:packet(7)", UAPI, RCV], covers=EFFECT)
@header_sizes
def test_a_plain_frame_has_a_header_of_zeros(loopback, size):
    """A frame without any offload comes after a header of zeros, which counts in the return value."""
    receiver, frame = headed(loopback, size, protocol=OWN), frames.ethernet()
    loopback.inject(frame)
    buffer = Buffer(100)

    result = receiver.recv(buffer.array, 100)

    assert result == returned(size + len(frame))
    assert bytes(buffer[: result.value]) == bytes(size) + frame.data
    assert buffer.untouched(result.value)


@clause(since="2.6.34", level="source", refs=[RCV])
def test_the_header_belongs_to_the_call_not_to_the_frame(loopback):
    """Frames that were queued before the option is set have the header too, and none once it is off."""
    first, second = frames.ethernet(), frames.ethernet()
    receiver = queued(loopback, first, second)

    receiver.enable(PACKET_VNET_HDR)
    with_it = receiver.take()
    receiver.enable(PACKET_VNET_HDR, 0)
    without = receiver.take()

    assert (with_it.data, without.data) == (EMPTY + first.data, second.data)


KINDS = pytest.mark.parametrize(
    ("gso_type", "protocol", "version"),
    [
        (VIRTIO_NET_HDR_GSO_TCPV4, IPPROTO_TCP, 4),
        (VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN, IPPROTO_TCP, 4),
        (VIRTIO_NET_HDR_GSO_TCPV6, IPPROTO_TCP, 6),
        (VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN, IPPROTO_TCP, 6),
        (VIRTIO_NET_HDR_GSO_UDP_L4, IPPROTO_UDP, 4),
    ],
    ids=["tcpv4", "tcpv4-ecn", "tcpv6", "tcpv6-ecn", "udp_l4"],
)


@clause(since="6.2", level="uapi", refs=[UAPI, FROM_SKB], covers=EFFECT)
@KINDS
@header_sizes
def test_a_frame_to_be_divided_says_so(wire, size, gso_type, protocol, version):
    """A frame with pending offloads is received whole after its header: type, gso_size, csum_start and csum_offset."""
    sender, (leaving, arriving) = (
        headed(wire.left),
        [headed(end, size, protocol=ETH_P_ALL) for end in (wire.left, wire.right)],
    )
    frame = ip_frames.frame(protocol, version, size=2500, partial=True)

    sender.must.send(bytes(asking(protocol, version, gso_type, 900)) + frame.data)
    found = [socket.receive(frame.marker) for socket in (leaving, arriving)]

    request = asking(protocol, version, gso_type, 900, hdr_len=len(frame))
    assert [packet.data for packet in found] == [bytes(request).ljust(size, b"\0") + frame.data] * 2
    assert [packet.value for packet in found] == [size + len(frame)] * 2
    assert found[0].address.sll_pkttype == PACKET_OUTGOING


@clause(since="2.6.34", level="uapi", refs=[UAPI, FROM_SKB])
@pytest.mark.parametrize("good", [True, False], ids=["right", "wrong"])
def test_a_checksum_that_was_found_right_is_data_valid(taps, good):
    """A frame whose checksum the receiving side has verified has DATA_VALID; one with a wrong checksum has no flag."""
    tap = taps(IFF_TAP | IFF_NAPI)
    receiver, frame = headed(tap, protocol=ETH_P_ALL), ip_frames.frame(IPPROTO_TCP, size=40)
    data = frame.data if good else frame.data[:-1] + b"\xee"

    tap.arrive(data)

    header = virtio_net_hdr(VIRTIO_NET_HDR_F_DATA_VALID if good else 0)
    assert receiver.receive(frame.marker).data == bytes(header) + data


@clause(since="4.20", level="source", refs=[RCV, FROM_SKB], covers=["errno:recvfrom:EINVAL"])
def test_a_frame_that_the_header_cannot_describe_is_refused_with_einval(taps):
    """A frame for segmentation by GSO_UDP, which has no type on receive, fails with EINVAL and is lost."""
    tap = taps(IFF_TAP | IFF_VNET_HDR)
    receivers = headed(tap, protocol=ETH_P_ALL), tap.packet_socket()
    odd, plain = ip_frames.frame(IPPROTO_UDP, size=2500, partial=True), frames.ethernet()

    tap.arrive(bytes(asking(IPPROTO_UDP, 4, VIRTIO_NET_HDR_GSO_UDP, 1000)) + odd.data, EMPTY + plain.data)

    assert receivers[0].recv(bytearray(4000), 4000, MSG_DONTWAIT) == refused(EINVAL)
    assert receivers[0].receive(plain.marker).data == EMPTY + plain.data
    assert receivers[1].receive(odd.marker).data == odd.data
