"""The ioctls of every file on sockets: FIONBIO, FIOASYNC, FIOCLEX; and what non-blocking means for them."""

import ctypes
import fcntl
import os
from errno import EAGAIN, EFAULT
from termios import FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOCK_NONBLOCK, SOCK_RAW, SOCK_STREAM

VFS = "src:fs/ioctl.c:do_vfs_ioctl"


def status_flags(fd):
    return fcntl.fcntl(fd, fcntl.F_GETFL)


@clause(since="2.2", level="documented", refs=["man:ioctl(2)", VFS], covers=["file:ioctl_FIONBIO", "file:O_NONBLOCK"])
@pytest.mark.parametrize("way", ["FIONBIO", "F_SETFL", "SOCK_NONBLOCK"])
def test_non_blocking_read_of_nothing_is_eagain(sockets, way):
    """However a packet socket became non-blocking, F_GETFL shows it, and a read with nothing to read is EAGAIN."""
    socket = sockets.packet(SOCK_RAW | SOCK_NONBLOCK if way == "SOCK_NONBLOCK" else SOCK_RAW)
    if way == "FIONBIO":
        assert socket.ioctl(FIONBIO, ctypes.c_int(4)) == SUCCESS
    elif way == "F_SETFL":
        assert syscall.call("fcntl", socket.fd, fcntl.F_SETFL, os.O_NONBLOCK) == SUCCESS

    assert status_flags(socket.fd) & os.O_NONBLOCK
    assert syscall.call("read", socket.fd, bytearray(8), 8) == refused(EAGAIN)
    assert socket.ioctl(FIONBIO, ctypes.c_int(0)) == SUCCESS
    assert not status_flags(socket.fd) & os.O_NONBLOCK


@clause(since="2.2", level="documented", refs=["man:write(2)", "src:net/socket.c:sock_write_iter"],
        covers=["file:O_NONBLOCK", "file:write"])  # fmt: skip
def test_non_blocking_write_without_room_is_eagain(sockets):
    """A write to a non-blocking stream takes what there is room for, and is EAGAIN when there is none."""
    left, _ = sockets.pair(SOCK_STREAM | SOCK_NONBLOCK)

    first = syscall.call("write", left.fd, bytes(16 << 20), 16 << 20)
    second = syscall.call("write", left.fd, b"x", 1)

    assert first.ok
    assert 0 < first.value < 16 << 20
    assert second == refused(EAGAIN)


@clause(
    since="2.2", level="documented", refs=["man:ioctl(2)", VFS], covers=["file:ioctl_FIONBIO", "file:ioctl_FIOASYNC"]
)
@pytest.mark.parametrize(("request_", "flag"), [(FIONBIO, os.O_NONBLOCK), (FIOASYNC, os.O_ASYNC)],
                         ids=["FIONBIO", "FIOASYNC"])  # fmt: skip
def test_flag_that_cannot_be_read_is_efault(sockets, memory, request_, flag):
    """A value that cannot be read is EFAULT, and the flag stays as it was."""
    socket = sockets.packet()
    before = status_flags(socket.fd)

    assert socket.ioctl(request_, memory.before_end(bytes(3))) == refused(EFAULT)
    assert status_flags(socket.fd) == before
    assert socket.ioctl(request_, memory.readonly(bytes(ctypes.c_int(1)))) == SUCCESS
    assert status_flags(socket.fd) == before | flag


@clause(since="2.2", level="documented", refs=["man:ioctl(2)", VFS], covers=["file:ioctl_FIOCLEX"])
def test_fioclex_sets_close_on_exec(sockets):
    """FIOCLEX sets the descriptor's close-on-exec flag, FIONCLEX clears it; another descriptor keeps its own."""
    socket = sockets.packet()
    other = sockets.adopt(os.dup(socket.fd))
    seen = []

    for request in (FIONCLEX, FIOCLEX):
        assert socket.ioctl(request) == SUCCESS
        seen.append((os.get_inheritable(socket.fd), os.get_inheritable(other.fd)))

    assert seen == [(True, False), (False, False)]
