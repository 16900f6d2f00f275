"""Receiving on packet sockets: lengths, MSG_TRUNC, MSG_PEEK, and frames that are no single piece of memory."""

from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net import frames, ip_frames
from helpers.net.frames import OWN
from helpers.packet.virtio_frames import headed
from helpers.receive_queues import queued
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_ALL, ETH_P_IP
from helpers.uapi.in_ import IPPROTO_TCP
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_TCPV4

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
SIZE = 100


def receive(socket, room, flags=0, call="recvmsg"):
    """Return the Result of a call with *room* bytes, the bytes that it wrote, and msg_flags (None of recvfrom)."""
    message = Message([SIZE + 20])
    message.iov[0].iov_len = room
    if call == "recvmsg":
        result, told = socket.recvmsg(message.header, flags), message.header.msg_flags
    else:
        result, told = socket.recvfrom(message.iov[0].iov_base, room, flags), None
    written = message.data(SIZE + 20)
    assert written[room:] == b"\xa5" * (SIZE + 20 - room)
    return result, written[: min(room, max(result.value, 0))], told


@clause(
    since="2.2",
    level="documented",
    refs=["man:packet(7)", "man:recvmsg(2)", RECVMSG],
    covers=["msg:MSG_TRUNC", "syscall:recvfrom", "syscall:recvmsg"],
)
@pytest.mark.parametrize("call", ["recvfrom", "recvmsg"])
@pytest.mark.parametrize("short", [-1, 0, 1, 50, SIZE], ids=["more", "just-fits", "1-short", "50-short", "no-room"])
@TYPES
def test_what_does_not_fit_is_cut_and_flagged(loopback, type_, short, call):
    """A frame longer than the buffer is cut, flagged MSG_TRUNC, and its rest is lost; one that just fits is not.

    For SOCK_DGRAM it begins behind its link header; as a flag of the call MSG_TRUNC gives its true length.
    """
    frame = frames.ethernet(size=SIZE)
    socket, whole = queued(loopback, frame, frame, kind=type_), frame.bytes_for(type_)
    room = max(len(whole) - short, 0)
    cut = None if call == "recvfrom" else MSG_TRUNC if short > 0 else 0

    found = [receive(socket, room, flags, call) for flags in (0, MSG_TRUNC)]

    assert found == [(returned(min(room, len(whole))), whole[:room], cut), (returned(len(whole)), whole[:room], cut)]
    assert receive(socket, SIZE, MSG_DONTWAIT)[0] == refused(EAGAIN)


@clause(
    since="2.2",
    level="source",
    refs=["man:packet(7)", RECVMSG, "src:net/packet/af_packet.c:packet_rcv"],
    covers=["msg:MSG_TRUNC"],
)
@pytest.mark.parametrize("room", [29, 30, 31])
def test_msg_trunc_tells_no_more_than_a_filter_has_kept(tap, room):
    """Of a frame that a filter has cut MSG_TRUNC returns the length that is left, not that of the frame."""
    socket = tap.packet_socket(SOCK_RAW, OWN)
    filters.keep(socket, 30)
    frame = frames.ethernet(size=SIZE)

    tap.arrive(frame)
    found = receive(socket, room, MSG_TRUNC)

    assert found == (returned(30), frame.data[: min(room, 30)], MSG_TRUNC if room < 30 else 0)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", RECVMSG], covers=["msg:MSG_PEEK"])
@TYPES
def test_a_peeked_frame_stays_as_it_is(tap, type_):
    """MSG_PEEK returns the first frame whole each time and leaves it; then it is taken, and the second comes."""
    socket = tap.packet_socket(type_, OWN)
    sent = [frames.ethernet(size=SIZE), frames.ethernet(size=SIZE - 1)]
    first, second = (frame.bytes_for(type_) for frame in sent)

    tap.arrive(*sent)
    found = [receive(socket, *how) for how in ((10, MSG_PEEK), (SIZE, MSG_PEEK), (SIZE, 0), (SIZE, 0))]

    assert found == [
        (returned(10), first[:10], MSG_TRUNC),
        (returned(len(first)), first, 0),
        (returned(len(first)), first, 0),
        (returned(len(second)), second, 0),
    ]


@clause(since="3.2", level="source", refs=[RECVMSG, "src:net/packet/af_packet.c:packet_rcv"])
@pytest.mark.parametrize("kept", [None, 60, 2000], ids=["whole", "cut-in-head", "cut-in-pieces"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_frame_in_pieces_is_received_in_one(wire, type_, kept):
    """A frame still to be segmented, far above the MTU and nonlinear, is received in one, cut or whole."""
    end = wire.right
    socket = end.packet_socket(type_, ETH_P_IP)
    if kept:
        filters.keep(socket, kept)
    frame = ip_frames.frame(IPPROTO_TCP, size=30000, partial=True)

    headed(wire.left).must.send(ip_frames.offloaded(frame, IPPROTO_TCP, 4, VIRTIO_NET_HDR_GSO_TCPV4, 1000))
    packet = socket.receive(b"")

    whole = frame.bytes_for(type_)
    assert packet.value == len(whole[:kept])
    assert packet.data == whole[:kept]


@clause(since="2.2", level="source", refs=[RECVMSG])
def test_a_frame_of_the_mtu_is_received_whole(wire):
    """A frame as long as MTU and link-layer header is received whole, byte for byte."""
    socket = wire.right.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame = frames.ethernet(size=ETH_HLEN + wire.left.links.mtu("left"))

    wire.left.inject(frame)

    assert socket.receive(frame.marker).data == frame.data


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", RECVMSG])
def test_frames_come_one_by_one_in_the_order_of_arrival(loopback):
    """Each call takes one frame, the oldest."""
    sent = [frames.ethernet(size=60 + number) for number in range(3)]
    socket = queued(loopback, *sent)
    buffers = [Buffer(200) for _ in sent]

    results = [socket.recvfrom(buffer.array, 200) for buffer in buffers]

    assert results == [returned(60), returned(61), returned(62)]
    assert [buffer[: len(frame)] for buffer, frame in zip(buffers, sent, strict=True)] == [frame.data for frame in sent]
