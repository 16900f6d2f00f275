"""EPOLLEXCLUSIVE: how many of those that watch a socket are woken."""

from select import EPOLLET, EPOLLEXCLUSIVE, EPOLLIN, EPOLLOUT

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.net import frames
from helpers.uapi.eventpoll import EPOLLWAKEUP
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.epoll.support import Epoll

CALLBACK = ["man:epoll(7)", "src:fs/eventpoll.c:ep_poll_callback", "src:net/socket.c:sock_poll"]


def _finished(children, least):
    """Return the pids of the children that have returned, once there are *least*."""

    def look():
        pids = {child.pid for child in children if child.finished()}
        return pids if len(pids) >= least else None

    return wait.until(look, f"{least} of the watchers woken")


@clause(since="4.5", level="source", refs=["man:epoll_ctl(2)", *CALLBACK], covers=["file:epoll"])
@pytest.mark.parametrize("wakeup", [0, EPOLLWAKEUP], ids=["plain", "EPOLLWAKEUP"])
def test_exclusive_watchers_take_turns(loopback, sockets, wakeup):
    """Of edge-triggered watchers with EPOLLEXCLUSIVE that wait one is woken for each frame, in turn; others all are."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    plain = [Epoll(sockets) for _ in range(2)]
    exclusive = [Epoll(sockets) for _ in range(3)]
    for epoll in plain:
        epoll.add(socket.fd, EPOLLIN | EPOLLET)
    for epoll in exclusive:
        epoll.add(socket.fd, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE | wakeup)

    def run(number):
        exclusive[number].wait(30)
        return number

    first = [process.start(run, number) for number in range(3)]
    try:
        for child in first:
            child.wait_blocked("epoll_pwait")
        woken = []
        for _ in range(3):
            loopback.inject(frames.ethernet())
            woken.append(_finished(first, len(woken) + 1))
            assert [epoll.wait() for epoll in plain] == [[EPOLLIN]] * 2
    finally:
        for child in first:
            child.close()
    assert [len(pids) for pids in woken] == [1, 2, 3]


@clause(since="4.5", level="source", refs=["man:epoll_ctl(2)", *CALLBACK], covers=["file:epoll"])
@pytest.mark.parametrize("first_wants", [EPOLLOUT, EPOLLIN | EPOLLOUT], ids=["room", "both"])
def test_wake_up_ends_with_the_first_exclusive_watcher_that_wants_it(sockets, first_wants):
    """A wake-up for data goes past an exclusive watcher that waits for room, and ends with one that waits for both."""
    left, right = sockets.pair(SOCK_DGRAM)
    first, second = Epoll(sockets), Epoll(sockets)
    first.add(left.fd, first_wants | EPOLLEXCLUSIVE | EPOLLET)
    second.add(left.fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET)
    first.wait()

    with process.start(first.wait, 30) as one, process.start(second.wait, 30) as two:
        for child in (one, two):
            child.wait_blocked("epoll_pwait")
        woken, passed = (one, two) if first_wants & EPOLLIN else (two, one)
        right.must.send(b"x")
        assert woken.result() == [first_wants | EPOLLIN if woken is one else EPOLLIN]
        assert not passed.finished()
