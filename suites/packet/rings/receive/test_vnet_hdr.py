"""Receive rings with PACKET_VNET_HDR: the virtio header before each frame in its slot."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import header_sizes
from helpers.net import frames, ip_frames
from helpers.packet.received_slots import place, status
from helpers.packet.virtio_frames import headed, header_option
from helpers.rings import V1, V2, V3, VERSIONS, Geometry
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.if_packet import PACKET_VNET_HDR, TP_STATUS_CSUM_VALID, TP_STATUS_USER
from helpers.uapi.if_tun import IFF_NAPI, IFF_TAP, IFF_VNET_HDR
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_DATA_VALID,
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_NONE,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_UDP,
    virtio_net_hdr,
)

RECEIVING = "src:net/packet/af_packet.c:tpacket_rcv"
REFS = ["uapi:linux/if_packet.h", "uapi:linux/virtio_net.h", RECEIVING]
COVERS = ["option:PACKET_VNET_HDR:effect"]
versions = pytest.mark.parametrize("version", VERSIONS, ids=str)
LARGE = Geometry(block_size=16384, frame_size=8192)
HEADER = 10  # bytes of a virtio_net_hdr


def header_of(slot):
    """Return the virtio_net_hdr that ends at the frame."""
    return virtio_net_hdr.from_buffer_copy(slot.at(slot.header.tp_mac - HEADER, HEADER))


@clause(since="4.6", level="source", refs=REFS, covers=[*COVERS, "option:PACKET_VNET_HDR_SZ:effect"])
@versions
@header_sizes
def test_a_plain_frame_has_a_header_of_zeros(wire, rings, version, size):
    """The slot makes room for the header before the frame; that of a frame without any offload is all zeros."""
    ring = rings.receive(wire.right, version, options=header_option(size))
    frame = frames.ethernet()
    if version in (V1, V2):
        ring.slot(0).write(8, b"\xa5" * 1000)

    wire.left.inject(frame)
    slot = ring.receive(frame.marker)

    mac, net = place(version)
    assert (slot.header.tp_mac, slot.header.tp_net) == (mac + size, net + size)
    assert (slot.header.tp_len, slot.header.tp_snaplen, slot.data) == (len(frame), len(frame), frame.data)
    assert (bytes(header_of(slot)), status(slot)) == (bytes(HEADER), TP_STATUS_USER)


@clause(since="4.6", level="source", refs=REFS, covers=COVERS)
@versions
@header_sizes
@pytest.mark.parametrize(
    ("protocol", "gso", "size_of_segment"),
    [
        (IPPROTO_UDP, VIRTIO_NET_HDR_GSO_NONE, 0),
        (IPPROTO_TCP, VIRTIO_NET_HDR_GSO_NONE, 0),
        (IPPROTO_TCP, VIRTIO_NET_HDR_GSO_TCPV4, 900),
    ],
    ids=["udp-checksum", "tcp-checksum", "tcp-segments"],
)
def test_the_header_tells_what_is_left_to_be_done(wire, rings, version, size, protocol, gso, size_of_segment):
    """The header has where the checksum is to be written and how long the segments are to be."""
    ring = rings.receive(wire.right, version, LARGE, options=header_option(size))
    frame = ip_frames.frame(protocol, 4, 7000 if gso else 100, partial=True)

    headed(wire.left).must.send(ip_frames.offloaded(frame, protocol, 4, gso, size_of_segment))
    slot = ring.receive(frame.marker)
    header = header_of(slot)

    at = ip_frames.transport_at()
    assert (header.flags, header.gso_type, header.gso_size) == (VIRTIO_NET_HDR_F_NEEDS_CSUM, gso, size_of_segment)
    assert (header.csum_start, header.csum_offset) == (at, ip_frames.checksum_offset(protocol))
    assert header.hdr_len == (at + 20 if gso else 0)
    assert slot.data == frame.data


@clause(since="4.6", level="source", refs=REFS, covers=COVERS)
@versions
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_the_header_tells_of_a_checksum_that_was_checked(taps, rings, version, right):
    """The header of a frame whose checksum was verified on arrival has DATA_VALID."""
    tap = taps(IFF_TAP | IFF_NAPI)
    ring = rings.receive(tap, version, options={PACKET_VNET_HDR: 1})
    frame = ip_frames.frame(IPPROTO_TCP, size=32)

    tap.arrive(frame if right else frame.data[:-1] + b"\xee")
    slot = ring.receive(frame.marker)

    assert bytes(header_of(slot)) == bytes([VIRTIO_NET_HDR_F_DATA_VALID if right else 0]) + bytes(HEADER - 1)
    assert status(slot) == TP_STATUS_USER | (TP_STATUS_CSUM_VALID if right else 0)


def undescribed(tap):
    """Have two frames arrive at *tap*: one of GSO_UDP, which no header can describe, and a plain one."""
    odd, plain = ip_frames.frame(IPPROTO_UDP, size=2500, partial=True), ip_frames.frame(IPPROTO_UDP)
    asking = ip_frames.offloaded(odd, IPPROTO_UDP, 4, VIRTIO_NET_HDR_GSO_UDP, 1000)
    tap.arrive(asking, bytes(HEADER) + plain.data)
    return plain


@clause(since="4.20", level="source", refs=REFS, covers=COVERS)
@pytest.mark.parametrize("version", [V1, V2], ids=str)
def test_a_frame_that_no_header_can_describe_is_dropped(taps, rings, version):
    """A frame that the header cannot describe takes no slot and is counted as dropped; the next one takes it."""
    tap = taps(IFF_TAP | IFF_VNET_HDR)
    ring = rings.receive(tap, version, LARGE, protocol=ETH_P_IP, options={PACKET_VNET_HDR: 1})

    plain = undescribed(tap)
    slot = ring.receive(b"", 1)
    statistics = ring.socket.statistics()

    assert (slot.index, slot.data) == (0, plain.data)
    assert (statistics.tp_packets, statistics.tp_drops) == (2, 1)


@clause(since="4.20", level="source", refs=REFS, covers=COVERS)
def test_a_frame_that_no_header_can_describe_is_dropped_from_a_block(taps, rings):
    """In a block of V3 a frame that the header cannot describe is counted as dropped, and the next one comes."""
    tap = taps(IFF_TAP | IFF_VNET_HDR)
    ring = rings.receive(tap, V3, LARGE, protocol=ETH_P_IP, options={PACKET_VNET_HDR: 1})

    plain = undescribed(tap)
    slot = ring.receive(plain.marker)
    statistics = ring.socket.statistics()

    assert (slot.data, slot.status & TP_STATUS_USER) == (plain.data, TP_STATUS_USER)
    assert (statistics.tp_packets, statistics.tp_drops) == (2, 1)


@clause(since="4.14", level="source", refs=["cve:CVE-2017-14497", RECEIVING], covers=COVERS)
@pytest.mark.parametrize("version", [V1, V2], ids=str)
@pytest.mark.parametrize(("size", "kept"), [(64, 0), (80, 4), (96, 20)])
def test_a_slot_without_room_for_the_header_is_not_exceeded(wire, rings, version, size, kept):
    """In a slot too small for the header nothing is written beyond its end, and nothing is kept."""
    watcher = wire.right.packet_socket(protocol=frames.OWN)  # its hook comes after the ring's, which is made later
    ring = rings.receive(
        wire.right, version, Geometry(frame_size=size), protocol=frames.OWN, options={PACKET_VNET_HDR: 1}
    )
    ring.slot(1).write(8, b"\xa5" * (size - 8))  # all but the status
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    watcher.receive(frame.marker)
    slot = ring.take()

    assert (slot.header.tp_len, slot.header.tp_snaplen) == (100, kept)
    assert slot.header.tp_mac == place(version)[0] + HEADER
    assert slot.data == frame.data[:kept]
    assert ring.slot(1).at(8, size - 8) == b"\xa5" * (size - 8)
