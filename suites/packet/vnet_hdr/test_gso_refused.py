"""PACKET_VNET_HDR: which segmentation requests are refused, each with one fault."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net import ip_frames
from helpers.packet.virtio_frames import asking, tcp, udp
from helpers.syscall import refused
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP,
    VIRTIO_NET_HDR_GSO_UDP_L4,
    VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4,
)
from suites.packet.vnet_hdr.support import trying

TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"
TCP4, TCP6 = VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6
UDP, UFO, ECN = VIRTIO_NET_HDR_GSO_UDP_L4, VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_ECN
EINVALS = ["errno:sendto:EINVAL"]
MOST = 128  # segments of a UDP datagram


@pytest.fixture
def try_(loopback):
    """A function that sends a frame after a header; returns whether it came, or the refusal when nothing came."""
    return trying(loopback)


@clause(since="2.6.34", level="source", refs=[TO_SKB, "uapi:linux/virtio_net.h"], covers=EINVALS)
@pytest.mark.parametrize(
    "gso_type", [2, 6, ECN, 0x7F, TCP4 | VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4], ids=["2", "6", "ecn", "7f", "tunnel"]
)
def test_an_unknown_gso_type_is_refused(try_, gso_type):
    """A GSO type that the header does not define is refused with EINVAL, and so is ECN without a type."""
    assert try_(asking(IPPROTO_TCP, 4, gso_type, 500), tcp()) == refused(EINVAL)
    assert try_(asking(IPPROTO_TCP, 4, TCP4, 500), tcp()) is True


@clause(since="6.2", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize(
    ("gso_type", "make", "protocol", "least"),
    [(TCP4, tcp, IPPROTO_TCP, 1), (UFO, udp, IPPROTO_UDP, 708), (UDP, udp, IPPROTO_UDP, 6)],
    ids=["tcpv4", "udp", "udp_l4"],
)
def test_gso_size_is_not_0(try_, gso_type, make, protocol, least):
    """A gso_size of 0 is refused with EINVAL."""
    assert try_(asking(protocol, 4, gso_type, 0), make()) == refused(EINVAL)
    assert try_(asking(protocol, 4, gso_type, least), make()) is True


@clause(since="6.12", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize(("gso_type", "make", "protocol"), [(TCP4, tcp, IPPROTO_TCP), (UDP, udp, IPPROTO_UDP)])
def test_gso_size_is_not_65535(try_, gso_type, make, protocol):
    """A gso_size of 65535, which means something else within the kernel, is refused with EINVAL; 65534 is not."""
    assert try_(asking(protocol, 4, gso_type, 0xFFFF), make()) == refused(EINVAL)
    assert try_(asking(protocol, 4, gso_type, 0xFFFE), make()) is True


@clause(since="6.11", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize(
    ("gso_type", "make", "protocol", "version"),
    [(TCP4, tcp, IPPROTO_TCP, 4), (TCP6, tcp, IPPROTO_TCP, 6), (UDP, udp, IPPROTO_UDP, 4)],
    ids=["tcpv4", "tcpv6", "udp_l4"],
)
@pytest.mark.parametrize("more", [-2, 2])
def test_csum_offset_is_that_of_the_protocol(try_, more, gso_type, make, protocol, version):
    """With NEEDS_CSUM csum_offset is 16 for TCP and 6 for UDP_L4; any other is refused with EINVAL."""
    offset = ip_frames.checksum_offset(protocol)

    bad = asking(protocol, version, gso_type, 500, csum_offset=offset + more)

    assert try_(bad, make(version)) == refused(EINVAL)
    assert try_(asking(protocol, version, gso_type, 500), make(version)) is True


@clause(since="6.2", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize(("gso_type", "flags"), [(UDP, 0), (UDP | ECN, 1)], ids=["plain", "ecn"])
def test_udp_l4_needs_its_checksum_and_knows_no_ecn(try_, gso_type, flags):
    """UDP_L4 is refused with EINVAL without NEEDS_CSUM, and with ECN."""
    assert try_(asking(IPPROTO_UDP, 4, gso_type, 500, flags=flags), udp()) == refused(EINVAL)
    assert try_(asking(IPPROTO_UDP, 4, UDP, 500), udp()) is True


@clause(since="6.11", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize("gso_size", [1, 10])
def test_udp_l4_has_128_segments_at_most(try_, gso_size):
    """UDP_L4 is refused with EINVAL where it would take more than 128 segments (UDP_MAX_SEGMENTS)."""
    header = asking(IPPROTO_UDP, 4, UDP, gso_size)

    assert try_(header, udp(size=MOST * gso_size + 1)) == refused(EINVAL)
    assert try_(header, udp(size=MOST * gso_size)) is True
