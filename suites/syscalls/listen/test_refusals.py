"""listen(2): which sockets and descriptors cannot listen."""

from errno import EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import listening_kinds, of_kinds
from helpers import syscall
from helpers.endpoints import named
from helpers.kinds import LISTENS, kinds_of
from helpers.odd_descriptors import NO_SOCKETS, NOT_OPEN, odd_descriptor
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_UNIX,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ACCEPTCONN

GENERIC = "src:net/socket.c:__sys_listen"
UNIX = "src:net/unix/af_unix.c:unix_listen"
INET = "src:net/ipv4/af_inet.c:inet_listen"


@clause(since="2.2", level="documented", refs=["man:listen(2)", GENERIC, UNIX, INET], covers=["errno:EOPNOTSUPP"])
@of_kinds(*kinds_of(AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, lacking=LISTENS))
def test_refuses_a_type_without_connections_with_eopnotsupp(sockets, kind):
    """A socket of a type without connections is refused with EOPNOTSUPP and does not listen."""
    socket = kind.open(sockets)

    result = socket.listen(1)

    assert result == refused(EOPNOTSUPP)
    assert socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 0


@clause(since="2.2", level="documented", refs=["man:listen(2)", "man:open(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("which", NOT_OPEN)
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, which):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF."""
    good = sockets.open(AF_UNIX, SOCK_STREAM)
    named(good)

    result = syscall.listen(odd_descriptor(sockets, which), 1)

    assert result == refused(EBADF)
    assert good.listen(1) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:listen(2)", GENERIC], covers=["errno:ENOTSOCK"])
@pytest.mark.parametrize("which", NO_SOCKETS)
def test_refuses_a_descriptor_of_something_else_with_enotsock(sockets, which):
    """An open descriptor that is no socket is ENOTSOCK."""
    good = sockets.open(AF_UNIX, SOCK_STREAM)
    named(good)

    result = syscall.listen(odd_descriptor(sockets, which), 1)

    assert result == refused(ENOTSOCK)
    assert good.listen(1) == SUCCESS


@clause(since="2.2", level="source", refs=[UNIX, INET], covers=["errno:EINVAL"])
@listening_kinds
def test_refuses_a_connected_socket_with_einval(loopback, sockets, kind):
    """A socket that is connected cannot listen: EINVAL, although it has a name."""
    near, far = kind.pair(sockets, loopback.namespace)
    if kind.family == AF_UNIX:
        kind.name(near)

    results = [near.listen(1), far.listen(1)]

    assert results == [refused(EINVAL)] * 2
    assert near.option(SOL_SOCKET, SO_ACCEPTCONN) == 0
