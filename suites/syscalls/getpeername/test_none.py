"""getpeername(2): sockets that have no peer."""

import ctypes
from errno import EFAULT, EINVAL, ENOTCONN, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET_TCP, PEER, UNIX_STREAM, kinds_of
from helpers.listeners import accepted, listener
from helpers.syscall import SUCCESS, refused
from helpers.tcp import silent
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_UNIX,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
    linger,
)
from helpers.uapi.socket_options import SO_LINGER
from helpers.value_result import ROOM, address_from, ask, filled, untouched

CALL = "src:net/socket.c:__sys_getsockname"
UNIX = "src:net/unix/af_unix.c:unix_getname"
INET = "src:net/ipv4/af_inet.c:inet_getname"


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", CALL], covers=["errno:ENOTCONN"])
@of_kinds(*kinds_of(AF_UNIX, AF_INET, AF_INET6, having=PEER))
def test_refuses_a_socket_that_is_not_connected_with_enotconn(loopback, sockets, kind):
    """Without a peer the call is refused with ENOTCONN, bound or not, and writes nothing; connected it succeeds."""
    socket = kind.open(sockets, loopback.namespace)
    fresh = ask(socket.getpeername, ROOM)
    kind.name(socket)
    bound = ask(socket.getpeername, ROOM)

    assert fresh == (refused(ENOTCONN), untouched(ROOM))
    assert bound == (refused(ENOTCONN), untouched(ROOM))
    _, other = kind.ready(sockets, loopback.namespace)
    socket.must.connect(other)
    assert ask(socket.getpeername, ROOM) == (SUCCESS, filled(bytes(other), ROOM))


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", CALL], covers=["errno:ENOTCONN"])
@of_kinds(UNIX_STREAM, INET_TCP, INET6_TCP)
def test_refuses_a_listener_with_enotconn(loopback, sockets, kind):
    """A listening socket has no peer, not even with a connection in its queue: ENOTCONN."""
    server = listener(sockets, kind, loopback.namespace)
    server.client()

    answer = ask(server.socket.getpeername, ROOM)

    assert answer == (refused(ENOTCONN), untouched(ROOM))


@clause(since="2.2", level="source", refs=["man:getpeername(2)", INET], covers=["errno:ENOTCONN"])
def test_refuses_a_socket_that_is_still_connecting_with_enotconn(loopback, sockets):
    """As long as connect is not done there is no peer: ENOTCONN."""
    name = silent(sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace))
    socket = sockets.open(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, namespace=loopback.namespace)
    socket.connect(name)

    answer = ask(socket.getpeername, ROOM)

    assert answer == (refused(ENOTCONN), untouched(ROOM))


@clause(since="2.2", level="source", refs=["man:getpeername(2)", "man:socket(7)", INET], covers=["errno:ENOTCONN"])
def test_a_connection_that_was_reset_has_no_peer(loopback, sockets):
    """After a reset the socket is no longer connected: ENOTCONN, while getsockname(2) still returns its own name."""
    server = listener(sockets, INET_TCP, loopback.namespace)
    client = server.client()
    own = address_from(client.getsockname)
    taken = accepted(sockets, server.socket.accept4())
    taken.must.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    taken.must.close()
    assert wait.readable(client.fd)

    answer = ask(client.getpeername, ROOM)

    assert answer == (refused(ENOTCONN), untouched(ROOM))
    assert address_from(client.getsockname) == own


@clause(since="2.2", level="source", refs=[CALL], covers=["errno:ENOTCONN", "errno:EOPNOTSUPP"])
@pytest.mark.parametrize("wrong", ["negative", "unmapped", "no-length"])
def test_looks_for_the_peer_before_address_and_length(sockets, memory, wrong):
    """Without a peer the call is ENOTCONN or EOPNOTSUPP, whatever is wrong with address and length."""
    without, near = [sockets.open(AF_UNIX, SOCK_STREAM), sockets.packet()], sockets.pair()[0]
    length = ctypes.c_int(-1 if wrong == "negative" else ROOM)
    arguments = (memory.unmapped, None if wrong == "no-length" else length)

    results = [socket.getpeername(*arguments) for socket in (*without, near)]

    assert results == [refused(errno) for errno in (ENOTCONN, EOPNOTSUPP, EINVAL if wrong == "negative" else EFAULT)]
