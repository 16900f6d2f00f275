"""recvmsg(2): data scattered over buffers, and the header that comes back."""

import ctypes
from errno import EAGAIN, EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import MSG_DONTWAIT, MSG_TRUNC, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, UIO_MAXIOV, iovec, msghdr

PACKET = "src:net/packet/af_packet.c:packet_recvmsg"
GENERIC = "src:net/socket.c:____sys_recvmsg"
HEADER = "src:net/socket.c:__copy_msghdr"
IMPORT = "src:lib/iov_iter.c:__import_iovec"


def pieces_of(message):
    return [bytes(buffer) for buffer in message.buffers]


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:packet(7)", GENERIC, PACKET])
@pytest.mark.parametrize(
    ("kind", "start", "name_length"),
    [(SOCK_RAW, 0, 20), (SOCK_DGRAM, ETH_HLEN, 20), (SOCK_PACKET, 0, 18)],
    ids=["raw", "dgram", "packet"],
)
def test_returns_one_frame_with_all_its_attributes(loopback, kind, start, name_length):
    """The header comes back with the lengths of name and control and the flags, its pointers unchanged."""
    frame = frames.ethernet(size=100)
    message = Message([200], sockaddr_ll(), control=64, flags=0xFFFF_FFFF)
    expected = msghdr.from_buffer_copy(message.header)
    expected.msg_namelen, expected.msg_controllen, expected.msg_flags = name_length, 0, 0
    socket = queued(loopback, frame, kind=kind)

    result = socket.recvmsg(message.header)

    assert result == returned(100 - start)
    assert message.data(200) == frame.data[start:] + b"\xa5" * (100 + start)
    assert bytes(message.header)[:52] == bytes(expected)[:52]  # without the padding
    assert bytes(message.control) == b"\xa5" * 64
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:readv(2)", IMPORT])
@pytest.mark.parametrize(
    "sizes",
    [[8, 92], [1, 0, 99], [0, 14, 1, 85, 0], [60, 39, 1, 50], [10] * 8 + [20], [150, 8]],
    ids=["two", "empty-between", "empty-at-ends", "one-too-many", "nine", "first-is-enough"],
)
def test_data_fills_the_buffers_in_their_order(loopback, sizes):
    """A frame fills one buffer after the other, skips those of length 0, and the rest of the last stays as it was."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame)
    message = Message(sizes)

    result = socket.recvmsg(message.header)

    flat = frame.data + b"\xa5" * (sum(sizes) - 100)
    bounds = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    assert result == returned(100)
    assert pieces_of(message) == [flat[bounds[number] : bounds[number + 1]] for number in range(len(sizes))]
    assert message.header.msg_flags == 0


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", PACKET], covers=["msg:MSG_TRUNC"])
@pytest.mark.parametrize(
    ("sizes", "flags"),
    [([], 0), ([0], 0), ([99], 0), ([50, 49], 0), ([], MSG_TRUNC), ([50, 49], MSG_TRUNC)],
    ids=["none", "empty", "one", "two", "none-MSG_TRUNC", "two-MSG_TRUNC"],
)
def test_a_frame_larger_than_all_buffers_is_cut_and_flagged(loopback, sizes, flags):
    """What does not fit is lost and MSG_TRUNC is set in msg_flags; as a flag of the call it gives the true length."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame)
    message = Message(sizes)

    result = socket.recvmsg(message.header, flags)

    assert result == returned(100 if flags else sum(sizes))
    assert message.header.msg_flags == MSG_TRUNC
    assert message.data(100) == frame.data[: sum(sizes)]
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == refused(EAGAIN)


def many(count, buffer):
    """Return a header with *count* buffers of one byte each, laid one after the other in *buffer*, and the vector."""
    vector = (iovec * count)(*[(buffer.address + number, 1) for number in range(count)])
    return msghdr(msg_iov=ctypes.addressof(vector), msg_iovlen=count), vector


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "uapi:linux/uio.h", HEADER], covers=["errno:EMSGSIZE"])
@pytest.mark.parametrize("count", [UIO_MAXIOV + 1, 2**64 - 1], ids=["1025", "SIZE_MAX"])
def test_refuses_more_than_uio_maxiov_buffers_with_emsgsize(loopback, count):
    """1024 buffers are the most that one call takes: more is EMSGSIZE, and the frame stays in the queue."""
    frame = frames.ethernet(size=1200)
    socket = queued(loopback, frame)
    buffer = Buffer(UIO_MAXIOV + 1)
    header, vector = many(UIO_MAXIOV + 1, buffer)
    header.msg_iovlen = count

    result = socket.recvmsg(header, MSG_DONTWAIT)

    assert result == refused(EMSGSIZE)
    assert buffer.untouched()
    header.msg_iovlen = UIO_MAXIOV
    assert socket.recvmsg(header, MSG_DONTWAIT) == returned(UIO_MAXIOV)
    assert bytes(buffer) == frame.data[:UIO_MAXIOV] + b"\xa5"
    assert len(vector) > UIO_MAXIOV  # it was alive all the time


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:readv(2)", IMPORT], covers=["errno:EINVAL"])
@pytest.mark.parametrize(("sizes", "bad"), [([46], 0), ([46, 8], 0), ([46, 8], 1)], ids=["only", "first", "last"])
def test_refuses_a_negative_buffer_length_with_einval(loopback, sizes, bad):
    """A length beyond SSIZE_MAX is EINVAL whether its buffer is needed or not, and the frame stays in the queue."""
    socket = queued(loopback, frames.ethernet())
    message = Message(sizes)
    message.iov[bad].iov_len = 2**63

    result = socket.recvmsg(message.header, MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert message.data(99) == b"\xa5" * sum(sizes)
    message.iov[bad].iov_len = sizes[bad]
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == returned(46)


@clause(since="2.6.37", level="source", refs=[IMPORT])
@pytest.mark.parametrize("before", [0, 3], ids=["one-buffer", "two-buffers"])
def test_a_length_beyond_int_is_clamped_not_refused(sockets, before):
    """Buffers of more bytes than one call can move are clamped, not refused: the message is received."""
    _, receiver = messages_for(sockets, b"datagram")
    message = Message([before, 4096] if before else [4096])
    message.iov[-1].iov_len = 2**31

    result = receiver.recvmsg(message.header)

    assert result == returned(8)
    assert message.data(9) == b"datagram\xa5"
