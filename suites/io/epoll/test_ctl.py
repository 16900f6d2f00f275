"""epoll_ctl(2): what it refuses, and what stays watched."""

import os
from errno import EBADF, EEXIST, EFAULT, EINVAL, ELOOP, ENOENT, EPERM
from select import EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDHUP

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.descriptors import need_descriptors
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.eventpoll import EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLWAKEUP, epoll_event
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.epoll.support import Epoll, chain

CTL = ["man:epoll_ctl(2)", "src:fs/eventpoll.c:do_epoll_ctl"]
OPERATIONS = [EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL]


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@pytest.fixture
def ready(sockets):
    """A socket that is writable."""
    return sockets.pair(SOCK_DGRAM)[0]


@clause(since="2.6.12", level="documented", refs=CTL, covers=["file:epoll"])
def test_ctl_of_what_is_watched_or_not(epoll, ready):
    """Adding what is watched is EEXIST, changing or removing what is not ENOENT; none of it changes what is watched."""
    assert [epoll.control(operation, ready.fd, EPOLLOUT) for operation in OPERATIONS[1:]] == [refused(ENOENT)] * 2
    epoll.add(ready.fd, EPOLLOUT, 1)

    assert epoll.control(EPOLL_CTL_ADD, ready.fd, EPOLLIN, 2) == refused(EEXIST)
    assert epoll.ready() == [(EPOLLOUT, 1)]


@clause(since="2.6.12", level="documented", refs=CTL, covers=["file:epoll"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=["add", "mod", "del"])
def test_ctl_refuses_descriptors(sockets, epoll, ready, operation):
    """A descriptor that is closed is EBADF, one that no epoll instance is EINVAL, as is an instance within itself."""
    if operation != EPOLL_CTL_ADD:
        epoll.add(ready.fd, EPOLLOUT)
    other = sockets.pair()[0]
    event = epoll_event(EPOLLOUT, 7)

    assert syscall.call("epoll_ctl", -1, operation, ready.fd, event) == refused(EBADF)
    assert [epoll.control(operation, fd, EPOLLOUT) for fd in (-1, 1 << 20)] == [refused(EBADF)] * 2
    assert syscall.call("epoll_ctl", other.fd, operation, ready.fd, event) == refused(EINVAL)
    assert epoll.control(operation, epoll.fd, EPOLLOUT) == refused(EINVAL)
    assert syscall.call("epoll_ctl", epoll.fd, operation, ready.fd, event) == SUCCESS  # the control


@clause(since="2.6.12", level="documented", refs=CTL, covers=["file:epoll"])
def test_ctl_refuses_what_cannot_be_polled(epoll, ready, tmp_path):
    """A regular file and a directory are EPERM, with any operation, also where the instance is none."""
    path = tmp_path / "file"
    path.touch()
    fds = [os.open(path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)]
    try:
        results = [epoll.control(operation, fd, EPOLLIN) for fd in fds for operation in OPERATIONS]
        results.append(syscall.call("epoll_ctl", ready.fd, EPOLL_CTL_ADD, fds[0], epoll_event(EPOLLIN)))
    finally:
        for fd in fds:
            os.close(fd)

    assert results == [refused(EPERM)] * 7


@clause(since="2.6.12", level="documented", refs=CTL, covers=["file:epoll"])
def test_ctl_refuses_other_operations(epoll, ready):
    """An operation that there is not is EINVAL, with an event or without."""
    epoll.add(ready.fd, EPOLLOUT)
    event = epoll_event(EPOLLIN, 7)

    results = [syscall.call("epoll_ctl", epoll.fd, number, ready.fd, event) for number in (0, 4, -1)]

    assert results == [refused(EINVAL)] * 3
    assert epoll.wait() == [EPOLLOUT]


@clause(since="2.6.12", level="source", refs=CTL, covers=["file:epoll"])
def test_ctl_reads_a_whole_event_unless_it_removes(epoll, ready, memory):
    """An event that cannot be read to its end is EFAULT to add and modify, and is not read to remove."""
    whole = bytes(epoll_event(EPOLLOUT, 7))
    short = memory.before_end(whole[:-1])

    def control(operation, event):
        return syscall.call("epoll_ctl", epoll.fd, operation, ready.fd, event)

    assert [control(EPOLL_CTL_ADD, event) for event in (0, memory.unmapped, short)] == [refused(EFAULT)] * 3
    assert epoll.wait() == []
    assert control(EPOLL_CTL_ADD, memory.before_end(whole)) == SUCCESS
    assert [control(EPOLL_CTL_MOD, event) for event in (0, memory.unmapped, short)] == [refused(EFAULT)] * 3
    assert epoll.ready() == [(EPOLLOUT, 7)]
    assert control(EPOLL_CTL_DEL, memory.unmapped) == SUCCESS
    assert epoll.wait() == []


@clause(since="4.5", level="documented", refs=CTL, covers=["file:epoll"])
def test_ctl_takes_exclusive_to_add_only_and_with_few_bits(sockets, epoll, ready):
    """EPOLLEXCLUSIVE is EINVAL to modify, on an instance, and beside bits but IN, OUT, ERR, HUP, WAKEUP and ET."""
    good = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLET | EPOLLWAKEUP
    for bad in (EPOLLONESHOT, EPOLLPRI, EPOLLRDHUP, *(1 << bit for bit in (5, 6, 7, 8, 9, 10, 27))):
        assert epoll.control(EPOLL_CTL_ADD, ready.fd, EPOLLEXCLUSIVE | EPOLLOUT | bad) == refused(EINVAL)
    assert epoll.control(EPOLL_CTL_ADD, Epoll(sockets).fd, EPOLLEXCLUSIVE | EPOLLIN) == refused(EINVAL)

    assert epoll.control(EPOLL_CTL_ADD, ready.fd, EPOLLEXCLUSIVE | good) == SUCCESS
    assert epoll.control(EPOLL_CTL_MOD, ready.fd, EPOLLIN) == refused(EINVAL)
    assert epoll.wait() == [EPOLLOUT]
    epoll.remove(ready.fd)
    epoll.add(ready.fd, EPOLLIN)
    assert epoll.control(EPOLL_CTL_MOD, ready.fd, EPOLLEXCLUSIVE | EPOLLOUT) == refused(EINVAL)
    assert epoll.wait() == []


@clause(since="2.6.29", level="documented", refs=[*CTL, "src:fs/eventpoll.c:ep_loop_check"], covers=["file:epoll"])
def test_ctl_refuses_cycles_and_deep_nesting(sockets, epoll):
    """Instances that watch each other in a circle are ELOOP, as are chains of seven and more; five are not."""
    five = chain(sockets, 5)

    assert five[4].control(EPOLL_CTL_ADD, five[0].fd, EPOLLIN) == refused(ELOOP)
    assert five[1].control(EPOLL_CTL_ADD, five[0].fd, EPOLLIN) == refused(ELOOP)
    epoll.control(EPOLL_CTL_ADD, five[0].fd, EPOLLIN)
    outermost = Epoll(sockets)
    assert refused(ELOOP) in (epoll.control(EPOLL_CTL_ADD, five[0].fd, EPOLLIN),
                              outermost.control(EPOLL_CTL_ADD, epoll.fd, EPOLLIN))  # fmt: skip
    assert outermost.control(EPOLL_CTL_ADD, five[1].fd, EPOLLIN) == SUCCESS


@clause(since="6.17", level="source", refs=[*CTL, "commit:f2e467a48287"], covers=["file:epoll"])
def test_ctl_takes_a_chain_of_five_instances(sockets, epoll):
    """A chain of five instances takes no sixth, neither around them nor at their inner end: ELOOP; one of four does."""
    five = chain(sockets, 5)

    assert epoll.control(EPOLL_CTL_ADD, five[0].fd, EPOLLIN) == refused(ELOOP)
    assert five[4].control(EPOLL_CTL_ADD, epoll.fd, EPOLLIN) == refused(ELOOP)
    assert five[3].control(EPOLL_CTL_ADD, epoll.fd, EPOLLIN) == SUCCESS


@clause(since="2.6.38", level="source", refs=[*CTL, "src:fs/eventpoll.c:path_count_inc"], covers=["file:epoll"])
def test_ctl_refuses_too_many_ways(sockets, ready):
    """A socket that would wake more than 500 instances through instances that watch it is EINVAL, the 500th is not.

    An instance that watches no longer, because it is closed, is not counted.
    """
    inner = Epoll(sockets)
    inner.add(ready.fd, EPOLLOUT)
    need_descriptors(501)
    outer = [Epoll(sockets) for _ in range(501)]
    results = [each.control(EPOLL_CTL_ADD, inner.fd, EPOLLIN) for each in outer]

    assert results == [SUCCESS] * 500 + [refused(EINVAL)]
    assert [each.wait() for each in outer] == [[EPOLLIN]] * 500 + [[]]
    assert outer[500].control(EPOLL_CTL_DEL, inner.fd) == refused(ENOENT)
    must(syscall.call("dup3", ready.fd, outer[0].fd, os.O_CLOEXEC), "dup3")
    assert outer[500].control(EPOLL_CTL_ADD, inner.fd, EPOLLIN) == SUCCESS
