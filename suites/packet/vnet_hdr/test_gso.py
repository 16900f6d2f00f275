"""PACKET_VNET_HDR: frames that the sender leaves to the link, or the kernel, to segment."""

import struct
from errno import EMSGSIZE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import gso_types, header_sizes
from helpers.net import ip_frames
from helpers.packet.packet_socket import address
from helpers.packet.virtio_frames import TCP4, TCP6, UDP, asking, headed, payload, split, transport_is_right
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import PACKET_OUTGOING
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_ECN, VIRTIO_NET_HDR_GSO_UDP

TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"
SND = "src:net/packet/af_packet.c:packet_snd"
UAPI = "uapi:linux/virtio_net.h"
HEADER = {IPPROTO_TCP: 20, IPPROTO_UDP: 8}


@clause(since="6.2", level="uapi", refs=[UAPI, TO_SKB])
@gso_types
@header_sizes
def test_a_long_frame_is_divided(tap, size, gso_type, protocol, version):
    """With a GSO type a frame beyond the MTU leaves in segments of gso_size and a rest, with valid checksums."""
    divided(tap, size, gso_type, protocol, version)


@clause(since="6.18", level="uapi", refs=[UAPI, TO_SKB])
def test_udp_over_ipv6_is_divided(tap):
    """UDP_L4 segments a long IPv6 frame as it does an IPv4 one."""
    divided(tap, 10, UDP, IPPROTO_UDP, 6)


def divided(tap, size, gso_type, protocol, version):
    """Assert that a frame of 3500 bytes of payload leaves in segments of 1000."""
    sender, frame = headed(tap, size), ip_frames.frame(protocol, version, size=3500, partial=True)
    header = bytes(asking(protocol, version, gso_type, 1000)).ljust(size, b"\0")

    result = sender.send(header + frame.data)

    assert result == returned(size + len(frame))
    segments, start = tap.left(), ip_frames.transport_at(version) + HEADER[protocol]
    assert [data[start:] for data in segments] == split(payload(frame, HEADER[protocol], version), 1000)
    assert [transport_is_right(data, protocol, version) for data in segments] == [True] * 4
    assert {data[:14] for data in segments} == {frame.data[:14]}


@clause(since="4.6", level="source", refs=[SND], covers=["errno:sendto:EMSGSIZE"])
def test_only_a_gso_type_excuses_a_frame_beyond_the_mtu(tap):
    """Without GSO type a frame beyond the MTU is refused with EMSGSIZE, however small gso_size is."""
    sender, frame = headed(tap), ip_frames.frame(IPPROTO_TCP, size=3500, partial=True)

    assert sender.send(bytes(asking(IPPROTO_TCP, 4, 0, 1000)) + frame.data) == refused(EMSGSIZE)
    assert tap.left() == []
    assert sender.send(bytes(asking(IPPROTO_TCP, 4, TCP4, 1000)) + frame.data) == returned(10 + len(frame))


@clause(since="2.6.34", level="uapi", refs=[UAPI, TO_SKB])
@pytest.mark.parametrize(("gso_type", "version"), [(TCP4, 4), (TCP6, 6)], ids=["tcpv4", "tcpv6"])
def test_tcp_is_divided_without_needs_csum_too(tap, gso_type, version):
    """A TCP frame is segmented even if the header requests no checksum; the segments have valid ones all the same."""
    sender, frame = headed(tap), ip_frames.frame(IPPROTO_TCP, version, size=2500)
    header = bytes(asking(IPPROTO_TCP, version, gso_type, 1000, flags=0, csum_start=0, csum_offset=0))

    result = sender.send(header + frame.data)

    assert result == returned(10 + len(frame))
    segments, start = tap.left(), ip_frames.transport_at(version) + 20
    assert [data[start:] for data in segments] == split(payload(frame, 20, version), 1000)
    assert [transport_is_right(data, IPPROTO_TCP, version) for data in segments] == [True] * 3


@clause(since="2.6.34", level="uapi", refs=[UAPI, TO_SKB])
@pytest.mark.parametrize("needs", [True, False], ids=["needs_csum", "plain"])
def test_gso_udp_divides_into_ip_fragments(tap, needs):
    """GSO_UDP splits a datagram into IP fragments that fit gso_size, the UDP header only in the first."""
    sender, frame = headed(tap), ip_frames.frame(IPPROTO_UDP, size=2500, partial=needs)
    header = asking(IPPROTO_UDP, 4, VIRTIO_NET_HDR_GSO_UDP, 1000, flags=int(needs))

    result = sender.send(bytes(header) + frame.data)

    assert result == returned(10 + len(frame))
    fragments = [(data[34:], *struct.unpack_from("!H", data, 20)) for data in tap.left()]
    whole, more = b"".join(data for data, _ in fragments), 0x2000
    assert [(len(data), word & 0x3FFF) for data, word in fragments] == [(1000, more), (1000, more | 125), (508, 250)]
    assert transport_is_right(frame.data[:34] + whole, IPPROTO_UDP)
    assert whole[8:] == payload(frame, 8)


@clause(since="6.2", level="source", refs=["src:include/linux/virtio_net.h:virtio_net_hdr_set_proto", SND])
@pytest.mark.parametrize(
    ("gso_type", "protocol", "shown"),
    [
        (TCP4, IPPROTO_TCP, ETH_P_IP),
        (TCP4 | VIRTIO_NET_HDR_GSO_ECN, IPPROTO_TCP, ETH_P_IP),
        (TCP6, IPPROTO_TCP, ETH_P_IPV6),
        (UDP, IPPROTO_UDP, ETH_P_IP),
    ],
)
@pytest.mark.parametrize("told", [0, 0x4321])
def test_the_gso_type_tells_the_protocol_where_nothing_else_does(loopback, told, gso_type, protocol, shown):
    """A frame of type 0 sent with protocol 0 has the protocol of its GSO type; one sent with a protocol has that."""
    sender, tap = headed(loopback, bound=False), loopback.packet_socket(protocol=ETH_P_ALL)
    version = 6 if shown == ETH_P_IPV6 else 4
    frame = ip_frames.frame(protocol, version, size=200, partial=True)
    nameless = frame.data[:12] + b"\0\0" + frame.data[14:]
    header = bytes(asking(protocol, version, gso_type, 500))

    result = sender.sendto(header + nameless, 0, address(loopback.ifindex, told))

    assert result == returned(10 + len(frame))
    packet = tap.receive(frame.marker)
    assert packet.address.sll_pkttype == PACKET_OUTGOING
    assert packet.address.sll_protocol == struct.unpack("=H", struct.pack("!H", told or shown))[0]
