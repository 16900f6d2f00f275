"""epoll(7): an instance that is watched or polled itself."""

import os
from select import EPOLLET, EPOLLIN, EPOLLOUT, EPOLLRDNORM, POLLIN, POLLRDNORM

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.sockets import must
from helpers.syscall import returned
from helpers.uapi.poll import pollfd
from helpers.uapi.socket import SOCK_DGRAM
from helpers.uapi.time_types import timespec
from suites.io.epoll.support import Epoll, chain

REFS = ["man:epoll(7)", "src:fs/eventpoll.c:__ep_eventpoll_poll"]


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


def poll(fd):
    """Return revents of one ppoll(2) that does not wait."""
    entry = pollfd(fd, 0x7FFF, 0)
    must(syscall.call("ppoll", entry, 1, timespec(0, 0), None, 0), "ppoll")
    return entry.revents


@clause(since="2.6.12", level="documented", refs=REFS, covers=["file:epoll", "file:poll"])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_instance_is_readable_while_something_is_ready(sockets, depth):
    """An instance is readable, and nothing else, while what it watches, through others too, is ready."""
    left, right = sockets.pair(SOCK_DGRAM)
    instances = chain(sockets, depth)
    outer, inner = instances[0], instances[-1]
    inner.add(left.fd, EPOLLIN)
    seen = [poll(outer.fd)]

    right.must.send(b"x")
    seen += [poll(outer.fd), poll(outer.fd)]
    left.must.recv(bytearray(1), 1)

    assert [*seen, poll(outer.fd)] == [0, POLLIN | POLLRDNORM, POLLIN | POLLRDNORM, 0]


@clause(since="2.6.12", level="documented", refs=REFS, covers=["file:epoll", "file:poll"])
@pytest.mark.parametrize("how", ["data", "add", "mod"])
def test_poll_that_waits_for_an_instance_is_woken(sockets, epoll, how):
    """A poll of an instance ends when what it watches becomes ready, is added ready, or is ready for other events."""
    left, right = sockets.pair(SOCK_DGRAM)
    if how != "add":
        epoll.add(left.fd, EPOLLIN)

    def run():
        entry = pollfd(epoll.fd, POLLIN, 0)
        return syscall.call("ppoll", entry, 1, None, None, 0), entry.revents

    with process.start(run) as child:
        child.wait_blocked("ppoll")
        {
            "data": lambda: right.must.send(b"x"),
            "add": lambda: epoll.add(left.fd, EPOLLOUT),
            "mod": lambda: epoll.modify(left.fd, EPOLLOUT),
        }[how]()
        assert child.result() == (returned(1), POLLIN)


@clause(since="2.6.12", level="documented", refs=REFS, covers=["file:epoll"])
@pytest.mark.parametrize("edge", [0, EPOLLET], ids=["level", "edge"])
def test_watched_instance_is_reported(sockets, edge):
    """An instance that another watches is reported as readable, edge-triggered once for each arrival."""
    left, right = sockets.pair(SOCK_DGRAM)
    outer, inner = Epoll(sockets), Epoll(sockets)
    inner.add(left.fd, EPOLLIN)
    outer.add(inner.fd, 0x7FFF | edge)
    seen = [outer.wait()]

    for _ in range(2):
        right.must.send(b"x")
        seen += [outer.wait(), outer.wait()]
    while inner.wait():
        left.must.recv(bytearray(1), 1)
    seen.append(outer.wait())

    told = [EPOLLIN | EPOLLRDNORM]
    assert seen == [[], told, [] if edge else told, told, [] if edge else told, []]


@clause(since="2.6.12", level="documented", refs=REFS, covers=["file:epoll", "file:close"])
def test_closed_instance_leaves_nothing_behind(sockets):
    """An instance that is closed is no longer reported by the one that watches it, and its sockets go on working."""
    left, right = sockets.pair(SOCK_DGRAM)
    outer, inner = Epoll(sockets), Epoll(sockets)
    inner.add(left.fd, EPOLLOUT)
    outer.add(inner.fd, EPOLLIN)
    before = outer.wait()

    os.close(os.dup(inner.fd))
    kept = outer.wait()
    must(syscall.call("dup3", left.fd, inner.fd, os.O_CLOEXEC), "dup3")

    assert (before, kept, outer.wait()) == ([EPOLLIN], [EPOLLIN], [])
    assert left.send(b"x") == returned(1)
    assert right.recv(bytearray(1), 1) == returned(1)
