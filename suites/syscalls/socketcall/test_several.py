"""socketcall(2) and the 32-bit calls beside it: several messages at once, and a timeout with 32-bit time."""

import ctypes
import functools
from errno import EAGAIN, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import messages, syscall, times
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage, vector
from helpers.memory import PATTERN
from helpers.syscall import refused, returned
from helpers.uapi.compat import compat_mmsghdr, old_timespec32
from helpers.uapi.socket import MSG_CMSG_COMPAT, MSG_DONTWAIT, SOCK_DGRAM

COMPAT = "src:net/compat.c"
clause32 = functools.partial(clause, level="source", refs=["man:socketcall(2)", "man:recvmmsg(2)", COMPAT])
UNTOUCHED = bytes([PATTERN])
BY_TIME32 = pytest.mark.parametrize("call", [SocketCall.recvmmsg, Direct.recvmmsg_time32], ids=["socketcall", "time32"])


@pytest.fixture
def pair(sockets):
    """Two datagram sockets; two messages wait at the second."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"waiting")
    left.must.send(b"queued")
    return left, right


def side(pair, call):
    """Return the descriptor at which *call* does something."""
    return pair[0 if call.startswith("send") else 1].fd


@clause32(since="3.0", covers=["msg:MSG_CMSG_COMPAT"])
@pytest.mark.parametrize("call", ["sendmsg", "recvmsg", "sendmmsg", "recvmmsg"])
def test_msg_cmsg_compat_may_be_given(lowmem, pair, call):
    """The calls of the 32-bit entry take MSG_CMSG_COMPAT, which they set themselves; the native ones refuse it."""
    message, native = CompatMessage(lowmem, [b"7 bytes"]), messages.Message([b"7 bytes"])
    if call.endswith("mmsg"):
        arguments, native_arguments = (ctypes.addressof(vector(lowmem, [message])), 1), (messages.vector([native]), 1)
        done = 1
    else:
        arguments, native_arguments, done = (message.address,), (native.header,), 7

    assert syscall.call(call, side(pair, call), *native_arguments, MSG_CMSG_COMPAT) == refused(EINVAL)
    assert SocketCall.call(call, side(pair, call), *arguments, MSG_CMSG_COMPAT) == returned(done)


@clause32(since="3.0", covers=["msg:MSG_CMSG_COMPAT"])
@pytest.mark.parametrize("entry", [SocketCall, Direct], ids=["socketcall", "direct"])
def test_sendmmsg_writes_each_length_behind_its_header(lowmem, sockets, entry):
    """The sub-call sendmmsg sends vlen compat_mmsghdr, and writes the bytes sent into each msg_len."""
    left, right = sockets.pair(SOCK_DGRAM)
    entries = vector(lowmem, [CompatMessage(lowmem, [data]) for data in (b"a", b"bcd", b"ef")])
    before = bytes(entries[2])

    result = entry.sendmmsg(left.fd, ctypes.addressof(entries), 2, MSG_DONTWAIT)

    assert result == returned(2)
    assert [item.msg_len for item in entries[:2]] == [1, 3]
    assert bytes(entries[2]) == before
    assert [messages.receive(right.fd).data for _ in range(2)] == [b"a", b"bcd"]
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == refused(EAGAIN)


@clause32(since="2.6.33", covers=["msg:MSG_CMSG_COMPAT"])
@pytest.mark.parametrize("entry", [SocketCall.recvmmsg, Direct.recvmmsg, Direct.recvmmsg_time32],
                         ids=["socketcall", "time64", "time32"])  # fmt: skip
def test_recvmmsg_fills_headers_32_bytes_apart(lowmem, sockets, entry):
    """The sub-call recvmmsg receives into one compat_mmsghdr after the other, and leaves those not needed."""
    left, right = sockets.pair(SOCK_DGRAM)
    for data in (b"a", b"bcd"):
        left.must.send(data)
    into = [CompatMessage(lowmem, [8]) for _ in range(3)]
    entries = vector(lowmem, into)
    before = bytes(entries[2])

    result = entry(right.fd, ctypes.addressof(entries), 3, MSG_DONTWAIT)

    assert result == returned(2)
    assert ctypes.sizeof(compat_mmsghdr) == 32
    assert [(item.msg_len, item.msg_hdr.msg_flags) for item in entries[:2]] == [(1, 0), (3, 0)]
    assert [message.data() for message in into] == [[data.ljust(8, UNTOUCHED)] for data in (b"a", b"bcd", b"")]
    assert bytes(entries[2]) == before


@clause32(since="2.6.33")
@BY_TIME32
def test_recvmmsg_writes_back_what_is_left_of_8_bytes_of_time(lowmem, pair, call):
    """The timeout of the sub-call recvmmsg is an old_timespec32, and what is left of it is written back there."""
    entries = vector(lowmem, [CompatMessage(lowmem, [8])])
    timeout = lowmem.before_end(bytes(old_timespec32(5)))

    result = call(pair[1].fd, ctypes.addressof(entries), 1, 0, timeout)

    assert result == returned(1)
    seconds, nanoseconds = times.words(old_timespec32, lowmem.read(timeout, 8))
    assert 0 < seconds + nanoseconds / 1e9 < 5
    assert 0 <= nanoseconds < 10**9


@clause32(since="2.6.33")
@BY_TIME32
def test_recvmmsg_ends_with_the_message_at_which_time_is_up(lowmem, pair, call):
    """With a timeout of zero one message is received although two wait, and zero is written back."""
    entries = vector(lowmem, [CompatMessage(lowmem, [8]) for _ in range(2)])
    timeout = lowmem.place(bytes(old_timespec32()) + bytes([PATTERN]) * 8)

    result = call(pair[1].fd, ctypes.addressof(entries), 2, MSG_DONTWAIT, timeout)

    assert result == returned(1)
    assert lowmem.read(timeout, 16) == bytes(old_timespec32()) + bytes([PATTERN]) * 8
    assert call(pair[1].fd, ctypes.addressof(entries), 2, MSG_DONTWAIT, None) == returned(1)


@clause32(since="2.6.33")
@BY_TIME32
@pytest.mark.parametrize(("seconds", "nanoseconds"), [(-1, 0), (0, -1), (0, 10**9)])
def test_recvmmsg_refuses_a_time_that_is_none(lowmem, pair, call, seconds, nanoseconds):
    """A timeout with a negative part or a whole second of nanoseconds is EINVAL, and no message is taken."""
    entries = vector(lowmem, [CompatMessage(lowmem, [8])])
    bad = lowmem.place(bytes(old_timespec32(seconds, nanoseconds)))
    good = lowmem.place(bytes(old_timespec32(0, 10**9 - 1)))

    assert call(pair[1].fd, ctypes.addressof(entries), 1, 0, bad) == refused(EINVAL)
    assert call(pair[1].fd, ctypes.addressof(entries), 1, 0, good) == returned(1)
    assert entries[0].msg_len == len(b"waiting")


@clause32(since="2.6.33")
@BY_TIME32
def test_recvmmsg_with_time_that_cannot_be_read_is_efault(lowmem, pair, call):
    """A timeout that cannot be read is EFAULT before anything else is looked at."""
    entries = vector(lowmem, [CompatMessage(lowmem, [8])])
    short = lowmem.before_end(bytes(old_timespec32())[:-1])

    assert call(-1, 0, 1, 0, short) == refused(EFAULT)
    assert call(pair[1].fd, ctypes.addressof(entries), 1, 0, short) == refused(EFAULT)
    assert call(pair[1].fd, ctypes.addressof(entries), 1, 0, None) == returned(1)
    assert entries[0].msg_len == len(b"waiting")


@clause32(since="2.6.33")
@BY_TIME32
def test_recvmmsg_with_time_that_cannot_be_written_is_efault(lowmem, pair, call):
    """Where the time that is left cannot be written back the call is EFAULT, though the message is received."""
    entries = vector(lowmem, [CompatMessage(lowmem, [8])])
    timeout = lowmem.readonly(bytes(old_timespec32(5)))

    result = call(pair[1].fd, ctypes.addressof(entries), 1, 0, timeout)

    assert result == refused(EFAULT)
    assert entries[0].msg_len == len(b"waiting")
    assert messages.receive(pair[1].fd).data == b"queued"
