"""socketcall(2) and the 32-bit calls beside it: options whose value has another layout for 32-bit programs."""

import ctypes
import functools
from errno import EDOM, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.compat32 import Direct, SocketCall
from helpers.memory import PATTERN
from helpers.net import frames
from helpers.syscall import SUCCESS, refused
from helpers.uapi.compat import compat_sock_fprog, old_timeval32
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_ATTACH_FILTER,
    SO_RCVTIMEO_NEW,
    SO_RCVTIMEO_OLD,
    SO_SNDTIMEO_NEW,
    SO_SNDTIMEO_OLD,
)
from helpers.uapi.time_types import __kernel_sock_timeval, timeval

BOTH = pytest.mark.parametrize("entry", [SocketCall, Direct], ids=["socketcall", "direct"])
clause32 = functools.partial(clause, since="5.1", level="source")
TIME, FILTER = "src:net/core/sock.c:sock_copy_user_timeval", "src:net/core/filter.c:copy_bpf_fprog_from_user"
TIMEOUTS = pytest.mark.parametrize(
    ("option", "kind"),
    [
        (SO_RCVTIMEO_OLD, old_timeval32),
        (SO_SNDTIMEO_OLD, old_timeval32),
        (SO_RCVTIMEO_NEW, __kernel_sock_timeval),
        (SO_SNDTIMEO_NEW, __kernel_sock_timeval),
    ],
    ids=["receive-old", "send-old", "receive-new", "send-new"],
)
TIMEOUT_TOKENS = [f"option:SO_{way}TIMEO_{form}" for way in ("RCV", "SND") for form in ("OLD", "NEW")]
UNTOUCHED = bytes([PATTERN])


def timeout_of(socket, option):
    """Return the timeout as the native call reads it: seconds, microseconds."""
    value = socket.option(SOL_SOCKET, option, timeval)
    return value.tv_sec, value.tv_usec


@clause32(refs=["man:socket(7)", TIME], covers=[f"{token}:set" for token in TIMEOUT_TOKENS])
@TIMEOUTS
def test_timeout_is_set_from_words_of_the_form(lowmem, sockets, option, kind):
    """A timeout is read from 8 bytes by the old option and from 16 by the new one; a byte less is EINVAL."""
    socket = sockets.packet()
    data = bytes(kind(2, 500_000))
    whole = lowmem.before_end(data)

    assert SocketCall.setsockopt(socket.fd, SOL_SOCKET, option, whole, len(data) - 1) == refused(EINVAL)
    assert timeout_of(socket, option) == (0, 0)
    assert SocketCall.setsockopt(socket.fd, SOL_SOCKET, option, whole, len(data)) == SUCCESS
    assert timeout_of(socket, option) == (2, 500_000)


@clause32(refs=["man:socket(7)", TIME], covers=[f"{token}:error" for token in TIMEOUT_TOKENS])
@TIMEOUTS
def test_timeout_that_is_none_is_refused(lowmem, sockets, option, kind):
    """A timeout that cannot be read is EFAULT, one with a whole second of microseconds EDOM; the old one stays."""
    socket = sockets.packet()
    good, bad = (lowmem.place(bytes(kind(1, part))) for part in (500_000, 10**6))
    size = ctypes.sizeof(kind)
    short = lowmem.before_end(bytes(kind(3, 0))[:-1])

    assert SocketCall.setsockopt(socket.fd, SOL_SOCKET, option, good, size) == SUCCESS
    assert SocketCall.setsockopt(socket.fd, SOL_SOCKET, option, bad, size) == refused(EDOM)
    assert SocketCall.setsockopt(socket.fd, SOL_SOCKET, option, short, size) == refused(EFAULT)
    assert timeout_of(socket, option) == (1, 500_000)


@clause32(refs=["man:socket(7)", "src:net/core/sock.c:sock_get_timeout"],
          covers=[f"{token}:get" for token in TIMEOUT_TOKENS])  # fmt: skip
@TIMEOUTS
@pytest.mark.parametrize("room", [5, 8, 20])
def test_timeout_reads_back_in_words_of_the_form(lowmem, sockets, option, kind, room):
    """A timeout is written as 8 bytes by the old option and as 16 by the new one, or as many as there is room for."""
    socket = sockets.packet()
    socket.must.setsockopt(SOL_SOCKET, option, timeval(7, 500_000))
    value, length = lowmem.place(UNTOUCHED * 24), lowmem.place(ctypes.c_int(room))

    result = SocketCall.getsockopt(socket.fd, SOL_SOCKET, option, value, length)

    written = bytes(kind(7, 500_000))[:room]
    assert result == SUCCESS
    assert lowmem.view(ctypes.c_int, length).value == len(written)
    assert lowmem.read(value, 24) == written.ljust(24, UNTOUCHED)


@pytest.fixture
def cut(lowmem):
    """A compat_sock_fprog in its 8 bytes: the program keeps 20 bytes of every frame."""
    instructions = lowmem.place(BPF_STMT(BPF_RET | BPF_K, 20))
    return bytes(compat_sock_fprog(1, instructions))


@clause32(refs=["man:socket(7)", FILTER], covers=["option:SO_ATTACH_FILTER:set", "option:SO_ATTACH_FILTER:effect"])
@BOTH
def test_filter_is_given_by_8_bytes(lowmem, loopback, cut, entry):
    """SO_ATTACH_FILTER takes the 8 bytes of a compat_sock_fprog, and the filter works."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()

    result = entry.setsockopt(socket.fd, SOL_SOCKET, SO_ATTACH_FILTER, lowmem.before_end(cut), len(cut))

    assert (result, len(cut)) == (SUCCESS, 8)
    loopback.inject(frame)
    wait.readable(socket.fd)
    assert socket.take().data == frame.data[:20]


@clause32(refs=["man:socket(7)", FILTER], covers=["option:SO_ATTACH_FILTER:error"])
@BOTH
@pytest.mark.parametrize(
    ("readable", "length", "errno"), [(8, 7, EINVAL), (16, 9, EINVAL), (16, 16, EINVAL), (7, 8, EFAULT)]
)
def test_filter_of_another_length_is_refused(lowmem, loopback, cut, entry, readable, length, errno):
    """SO_ATTACH_FILTER with any other length, that of the native sock_fprog too, is EINVAL; unreadable it is EFAULT."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()
    value = lowmem.before_end(cut.ljust(16, b"\0")[:readable])

    result = entry.setsockopt(socket.fd, SOL_SOCKET, SO_ATTACH_FILTER, value, length)

    assert result == refused(errno)
    loopback.inject(frame)
    wait.readable(socket.fd)
    assert socket.take().data == frame.data
