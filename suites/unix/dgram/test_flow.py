"""Flow control of AF_UNIX datagrams: the queue of a receiver that is not connected back, and who waits for room in it.

The queue takes one datagram more than net.unix.max_dgram_qlen of the receiver's network namespace.
"""

import select
from errno import EAGAIN, ECONNREFUSED, EINTR, EPIPE
from select import POLLOUT, POLLWRBAND, POLLWRNORM

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.connections import wait_at_most
from helpers.endpoints import named
from helpers.interruption import Interrupted
from helpers.kinds import UNIX_DGRAM
from helpers.net.addresses import raw
from helpers.net.sysctl import set_sysctl
from helpers.process import start
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, AF_UNSPEC, MSG_DONTWAIT, SHUT_RD, SOCK_DGRAM
from helpers.unix_ends import WRITE, events, got

SYSCALL = "sendto"
SEND = "src:net/unix/af_unix.c:unix_dgram_sendmsg"
POLL = "src:net/unix/af_unix.c:unix_dgram_poll"
WAKE = "src:net/unix/af_unix.c:unix_dgram_peer_wake_relay"
WAIT = "src:net/unix/af_unix.c:unix_wait_for_peer"
FULL, SENT = refused(EAGAIN), returned(1)
MOST = 2


@pytest.fixture
def full(namespace, sockets):
    """A sender, the receiver that it is connected to, whose queue is full, and the receiver's name."""
    set_sysctl(namespace, "unix/max_dgram_qlen", str(MOST))
    (receiver, name), sender = UNIX_DGRAM.named(sockets, namespace), UNIX_DGRAM.open(sockets, namespace)
    sender.must.connect(name)
    for _ in range(MOST + 1):
        sender.must.send(b"x", MSG_DONTWAIT)
    return sender, receiver, name


@clause(since="2.6", level="documented", refs=["man:unix(7)", "src:net/unix/sysctl_net_unix.c", SEND])
@pytest.mark.parametrize("most", [0, 1, 3])
def test_the_queue_takes_one_more_than_max_dgram_qlen(namespace, sockets, most):
    """A receiver's queue takes one datagram more than max_dgram_qlen at its creation; then EAGAIN until one is read."""
    set_sysctl(namespace, "unix/max_dgram_qlen", str(most))
    (receiver, name), sender = UNIX_DGRAM.named(sockets, namespace), UNIX_DGRAM.open(sockets, namespace)
    set_sysctl(namespace, "unix/max_dgram_qlen", str(most + 5))

    results = [sender.sendto(b"x", MSG_DONTWAIT, name) for _ in range(most + 2)]
    got(receiver)

    assert results == [SENT] * (most + 1) + [FULL]
    assert [sender.sendto(b"x", MSG_DONTWAIT, name) for _ in range(2)] == [SENT, FULL]


@clause(since="2.6", level="source", refs=[SEND, POLL])
def test_each_of_two_that_are_connected_may_send_beyond_it(full):
    """A receiver that is connected to the sender, and the socket that sends to itself, have no such limit."""
    sender, receiver, name = full
    before = (sender.send(b"x", MSG_DONTWAIT), events(sender))

    receiver.must.connect(named(sender))
    mutual = [(sender.send(b"x", MSG_DONTWAIT), events(sender)) for _ in range(3)]
    receiver.must.connect(raw(AF_UNSPEC))
    receiver.must.connect(name)
    itself = [receiver.send(b"x", MSG_DONTWAIT) for _ in range(MOST + 3)]

    assert (before, mutual) == ((FULL, 0), [(SENT, WRITE)] * 3)
    assert itself == [SENT] * (MOST + 3)


@clause(since="2.6", level="source", refs=[POLL, "src:net/unix/af_unix.c:unix_dgram_peer_wake_me"])
def test_pollout_tells_whether_the_peer_has_room(full, sockets):
    """POLLOUT is reported while the peer has room, not when it is full; who is not connected is always writable."""
    sender, receiver, _ = full
    stranger = sockets.open(AF_UNIX, SOCK_DGRAM)

    seen = [events(sender)]
    got(receiver)
    seen.append(events(sender))
    sender.must.send(b"x", MSG_DONTWAIT)

    assert [*seen, events(sender), events(stranger)] == [0, WRITE, 0, WRITE]


@clause(since="2.6", level="source", refs=[POLL])
@pytest.mark.parametrize("event", [POLLOUT, POLLWRNORM, POLLWRBAND], ids=["POLLOUT", "POLLWRNORM", "POLLWRBAND"])
def test_each_event_for_room_is_reported_alone(full, event):
    """POLLOUT, POLLWRNORM or POLLWRBAND asked for alone is reported while the peer has room, not when it is full."""
    sender, receiver, _ = full

    seen = [events(sender, event)]
    got(receiver)

    assert [*seen, events(sender, event)] == [0, event]


def edges(sender, act, event):
    """Return what an edge-triggered epoll for *event* reports of *sender* because of ``act()``, and before it."""
    with select.epoll() as watcher:
        watcher.register(sender.fd, event | select.EPOLLET)
        before = watcher.poll(0)
        act()
        return before, sum(mask for _, mask in watcher.poll(0))


ROOM = {
    "read": lambda sender, receiver: got(receiver),
    "closed": lambda sender, receiver: receiver.must.close(),
    "left": lambda sender, receiver: sender.must.connect(raw(AF_UNSPEC)),
}


@clause(since="4.4", level="source", refs=[POLL, WAKE, "src:net/unix/af_unix.c:unix_dgram_peer_wake_disconnect_wakeup"])
@pytest.mark.parametrize("act", ROOM.values(), ids=ROOM)
@pytest.mark.parametrize("by", ["poll", "send"])
@pytest.mark.parametrize("event", [POLLOUT, POLLWRNORM, POLLWRBAND], ids=["POLLOUT", "POLLWRNORM", "POLLWRBAND"])
def test_who_waits_for_room_is_woken(full, act, by, event):
    """Who waits for room at the peer, for any of its events, is woken when that reads or is closed, or is left."""
    sender, receiver, _ = full
    if by == "send":
        assert sender.send(b"x", MSG_DONTWAIT) == FULL

    seen = edges(sender, lambda: act(sender, receiver), event)

    assert seen == ([], event)


@clause(since="4.4", level="source", refs=[POLL, WAKE])
def test_each_of_several_that_wait_is_woken(full, sockets, namespace):
    """Every one of several senders that wait for room at one receiver is woken when it reads, and again later."""
    first, receiver, name = full
    second = UNIX_DGRAM.open(sockets, namespace)
    second.must.connect(name)
    with select.epoll() as watcher:
        for sender in (first, second):
            watcher.register(sender.fd, select.EPOLLOUT | select.EPOLLET)
        seen = [sorted(watcher.poll(0))]
        for _ in range(2):
            got(receiver)
            seen.append(sorted(watcher.poll(0)))
            first.must.send(b"x", MSG_DONTWAIT)
            assert [events(first), events(second)] == [0, 0]

    both = sorted((sender.fd, select.EPOLLOUT) for sender in (first, second))
    assert seen == [[], both, both]


@clause(since="2.2", level="documented", refs=["man:send(2)", SEND, WAIT])
@pytest.mark.parametrize("shut", [False, True], ids=["read", "shut-down"])
def test_a_send_waits_for_room_at_the_receiver(full, shut):
    """A blocking send waits until the receiver reads; if that was shut down for receiving meanwhile it is EPIPE."""
    sender, receiver, _ = full

    with start(sender.send, b"y") as child:
        child.wait_blocked("sendto")
        if shut:
            receiver.must.shutdown(SHUT_RD)
        got(receiver)
        result = child.result()

    assert result == (refused(EPIPE) if shut else SENT)
    assert [got(receiver) for _ in range(MOST + 1)] == [b"x"] * MOST + [FULL if shut else b"y"]


@clause(since="2.2", level="source", refs=[SEND, WAIT, "src:net/unix/af_unix.c:unix_release_sock"])
def test_a_receiver_that_closes_ends_the_wait(full):
    """A blocking send to a receiver that closes ends with ECONNREFUSED."""
    sender, receiver, _ = full

    with start(lambda: (receiver.must.close(), sender.send(b"x"))) as child:
        child.wait_blocked("sendto")
        receiver.must.close()
        _, result = child.result()

    assert result == refused(ECONNREFUSED)


@clause(since="2.3.41", level="documented", refs=["man:socket(7)", SEND, WAIT], covers=["errno:EAGAIN"])
def test_the_wait_has_the_limit_of_so_sndtimeo(full):
    """With SO_SNDTIMEO a send to a full receiver is EAGAIN when that time is over, and nothing is queued."""
    sender, receiver, _ = full
    wait_at_most(sender, 0.03)

    result, seconds = wait.timed(lambda: sender.send(b"y"), 0.02)

    assert result == FULL
    assert seconds >= 0.02
    assert [got(receiver) for _ in range(MOST + 2)] == [b"x"] * (MOST + 1) + [FULL]


@clause(since="2.2", level="documented", refs=["man:signal(7)", SEND, WAIT], covers=["errno:EINTR"])
def test_a_signal_ends_the_wait(full):
    """A handled signal ends the wait for room at the receiver with EINTR, and nothing is queued."""
    sender, receiver, _ = full

    with Interrupted(lambda: sender.send(b"y"), restart=False) as child:
        child.interrupt("sendto")
        result = child.result()

    assert result == refused(EINTR)
    assert [got(receiver) for _ in range(MOST + 2)] == [b"x"] * (MOST + 1) + [FULL]
    assert sender.connect(raw(AF_UNSPEC)) == SUCCESS
    assert POLLOUT & events(sender)
