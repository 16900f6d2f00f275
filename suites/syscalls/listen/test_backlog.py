"""listen(2): the backlog, and how net.core.somaxconn of the socket's namespace bounds it."""

import pytest

from fixtures.clauses import clause
from helpers.net.sysctl import set_sysctl
from helpers.syscall import SUCCESS
from helpers.tcp import tcp_backlog
from helpers.uapi.socket import AF_INET, SOCK_STREAM, SOMAXCONN

GENERIC = "src:net/socket.c:__sys_listen_socket"
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
