"""PACKET_AUXDATA: the status bits about checksums and segmentation offload."""

import pytest

from fixtures.clauses import clause
from helpers.net import ip_frames
from helpers.net.tap import bridged
from helpers.packet.auxdata import listening
from helpers.packet.virtio_frames import headed
from helpers.uapi.if_packet import (
    PACKET_HOST,
    PACKET_OUTGOING,
    TP_STATUS_CSUM_VALID,
    TP_STATUS_CSUMNOTREADY,
    TP_STATUS_GSO_TCP,
    TP_STATUS_USER,
)
from helpers.uapi.if_tun import IFF_NAPI, IFF_TAP
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP_L4,
)

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
REFS = ["man:packet(7)", "uapi:linux/if_packet.h", RECVMSG]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
VERSIONS = pytest.mark.parametrize("version", [4, 6], ids=["ipv4", "ipv6"])


@clause(since="2.6.21", level="documented", refs=REFS, covers=["status:TP_STATUS_CSUMNOTREADY"])
@TYPES
@pytest.mark.parametrize("protocol", [IPPROTO_UDP, IPPROTO_TCP], ids=["udp", "tcp"])
def test_a_checksum_that_is_left_to_the_link_is_not_ready(wire, protocol, type_):
    """A frame with a partial checksum is flagged CSUMNOTREADY, as it leaves and as it arrives."""
    leaving, arriving = listening(wire.left, type_), listening(wire.right, type_)
    frame = ip_frames.frame(protocol, partial=True)

    headed(wire.left).must.send(ip_frames.offloaded(frame, protocol))
    found = [socket.receive(frame.marker) for socket in (leaving, arriving)]

    assert [packet.aux.tp_status for packet in found] == [TP_STATUS_USER | TP_STATUS_CSUMNOTREADY] * 2
    assert found[0].data == found[1].data == frame.bytes_for(type_)


@clause(since="2.6.21", level="documented", refs=REFS, covers=["status:TP_STATUS_CSUMNOTREADY"])
def test_a_checksum_that_is_complete_has_no_flag(wire):
    """A frame with a complete checksum that nothing has verified is flagged neither CSUMNOTREADY nor CSUM_VALID."""
    leaving, arriving = listening(wire.left), listening(wire.right)
    frame = ip_frames.frame(IPPROTO_UDP)

    wire.left.inject(frame)
    found = [socket.receive(frame.marker) for socket in (leaving, arriving)]

    assert [packet.aux.tp_status for packet in found] == [TP_STATUS_USER] * 2


@clause(
    since="4.1",
    level="documented",
    refs=["uapi:linux/if_packet.h", "doc:networking/packet_mmap.rst", RECVMSG],
    covers=["status:TP_STATUS_CSUM_VALID"],
)
@TYPES
@VERSIONS
def test_a_checksum_that_was_checked_is_valid(taps, version, type_):
    """A frame whose checksum the receiving side has verified is flagged CSUM_VALID."""
    tap = taps(IFF_TAP | IFF_NAPI)
    socket = listening(tap, type_)
    frame = ip_frames.frame(IPPROTO_TCP, version)

    tap.arrive(frame)

    assert socket.receive(frame.marker).aux.tp_status == TP_STATUS_USER | TP_STATUS_CSUM_VALID


@clause(since="4.1", level="documented", refs=[*REFS, "doc:networking/packet_mmap.rst"])
def test_a_checksum_that_is_wrong_has_no_flag(taps):
    """A frame whose checksum the receiving side has found wrong has no flag."""
    tap = taps(IFF_TAP | IFF_NAPI)
    socket = listening(tap)
    frame = ip_frames.frame(IPPROTO_TCP, size=32)

    tap.arrive(frame.data[:-1] + b"\xee")

    assert socket.receive(frame.marker).aux.tp_status == TP_STATUS_USER


@clause(since="4.1", level="source", refs=REFS, covers=["status:TP_STATUS_CSUM_VALID", "pkttype:PACKET_OUTGOING"])
@TYPES
def test_a_frame_that_leaves_is_never_flagged_valid(taps, type_):
    """A frame with a verified checksum that a bridge forwards is flagged CSUM_VALID as it arrives, not as it leaves."""
    tap, out = bridged(taps, IFF_TAP | IFF_NAPI)
    arriving, leaving = listening(tap, type_), listening(out, type_)
    frame = ip_frames.frame(IPPROTO_TCP, destination=b"\x02\x00\x00\x00\xee\x02")

    tap.arrive(frame)
    found = [socket.receive(frame.marker) for socket in (arriving, leaving)]

    assert [packet.aux.tp_status for packet in found] == [TP_STATUS_USER | TP_STATUS_CSUM_VALID, TP_STATUS_USER]
    assert found[1].address.sll_pkttype == PACKET_OUTGOING


@clause(since="6.3", level="uapi", refs=REFS, covers=["status:TP_STATUS_GSO_TCP", "status:TP_STATUS_CSUMNOTREADY"])
@TYPES
@pytest.mark.parametrize(
    ("version", "gso"), [(4, VIRTIO_NET_HDR_GSO_TCPV4), (6, VIRTIO_NET_HDR_GSO_TCPV6)], ids=["ipv4", "ipv6"]
)
def test_a_tcp_segment_to_be_divided_is_flagged(wire, version, gso, type_):
    """TCP data that are still to be segmented are flagged GSO_TCP, as they leave and as they arrive."""
    leaving, arriving = listening(wire.left, type_), listening(wire.right, type_)
    frame = ip_frames.frame(IPPROTO_TCP, version, 3000, partial=True)

    headed(wire.left).must.send(ip_frames.offloaded(frame, IPPROTO_TCP, version, gso, 1000))
    found = [socket.receive(frame.marker) for socket in (leaving, arriving)]

    status = TP_STATUS_USER | TP_STATUS_CSUMNOTREADY | TP_STATUS_GSO_TCP
    assert [packet.aux.tp_status for packet in found] == [status] * 2
    assert [packet.aux.tp_len for packet in found] == [len(frame.bytes_for(type_))] * 2


@clause(since="6.3", level="source", refs=REFS, covers=["status:TP_STATUS_GSO_TCP"])
def test_udp_to_be_divided_is_not_flagged_as_tcp(wire):
    """UDP data that are still to be segmented are not flagged GSO_TCP, nor is a TCP frame that is not."""
    socket = listening(wire.right)
    udp = ip_frames.frame(IPPROTO_UDP, 4, 3000, partial=True)
    tcp = ip_frames.frame(IPPROTO_TCP, 4, 100, partial=True)

    headed(wire.left).must.send(ip_frames.offloaded(udp, IPPROTO_UDP, 4, VIRTIO_NET_HDR_GSO_UDP_L4, 1000))
    headed(wire.left).must.send(ip_frames.offloaded(tcp, IPPROTO_TCP))
    found = [socket.receive(frame.marker) for frame in (udp, tcp)]

    assert [packet.aux.tp_status for packet in found] == [TP_STATUS_USER | TP_STATUS_CSUMNOTREADY] * 2
    assert [packet.aux.tp_len for packet in found] == [len(udp.data), len(tcp.data)]
    assert found[0].address.sll_pkttype != PACKET_HOST
