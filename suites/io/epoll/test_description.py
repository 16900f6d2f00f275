"""What /proc and the ioctls of an epoll instance say of it."""

import ctypes
import os
import re
from errno import EFAULT, EINVAL, ENOPROTOOPT, EPERM
from select import EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.syscall import SUCCESS, refused
from helpers.uapi.eventpoll import EPIOCGPARAMS, EPIOCSPARAMS, epoll_params
from helpers.uapi.socket import SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_BUSY_POLL
from helpers.unavailable import unavailable
from suites.io.epoll.support import Epoll

PARAMS = ["man:ioctl(2)", "src:fs/eventpoll.c:ep_eventpoll_bp_ioctl"]


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@pytest.fixture
def busy_poll(sockets):
    """The kernel is built with busy polling."""
    value, length = (ctypes.c_int(0), ctypes.c_int(4))
    if sockets.pair()[0].getsockopt(SOL_SOCKET, SO_BUSY_POLL, value, length) == refused(ENOPROTOOPT):
        unavailable("this kernel is built without busy polling (CONFIG_NET_RX_BUSY_POLL)")


@clause(
    since="3.8", level="documented", refs=["man:proc(5)", "src:fs/eventpoll.c:ep_show_fdinfo"], covers=["file:fdinfo"]
)
def test_fdinfo_has_a_line_for_each_descriptor(sockets, epoll):
    """/proc/PID/fdinfo of an instance has a line for each watched descriptor: events, data, position, inode, device."""
    pair = sockets.pair(SOCK_DGRAM)
    epoll.add(pair[0].fd, EPOLLIN | EPOLLET, 0xFEDCBA9876543210)
    epoll.add(pair[1].fd, 0, 0)

    with open(f"/proc/self/fdinfo/{epoll.fd}") as file:
        lines = [line for line in file if line.startswith("tfd:")]

    expected = []
    for socket, events, data in ((pair[0], EPOLLIN | EPOLLET, 0xFEDCBA9876543210), (pair[1], 0, 0)):
        state = os.fstat(socket.fd)
        events |= EPOLLERR | EPOLLHUP
        device = os.major(state.st_dev) << 20 | os.minor(state.st_dev)
        expected.append(
            f"tfd: {socket.fd:8} events: {events:8x} data: {data:16x}  pos:0 ino:{state.st_ino:x} sdev:{device:x}\n"
        )
    assert sorted(lines) == sorted(expected)
    epoll.remove(pair[0].fd)
    with open(f"/proc/self/fdinfo/{epoll.fd}") as file:
        assert re.findall(r"^tfd: +(\d+)", file.read(), re.MULTILINE) == [str(pair[1].fd)]


@clause(since="6.9", level="source", refs=PARAMS, covers=["file:epoll"])
def test_busy_poll_parameters(epoll, memory, busy_poll):
    """EPIOCSPARAMS sets what EPIOCGPARAMS reads, zeros at first; bad fields are EINVAL, bad memory EFAULT."""
    answer = epoll_params(9, 9, 9, 9)
    first = syscall.ioctl(epoll.fd, EPIOCGPARAMS, answer)
    zeros = bytes(answer)
    good = epoll_params(2**31 - 1, 64, 1, 0)

    done = syscall.ioctl(epoll.fd, EPIOCSPARAMS, memory.readonly(bytes(good)))
    bad = [epoll_params(2**31, 64, 1), epoll_params(5, 8, 2), epoll_params(5, 8, 1, 1)]
    results = [syscall.ioctl(epoll.fd, EPIOCSPARAMS, each) for each in bad]
    faults = [syscall.ioctl(epoll.fd, EPIOCSPARAMS, where) for where in (0, memory.before_end(bytes(7)))]
    faults.append(syscall.ioctl(epoll.fd, EPIOCGPARAMS, memory.readonly(bytes(8))))

    assert (first, zeros, done) == (SUCCESS, bytes(8), SUCCESS)
    assert (results, faults) == ([refused(EINVAL)] * 3, [refused(EFAULT)] * 3)
    assert syscall.ioctl(epoll.fd, EPIOCGPARAMS, answer) == SUCCESS
    assert bytes(answer) == bytes(good)
    assert [syscall.ioctl(epoll.fd, request, answer) for request in (0, EPIOCSPARAMS + 2)] == [refused(EINVAL)] * 2


@clause(since="6.9", level="source", refs=PARAMS, covers=["file:epoll"])
def test_large_budget_takes_cap_net_admin(epoll, busy_poll, initial_user_namespace):
    """A busy poll budget beyond 64 frames is EPERM without CAP_NET_ADMIN in the initial user namespace."""

    def run():
        return [syscall.ioctl(epoll.fd, EPIOCSPARAMS, epoll_params(0, budget)) for budget in (64, 65)]

    assert process.in_child(run, without=["CAP_NET_ADMIN"]) == [SUCCESS, refused(EPERM)]
