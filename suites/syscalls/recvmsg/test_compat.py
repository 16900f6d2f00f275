"""recvmsg(2) as a 32-bit program calls it: its own layout of header and control messages."""

import struct
import time
from errno import EFAULT, EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
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
    ("option", "layout", "unit"),
    [
        (SO_TIMESTAMP_OLD, "=ii", 1_000_000),
        (SO_TIMESTAMP_NEW, "=qq", 1_000_000),
        (SO_TIMESTAMPNS_OLD, "=ii", BILLION),
        (SO_TIMESTAMPNS_NEW, "=qq", BILLION),
    ],
    ids=["SO_TIMESTAMP_OLD", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPNS_NEW"],
)
def test_old_time_stamps_have_32_bit_words_and_new_ones_64(sockets, lowmem, option, layout, unit):
    """A 32-bit program gets the old forms of time stamps as two 32-bit words, the new ones as two 64-bit words."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    receiver.must.setsockopt(SOL_SOCKET, option, 1)
    message = CompatMessage(lowmem, [16], control=128)
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    sender.must.send(b"data")
    after = time.clock_gettime_ns(time.CLOCK_REALTIME)

    result = Direct.recvmsg(receiver.fd, message.address)

    size = struct.calcsize(layout)
    ((length, level, kind, data),) = message.controls()
    assert result == returned(4)
    assert (length, level, kind, message.header.msg_controllen) == (12 + size, SOL_SOCKET, option, 12 + size)
    seconds, fraction = struct.unpack(layout, data)
    assert before * unit // BILLION <= seconds * unit + fraction <= after * unit // BILLION


@clause(since="5.1", level="source", refs=["doc:networking/timestamping.rst", PUT])
@pytest.mark.parametrize(
    ("option", "layout"), [(SO_TIMESTAMPING_OLD, "=6i"), (SO_TIMESTAMPING_NEW, "=6q")], ids=["old", "new"]
)
def test_scm_timestamping_has_three_pairs_of_such_words(sockets, lowmem, option, layout):
    """SCM_TIMESTAMPING has three times the same pairs: the software's first, then zeros."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    receiver.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS_OLD, 1)
    receiver.must.setsockopt(SOL_SOCKET, option, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE)
    sender.must.send(b"data")
    message = CompatMessage(lowmem, [16], control=128)

    result = Direct.recvmsg(receiver.fd, message.address)

    (plain, stamping) = message.controls()
    words = struct.unpack(layout, stamping[3])
    assert result == returned(4)
    assert (stamping[:3], len(plain[3]) * 3) == ((12 + struct.calcsize(layout), SOL_SOCKET, option), len(stamping[3]))
    assert words[:2] == struct.unpack(layout.replace("6", "2"), plain[3])
    assert words[2:] == (0, 0, 0, 0)
