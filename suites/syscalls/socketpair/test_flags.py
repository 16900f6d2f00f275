"""socketpair(2): SOCK_NONBLOCK and SOCK_CLOEXEC in the type argument."""

import ctypes
import fcntl
import os
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM

GENERIC = "src:net/socket.c:__sys_socketpair"


def two() -> ctypes.Array[ctypes.c_int]:
    """Return a vector of two descriptors that are none."""
    return (ctypes.c_int * 2)(-1, -1)


@clause(since="2.6.27", level="documented", refs=["man:socketpair(2)", "man:socket(2)", GENERIC])
@pytest.mark.parametrize(
    ("flags", "status", "descriptor"),
    [
        (0, 0, 0),
        (SOCK_NONBLOCK, os.O_NONBLOCK, 0),
        (SOCK_CLOEXEC, 0, fcntl.FD_CLOEXEC),
        (SOCK_NONBLOCK | SOCK_CLOEXEC, os.O_NONBLOCK, fcntl.FD_CLOEXEC),
    ],
    ids=["neither", "nonblock", "cloexec", "both"],
)
def test_each_flag_holds_for_both_ends(sockets, flags, status, descriptor):
    """SOCK_NONBLOCK and SOCK_CLOEXEC set O_NONBLOCK and FD_CLOEXEC on both ends, each its own and nothing else."""
    fds = two()

    result = syscall.socketpair(AF_UNIX, SOCK_STREAM | flags, 0, fds)

    assert result == SUCCESS
    ends = [sockets.adopt(fd) for fd in fds]
    assert [fcntl.fcntl(end.fd, fcntl.F_GETFL) for end in ends] == [os.O_RDWR | status] * 2
    assert [fcntl.fcntl(end.fd, fcntl.F_GETFD) for end in ends] == [descriptor] * 2


@clause(since="2.6.27", level="documented", refs=["man:socketpair(2)", GENERIC], covers=["errno:EINVAL"])
def test_takes_no_other_flag(sockets):
    """Of the bits above the type mask socketpair(2) takes SOCK_NONBLOCK and SOCK_CLOEXEC; each other is EINVAL."""
    vectors = {bit: two() for bit in range(4, 32)}

    results = {bit: syscall.socketpair(AF_UNIX, SOCK_STREAM | 1 << bit, 0, fds) for bit, fds in vectors.items()}

    for bit, result in results.items():
        if result.ok:
            sockets.adopt(vectors[bit][0])
            sockets.adopt(vectors[bit][1])
    taken = [1 << bit for bit, result in results.items() if result.ok]
    assert taken == [SOCK_NONBLOCK, SOCK_CLOEXEC]
    assert {result for result in results.values() if not result.ok} == {refused(EINVAL)}
    assert {tuple(fds) for bit, fds in vectors.items() if not results[bit].ok} == {(-1, -1)}
