"""socket(2): the bounds of family and type, and which error takes precedence."""

from errno import EAFNOSUPPORT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.syscall import refused
from helpers.uapi.socket import (
    AF_IB,
    AF_MAX,
    AF_PACKET,
    AF_SECURITY,
    AF_SNA,
    AF_UNSPEC,
    SOCK_CLOEXEC,
    SOCK_MAX,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_STREAM,
    SOCK_TYPE_MASK,
)

GENERIC = "src:net/socket.c:__sock_create"
FLAGS = "src:net/socket.c:__sys_socket_create"
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)
BAD_FLAG = SOCK_TYPE_MASK + 1


@clause(since="2.2", level="documented", refs=["man:socket(2)", GENERIC], covers=["errno:EAFNOSUPPORT"])
@pytest.mark.parametrize(
    "family",
    [-1, INT_MIN, AF_MAX, INT_MAX, 2**16 + AF_PACKET],
    ids=["-1", "INT_MIN", "AF_MAX", "INT_MAX", "above-16-bits"],
)
def test_refuses_a_family_out_of_range_with_eafnosupport(sockets, family):
    """A family that is negative, AF_MAX or more is refused with EAFNOSUPPORT."""
    result = syscall.socket(family, SOCK_RAW, 0)

    assert result == refused(EAFNOSUPPORT)
    assert sockets.open(AF_PACKET, SOCK_RAW).fd >= 0


@clause(since="2.2", level="documented", refs=["man:socket(2)", GENERIC], covers=["errno:EAFNOSUPPORT"])
@pytest.mark.parametrize("family", [AF_UNSPEC, AF_SECURITY, AF_SNA, AF_IB], ids=["unspec", "security", "sna", "ib"])
def test_refuses_a_family_without_sockets_with_eafnosupport(sockets, family):
    """A family that has a number but no sockets is refused with EAFNOSUPPORT."""
    result = syscall.socket(family, SOCK_RAW, 0)

    assert result == refused(EAFNOSUPPORT)
    assert sockets.open(AF_PACKET, SOCK_RAW).fd >= 0


@clause(since="2.2", level="source", refs=[GENERIC], covers=["errno:EINVAL"])
@pytest.mark.parametrize("kind", [SOCK_MAX, SOCK_MAX + 1, SOCK_TYPE_MASK], ids=["SOCK_MAX", "SOCK_MAX+1", "mask"])
def test_refuses_a_type_of_sock_max_or_more_with_einval(sockets, kind):
    """A type from SOCK_MAX up to what the type mask holds is refused with EINVAL; SOCK_PACKET is the last type."""
    result = syscall.socket(AF_PACKET, kind, 0)

    assert result == refused(EINVAL)
    assert sockets.open(AF_PACKET, SOCK_PACKET).fd >= 0


@clause(since="2.6.27", level="source", refs=[GENERIC, FLAGS])
@pytest.mark.parametrize(
    ("family", "kind", "errno"),
    [
        (-1, SOCK_STREAM | BAD_FLAG, EINVAL),
        (AF_MAX, SOCK_STREAM | BAD_FLAG, EINVAL),
        (-1, SOCK_MAX, EAFNOSUPPORT),
        (AF_MAX, SOCK_MAX, EAFNOSUPPORT),
        (AF_UNSPEC, SOCK_MAX, EINVAL),
        (AF_UNSPEC, SOCK_MAX | SOCK_CLOEXEC, EINVAL),
    ],
    ids=[
        "flags-before-negative-family",
        "flags-before-AF_MAX",
        "negative-family-before-type",
        "AF_MAX-before-type",
        "type-before-missing-family",
        "type-with-a-flag-before-missing-family",
    ],
)
def test_checks_flags_then_family_range_then_type_then_family(family, kind, errno):
    """Errors take precedence in this order: unknown flags, a family out of range, the type, a missing family."""
    assert syscall.socket(family, kind, 0) == refused(errno)
