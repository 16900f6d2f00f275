"""connect(2) of nonblocking TCP sockets: begun, under way, done or refused later."""

import select
from errno import EALREADY, ECONNREFUSED, EINPROGRESS, EISCONN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.endpoints import listening, named
from helpers.syscall import SUCCESS, refused
from helpers.tcp import silent, tcp_state
from helpers.uapi.socket import AF_INET, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.uapi.tcp_states import TCP_ESTABLISHED, TCP_SYN_SENT

SYSCALL = "connect"
STREAM = "src:net/ipv4/af_inet.c:__inet_stream_connect"


def tcp(sockets, loopback, flags: int = 0):
    """Return a TCP socket in the namespace of a loopback device."""
    return sockets.open(AF_INET, SOCK_STREAM | flags, namespace=loopback.namespace)


@clause(
    since="2.2", level="documented", refs=["man:connect(2)", STREAM], covers=["errno:EINPROGRESS", "errno:EALREADY"]
)
def test_a_nonblocking_connect_begins_and_is_under_way(loopback, sockets):
    """A nonblocking TCP connect fails with EINPROGRESS, and with EALREADY as long as there is no answer."""
    quiet, client = tcp(sockets, loopback), tcp(sockets, loopback, SOCK_NONBLOCK)
    name = silent(quiet)

    results = [client.connect(name) for _ in range(3)]

    assert results == [refused(EINPROGRESS), refused(EALREADY), refused(EALREADY)]
    assert tcp_state(client) == TCP_SYN_SENT
    assert wait.poll(client.fd, select.POLLOUT, 0) == 0


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM], covers=["errno:EINPROGRESS"])
def test_a_nonblocking_connect_is_done_when_writable(loopback, sockets):
    """A nonblocking TCP connect is done when the socket is writable and SO_ERROR is 0."""
    listener, client = tcp(sockets, loopback), tcp(sockets, loopback, SOCK_NONBLOCK)

    result = client.connect(listening(listener))

    assert result == refused(EINPROGRESS)
    assert wait.poll(client.fd, select.POLLOUT) == select.POLLOUT
    assert client.option(SOL_SOCKET, SO_ERROR) == 0
    assert tcp_state(client) == TCP_ESTABLISHED


@clause(since="2.2", level="source", refs=["man:connect(2)", STREAM], covers=["errno:EISCONN"])
def test_asking_again_tells_that_it_is_done(loopback, sockets):
    """Once a nonblocking TCP connect has completed, one more connect returns 0, and only the next is EISCONN."""
    listener, client = tcp(sockets, loopback), tcp(sockets, loopback, SOCK_NONBLOCK)
    name = listening(listener)
    begun = client.connect(name)
    wait.poll(client.fd, select.POLLOUT)

    results = [client.connect(name) for _ in range(2)]

    assert begun == refused(EINPROGRESS)
    assert results == [SUCCESS, refused(EISCONN)]


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM], covers=["errno:ECONNREFUSED"])
@pytest.mark.parametrize("how", ["SO_ERROR", "connect"])
def test_a_nonblocking_connect_tells_later_that_it_was_refused(loopback, sockets, how):
    """A refused nonblocking TCP connect reports POLLERR, and ECONNREFUSED by SO_ERROR or another connect, once."""
    idle, client = tcp(sockets, loopback), tcp(sockets, loopback, SOCK_NONBLOCK)
    name = named(idle)

    result = client.connect(name)

    assert result == refused(EINPROGRESS)
    assert wait.poll(client.fd, select.POLLOUT) & select.POLLERR
    told = client.option(SOL_SOCKET, SO_ERROR) if how == "SO_ERROR" else client.connect(name).errno
    assert told == ECONNREFUSED
    assert client.option(SOL_SOCKET, SO_ERROR) == 0
