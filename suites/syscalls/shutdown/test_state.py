"""shutdown(2): sockets that are not connected, that listen, or that are about to connect."""

from errno import ECONNREFUSED, EINPROGRESS, EINVAL, ENOTCONN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.connections import connected, exchange, silent
from helpers.endpoints import TCP_CLOSE, TCP_LISTEN, TCP_SYN_SENT, listening, tcp_state
from helpers.net.addresses import raw
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    AF_UNSPEC,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ACCEPTCONN

UNIX = "src:net/unix/af_unix.c:unix_shutdown"
INET = "src:net/ipv4/af_inet.c:inet_shutdown"
HOWS = pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR], ids=["rd", "wr", "rdwr"])
STOPS = pytest.mark.parametrize(
    ("how", "stops"), [(SHUT_RD, True), (SHUT_RDWR, True), (SHUT_WR, False)], ids=["rd", "rdwr", "wr"]
)


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", INET], covers=["errno:ENOTCONN"])
@HOWS
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_refuses_an_inet_socket_that_is_not_connected_with_enotconn(loopback, sockets, kind, how):
    """An AF_INET socket that is not connected is ENOTCONN, also after it was."""
    near, far = connected(sockets, kind, loopback.namespace)
    fresh = sockets.open(AF_INET, SOCK_STREAM if kind == "tcp" else SOCK_DGRAM, namespace=loopback.namespace)
    near.must.connect(raw(AF_UNSPEC))
    if kind == "tcp":
        wait.until(lambda: tcp_state(far) == TCP_CLOSE, "reset of the other end")

    results = [fresh.shutdown(how), near.shutdown(how), far.shutdown(how)]

    assert results[0] == refused(ENOTCONN)
    assert results[1] == refused(ENOTCONN)
    assert results[2] == (refused(ENOTCONN) if kind == "tcp" else SUCCESS)


@clause(since="2.2", level="disputed", refs=["man:shutdown(2)", UNIX])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM], ids=["stream", "seqpacket", "dgram"])
def test_takes_an_unconnected_unix_socket(sockets, kind):
    """An AF_UNIX socket that is not connected can be shut down.

    shutdown(2) says ENOTCONN of every socket; AF_UNIX does not check.
    """
    results = [sockets.open(AF_UNIX, kind).shutdown(how) for how in (SHUT_RD, SHUT_WR, SHUT_RDWR)]

    assert results == [SUCCESS] * 3


@clause(since="2.2", level="source", refs=[INET], covers=["errno:EINVAL"])
def test_inet_asks_for_how_before_the_connection(sockets):
    """On an AF_INET socket that is not connected a bad how is EINVAL, where a good one is ENOTCONN."""
    socket = sockets.open(AF_INET, SOCK_STREAM)

    assert [socket.shutdown(how) for how in (3, -1)] == [refused(EINVAL)] * 2
    assert socket.shutdown(SHUT_RDWR) == refused(ENOTCONN)


@clause(since="2.2", level="source", refs=[INET])
@STOPS
def test_shutting_down_reception_ends_the_listening_of_tcp(loopback, sockets, how, stops):
    """A TCP socket that is shut down for receiving listens no more, and may again; for sending it still does."""
    listener = sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace)
    client = sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace)
    name = listening(listener)

    result = listener.shutdown(how)

    assert result == SUCCESS
    assert tcp_state(listener) == (TCP_CLOSE if stops else TCP_LISTEN)
    assert listener.option(SOL_SOCKET, SO_ACCEPTCONN) == (0 if stops else 1)
    assert client.connect(name) == (refused(ECONNREFUSED) if stops else SUCCESS)
    assert listener.listen(1) == SUCCESS


@clause(since="2.2", level="source", refs=[UNIX, "src:net/unix/af_unix.c:unix_stream_connect"])
@STOPS
def test_shutting_down_reception_refuses_unix_connections(sockets, how, stops):
    """An AF_UNIX listener that is shut down for receiving refuses connections; for sending nothing changes."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = listening(listener)

    result = listener.shutdown(how)

    assert result == SUCCESS
    assert client.connect(name) == (refused(ECONNREFUSED) if stops else SUCCESS)


@clause(since="2.2", level="source", refs=[INET])
@HOWS
def test_gives_up_a_connection_that_is_being_made(loopback, sockets, how):
    """A TCP socket that is shut down while it connects is unconnected again, and may connect elsewhere."""
    quiet, listener = (sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace) for _ in range(2))
    name = listening(listener)
    client = sockets.open(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, namespace=loopback.namespace)
    started = client.connect(silent(quiet))
    connecting = tcp_state(client)

    result = client.shutdown(how)

    assert (started, connecting) == (refused(EINPROGRESS), TCP_SYN_SENT)
    assert result == SUCCESS
    assert tcp_state(client) == TCP_CLOSE
    assert client.connect(name) == refused(EINPROGRESS)
    assert exchange(client, sockets.adopt(listener.must.accept4()))[2:] == (returned(4), returned(4))
