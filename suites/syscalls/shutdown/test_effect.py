"""shutdown(2): what each how does to either end of a connection, and that it adds up."""

import os
import select
from errno import EAGAIN, EPIPE

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.connections import ENDS, connected, exchange
from helpers.memory import Buffer
from helpers.process import start
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SHUT_RD, SHUT_RDWR, SHUT_WR

UNIX = "src:net/unix/af_unix.c:unix_shutdown"
INET = "src:net/ipv4/af_inet.c:inet_shutdown"
EMPTY, SENT, END, BROKEN = refused(EAGAIN), returned(4), returned(0), refused(EPIPE)
HOWS = {"rd": SHUT_RD, "wr": SHUT_WR, "rdwr": SHUT_RDWR}

# What near and far receive, then what near and far send, after near was shut down.
EFFECTS = {
    ("unix-stream", SHUT_RD): (END, EMPTY, SENT, BROKEN),
    ("unix-stream", SHUT_WR): (EMPTY, END, BROKEN, SENT),
    ("unix-stream", SHUT_RDWR): (END, END, BROKEN, BROKEN),
    ("unix-seqpacket", SHUT_RD): (END, EMPTY, SENT, BROKEN),
    ("unix-seqpacket", SHUT_WR): (EMPTY, END, BROKEN, SENT),
    ("unix-seqpacket", SHUT_RDWR): (END, END, BROKEN, BROKEN),
    ("unix-dgram", SHUT_RD): (EMPTY, EMPTY, SENT, BROKEN),
    ("unix-dgram", SHUT_WR): (EMPTY, EMPTY, BROKEN, SENT),
    ("unix-dgram", SHUT_RDWR): (EMPTY, EMPTY, BROKEN, BROKEN),
    ("tcp", SHUT_RD): (END, EMPTY, SENT, SENT),
    ("tcp", SHUT_WR): (EMPTY, END, BROKEN, SENT),
    ("tcp", SHUT_RDWR): (END, END, BROKEN, SENT),
    ("udp", SHUT_WR): (EMPTY, EMPTY, BROKEN, SENT),
}
NAMES = {value: name for name, value in HOWS.items()}


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "man:unix(7)", UNIX, INET])
@pytest.mark.parametrize(
    ("kind", "how", "effect"),
    [(kind, how, effect) for (kind, how), effect in EFFECTS.items()],
    ids=[f"{kind}-{NAMES[how]}" for kind, how in EFFECTS],
)
def test_disallows_receiving_or_sending_or_both(loopback, sockets, kind, how, effect):
    """SHUT_RD ends the receiving, SHUT_WR the sending, SHUT_RDWR both, and the other end is told where there is one."""
    near, far = connected(sockets, kind, loopback.namespace)

    result = near.shutdown(how)

    assert result == SUCCESS
    if effect[1] == END:
        wait.readable(far.fd)  # or a segment that tells it would be on its way yet
    assert exchange(near, far) == effect


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", UNIX, INET])
@pytest.mark.parametrize("kind", ["unix-stream", "tcp"])
@pytest.mark.parametrize(("first", "second"), [(SHUT_RD, SHUT_WR), (SHUT_WR, SHUT_RD)], ids=["rd-wr", "wr-rd"])
def test_adds_up_and_may_be_repeated(loopback, sockets, kind, first, second):
    """Shutting down one direction after the other is the same as both at once, and doing it again succeeds."""
    near, far = connected(sockets, kind, loopback.namespace)

    results = [near.shutdown(how) for how in (first, first, second, SHUT_RDWR, first)]

    assert results == [SUCCESS] * 5
    wait.readable(far.fd)
    assert exchange(near, far) == EFFECTS[kind, SHUT_RDWR]


@clause(since="2.2", level="source", refs=["man:shutdown(2)", UNIX, INET])
@pytest.mark.parametrize("kind", ["unix-stream", "tcp"])
@pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR], ids=["rd-here", "wr-there"])
def test_what_was_sent_before_is_still_received(loopback, sockets, kind, how):
    """Data that was queued before a shutdown is received after it, and only then the end."""
    near, far = connected(sockets, kind, loopback.namespace)
    far.must.send(b"early")
    assert wait.readable(near.fd)
    buffer = Buffer(8)

    result = near.shutdown(SHUT_RD) if how == SHUT_RD else far.shutdown(SHUT_WR)

    assert result == SUCCESS
    assert near.recv(buffer.array, 8, MSG_DONTWAIT) == returned(5)
    assert buffer[:5] == b"early"
    assert wait.readable(near.fd)
    assert near.recv(buffer.array, 8, MSG_DONTWAIT) == returned(0)


@clause(since="2.2", level="documented", refs=["man:poll(2)", "src:net/unix/af_unix.c:unix_poll", UNIX])
@pytest.mark.parametrize(
    ("how", "near_has", "far_has"),
    [
        (SHUT_RD, select.POLLIN | select.POLLRDHUP | select.POLLOUT, select.POLLOUT),
        (SHUT_WR, select.POLLOUT, select.POLLIN | select.POLLRDHUP | select.POLLOUT),
        (SHUT_RDWR, *[select.POLLIN | select.POLLRDHUP | select.POLLOUT | select.POLLHUP] * 2),
    ],
    ids=["rd", "wr", "rdwr"],
)
def test_poll_tells_both_ends(sockets, how, near_has, far_has):
    """poll(2) shows POLLIN and POLLRDHUP where nothing more will come, and POLLHUP where all is over."""
    near, far = sockets.pair()

    result = near.shutdown(how)

    assert result == SUCCESS
    every = select.POLLIN | select.POLLOUT | select.POLLRDHUP
    assert (wait.poll(near.fd, every), wait.poll(far.fd, every)) == (near_has, far_has)


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "man:dup(2)", UNIX])
def test_counts_for_every_descriptor_of_the_socket(sockets):
    """A shutdown through one descriptor is one of the socket: a duplicate is shut down with it."""
    near, far = sockets.pair()
    again = sockets.adopt(os.dup(near.fd))

    result = again.shutdown(SHUT_RDWR)

    assert result == SUCCESS
    assert exchange(near, far) == EFFECTS["unix-stream", SHUT_RDWR]


@clause(since="2.2", level="source", refs=[UNIX, INET])
@pytest.mark.parametrize(
    ("kind", "whose"),
    [(kind, "own") for kind in ENDS] + [(kind, "peer") for kind in ("unix-stream", "unix-seqpacket", "tcp")],
)
def test_wakes_who_waits_for_data(loopback, sockets, kind, whose):
    """A receive that waits returns 0 when its end is shut down for receiving, or a connected peer for sending."""
    near, far = connected(sockets, kind, loopback.namespace)

    with start(lambda: near.recv(Buffer(8).array, 8)) as child:
        child.wait_blocked("recvfrom")
        result = near.shutdown(SHUT_RD) if whose == "own" else far.shutdown(SHUT_WR)
        received = child.result()

    assert result == SUCCESS
    assert received == returned(0)
