"""Calls that make sense on other files only: mapping, flushing, truncating and reserving."""

import mmap
from errno import EINVAL, ENODEV, ENOTTY

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.memory import PAGE
from helpers.syscall import refused
from helpers.uapi.ioctls import FIOQSIZE
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM

FILE = "src:net/socket.c:sock_alloc_file"


@clause(since="2.2", level="source", refs=["man:mmap(2)", "src:net/socket.c:sock_mmap"], covers=["file:mmap"])
@pytest.mark.parametrize("flags", [mmap.MAP_SHARED, mmap.MAP_PRIVATE], ids=["shared", "private"])
@pytest.mark.parametrize(
    ("domain", "kind"), [(AF_UNIX, SOCK_STREAM), (AF_INET, SOCK_DGRAM)], ids=["unix", "inet-dgram"]
)
def test_socket_without_memory_to_map_is_enodev(sockets, domain, kind, flags):
    """A mapping of a socket of a family that has nothing to map is ENODEV."""
    socket = sockets.open(domain, kind)

    assert syscall.call("mmap", None, PAGE, mmap.PROT_READ, flags, socket.fd, 0) == refused(ENODEV)


@clause(since="2.2", level="documented", refs=["man:fsync(2)", FILE], covers=["file:fsync"])
@pytest.mark.parametrize("call", ["fsync", "fdatasync"])
def test_socket_cannot_be_flushed(sockets, call):
    """A socket cannot be flushed: fsync and fdatasync are EINVAL."""
    assert syscall.call(call, sockets.packet().fd) == refused(EINVAL)


@clause(since="2.2", level="documented", refs=["man:ftruncate(2)", FILE], covers=["file:ftruncate"])
@pytest.mark.parametrize("length", [0, 1])
def test_socket_cannot_be_cut(sockets, length):
    """A socket cannot be truncated: ftruncate is EINVAL."""
    assert syscall.call("ftruncate", sockets.packet().fd, length) == refused(EINVAL)


@clause(since="2.6.23", level="documented", refs=["man:fallocate(2)", FILE], covers=["file:fallocate"])
def test_socket_cannot_reserve_space(sockets):
    """A socket reserves no space: fallocate is ENODEV."""
    assert syscall.call("fallocate", sockets.packet().fd, 0, 0, PAGE) == refused(ENODEV)


@clause(
    since="2.2", level="source", refs=["man:ioctl(2)", "src:fs/ioctl.c:do_vfs_ioctl"], covers=["file:ioctl_unknown"]
)
def test_socket_has_no_size_to_ask_for(sockets):
    """FIOQSIZE, the size of a file, is ENOTTY on a socket and leaves the memory untouched."""
    answer = bytearray(b"\xa5" * 8)

    assert sockets.packet().ioctl(FIOQSIZE, answer) == refused(ENOTTY)
    assert answer == b"\xa5" * 8
