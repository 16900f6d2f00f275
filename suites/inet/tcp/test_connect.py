"""connect(2) of TCP sockets: made, refused, interrupted, dissolved."""

import os
import signal
from errno import EALREADY, ECONNREFUSED, EINPROGRESS, EINTR, EISCONN, ENOTCONN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.connections import exchange, wait_at_most
from helpers.endpoints import listening, name_of, named
from helpers.net.addresses import raw
from helpers.process import start
from helpers.syscall import SUCCESS, Result, refused, returned
from helpers.tcp import silent, tcp_state
from helpers.uapi.socket import AF_INET, AF_UNSPEC, SOCK_NONBLOCK, SOCK_STREAM
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED, TCP_SYN_SENT

SYSCALL = "connect"
STREAM = "src:net/ipv4/af_inet.c:__inet_stream_connect"


def tcp(sockets, loopback, flags: int = 0):
    """Return a TCP socket in the namespace of a loopback device."""
    return sockets.open(AF_INET, SOCK_STREAM | flags, namespace=loopback.namespace)


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:tcp(7)", STREAM], covers=["errno:EISCONN"])
def test_connects_once(loopback, sockets):
    """A TCP socket connects to a listener, data goes both ways, and a second connect fails with EISCONN."""
    listener, other, client = (tcp(sockets, loopback) for _ in range(3))
    name = listening(listener)

    results = [client.connect(target) for target in (name, name, listening(other))]

    assert results == [SUCCESS, refused(EISCONN), refused(EISCONN)]
    assert tcp_state(client) == TCP_ESTABLISHED
    assert bytes(name_of(client, peer=True)) == bytes(name)
    assert exchange(client, sockets.adopt(listener.must.accept4()))[2:] == (returned(4), returned(4))


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM], covers=["errno:ECONNREFUSED"])
def test_is_refused_where_no_one_listens(loopback, sockets):
    """A TCP connect to a port without a listener fails with ECONNREFUSED, and the socket may connect elsewhere."""
    idle, listener, client = (tcp(sockets, loopback) for _ in range(3))

    result = client.connect(named(idle))

    assert result == refused(ECONNREFUSED)
    assert client.connect(listening(listener)) == SUCCESS


@clause(since="2.2", level="source", refs=[STREAM], covers=["errno:EISCONN"])
def test_a_listener_is_connected_already(loopback, sockets):
    """A connect of a listening TCP socket fails with EISCONN, and it goes on listening."""
    listener, other, client = (tcp(sockets, loopback) for _ in range(3))
    name = listening(listener)

    result = listener.connect(listening(other))

    assert result == refused(EISCONN)
    assert client.connect(name) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:socket(7)", STREAM], covers=["errno:EINPROGRESS", "errno:EALREADY"])
def test_waits_as_long_as_so_sndtimeo_says(loopback, sockets):
    """A TCP connect waits for an answer as long as SO_SNDTIMEO, then fails with EINPROGRESS and is still under way."""
    name = silent(tcp(sockets, loopback))

    def connect():
        client = tcp(sockets, loopback)
        wait_at_most(client, 0.03)
        return client, client.connect(name)

    (client, result), seconds = wait.timed(connect, 0.03)

    assert result == refused(EINPROGRESS)
    assert 0.03 <= seconds < wait.scaled(5)
    assert client.connect(name) == refused(EALREADY)


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:signal(7)", STREAM], covers=["errno:EINTR"])
def test_a_signal_ends_the_wait_but_not_the_attempt(loopback, sockets):
    """A handled signal ends a blocked TCP connect with EINTR; the connection attempt goes on."""
    quiet, client = tcp(sockets, loopback), tcp(sockets, loopback)
    name = silent(quiet)

    def connect() -> Result:
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.siginterrupt(signal.SIGUSR1, True)
        return client.connect(name)

    with start(connect) as child:
        child.wait_blocked("connect")
        child.signal(signal.SIGUSR1)
        result = child.result()

    assert result == refused(EINTR)
    assert tcp_state(client) == TCP_SYN_SENT
    os.set_blocking(client.fd, False)
    assert client.connect(name) == refused(EALREADY)


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM])
@pytest.mark.parametrize("state", ["connected", "connecting"])
def test_unspec_dissolves_the_connection(loopback, sockets, state):
    """A connect to AF_UNSPEC ends a TCP connection, made or in the making, and the socket may connect again."""
    quiet, listener, client = tcp(sockets, loopback), tcp(sockets, loopback), tcp(sockets, loopback, SOCK_NONBLOCK)
    name = listening(listener)
    client.connect(name if state == "connected" else silent(quiet))
    if state == "connected":
        wait.until(lambda: tcp_state(client) == TCP_ESTABLISHED, "connection")
    before = tcp_state(client)

    result = client.connect(raw(AF_UNSPEC))

    assert before == (TCP_ESTABLISHED if state == "connected" else TCP_SYN_SENT)
    assert result == SUCCESS
    assert tcp_state(client) == TCP_CLOSE
    assert client.getpeername(None, None) == refused(ENOTCONN)
    os.set_blocking(client.fd, True)
    assert client.connect(name) == SUCCESS
