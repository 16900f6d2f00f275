"""socket(2): SOCK_NONBLOCK and SOCK_CLOEXEC in the type argument."""

import fcntl
import os
from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.memory import Buffer
from helpers.syscall import refused
from helpers.uapi.socket import (
    AF_PACKET,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOCK_RAW,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_TYPE

CREATE = "src:net/socket.c:__sys_socket_create"
MAP = "src:net/socket.c:sock_map_fd"


@clause(since="2.6.27", level="documented", refs=["man:socket(2)", "src:net/socket.c:__sys_socket", MAP])
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
def test_each_flag_sets_its_own_thing_and_nothing_else(sockets, flags, status, descriptor):
    """SOCK_NONBLOCK sets O_NONBLOCK and SOCK_CLOEXEC sets FD_CLOEXEC; else the socket is O_RDWR and no more."""
    result = syscall.socket(AF_PACKET, SOCK_RAW | flags, 0)

    assert result.ok
    socket = sockets.adopt(result.value)
    assert fcntl.fcntl(socket.fd, fcntl.F_GETFL) == os.O_RDWR | status
    assert fcntl.fcntl(socket.fd, fcntl.F_GETFD) == descriptor
    assert socket.option(SOL_SOCKET, SO_TYPE) == SOCK_RAW


@clause(since="2.6.27", level="documented", refs=["man:socket(2)"])
def test_nonblock_makes_the_first_receive_return_at_once(sockets):
    """A receive on a packet socket made with SOCK_NONBLOCK fails with EAGAIN when nothing is queued."""
    result = syscall.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0)

    assert result.ok
    buffer = Buffer(16)
    assert sockets.adopt(result.value).recv(buffer.array, 16) == refused(EAGAIN)
    assert buffer.untouched()


@clause(since="2.6.27", level="documented", refs=["man:socket(2)", CREATE], covers=["errno:EINVAL"])
def test_takes_no_other_flag(sockets):
    """Of the bits above the type mask socket(2) takes SOCK_NONBLOCK and SOCK_CLOEXEC; each other is EINVAL."""
    results = {bit: syscall.socket(AF_PACKET, SOCK_RAW | 1 << bit, 0) for bit in range(4, 32)}

    taken = {1 << bit: sockets.adopt(result.value) for bit, result in results.items() if result.ok}
    assert sorted(taken) == [SOCK_NONBLOCK, SOCK_CLOEXEC]
    assert {result for result in results.values() if not result.ok} == {refused(EINVAL)}


@clause(since="2.6.27", level="documented", refs=["man:socket(2)", CREATE], covers=["errno:EINVAL"])
@pytest.mark.parametrize("kind", [-1, -(2**31), -SOCK_RAW], ids=["-1", "INT_MIN", "negated"])
def test_refuses_a_negative_type_with_einval(sockets, kind):
    """A negative type has flags that do not exist and is refused with EINVAL."""
    result = syscall.socket(AF_PACKET, kind, 0)

    assert result == refused(EINVAL)
    assert sockets.open(AF_PACKET, SOCK_RAW).fd >= 0
