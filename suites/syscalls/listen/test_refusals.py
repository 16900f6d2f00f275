"""listen(2): which sockets and descriptors cannot listen."""

from errno import EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.connections import NO_SOCKETS, NOT_OPEN, connected, no_socket, not_open
from helpers.endpoints import named
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import IPPROTO_ICMP
from helpers.uapi.socket import (
    AF_INET,
    AF_NETLINK,
    AF_UNIX,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ACCEPTCONN

GENERIC = "src:net/socket.c:__sys_listen"
UNIX = "src:net/unix/af_unix.c:unix_listen"
INET = "src:net/ipv4/af_inet.c:inet_listen"


@clause(since="2.2", level="documented", refs=["man:listen(2)", GENERIC, UNIX, INET], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize(
    ("family", "kind", "protocol"),
    [(AF_UNIX, SOCK_DGRAM, 0), (AF_INET, SOCK_DGRAM, 0), (AF_INET, SOCK_RAW, IPPROTO_ICMP), (AF_NETLINK, SOCK_RAW, 0)],
    ids=["unix-dgram", "udp", "inet-raw", "netlink"],
)
def test_refuses_a_type_without_connections_with_eopnotsupp(sockets, family, kind, protocol):
    """A socket of a type that makes no connections is EOPNOTSUPP and does not listen."""
    socket = sockets.open(family, kind, protocol)

    result = socket.listen(1)

    assert result == refused(EOPNOTSUPP)
    assert socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 0


@clause(since="2.2", level="documented", refs=["man:listen(2)", "man:open(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("which", NOT_OPEN)
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, which):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF."""
    good = sockets.open(AF_UNIX, SOCK_STREAM)
    named(good)

    result = syscall.listen(not_open(sockets, which), 1)

    assert result == refused(EBADF)
    assert good.listen(1) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:listen(2)", GENERIC], covers=["errno:ENOTSOCK"])
@pytest.mark.parametrize("which", NO_SOCKETS)
def test_refuses_a_descriptor_of_something_else_with_enotsock(sockets, which):
    """An open descriptor that is no socket is ENOTSOCK."""
    good = sockets.open(AF_UNIX, SOCK_STREAM)
    named(good)

    result = syscall.listen(no_socket(sockets, which), 1)

    assert result == refused(ENOTSOCK)
    assert good.listen(1) == SUCCESS


@clause(since="2.2", level="source", refs=[UNIX, INET], covers=["errno:EINVAL"])
@pytest.mark.parametrize("kind", ["unix-stream", "unix-seqpacket", "tcp"])
def test_refuses_a_connected_socket_with_einval(loopback, sockets, kind):
    """A socket that is connected cannot listen: EINVAL, although it has a name."""
    near, far = connected(sockets, kind, loopback.namespace)
    if kind != "tcp":
        named(near)

    results = [near.listen(1), far.listen(1)]

    assert results == [refused(EINVAL)] * 2
    assert near.option(SOL_SOCKET, SO_ACCEPTCONN) == 0
