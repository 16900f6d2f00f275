"""UDP and TCP frames: scapy, which is an opinion of its own, reads them as they are meant."""

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from helpers.net import ip_frames
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, virtio_net_hdr

CASES = pytest.mark.parametrize(
    ("protocol", "layer", "version"),
    [(IPPROTO_UDP, UDP, 4), (IPPROTO_TCP, TCP, 4), (IPPROTO_UDP, UDP, 6), (IPPROTO_TCP, TCP, 6)],
)


def rebuilt(data: bytes, layer: type) -> bytes:
    """Return the frame with lengths and checksums that scapy has computed."""
    packet = Ether(data)
    for part, names in ((IP, ("len", "chksum")), (IPv6, ("plen",)), (layer, ("len", "chksum"))):
        for name in names:
            if part in packet and hasattr(packet[part], name):
                delattr(packet[part], name)
    return bytes(packet)


@CASES
@pytest.mark.parametrize("size", [16, 17, 1000])
def test_lengths_and_checksums_are_right(protocol: int, layer: type, version: int, size: int) -> None:
    frame = ip_frames.frame(protocol, version, size)

    assert rebuilt(frame.data, layer) == frame.data
    assert bytes(Ether(frame.data)[layer].payload)[:16] == frame.marker
    assert frame.data[14:] == frame.payload


@CASES
def test_a_partial_checksum_becomes_right_when_the_rest_is_added(protocol: int, layer: type, version: int) -> None:
    frame = ip_frames.frame(protocol, version, 100, partial=True)
    start = ip_frames.transport_at(version)
    at = start + ip_frames.checksum_offset(protocol)

    whole = ip_frames.checksum(frame.data[start:]).to_bytes(2, "big")
    completed = frame.data[:at] + whole + frame.data[at + 2 :]

    assert rebuilt(frame.data, layer) == completed


def test_the_virtio_header_says_where_checksum_and_payload_are() -> None:
    frame = ip_frames.frame(IPPROTO_TCP, 4, 3000, partial=True)

    data = ip_frames.offloaded(frame, IPPROTO_TCP, 4, VIRTIO_NET_HDR_GSO_TCPV4, 1000)

    header = virtio_net_hdr.from_buffer_copy(data)
    assert (header.flags, header.gso_type, header.gso_size) == (
        VIRTIO_NET_HDR_F_NEEDS_CSUM,
        VIRTIO_NET_HDR_GSO_TCPV4,
        1000,
    )
    assert (header.csum_start, header.csum_offset, header.hdr_len) == (34, 16, 54)
    assert data[10:] == frame.data
    assert data[10 + header.hdr_len :][:16] == frame.marker
