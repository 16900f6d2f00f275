"""recvmsg(2) as a 32-bit program calls it: its own layout of header and control messages."""

import ctypes
import time
from errno import EFAULT, EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers import times
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.compat import old_timespec32, old_timeval32
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import (
    MSG_DONTWAIT,
    MSG_TRUNC,
    SOCK_DGRAM,
    SOL_SOCKET,
    UIO_MAXIOV,
)
from helpers.uapi.socket_options import (
    SO_TIMESTAMP_NEW,
    SO_TIMESTAMP_OLD,
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
    SO_TIMESTAMPNS_NEW,
    SO_TIMESTAMPNS_OLD,
)
from helpers.uapi.time_types import __kernel_sock_timeval, __kernel_timespec

HEADER = "src:net/compat.c:__get_compat_msghdr"
PUT = "src:net/compat.c:put_cmsg_compat"
BILLION = 1_000_000_000


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:packet(7)", HEADER])
@pytest.mark.parametrize("entry", [Direct, SocketCall], ids=["direct", "socketcall"])
def test_the_32_bit_header_comes_back_with_all_its_fields(loopback, lowmem, entry):
    """Data, name, lengths and flags come back in the 32-bit layout; msg_flags does not contain MSG_CMSG_COMPAT."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame)
    message = CompatMessage(lowmem, [30, 60], name=32, control=32)

    result = entry.recvmsg(socket.fd, message.address)

    assert result == returned(90)
    assert b"".join(message.data()) == frame.data[:90]
    header = message.header
    assert (header.msg_namelen, header.msg_controllen, header.msg_flags) == (20, 0, MSG_TRUNC)
    assert message.name()[20:] == b"\xa5" * 12


@clause(
    since="2.2",
    level="source",
    refs=["man:recvmsg(2)", HEADER],
    covers=["errno:EINVAL", "errno:EMSGSIZE", "errno:EFAULT"],
)
@pytest.mark.parametrize(
    ("field", "value", "errno"),
    [
        ("msg_namelen", -1, EINVAL),
        ("msg_iovlen", UIO_MAXIOV + 1, EMSGSIZE),
        ("msg_iov", 0, EFAULT),
        ("iov_len", 2**31, EINVAL),
    ],
    ids=["namelen", "iovlen", "iov", "iov_len"],
)
def test_refuses_a_32_bit_header_with_a_bad_field(sockets, lowmem, field, value, errno):
    """What is refused in a 64-bit header is refused in a 32-bit one, and the message stays in the queue."""
    _, receiver = messages_for(sockets, b"datagram")
    message, good = (CompatMessage(lowmem, [16], name=32) for _ in range(2))
    setattr(message.parts[0] if field == "iov_len" else message.header, field, value)

    result = Direct.recvmsg(receiver.fd, message.address, MSG_DONTWAIT)

    assert result == refused(errno)
    assert Direct.recvmsg(receiver.fd, good.address, MSG_DONTWAIT) == returned(8)


@clause(since="5.1", level="source", refs=["man:socket(7)", PUT])
@pytest.mark.parametrize(
    ("option", "kind", "unit"),
    [
        (SO_TIMESTAMP_OLD, old_timeval32, 1_000_000),
        (SO_TIMESTAMP_NEW, __kernel_sock_timeval, 1_000_000),
        (SO_TIMESTAMPNS_OLD, old_timespec32, BILLION),
        (SO_TIMESTAMPNS_NEW, __kernel_timespec, BILLION),
    ],
    ids=["SO_TIMESTAMP_OLD", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPNS_NEW"],
)
def test_old_time_stamps_have_32_bit_words_and_new_ones_64(sockets, lowmem, option, kind, unit):
    """A 32-bit program gets the old forms of time stamps as two 32-bit words, the new ones as two 64-bit words."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    receiver.must.setsockopt(SOL_SOCKET, option, 1)
    message = CompatMessage(lowmem, [16], control=128)
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    sender.must.send(b"data")
    after = time.clock_gettime_ns(time.CLOCK_REALTIME)

    result = Direct.recvmsg(receiver.fd, message.address)

    size = ctypes.sizeof(kind)
    ((length, level, type_, data),) = message.controls()
    assert result == returned(4)
    assert (length, level, type_, message.header.msg_controllen) == (12 + size, SOL_SOCKET, option, 12 + size)
    seconds, fraction = times.words(kind, data)
    assert before * unit // BILLION <= seconds * unit + fraction <= after * unit // BILLION


@clause(since="5.1", level="source", refs=["doc:networking/timestamping.rst", PUT])
@pytest.mark.parametrize(
    ("option", "kind"),
    [(SO_TIMESTAMPING_OLD, old_timespec32), (SO_TIMESTAMPING_NEW, __kernel_timespec)],
    ids=["old", "new"],
)
def test_scm_timestamping_has_three_pairs_of_such_words(sockets, lowmem, option, kind):
    """SCM_TIMESTAMPING has three times the same pairs: the software's first, then zeros."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    receiver.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS_OLD, 1)
    receiver.must.setsockopt(SOL_SOCKET, option, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE)
    sender.must.send(b"data")
    message = CompatMessage(lowmem, [16], control=128)

    result = Direct.recvmsg(receiver.fd, message.address)

    (plain, stamping) = message.controls()
    assert result == returned(4)
    assert stamping[:3] == (12 + ctypes.sizeof(kind * 3), SOL_SOCKET, option)
    assert len(plain[3]) == ctypes.sizeof(kind)
    assert stamping[3] == plain[3] + bytes(ctypes.sizeof(kind * 2))
