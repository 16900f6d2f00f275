"""listen(2) of AF_UNIX sockets."""

import os
from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, named
from helpers.net.sysctl import set_sysctl
from helpers.process import in_child, start
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_UNIX, SOCK_NONBLOCK, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET, ucred
from helpers.uapi.socket_options import SO_ACCEPTCONN, SO_PEERCRED

SYSCALL = "listen"

UNIX = "src:net/unix/af_unix.c:unix_listen"


@clause(since="2.2", level="source", refs=["man:listen(2)", "src:net/unix/af_unix.c:unix_recvq_full_lockless", UNIX])
@pytest.mark.parametrize(
    ("asked", "fit"), [(0, 1), (1, 2), (2, 3), (3, 3), (-1, 3)], ids=["0", "1", "limit", "limit+1", "-1"]
)
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])
def test_one_connection_more_than_the_backlog_may_wait_at_a_unix_socket(namespace, sockets, kind, asked, fit):
    """At an AF_UNIX listener one connection more than the backlog (at most somaxconn) may wait; the next is EAGAIN."""
    set_sysctl(namespace, "core/somaxconn", "2")
    listener = sockets.open(AF_UNIX, kind, namespace=namespace)
    clients = [sockets.open(AF_UNIX, kind | SOCK_NONBLOCK, namespace=namespace) for _ in range(5)]
    name = named(listener)

    result = listener.listen(asked)

    assert result == SUCCESS
    assert [client.connect(name) for client in clients] == [SUCCESS] * fit + [refused(EAGAIN)] * (5 - fit)


@clause(since="2.2", level="source", refs=[UNIX])
def test_a_larger_backlog_lets_waiting_unix_connections_in(sockets):
    """A blocked AF_UNIX connect proceeds when the listener is given a larger backlog."""
    listener, first, second = (sockets.open(AF_UNIX, SOCK_STREAM) for _ in range(3))
    name = listening(listener, backlog=0)
    first.must.connect(name)

    with start(second.connect, name) as child:
        child.wait_blocked("connect")
        result = listener.listen(1)
        connected = child.result()

    assert result == SUCCESS
    assert connected == SUCCESS


@clause(since="2.2", level="source", refs=[UNIX], covers=["errno:EINVAL"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])
def test_refuses_a_unix_socket_without_name_with_einval(sockets, kind):
    """An AF_UNIX socket that has no name cannot listen: EINVAL, and with a name it can."""
    socket = sockets.open(AF_UNIX, kind)

    result = socket.listen(1)

    assert result == refused(EINVAL)
    assert socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 0
    named(socket)
    assert socket.listen(1) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:unix(7)", "man:socket(7)", UNIX])
def test_whoever_connects_sees_who_listened(sockets):
    """SO_PEERCRED of a connected AF_UNIX socket names the process that called listen(2), not the one that bound."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = named(listener)

    result, pid = in_child(lambda: (listener.listen(1), os.getpid()))

    assert result == SUCCESS
    assert client.connect(name) == SUCCESS
    assert client.option(SOL_SOCKET, SO_PEERCRED, ucred).pid == pid
