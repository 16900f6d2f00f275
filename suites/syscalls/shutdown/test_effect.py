"""shutdown(2): what each how does to either end of a connection, and that it adds up."""

import os
import select
from errno import EAGAIN, EPIPE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import listening_kinds
from helpers import wait
from helpers.connections import exchange
from helpers.kinds import (
    INET6_TCP,
    INET6_UDP,
    INET_TCP,
    INET_UDP,
    LISTENS,
    PAIRS,
    UNIX_DGRAM,
    UNIX_SEQPACKET,
    UNIX_STREAM,
    kinds_of,
)
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
    UNIX_STREAM: {
        SHUT_RD: (END, EMPTY, SENT, BROKEN),
        SHUT_WR: (EMPTY, END, BROKEN, SENT),
        SHUT_RDWR: (END, END, BROKEN, BROKEN),
    },
    UNIX_DGRAM: {
        SHUT_RD: (EMPTY, EMPTY, SENT, BROKEN),
        SHUT_WR: (EMPTY, EMPTY, BROKEN, SENT),
        SHUT_RDWR: (EMPTY, EMPTY, BROKEN, BROKEN),
    },
    INET_TCP: {
        SHUT_RD: (END, EMPTY, SENT, SENT),
        SHUT_WR: (EMPTY, END, BROKEN, SENT),
        SHUT_RDWR: (END, END, BROKEN, SENT),
    },
    INET_UDP: {SHUT_WR: (EMPTY, EMPTY, BROKEN, SENT)},
}
EFFECTS |= {UNIX_SEQPACKET: EFFECTS[UNIX_STREAM], INET6_TCP: EFFECTS[INET_TCP], INET6_UDP: EFFECTS[INET_UDP]}
CASES = [(kind, how, effect) for kind, effects in EFFECTS.items() for how, effect in effects.items()]
NAMES = {value: name for name, value in HOWS.items()}


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "man:unix(7)", UNIX, INET])
@pytest.mark.parametrize(
    ("kind", "how", "effect"),
    CASES,
    ids=[f"{kind}-{NAMES[how]}" for kind, how, _ in CASES],
)
def test_disallows_receiving_or_sending_or_both(loopback, sockets, kind, how, effect):
    """SHUT_RD ends receiving, SHUT_WR sending, SHUT_RDWR both; the peer sees as much of it as the protocol reports."""
    near, far = kind.pair(sockets, loopback.namespace)

    result = near.shutdown(how)

    assert result == SUCCESS
    if effect[1] == END:
        wait.readable(far.fd)  # or the segment that carries it might still be on its way
    assert exchange(near, far) == effect


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", UNIX, INET])
@listening_kinds
@pytest.mark.parametrize(("first", "second"), [(SHUT_RD, SHUT_WR), (SHUT_WR, SHUT_RD)], ids=["rd-wr", "wr-rd"])
def test_adds_up_and_may_be_repeated(loopback, sockets, kind, first, second):
    """Shutting down one direction after the other is the same as both at once, and doing it again succeeds."""
    near, far = kind.pair(sockets, loopback.namespace)

    results = [near.shutdown(how) for how in (first, first, second, SHUT_RDWR, first)]

    assert results == [SUCCESS] * 5
    wait.readable(far.fd)
    assert exchange(near, far) == EFFECTS[kind][SHUT_RDWR]


@clause(since="2.2", level="source", refs=["man:shutdown(2)", UNIX, INET])
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.kind.has(LISTENS)], ids=str)
@pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR], ids=["rd-here", "wr-there"])
def test_what_was_sent_before_is_still_received(loopback, sockets, pair, how):
    """Data that was queued before a shutdown is received after it, and only then the end."""
    near, far = pair.make(sockets, loopback.namespace)
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
    """poll(2) reports POLLIN and POLLRDHUP where no more data can come, and POLLHUP where both directions are down."""
    near, far = sockets.pair()

    result = near.shutdown(how)

    assert result == SUCCESS
    every = select.POLLIN | select.POLLOUT | select.POLLRDHUP
    assert (wait.poll(near.fd, every), wait.poll(far.fd, every)) == (near_has, far_has)


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "man:dup(2)", UNIX])
def test_counts_for_every_descriptor_of_the_socket(sockets):
    """A shutdown through one descriptor is one of the socket: its duplicate is shut down, too."""
    near, far = sockets.pair()
    again = sockets.adopt(os.dup(near.fd))

    result = again.shutdown(SHUT_RDWR)

    assert result == SUCCESS
    assert exchange(near, far) == EFFECTS[UNIX_STREAM][SHUT_RDWR]


@clause(since="2.2", level="source", refs=[UNIX, INET])
@pytest.mark.parametrize(
    ("kind", "whose"),
    [(kind, "own") for kind in EFFECTS] + [(kind, "peer") for kind in kinds_of(having=LISTENS)],
    ids=str,
)
def test_wakes_who_waits_for_data(loopback, sockets, kind, whose):
    """A blocked receive returns 0 when its end is shut down for receiving, or a connected peer for sending."""
    near, far = kind.pair(sockets, loopback.namespace)

    with start(lambda: near.recv(Buffer(8).array, 8)) as child:
        child.wait_blocked("recvfrom")
        result = near.shutdown(SHUT_RD) if whose == "own" else far.shutdown(SHUT_WR)
        received = child.result()

    assert result == SUCCESS
    assert received == returned(0)
