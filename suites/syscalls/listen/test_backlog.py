"""listen(2): the backlog, and how net.core.somaxconn of the socket's namespace bounds it."""

from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, named
from helpers.net.sysctl import set_sysctl
from helpers.process import start
from helpers.syscall import SUCCESS, refused
from helpers.tcp import tcp_backlog
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_NONBLOCK, SOCK_SEQPACKET, SOCK_STREAM, SOMAXCONN

GENERIC = "src:net/socket.c:__sys_listen_socket"
UNIX = "src:net/unix/af_unix.c:unix_listen"
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)
LIMIT = 5


@clause(since="2.4.25", level="documented", refs=["man:listen(2)", "man:tcp(7)", GENERIC])
@pytest.mark.parametrize(
    ("asked", "given"),
    [(0, 0), (1, 1), (LIMIT - 1, LIMIT - 1), (LIMIT, LIMIT), (LIMIT + 1, LIMIT), (INT_MAX, LIMIT)],
    ids=["0", "1", "limit-1", "limit", "limit+1", "INT_MAX"],
)
def test_the_backlog_is_capped_to_somaxconn(namespace, sockets, asked, given):
    """The backlog of a TCP socket is what was asked for, and silently net.core.somaxconn when that is less."""
    set_sysctl(namespace, "core/somaxconn", str(LIMIT))
    listener = sockets.open(AF_INET, SOCK_STREAM, namespace=namespace)

    result = listener.listen(asked)

    assert result == SUCCESS
    assert tcp_backlog(listener) == (0, given)


@clause(since="2.4.25", level="source", refs=[GENERIC])
@pytest.mark.parametrize("asked", [-1, INT_MIN], ids=["-1", "INT_MIN"])
def test_a_negative_backlog_is_the_largest(namespace, sockets, asked):
    """A negative backlog counts as a very large one: it is net.core.somaxconn."""
    set_sysctl(namespace, "core/somaxconn", str(LIMIT))
    listener = sockets.open(AF_INET, SOCK_STREAM, namespace=namespace)

    result = listener.listen(asked)

    assert result == SUCCESS
    assert tcp_backlog(listener) == (0, LIMIT)


@clause(since="5.4", level="documented", refs=["man:listen(2)", "man:socket(7)", GENERIC])
def test_somaxconn_is_4096_in_a_new_namespace(namespace, sockets):
    """In a new network namespace the largest backlog is 4096."""
    listener = sockets.open(AF_INET, SOCK_STREAM, namespace=namespace)

    result = listener.listen(INT_MAX)

    assert result == SUCCESS
    assert tcp_backlog(listener) == (0, SOMAXCONN)


@clause(since="2.6.24", level="source", refs=[GENERIC])
def test_the_limit_is_that_of_the_namespace_of_the_socket(wire, sockets):
    """The limit is that of the namespace where the socket lives, not of the one where listen(2) is called."""
    set_sysctl(wire.left.namespace, "core/somaxconn", "3")
    set_sysctl(wire.right.namespace, "core/somaxconn", "7")
    listener = sockets.open(AF_INET, SOCK_STREAM, namespace=wire.left.namespace)

    with wire.right.namespace:
        result = listener.listen(5)

    assert result == SUCCESS
    assert tcp_backlog(listener) == (0, 3)


@clause(since="2.2", level="source", refs=["src:net/ipv4/af_inet.c:inet_listen", GENERIC])
def test_the_limit_counts_when_listen_is_called(namespace, sockets):
    """A lower limit leaves a backlog alone until listen(2) is called again, which sets it anew."""
    listener = sockets.open(AF_INET, SOCK_STREAM, namespace=namespace)
    listener.must.listen(9)
    set_sysctl(namespace, "core/somaxconn", str(LIMIT))
    before = tcp_backlog(listener)

    results = [(listener.listen(asked), tcp_backlog(listener)) for asked in (9, 2, 4)]

    assert before == (0, 9)
    assert results == [(SUCCESS, (0, LIMIT)), (SUCCESS, (0, 2)), (SUCCESS, (0, 4))]


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
    """An AF_UNIX connect that waits for room is let in when the listener is given a larger backlog."""
    listener, first, second = (sockets.open(AF_UNIX, SOCK_STREAM) for _ in range(3))
    name = listening(listener, backlog=0)
    first.must.connect(name)

    with start(second.connect, name) as child:
        child.wait_blocked("connect")
        result = listener.listen(1)
        connected = child.result()

    assert result == SUCCESS
    assert connected == SUCCESS
