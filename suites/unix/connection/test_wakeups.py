"""What happens to an AF_UNIX socket wakes those who wait: an edge of epoll(7), a signal with its reason.

An edge-triggered epoll reports a socket again only when the kernel wakes its waiters: so no case needs to block.
"""

import os
import select
import signal
from fcntl import F_GETFL, F_SETFL, F_SETOWN, F_SETSIG, fcntl

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.endpoints import listening
from helpers.uapi.siginfo import POLL_HUP, POLL_IN
from helpers.uapi.socket import AF_UNIX, SHUT_RD, SHUT_RDWR, SHUT_WR
from helpers.unix_ends import CONNECTED, TYPES, got

SHUTDOWN = "src:net/unix/af_unix.c:unix_shutdown"
RELEASE = "src:net/unix/af_unix.c:unix_release_sock"
KINDS = pytest.mark.parametrize("kind", CONNECTED.values(), ids=CONNECTED)
ALL_KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
SIGNAL = signal.SIGRTMIN + 1
WRITE_EVENTS = (select.EPOLLOUT, select.EPOLLWRNORM, select.EPOLLWRBAND)


def edges(socket, act, asked=select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP):
    """Return the *asked* events that an edge-triggered epoll reports because of ``act()``, 0 for no wake-up."""
    with select.epoll() as watcher:
        watcher.register(socket.fd, asked | select.EPOLLET)
        watcher.poll(0)
        act()
        return sum(mask for _, mask in watcher.poll(0))


@clause(since="2.6", level="documented", refs=["man:epoll(7)", "src:net/unix/af_unix.c:unix_stream_sendmsg"])
@ALL_KINDS
def test_each_message_wakes_the_receiver(sockets, kind):
    """Data wake who waits at the receiver, again with each send, and nobody at the sender."""
    near, far = sockets.pair(kind)

    seen = [edges(far, lambda: near.must.send(b"data")) & select.EPOLLIN for _ in range(2)]

    assert seen == [select.EPOLLIN] * 2
    assert edges(near, lambda: near.must.send(b"data")) == 0


@clause(since="2.6", level="documented", refs=["man:epoll(7)", "src:net/unix/af_unix.c:unix_stream_connect"])
@KINDS
def test_each_connection_wakes_who_waits_at_the_listener(sockets, kind):
    """A connection wakes who waits at the listener."""
    listener, clients = sockets.open(AF_UNIX, kind), [sockets.open(AF_UNIX, kind) for _ in range(2)]
    name = listening(listener)

    seen = [edges(listener, lambda client=client: client.must.connect(name)) for client in clients]

    assert seen == [select.EPOLLIN] * 2


@clause(since="2.6", level="source", refs=["src:net/unix/af_unix.c:unix_write_space"])
@ALL_KINDS
@pytest.mark.parametrize("event", WRITE_EVENTS, ids=["out", "norm", "band"])
def test_reading_wakes_the_sender(sockets, kind, event):
    """When the receiver reads, who waits at the sender for POLLOUT, POLLWRNORM or POLLWRBAND is woken."""
    near, far = sockets.pair(kind)
    near.must.send(b"data")

    seen = edges(near, lambda: got(far), event)

    assert seen == event


@clause(since="2.6.17", level="source", refs=[SHUTDOWN])
@ALL_KINDS
@pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR], ids=["rd", "wr", "rdwr"])
@pytest.mark.parametrize("whose", ["own", "peer"])
def test_shutdown_wakes_both_ends(sockets, kind, how, whose):
    """A shutdown wakes who waits at either end of a connection, whatever it ends; of datagram sockets only its own."""
    near, far = sockets.pair(kind)

    seen = edges(near, lambda: (near if whose == "own" else far).must.shutdown(how))

    assert bool(seen) == (whose == "own" or kind in CONNECTED.values())


@clause(since="2.6.17", level="source", refs=[RELEASE])
@KINDS
def test_close_wakes_the_peer(sockets, kind):
    """A close wakes who waits at the peer, for the end and POLLHUP."""
    near, far = sockets.pair(kind)

    seen = edges(near, far.must.close)

    assert seen == select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLHUP


def signals(sockets, kind, act):
    """Return the si_code of each signal that an end of a new pair sends because of ``act(peer)``."""

    def run():
        near, far = sockets.pair(kind)
        signal.pthread_sigmask(signal.SIG_BLOCK, {SIGNAL, signal.SIGIO})
        fcntl(near.fd, F_SETOWN, os.getpid())
        fcntl(near.fd, F_SETSIG, SIGNAL)
        fcntl(near.fd, F_SETFL, fcntl(near.fd, F_GETFL) | os.O_ASYNC)
        act(far)
        found = []
        while info := signal.sigtimedwait({SIGNAL, signal.SIGIO}, 0):
            found.append(info.si_code)
        return found

    return process.in_child(run)


@clause(since="2.6", level="source", refs=["man:fcntl(2)", SHUTDOWN])
@KINDS
@pytest.mark.parametrize(
    ("how", "reasons"), [(SHUT_RD, []), (SHUT_WR, [POLL_IN]), (SHUT_RDWR, [POLL_HUP])], ids=["rd", "wr", "rdwr"]
)
def test_shutdown_signals_the_peer(sockets, kind, how, reasons):
    """SHUT_WR of the peer sends a signal with the reason POLL_IN, SHUT_RDWR one with POLL_HUP, SHUT_RD none."""
    assert signals(sockets, kind, lambda peer: peer.must.shutdown(how)) == reasons


@clause(since="2.6", level="source", refs=["man:fcntl(2)", RELEASE])
@KINDS
def test_data_and_close_signal_the_peer(sockets, kind):
    """Data send a signal with the reason POLL_IN, and the close of the peer one with POLL_HUP."""
    assert signals(sockets, kind, lambda peer: peer.must.send(b"data")) == [POLL_IN]
    assert signals(sockets, kind, lambda peer: peer.must.close()) == [POLL_HUP]
