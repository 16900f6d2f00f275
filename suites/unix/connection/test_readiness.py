"""poll(2) of AF_UNIX sockets: every event that is reported, in each state of each type."""

from select import POLLERR, POLLHUP, POLLIN, POLLRDHUP

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, named
from helpers.syscall import SUCCESS
from helpers.uapi.socket import AF_UNIX, SHUT_RD, SHUT_RDWR, SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.unix_ends import CONNECTED, END, READ, TYPES, WRITE, events, got
from suites.unix.connection.support import left_by_its_peer

REFS = ["man:poll(2)", "src:net/unix/af_unix.c:unix_poll", "src:net/unix/af_unix.c:unix_dgram_poll"]
KINDS = pytest.mark.parametrize("kind", CONNECTED.values(), ids=CONNECTED)
ALL_KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
STREAM, DGRAM, SEQPACKET = TYPES.values()


@clause(since="2.2", level="documented", refs=REFS)
@ALL_KINDS
def test_without_a_peer_a_socket_is_writable(sockets, kind):
    """A new socket is writable; one that could connect reports POLLHUP as well, bound or not."""
    socket = sockets.open(AF_UNIX, kind)

    new = events(socket)
    named(socket)

    assert [new, events(socket)] == [WRITE | (0 if kind == DGRAM else POLLHUP)] * 2


@clause(since="2.2", level="documented", refs=REFS)
@KINDS
def test_a_listener_is_readable_while_a_connection_waits(sockets, kind):
    """A listener is never writable, and readable while a connection waits; the client is writable from the start."""
    listener, client = sockets.open(AF_UNIX, kind), sockets.open(AF_UNIX, kind)
    name = listening(listener)

    seen = [events(listener)]
    client.must.connect(name)
    seen += [events(listener), events(client)]
    accepted = sockets.adopt(listener.must.accept4())

    assert [*seen, events(listener), events(accepted)] == [0, READ, WRITE, 0, WRITE]


@clause(since="2.2", level="source", refs=REFS)
@KINDS
@pytest.mark.parametrize(("how", "reported"), [(SHUT_RD, END), (SHUT_RDWR, END | POLLHUP), (SHUT_WR, 0)])
def test_a_listener_that_is_shut_down(sockets, kind, how, reported):
    """A listener that is shut down for receiving reports the end, for both POLLHUP too, for sending nothing."""
    listener = sockets.open(AF_UNIX, kind)
    listening(listener)
    assert events(listener) == 0

    assert listener.shutdown(how) == SUCCESS

    assert events(listener) == reported


@clause(since="2.2", level="documented", refs=REFS)
@ALL_KINDS
def test_data_make_a_socket_readable(sockets, kind):
    """An end is writable, and readable from the arrival of data until all are read."""
    near, far = sockets.pair(kind)

    seen = [events(near)]
    for _ in range(2):
        far.must.send(b"data")
    for _ in range(2):
        seen.append(events(near))
        got(near, 4)

    assert [*seen, events(near), events(far)] == [WRITE, READ | WRITE, READ | WRITE, WRITE, WRITE]


# What near and far report after near was shut down.
SHUT = {
    (STREAM, SHUT_RD): (END | WRITE, WRITE),
    (STREAM, SHUT_WR): (WRITE, END | WRITE),
    (STREAM, SHUT_RDWR): (END | WRITE | POLLHUP, END | WRITE | POLLHUP),
    (DGRAM, SHUT_RD): (END | WRITE, WRITE),
    (DGRAM, SHUT_WR): (WRITE, WRITE),
    (DGRAM, SHUT_RDWR): (END | WRITE | POLLHUP, WRITE),
}
SHUT |= {(SEQPACKET, how): SHUT[STREAM, how] for how in (SHUT_RD, SHUT_WR, SHUT_RDWR)}


@clause(since="2.6.17", level="documented", refs=[*REFS, "src:net/unix/af_unix.c:unix_shutdown"])
@ALL_KINDS
@pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR], ids=["rd", "wr", "rdwr"])
def test_shutdown_is_reported_at_both_ends(sockets, kind, how):
    """SHUT_RD is the end here, SHUT_WR at the connected peer, both POLLHUP; the peer of a datagram socket has none."""
    near, far = sockets.pair(kind)

    result = near.shutdown(how)

    assert result == SUCCESS
    assert (events(near), events(far)) == SHUT[kind, how]


@clause(since="2.6.17", level="source", refs=REFS)
@KINDS
@pytest.mark.parametrize("first", [SHUT_RD, SHUT_WR], ids=["rd", "wr"])
def test_both_ends_together_hang_up(sockets, kind, first):
    """When each end shuts down the same direction, or one after the other both, both report POLLHUP."""
    near, far = sockets.pair(kind)
    near.must.shutdown(first)
    before = (events(near) | events(far)) & POLLHUP

    far.must.shutdown(first)

    assert before == 0
    assert (events(near), events(far)) == (END | WRITE | POLLHUP,) * 2


@clause(since="2.2", level="source", refs=[*REFS, "src:net/unix/af_unix.c:unix_release_sock"])
@KINDS
@pytest.mark.parametrize("unread", [True, False], ids=["unread", "read"])
def test_a_peer_that_closed(sockets, kind, unread):
    """A peer that closed is POLLHUP and the end; data that it left unread are POLLERR until the error is read."""
    near = left_by_its_peer(sockets, kind, unread)
    seen = [events(near)]
    near.option(SOL_SOCKET, SO_ERROR)

    ended = END | WRITE | POLLHUP
    assert [*seen, events(near)] == [ended | (POLLERR if unread else 0), ended]


@clause(since="2.2", level="source", refs=REFS)
@ALL_KINDS
def test_only_requested_events_are_reported(sockets, kind):
    """Of its events a socket reports those that were requested, and POLLHUP and POLLERR unasked."""
    near, far = sockets.pair(kind)
    near.must.send(b"data")
    far.must.send(b"data")
    near.must.shutdown(SHUT_RDWR)

    assert [events(near, asked) for asked in (0, POLLIN, POLLRDHUP)] == [
        POLLHUP, POLLIN | POLLHUP, POLLRDHUP | POLLHUP,
    ]  # fmt: skip
