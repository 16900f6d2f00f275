"""shutdown(2): what net/socket.c checks before the family is asked."""

from errno import EBADF, EINVAL, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import syscall
from helpers.connections import exchange
from helpers.kinds import INET6_TCP, INET_TCP, UNIX_STREAM
from helpers.odd_descriptors import NO_SOCKETS, NOT_OPEN, odd_descriptor
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import SHUT_RDWR

GENERIC = "src:net/socket.c:__sys_shutdown"
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "man:open(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("which", NOT_OPEN)
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, which):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF for any how."""
    near, _ = sockets.pair()
    fd = odd_descriptor(sockets, which)

    results = [syscall.shutdown(fd, how) for how in (SHUT_RDWR, 3)]

    assert results == [refused(EBADF)] * 2
    assert near.shutdown(SHUT_RDWR) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", GENERIC], covers=["errno:ENOTSOCK"])
@pytest.mark.parametrize("which", NO_SOCKETS)
def test_refuses_a_descriptor_of_something_else_with_enotsock(sockets, which):
    """An open descriptor that is no socket is ENOTSOCK for any how."""
    near, _ = sockets.pair()
    fd = odd_descriptor(sockets, which)

    results = [syscall.shutdown(fd, how) for how in (SHUT_RDWR, 3)]

    assert results == [refused(ENOTSOCK)] * 2
    assert near.shutdown(SHUT_RDWR) == SUCCESS


@clause(since="3.7", level="documented", refs=["man:shutdown(2)", GENERIC], covers=["errno:EINVAL"])
@pytest.mark.parametrize("how", [-1, 3, INT_MAX, INT_MIN], ids=["-1", "3", "INT_MAX", "INT_MIN"])
@of_kinds(UNIX_STREAM, INET_TCP, INET6_TCP)
def test_refuses_a_how_out_of_range_with_einval(loopback, sockets, kind, how):
    """A how that is none of SHUT_RD, SHUT_WR and SHUT_RDWR is EINVAL, and nothing is shut down."""
    near, far = kind.pair(sockets, loopback.namespace)
    exchange(near, far)

    result = near.shutdown(how)

    assert result == refused(EINVAL)
    assert exchange(near, far) == (returned(4),) * 4
