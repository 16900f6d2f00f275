"""PACKET_VNET_HDR: how much of a frame the kernel keeps linear, as hdr_len requests and reports."""

import fcntl
import resource

import pytest

from fixtures.clauses import clause
from helpers.net import ip_frames
from helpers.packet.virtio_frames import asking, headed
from helpers.syscall import returned
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_tun import IFF_TUN, TUN_F_CSUM, TUN_F_TSO4, TUNSETOFFLOAD
from helpers.uapi.in_ import IPPROTO_TCP
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_TCPV4, virtio_net_hdr

ALLOC = "src:net/packet/af_packet.c:packet_alloc_skb"
FROM_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_from_skb"
PAGE = resource.getpagesize()
LO_HEADROOM = 16  # bytes before a frame on loopback: a header of 14, rounded up
HEADERS = 54  # bytes of Ethernet, IPv4 and TCP


@clause(since="4.6", level="source", refs=[ALLOC, FROM_SKB])
@pytest.mark.parametrize("hdr_len", [54, 60, 2000])
def test_of_a_frame_longer_than_a_page_hdr_len_is_in_one_piece(wire, hdr_len):
    """Of a frame longer than a page the sender's hdr_len is kept linear, and reported to the receiver as hdr_len."""
    sender, receiver = headed(wire.left), headed(wire.right, protocol=ETH_P_ALL)
    frame = ip_frames.frame(IPPROTO_TCP, size=40000, partial=True)
    request = asking(IPPROTO_TCP, 4, VIRTIO_NET_HDR_GSO_TCPV4, 900, hdr_len=hdr_len)

    result = sender.send(bytes(request) + frame.data)

    assert result == returned(10 + len(frame))
    assert receiver.receive(frame.marker).data == bytes(request) + frame.data


@clause(since="4.6", level="source", refs=[ALLOC, FROM_SKB])
@pytest.mark.parametrize("more", [-1, 0])
def test_a_frame_that_fits_a_page_is_in_one_piece(loopback, more):
    """A frame that with its headroom is shorter than a page is linear; with one byte more only hdr_len is."""
    sender, receiver = headed(loopback), headed(loopback, protocol=ETH_P_IP)
    size = PAGE - LO_HEADROOM + more
    frame = ip_frames.frame(IPPROTO_TCP, size=size - HEADERS, partial=True)
    request = asking(IPPROTO_TCP, 4, VIRTIO_NET_HDR_GSO_TCPV4, 900, hdr_len=100)

    result = sender.send(bytes(request) + frame.data)

    request.hdr_len = size if more < 0 else 100
    assert result == returned(10 + size)
    assert receiver.receive(frame.marker).data == bytes(request) + frame.data


@clause(since="4.6", level="source", refs=[ALLOC, FROM_SKB])
def test_without_any_header_all_is_in_one_piece(taps):
    """On a link without link-layer header a frame of any length whose hdr_len is 0 is linear."""
    tun = taps(IFF_TUN)
    fcntl.ioctl(tun.fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)
    sender, receiver = headed(tun), headed(tun, protocol=ETH_P_ALL)
    packet = ip_frames.frame(IPPROTO_TCP, size=3 * PAGE).data[ETH_HLEN:]
    request = virtio_net_hdr(gso_type=VIRTIO_NET_HDR_GSO_TCPV4, gso_size=900)

    result = sender.send(bytes(request) + packet)

    assert result == returned(10 + len(packet))
    assert virtio_net_hdr.from_buffer_copy(receiver.receive(packet[40:56]).data).hdr_len == len(packet)
