"""PACKET_VNET_HDR: frames that do not match the segmentation that is requested."""

from errno import EINVAL, ENOMEM

import pytest

from fixtures.clauses import clause
from helpers.net import frames, ip_frames
from helpers.net.frames import Frame
from helpers.net.qdiscs import tx_dropped
from helpers.packet.virtio_frames import asking, headed, tcp, udp
from helpers.syscall import refused, returned
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP,
    VIRTIO_NET_HDR_GSO_UDP_L4,
)
from suites.packet.vnet_hdr.support import trying

TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"
TCP4, TCP6 = VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6
UDP, UFO, ECN = VIRTIO_NET_HDR_GSO_UDP_L4, VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_ECN
EINVALS = ["errno:sendto:EINVAL"]
PLAIN = {"flags": 0, "csum_start": 0, "csum_offset": 0}


@pytest.fixture
def try_(loopback):
    """A function that sends a frame after a header; returns whether it came, or the refusal when nothing came."""
    return trying(loopback)


def with_tcp_length(data, words):
    """Return *data* with this many words as the length of a TCP header behind an IPv4 header."""
    return data[:46] + bytes([words << 4]) + data[47:]


@clause(since="5.12", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize("needs", [True, False], ids=["needs_csum", "plain"])
@pytest.mark.parametrize(
    ("gso_type", "protocol", "header"), [(TCP4, IPPROTO_TCP, 20), (UFO, IPPROTO_UDP, 8)], ids=["tcpv4", "udp"]
)
def test_the_frame_has_a_whole_transport_header(try_, gso_type, protocol, header, needs):
    """A frame that ends within its TCP or UDP header is refused with EINVAL; the header alone is enough."""
    fields = {} if needs else PLAIN
    whole = ip_frames.frame(protocol, size=16, partial=True).data[: 34 + header]
    request = asking(protocol, 4, gso_type, 500, **fields)

    assert try_(request, Frame(whole[:-1], b"", b"", 0)) == refused(EINVAL)
    assert try_(request, Frame(whole, whole[:34], b"", 0)) is True


@clause(since="5.12", level="source", refs=[TO_SKB], covers=EINVALS)
@pytest.mark.parametrize(
    ("gso_type", "make", "other"),
    [(TCP4, tcp, udp), (TCP6, lambda: tcp(6), lambda: udp(6)), (UFO, udp, tcp), (UFO, udp, frames.ethernet)],
    ids=["tcpv4-on-udp", "tcpv6-on-udp", "udp-on-tcp", "udp-on-ethernet"],
)
def test_without_needs_csum_the_frame_is_what_the_gso_type_says(try_, gso_type, make, other):
    """Without NEEDS_CSUM a frame of another protocol than the GSO type's is refused with EINVAL."""
    header = asking(IPPROTO_TCP, 4, gso_type, 2000, **PLAIN)

    assert try_(header, other()) == refused(EINVAL)
    assert try_(header, make()) is True


@clause(since="5.12", level="source", refs=[TO_SKB])
@pytest.mark.parametrize("version", [4, 6])
def test_gso_udp_is_of_either_ip_version(try_, version):
    """GSO_UDP is accepted for IPv4 and for IPv6, even without NEEDS_CSUM."""
    assert try_(asking(IPPROTO_UDP, version, UFO, 2000, **PLAIN), udp(version)) is True


@clause(
    since="5.12",
    level="source",
    refs=["src:net/packet/af_packet.c:packet_snd", "src:net/core/dev.c:__dev_queue_xmit"],
    covers=["errno:sendto:ENOMEM"],
)
def test_what_cannot_be_divided_is_refused_with_enomem(wire):
    """With NEEDS_CSUM a frame that is not IP may request segments; where the kernel has to make them: ENOMEM."""
    sender, data = headed(wire.left), with_tcp_length(frames.ethernet(size=900).data, 5)

    assert sender.send(bytes(asking(IPPROTO_TCP, 4, TCP4, 500)) + data) == refused(ENOMEM)
    assert sender.send(bytes(asking(IPPROTO_TCP, 4, TCP4, 1000)) + data) == returned(910)


@clause(since="7.2", level="source", refs=["src:net/core/dev.c:qdisc_pkt_len_segs_init"], covers=EINVALS)
@pytest.mark.parametrize("words", [0, 4])
def test_a_tcp_header_that_is_too_short_is_refused_with_einval(wire, words):
    """A frame to be segmented whose TCP header has a length below 5 words is refused with EINVAL, and dropped."""
    sender, frame = headed(wire.left), tcp(size=900)
    header = bytes(asking(IPPROTO_TCP, 4, TCP4, 500))
    before = tx_dropped(wire.left)

    refusal = sender.send(header + with_tcp_length(frame.data, words))
    dropped = tx_dropped(wire.left) - before

    assert (refusal, dropped) == (refused(EINVAL), 1)
    assert sender.send(header + with_tcp_length(frame.data, 5)) == returned(10 + len(frame))
