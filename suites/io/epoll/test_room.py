"""Room to send that comes when the link lets frames go: how it is reported to who waits for it."""

import os
import signal
from errno import EAGAIN
from fcntl import F_GETFL, F_SETFL, F_SETOWN, F_SETSIG, fcntl
from select import EPOLLET, EPOLLOUT, EPOLLWRBAND, EPOLLWRNORM, POLLOUT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import process, wait
from helpers.full_queues import fill
from helpers.kinds import INET6_UDP, INET_UDP, PACKET_RAW, PEER
from helpers.net.qdiscs import hold_frames
from helpers.syscall import refused
from helpers.uapi.siginfo import POLL_OUT
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF
from suites.io.epoll.support import Epoll

REFS = ["man:socket(7)", "src:net/core/sock.c:sock_wfree", "src:net/core/sock.c:sock_def_write_space"]
SIZE = 300
NUMBER = signal.SIGRTMIN + 1
kinds = of_kinds(INET_UDP, INET6_UDP, PACKET_RAW)


@pytest.fixture
def full(loopback, kind):
    """A socket whose send buffer is full of frames that the link holds, and what lets them go."""
    if kind.has(PEER):
        socket = kind.pair(loopback.sockets, loopback.namespace)[0]
    else:
        socket = loopback.packet_socket(protocol=0)
    let_go = hold_frames(loopback)
    socket.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    fill(socket, SIZE)
    return socket, let_go


@clause(since="2.6.12", level="source", refs=[*REFS, "src:net/core/datagram.c:datagram_poll"], covers=["file:epoll"])
@kinds
def test_room_on_the_link_wakes_who_waits_for_any_event_of_writing(full, kind, sockets):
    """When frames leave, POLLOUT, POLLWRNORM and POLLWRBAND each are an edge for who watches for that alone."""
    socket, let_go = full
    watchers = {bit: Epoll(sockets) for bit in (EPOLLOUT, EPOLLWRNORM, EPOLLWRBAND)}
    for bit, epoll in watchers.items():
        epoll.add(socket.fd, bit | EPOLLET)
    before = [epoll.wait() for epoll in watchers.values()]

    let_go()

    assert before == [[]] * 3
    assert {bit: epoll.wait(wait.DEADLINE) for bit, epoll in watchers.items()} == {bit: [bit] for bit in watchers}


@clause(since="2.6.12", level="source", refs=[*REFS, "man:fcntl(2)"], covers=["file:O_ASYNC", "file:F_SETSIG"])
@kinds
def test_room_on_the_link_sends_a_signal_once_to_who_found_none(full, kind):
    """After a send found no room, frames that leave send one signal with POLL_OUT, and later room sends none."""
    socket, let_go = full

    def next_signal(seconds=0.0):
        info = signal.sigtimedwait({NUMBER, signal.SIGIO}, seconds)
        return info and (info.si_signo, info.si_code)

    def run():
        signal.pthread_sigmask(signal.SIG_BLOCK, {NUMBER, signal.SIGIO})
        fcntl(socket.fd, F_SETOWN, os.getpid())
        fcntl(socket.fd, F_SETSIG, NUMBER)
        fcntl(socket.fd, F_SETFL, fcntl(socket.fd, F_GETFL) | os.O_ASYNC)
        found = socket.send(bytes(SIZE), MSG_DONTWAIT)
        before = next_signal()
        let_go()
        after = next_signal(wait.DEADLINE)
        wait.poll(socket.fd, POLLOUT)
        return found, before, after, socket.send(bytes(SIZE), MSG_DONTWAIT).value, next_signal()

    assert process.in_child(run) == (refused(EAGAIN), None, (NUMBER, POLL_OUT), SIZE, None)
