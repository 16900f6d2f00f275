"""The end of an AF_UNIX connection: data left unread are ECONNRESET to the peer, what the peer had sent still comes."""

import signal
from errno import ECONNRESET, EPIPE

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.arrivals import drain
from helpers.endpoints import listening
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, MSG_NOSIGNAL, MSG_OOB, SHUT_RD, SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.unix_ends import CONNECTED, got, need_urgent_data
from suites.unix.connection.support import left_by_its_peer

MAN = "man:unix(7)"
RELEASE = "src:net/unix/af_unix.c:unix_release_sock"
SEND = "src:net/unix/af_unix.c:unix_stream_sendmsg"
KINDS = pytest.mark.parametrize("kind", CONNECTED.values(), ids=CONNECTED)
RESET, BROKEN = refused(ECONNRESET), refused(EPIPE)


@clause(since="2.2", level="source", refs=[MAN, RELEASE])
@KINDS
@pytest.mark.parametrize("unread", [True, False], ids=["unread", "read"])
def test_a_peer_that_closes_with_data_unread_resets_the_connection(sockets, kind, unread):
    """A peer that closes with data unread is ECONNRESET, once, and then the end; without it is the end at once."""
    near = left_by_its_peer(sockets, kind, unread)

    assert [got(near) for _ in range(3)] == [RESET if unread else b"", b"", b""]


@clause(since="2.2", level="source", refs=[MAN, RELEASE])
@KINDS
@pytest.mark.parametrize("unread", [True, False], ids=["unread", "read"])
def test_so_error_reports_the_reset_once(sockets, kind, unread):
    """SO_ERROR reports the ECONNRESET of a peer that closed with data unread, once; then there is only the end."""
    near = left_by_its_peer(sockets, kind, unread)

    assert [near.option(SOL_SOCKET, SO_ERROR) for _ in range(2)] == [ECONNRESET if unread else 0, 0]
    assert got(near) == b""


@clause(since="2.2", level="source", refs=[RELEASE, "src:net/unix/af_unix.c:unix_stream_read_generic"])
def test_a_stream_brings_what_the_peer_had_sent_before_the_reset(sockets):
    """A stream brings what its peer had sent, then the ECONNRESET that it left, then the end."""
    near, far = sockets.pair(CONNECTED["stream"])
    near.must.send(b"unread")
    far.must.send(b"last words")

    far.must.close()

    assert [got(near) for _ in range(3)] == [b"last words", RESET, b""]


@clause(since="2.2", level="source", refs=[RELEASE, "src:net/unix/af_unix.c:unix_dgram_recvmsg"])
def test_a_seqpacket_socket_reports_the_reset_before_what_the_peer_had_sent(sockets):
    """A seqpacket socket reports ECONNRESET first, then brings what its peer had sent, then the end."""
    near, far = sockets.pair(CONNECTED["seqpacket"])
    near.must.send(b"unread")
    far.must.send(b"last words")

    far.must.close()

    assert [got(near) for _ in range(3)] == [RESET, b"last words", b""]


@clause(since="2.2", level="source", refs=[MAN, RELEASE])
@KINDS
def test_a_connection_that_was_never_accepted_is_reset(sockets, kind):
    """A listener that closes resets the connections that it did not accept, data or none: ECONNRESET, then the end."""
    listener, clients = sockets.open(AF_UNIX, kind), [sockets.open(AF_UNIX, kind) for _ in range(3)]
    name = listening(listener)
    for client in clients:
        client.must.connect(name)
    clients[1].must.send(b"data")
    accepted = sockets.adopt(listener.must.accept4())

    listener.must.close()

    assert [[got(client) for _ in range(2)] for client in clients[1:]] == [[RESET, b""]] * 2
    assert clients[1].send(b"more", MSG_NOSIGNAL) == BROKEN
    assert (accepted.send(b"data"), got(clients[0])) == (returned(4), b"data")


@clause(since="6.16", level="source", refs=[RELEASE, "commit:2a5a4841846b"])
@pytest.mark.parametrize("receive", [True, False], ids=["received", "left"])
def test_an_urgent_byte_resets_only_when_it_was_not_received(sockets, receive):
    """A stream that closes with its urgent byte received does not reset; with it left it does."""
    need_urgent_data(sockets)
    near, far = sockets.pair()
    near.must.send(b"!", MSG_OOB)
    if receive:
        assert got(far, 1, MSG_OOB) == b"!"

    far.must.close()

    assert got(near) == (b"" if receive else RESET)


def signals_of(call):
    """Return what *call* returns and how many SIGPIPE it raised. In a child: it changes what the signal does."""

    def run():
        seen = []
        signal.signal(signal.SIGPIPE, lambda *_: seen.append(1))
        return call(), len(seen)

    return process.in_child(run)


@clause(since="2.2", level="documented", refs=["man:send(2)", MAN, SEND], covers=["msg:MSG_NOSIGNAL"])
@pytest.mark.parametrize("flags", [0, MSG_NOSIGNAL], ids=["plain", "MSG_NOSIGNAL"])
@pytest.mark.parametrize("how", ["own", "peer", "closed"])
@KINDS
def test_sending_where_nobody_receives_is_epipe(sockets, kind, how, flags):
    """A send after SHUT_WR, after SHUT_RD of the peer or its close is EPIPE; only a stream raises SIGPIPE, too."""
    near, far = sockets.pair(kind)
    assert near.send(b"data") == returned(4)
    drain(far)
    {"own": lambda: near.shutdown(SHUT_WR), "peer": lambda: far.shutdown(SHUT_RD), "closed": far.close}[how]()

    result, raised = signals_of(lambda: near.send(b"data", flags))

    assert result == BROKEN
    assert raised == (1 if kind == CONNECTED["stream"] and not flags else 0)


@clause(since="2.2", level="source", refs=[SEND])
def test_sending_nothing_where_nobody_receives(sockets):
    """A send of no bytes after the peer has closed is EPIPE on a stream, like one of some bytes."""
    near, far = sockets.pair()
    assert near.send(b"", MSG_NOSIGNAL) == SUCCESS

    far.must.close()

    assert near.send(b"", MSG_NOSIGNAL) == BROKEN
