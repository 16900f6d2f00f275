"""Receive rings: the status bits about checksums, segmentation and time stamps, of every ring version."""

import pytest

from fixtures.clauses import clause
from helpers import times
from helpers.net import frames, ip_frames
from helpers.net.tap import bridged
from helpers.packet.received_slots import status
from helpers.packet.virtio_frames import headed
from helpers.rings import V1, VERSIONS, Geometry
from helpers.uapi.if_packet import (
    PACKET_OUTGOING,
    PACKET_TIMESTAMP,
    TP_STATUS_CSUM_VALID,
    TP_STATUS_CSUMNOTREADY,
    TP_STATUS_GSO_TCP,
    TP_STATUS_TS_RAW_HARDWARE,
    TP_STATUS_TS_SOFTWARE,
    TP_STATUS_TS_SYS_HARDWARE,
    TP_STATUS_USER,
)
from helpers.uapi.if_tun import IFF_NAPI, IFF_TAP
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_RAW_HARDWARE, SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPNS_OLD
from helpers.uapi.time_types import timespec
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_UDP_L4

RECEIVING = "src:net/packet/af_packet.c:tpacket_rcv"
REFS = ["uapi:linux/if_packet.h", "doc:networking/packet_mmap.rst", RECEIVING]
versions = pytest.mark.parametrize("version", VERSIONS, ids=str)
types = pytest.mark.parametrize("type", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
LARGE = Geometry(block_size=16384, frame_size=8192)
STAMPS = TP_STATUS_TS_SOFTWARE | TP_STATUS_TS_SYS_HARDWARE | TP_STATUS_TS_RAW_HARDWARE


@clause(since="3.2", level="documented", refs=REFS, covers=["status:TP_STATUS_CSUMNOTREADY"])
@versions
@types
@pytest.mark.parametrize("partial", [True, False], ids=["partial", "complete"])
def test_a_checksum_that_is_left_to_the_link_is_flagged(wire, rings, version, type, partial):  # noqa: A002
    """The slot of a frame with a partial checksum is flagged CSUMNOTREADY, as it leaves and as it arrives."""
    both = [rings.receive(end, version, type=type) for end in (wire.left, wire.right)]
    frame = ip_frames.frame(IPPROTO_UDP, partial=partial)

    if partial:
        headed(wire.left).must.send(ip_frames.offloaded(frame, IPPROTO_UDP))
    else:
        wire.left.inject(frame)
    found = [status(ring.receive(frame.marker)) for ring in both]

    assert found == [TP_STATUS_USER | (TP_STATUS_CSUMNOTREADY if partial else 0)] * 2


@clause(since="4.1", level="documented", refs=REFS, covers=["status:TP_STATUS_CSUM_VALID"])
@versions
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_checksum_that_was_checked_is_valid(taps, rings, version, right):
    """The slot of a frame whose checksum the receiving side has verified is flagged CSUM_VALID."""
    tap = taps(IFF_TAP | IFF_NAPI)
    ring = rings.receive(tap, version)
    frame = ip_frames.frame(IPPROTO_TCP, size=32)

    tap.arrive(frame if right else frame.data[:-1] + b"\xee")

    assert status(ring.receive(frame.marker)) == TP_STATUS_USER | (TP_STATUS_CSUM_VALID if right else 0)


@clause(since="4.1", level="source", refs=REFS, covers=["pkttype:PACKET_OUTGOING"])
@versions
def test_a_frame_that_leaves_is_never_flagged_valid(taps, rings, version):
    """A frame with a verified checksum has no CSUM_VALID where it leaves again."""
    tap, out = bridged(taps, IFF_TAP | IFF_NAPI)
    ring = rings.receive(out, version)
    frame = ip_frames.frame(IPPROTO_TCP, destination=b"\x02\x00\x00\x00\xee\x02")

    tap.arrive(frame)
    slot = ring.receive(frame.marker)

    assert (status(slot), slot.source.sll_pkttype) == (TP_STATUS_USER, PACKET_OUTGOING)


@clause(since="6.3", level="uapi", refs=REFS, covers=["status:TP_STATUS_GSO_TCP"])
@versions
@pytest.mark.parametrize(
    ("protocol", "gso", "flag"),
    [
        (IPPROTO_TCP, VIRTIO_NET_HDR_GSO_TCPV4, TP_STATUS_GSO_TCP),
        (IPPROTO_TCP, 0, 0),
        (IPPROTO_UDP, VIRTIO_NET_HDR_GSO_UDP_L4, 0),
    ],
    ids=["tcp-segments", "tcp-whole", "udp-segments"],
)
def test_tcp_to_be_divided_is_flagged(wire, rings, version, protocol, gso, flag):
    """A slot is flagged GSO_TCP if TCP data are still to be segmented; UDP data are not."""
    ring = rings.receive(wire.right, version, LARGE)
    frame = ip_frames.frame(protocol, 4, 3000 if gso else 1000, partial=True)

    headed(wire.left).must.send(ip_frames.offloaded(frame, protocol, 4, gso, 1000 if gso else 0))
    slot = ring.receive(frame.marker)

    assert status(slot) == TP_STATUS_USER | TP_STATUS_CSUMNOTREADY | flag
    assert (slot.header.tp_len, slot.data) == (len(frame), frame.data)


@clause(
    since="3.2",
    level="documented",
    refs=[*REFS, "src:net/packet/af_packet.c:tpacket_get_timestamp"],
    covers=["option:PACKET_TIMESTAMP:effect", "status:TP_STATUS_TS_SOFTWARE"],
)
@versions
@pytest.mark.parametrize(
    "wanted",
    [SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE],
    ids=["software", "any"],
)
def test_a_stamp_taken_on_arrival_is_flagged(wire, rings, version, wanted):
    """A slot whose time stamp was taken on arrival is flagged TS_SOFTWARE and nothing else; no hardware stamped it."""
    found = _stamped(wire, rings, version, {PACKET_TIMESTAMP: wanted})

    assert found == TP_STATUS_TS_SOFTWARE


@clause(since="5.14", level="source", refs=[RECEIVING], covers=["status:TP_STATUS_TS_SOFTWARE"])
@versions
def test_a_stamp_taken_on_arrival_is_used_without_being_asked_for(wire, rings, version):
    """Where frames are stamped on arrival a slot has that stamp, flagged, whether PACKET_TIMESTAMP is set or not."""
    found = _stamped(wire, rings, version, {})

    assert found == TP_STATUS_TS_SOFTWARE


def _stamped(wire, rings, version, options):
    """Return the stamp bits of the first slot that has any; its time is the one that another socket gets.

    Stamps are switched on a moment after they are requested.
    """
    other = wire.right.packet_socket(protocol=frames.OWN)
    ring = rings.receive(wire.right, version, protocol=frames.OWN, options=options)
    other.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS_OLD, 1)
    for _ in range(2000):
        frame = frames.ethernet()
        wire.left.inject(frame)
        slot = ring.receive(frame.marker)
        told = other.receive(frame.marker).controls[SOL_SOCKET, SO_TIMESTAMPNS_OLD]
        if slot.status & STAMPS:
            break
        slot.hand_back()
    seconds, nanoseconds = times.words(timespec, told)
    fraction, wanted = (
        (slot.header.tp_usec, nanoseconds // 1000) if version is V1 else (slot.header.tp_nsec, nanoseconds)
    )
    assert (slot.header.tp_sec, fraction) == (seconds, wanted)
    return slot.status & STAMPS
