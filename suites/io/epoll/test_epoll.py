"""epoll(7) on sockets: readiness, and when it is reported again."""

import os
from errno import EEXIST, ENOENT
from select import EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.eventpoll import EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.epoll.support import Epoll

REFS = ["src:net/socket.c:sock_poll"]


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@pytest.fixture
def receiver(loopback):
    """A packet socket that receives our frames on the loopback device."""
    return loopback.packet_socket(protocol=frames.OWN)


@clause(since="2.6.12", level="documented", refs=["man:epoll(7)", *REFS], covers=["file:epoll"])
def test_epoll_tells_again_while_it_lasts(loopback, receiver, epoll):
    """Level-triggered, a socket is reported with its epoll_data on each wait as long as a frame is queued."""
    added = epoll.control(EPOLL_CTL_ADD, receiver.fd, EPOLLIN)
    empty = epoll.wait()
    loopback.inject(frames.ethernet())

    assert (added, empty) == (SUCCESS, [])
    assert [epoll.wait(5), epoll.wait()] == [[EPOLLIN], [EPOLLIN]]
    receiver.take()
    assert epoll.wait() == []


@clause(since="2.6.12", level="documented", refs=["man:epoll(7)", *REFS], covers=["file:epoll"])
def test_edge_triggered_epoll_tells_once_for_each_arrival(loopback, receiver, epoll):
    """Edge-triggered, a socket is reported once for each arrival, though the first frame is still queued."""
    must(epoll.control(EPOLL_CTL_ADD, receiver.fd, EPOLLIN | EPOLLET))

    for _ in range(2):
        loopback.inject(frames.ethernet())
        assert [epoll.wait(5), epoll.wait()] == [[EPOLLIN], []]


@clause(since="2.6.12", level="documented", refs=["man:epoll_ctl(2)", *REFS], covers=["file:epoll"])
def test_one_shot_epoll_tells_once_until_it_is_armed_again(loopback, receiver, epoll):
    """With EPOLLONESHOT a socket is reported once, until EPOLL_CTL_MOD arms it again."""
    must(epoll.control(EPOLL_CTL_ADD, receiver.fd, EPOLLIN | EPOLLONESHOT))
    loopback.inject(frames.ethernet(), frames.ethernet())

    told = [epoll.wait(5), epoll.wait()]
    armed = epoll.control(EPOLL_CTL_MOD, receiver.fd, EPOLLIN | EPOLLONESHOT)

    assert (told, armed) == ([[EPOLLIN], []], SUCCESS)
    assert [epoll.wait(), epoll.wait()] == [[EPOLLIN], []]


@clause(since="2.6.12", level="documented", refs=["man:epoll_ctl(2)", *REFS], covers=["file:epoll"])
def test_socket_is_watched_once_and_until_it_is_removed(sockets, epoll):
    """A socket is added once (EEXIST) and removed once (ENOENT); in between it is reported."""
    left, _ = sockets.pair(SOCK_DGRAM)

    assert epoll.control(EPOLL_CTL_ADD, left.fd, EPOLLOUT) == SUCCESS
    assert epoll.control(EPOLL_CTL_ADD, left.fd, EPOLLOUT) == refused(EEXIST)
    assert epoll.wait() == [EPOLLOUT]
    assert epoll.control(EPOLL_CTL_DEL, left.fd) == SUCCESS
    assert epoll.control(EPOLL_CTL_DEL, left.fd) == refused(ENOENT)
    assert epoll.wait() == []


@clause(
    since="2.6.12",
    level="documented",
    refs=["man:epoll(7)", "src:net/socket.c:sock_close"],
    covers=["file:epoll", "file:close"],
)
def test_socket_is_watched_until_its_last_descriptor_is_closed(sockets, epoll):
    """A watched socket is reported while another descriptor of it is open, and no longer when the last is closed."""
    left, _ = sockets.pair(SOCK_DGRAM)
    spare = os.dup(left.fd)
    must(epoll.control(EPOLL_CTL_ADD, left.fd, EPOLLOUT))

    left.close()
    dup_left = epoll.wait()
    os.close(spare)

    assert (dup_left, epoll.wait()) == ([EPOLLOUT], [])
