"""recvfrom(2): what a packet socket hands over of a frame, and how much of it fits the buffer."""

import ctypes
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.socket import MSG_DONTWAIT, MSG_TRUNC, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM

SYSCALL = "recvfrom"
PACKET = "src:net/packet/af_packet.c:packet_recvmsg"
GENERIC = "src:net/socket.c:__sys_recvfrom"


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:recvfrom(2)", PACKET])
@pytest.mark.parametrize(
    ("kind", "start"),
    [(SOCK_RAW, 0), (SOCK_DGRAM, ETH_HLEN), (SOCK_PACKET, 0)],
    ids=["raw", "dgram", "packet"],
)
def test_returns_one_frame_and_its_length(loopback, kind, start):
    """A frame is returned whole, for SOCK_DGRAM without its link header, and nothing behind it is written."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame, kind=kind)
    buffer = Buffer(200)

    result = socket.recvfrom(buffer.array, 200)

    assert result == returned(100 - start)
    assert buffer[: 100 - start] == frame.data[start:]
    assert buffer.untouched(100 - start)
    assert socket.recvfrom(buffer.array, 200, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", PACKET])
def test_frames_come_one_by_one_in_the_order_of_arrival(loopback):
    """Each call takes one frame, the oldest."""
    sent = [frames.ethernet(size=60 + number) for number in range(3)]
    socket = queued(loopback, *sent)
    buffers = [Buffer(200) for _ in sent]

    results = [socket.recvfrom(buffer.array, 200) for buffer in buffers]

    assert results == [returned(60), returned(61), returned(62)]
    assert [buffer[: len(frame)] for buffer, frame in zip(buffers, sent, strict=True)] == [frame.data for frame in sent]


@clause(since="2.2", level="documented", refs=["man:packet(7)", PACKET], covers=["msg:MSG_TRUNC"])
@pytest.mark.parametrize("size", [0, 99, 100, 101])
def test_a_frame_is_cut_to_the_buffer_and_its_rest_is_lost(loopback, size):
    """No more is written than fits, that much is returned, and what did not fit is discarded."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame)
    buffer = Buffer(200)

    result = socket.recvfrom(buffer.array, size)

    fits = min(size, 100)
    assert result == returned(fits)
    assert buffer[:fits] == frame.data[:fits]
    assert buffer.untouched(fits)
    assert socket.recvfrom(buffer.array, 200, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:recvfrom(2)", PACKET], covers=["msg:MSG_TRUNC"])
@pytest.mark.parametrize("size", [0, 99, 200])
def test_msg_trunc_returns_the_true_length(loopback, size):
    """With MSG_TRUNC the return value is the length of the frame, however much of it was copied."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame)
    buffer = Buffer(200)

    result = socket.recvfrom(buffer.array, size, MSG_TRUNC)

    fits = min(size, 100)
    assert result == returned(100)
    assert buffer[:fits] == frame.data[:fits]
    assert buffer.untouched(fits)


@clause(since="2.2", level="source", refs=["src:lib/iov_iter.c:import_ubuf", GENERIC])
@pytest.mark.parametrize("size", [2**31, 2**64 - 1], ids=["INT_MAX+1", "SIZE_MAX"])
def test_a_size_beyond_int_is_clamped_not_refused(sockets, size):
    """A buffer size beyond what one call can move receives like a sufficient one."""
    _, receiver = messages_for(sockets, b"datagram")
    buffer = Buffer(4096)

    result = receiver.recvfrom(buffer.array, ctypes.c_size_t(size).value)

    assert result == returned(8)
    assert buffer[:8] == b"datagram"
    assert buffer.untouched(8)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:unix(7)"])
def test_a_stream_gives_what_is_there_and_keeps_the_rest(sockets):
    """On a stream no more than the size is taken, less if less is there, and the rest stays for the next call."""
    _, receiver = messages_for(sockets, b"abcde", kind=SOCK_STREAM)
    buffer = Buffer(16)

    first = receiver.recvfrom(buffer.array, 2)
    second = receiver.recvfrom(buffer.address + 2, 14)

    assert (first, second) == (returned(2), returned(3))
    assert buffer[:5] == b"abcde"
    assert buffer.untouched(5)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])
def test_the_end_of_a_connection_is_a_zero_after_the_data(sockets, kind):
    """After the peer has closed, what it sent is returned first and then 0, each time."""
    sender, receiver = messages_for(sockets, b"last", kind=kind)
    sender.close()
    buffer = Buffer(16)

    results = [receiver.recvfrom(buffer.array, 16, MSG_DONTWAIT) for _ in range(3)]

    assert results == [returned(4), returned(0), returned(0)]
    assert buffer[:4] == b"last"
    assert buffer.untouched(4)
