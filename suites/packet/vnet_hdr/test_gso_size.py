"""PACKET_VNET_HDR: from which length on a frame is segmented, and into segments of what size."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import gso_types
from helpers.net import ip_frames
from helpers.packet.virtio_frames import TCP4, asking, headed, payload, split
from helpers.syscall import returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_UDP

TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"


@clause(since="6.1", level="source", refs=[TO_SKB])
@pytest.mark.parametrize(("length", "count"), [(992, 1), (993, 2)])
def test_the_udp_header_counts_for_gso_udp(tap, length, count):
    """With GSO_UDP the UDP header counts with the data in what must exceed gso_size."""
    sender, frame = headed(tap), ip_frames.frame(IPPROTO_UDP, size=length, partial=True)

    result = sender.send(bytes(asking(IPPROTO_UDP, 4, VIRTIO_NET_HDR_GSO_UDP, 1000)) + frame.data)

    assert result == returned(10 + len(frame))
    assert len(tap.left()) == count


@clause(since="6.2", level="source", refs=[TO_SKB])
@gso_types
@pytest.mark.parametrize("more", [0, 1])
def test_no_more_than_gso_size_is_no_gso(wire, more, gso_type, protocol, version):
    """A frame with gso_size bytes of payload or fewer loses its GSO type; with one byte more it keeps it."""
    sender, receiver = headed(wire.left), headed(wire.right, protocol=ETH_P_ALL)
    frame = ip_frames.frame(protocol, version, size=500 + more, partial=True)

    result = sender.send(bytes(asking(protocol, version, gso_type, 500)) + frame.data)

    assert result == returned(10 + len(frame))
    kept = {"hdr_len": len(frame), "gso_type": gso_type, "gso_size": 500} if more else {}
    assert receiver.receive(frame.marker).data == bytes(asking(protocol, version, **kept)) + frame.data


@clause(since="7.2", level="source", refs=[TO_SKB])
@pytest.mark.parametrize(("gso_size", "parts"), [(1, 8), (7, 8), (8, 8), (9, 9)])
def test_tcp_has_no_segments_below_8_bytes(tap, gso_size, parts):
    """A gso_size below 8 means 8 for TCP."""
    sender, frame = headed(tap), ip_frames.frame(IPPROTO_TCP, size=50, partial=True)

    result = sender.send(bytes(asking(IPPROTO_TCP, 4, TCP4, gso_size)) + frame.data)

    assert result == returned(10 + len(frame))
    assert [data[54:] for data in tap.left()] == split(payload(frame, 20), parts)
