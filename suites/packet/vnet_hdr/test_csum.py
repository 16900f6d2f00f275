"""PACKET_VNET_HDR: frames that are sent with a partial checksum."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import header_sizes
from helpers.net import frames, ip_frames
from helpers.net.frames import OWN
from helpers.packet.virtio_frames import EMPTY, asking, headed, summed, transport_is_right
from helpers.syscall import refused, returned
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_DATA_VALID,
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_TCPV6,
    virtio_net_hdr,
)

TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"
PARSE = "src:net/packet/af_packet.c:__packet_snd_vnet_parse"
UAPI = "uapi:linux/virtio_net.h"
NEEDS = VIRTIO_NET_HDR_F_NEEDS_CSUM


def checked(start, offset, hdr_len=0):
    """Return the header that requests a checksum from *start* on, to be written *offset* bytes behind that."""
    return bytes(virtio_net_hdr(NEEDS, 0, hdr_len, 0, start, offset))


@clause(since="2.6.34", level="uapi", refs=[UAPI, TO_SKB])
@pytest.mark.parametrize(("protocol", "version"), [(IPPROTO_UDP, 4), (IPPROTO_TCP, 4), (IPPROTO_TCP, 6)])
@header_sizes
def test_the_checksum_is_completed_for_a_link_that_cannot(tap, size, protocol, version):
    """With NEEDS_CSUM the checksum is completed for a link that computes none; the rest of the frame is unchanged."""
    sender, frame = headed(tap, size), ip_frames.frame(protocol, version, size=101, partial=True)
    header = bytes(asking(protocol, version)).ljust(size, b"\0")

    result = sender.send(header + frame.data)

    assert result == returned(size + len(frame))
    (left,) = tap.left()
    at = ip_frames.transport_at(version) + ip_frames.checksum_offset(protocol)
    assert transport_is_right(left, protocol, version)
    assert left[:at] + left[at + 2 :] == frame.data[:at] + frame.data[at + 2 :]


@clause(since="2.6.34", level="uapi", refs=[UAPI, TO_SKB])
@pytest.mark.parametrize(("start", "offset"), [(20, 0), (34, 6), (35, 7), (58, 0), (50, 8)])
def test_the_checksum_is_that_of_all_from_csum_start_on(tap, start, offset):
    """The checksum of all bytes from csum_start on is written csum_offset bytes behind it, whatever the frame is."""
    sender, frame = headed(tap), frames.ethernet(size=60)

    result = sender.send(checked(start, offset) + frame.data)

    assert result == returned(70)
    assert tap.left() == [summed(frame.data, start, offset)]


@clause(since="4.6", level="source", refs=[PARSE, TO_SKB], covers=["errno:sendto:EINVAL"])
@pytest.mark.parametrize("start", [20, 40, 58])
@header_sizes
def test_the_checksum_lies_within_the_frame(loopback, size, start):
    """The checksum may be the last two bytes of the frame; one byte further is refused with EINVAL, and not sent."""
    sender, receiver = headed(loopback, size), loopback.packet_socket(protocol=OWN)
    lost, frame = frames.ethernet(size=60), frames.ethernet(size=60)

    def header(offset):
        return checked(start, offset).ljust(size, b"\0")

    assert sender.send(header(59 - start) + lost.data) == refused(EINVAL)
    assert sender.send(header(58 - start) + frame.data) == returned(60 + size)
    assert [packet.data for packet in receiver.heard_until(frame)] == [frame.data]


@clause(since="4.6", level="source", refs=[PARSE, TO_SKB], covers=["errno:sendto:EINVAL"])
@pytest.mark.parametrize(
    ("start", "offset"), [(0xFFFF, 0), (20, 0xFFFF), (20, 65514), (0xFFFF, 0xFFFF), (0x8000, 0x8000)]
)
def test_no_sum_of_start_and_offset_is_too_large_to_be_seen(loopback, start, offset):
    """csum_start and csum_offset far beyond the frame are refused with EINVAL, even if their sum exceeds 16 bits."""
    sender, frame = headed(loopback), frames.ethernet(size=60)

    assert sender.send(checked(start, offset) + frame.data) == refused(EINVAL)
    assert sender.send(checked(20, 0) + frame.data) == returned(70)


@clause(since="6.12", level="source", refs=[TO_SKB], covers=["errno:sendto:EINVAL"])
def test_a_checksum_starts_behind_an_ip_header(loopback):
    """csum_start is 20 at least, which leaves no room for Ethernet before the IP header; 19 is refused with EINVAL."""
    sender, frame = headed(loopback), frames.ethernet(size=80)

    assert [sender.send(checked(start, 0) + frame.data) for start in (0, 14, 19)] == [refused(EINVAL)] * 3
    assert sender.send(checked(20, 0) + frame.data) == returned(90)


@clause(since="6.12", level="source", refs=[TO_SKB], covers=["errno:sendto:EINVAL"])
def test_a_tcp_checksum_over_ipv6_starts_behind_40_bytes(loopback):
    """With GSO_TCPV6 csum_start is 40 at least; 39 is refused with EINVAL."""
    sender, frame = headed(loopback), frames.ethernet(size=80)

    def header(start):
        return bytes(virtio_net_hdr(NEEDS, VIRTIO_NET_HDR_GSO_TCPV6, 0, 1000, start, 16))

    assert sender.send(header(39) + frame.data) == refused(EINVAL)
    assert sender.send(header(40) + frame.data) == returned(90)


@clause(since="2.6.34", level="uapi", refs=[UAPI, TO_SKB])
def test_only_needs_csum_asks_for_a_checksum(tap):
    """Without NEEDS_CSUM a frame is sent unchanged, even with DATA_VALID and a csum_start."""
    sender, frame = headed(tap), ip_frames.frame(IPPROTO_UDP, partial=True)

    results = [
        sender.send(bytes(asking(IPPROTO_UDP, flags=flags)) + frame.data) for flags in (0, VIRTIO_NET_HDR_F_DATA_VALID)
    ]

    assert results == [returned(10 + len(frame))] * 2
    assert tap.left() == [frame.data] * 2


@clause(since="2.6.34", level="source", refs=[UAPI, "src:net/packet/af_packet.c:packet_rcv_vnet"])
def test_a_link_that_completes_checksums_passes_the_request_on(wire):
    """Over a link with checksum offload frame and request arrive as they were sent: NEEDS_CSUM, start, offset."""
    sender, receivers = headed(wire.left), [headed(wire.right, protocol=OWN), wire.right.packet_socket(protocol=OWN)]
    frame = frames.ethernet(size=60)

    result = sender.send(checked(30, 9, hdr_len=50) + frame.data)

    assert result == returned(70)
    assert [socket.receive(frame.marker).data for socket in receivers] == [checked(30, 9) + frame.data, frame.data]


@clause(since="2.6.34", level="uapi", refs=[UAPI, TO_SKB])
def test_each_frame_has_its_own_header(tap):
    """The header of one frame has no effect on the next."""
    sender, frame = headed(tap), frames.ethernet(size=60)

    for header in (checked(30, 9), EMPTY):
        assert sender.send(header + frame.data) == returned(70)

    assert tap.left() == [summed(frame.data, 30, 9), frame.data]
