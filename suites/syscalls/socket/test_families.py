"""socket(2): types and protocols of AF_INET and AF_UNIX, and what is refused of them."""

from errno import EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.syscall import refused
from helpers.uapi.in_ import IPPROTO_MAX, IPPROTO_RAW, IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_RDM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_DOMAIN, SO_PROTOCOL, SO_TYPE

INET = "src:net/ipv4/af_inet.c:inet_create"
UNIX = "src:net/unix/af_unix.c:unix_create"
INT_MAX = 2**31 - 1


@clause(since="2.6.32", level="documented", refs=["man:socket(2)", "man:ip(7)", "man:unix(7)", INET, UNIX])
@pytest.mark.parametrize(
    ("family", "asked", "protocol", "kind", "chosen"),
    [
        (AF_INET, SOCK_STREAM, 0, SOCK_STREAM, IPPROTO_TCP),
        (AF_INET, SOCK_STREAM, IPPROTO_TCP, SOCK_STREAM, IPPROTO_TCP),
        (AF_INET, SOCK_DGRAM, 0, SOCK_DGRAM, IPPROTO_UDP),
        (AF_INET, SOCK_RAW, IPPROTO_RAW, SOCK_RAW, IPPROTO_RAW),
        (AF_UNIX, SOCK_STREAM, 0, SOCK_STREAM, 0),
        (AF_UNIX, SOCK_SEQPACKET, AF_UNIX, SOCK_SEQPACKET, 0),
        (AF_UNIX, SOCK_RAW, 0, SOCK_DGRAM, 0),
    ],
    ids=["stream", "tcp", "dgram", "raw", "unix-stream", "unix-seqpacket", "unix-raw-is-dgram"],
)
def test_chooses_the_protocol_that_zero_stands_for(sockets, family, asked, protocol, kind, chosen):
    """SO_DOMAIN, SO_TYPE and SO_PROTOCOL return what was asked for, with the family's own choice for protocol 0."""
    result = syscall.socket(family, asked, protocol)

    assert result.ok
    socket = sockets.adopt(result.value)
    told = tuple(socket.option(SOL_SOCKET, name) for name in (SO_DOMAIN, SO_TYPE, SO_PROTOCOL))
    assert told == (family, kind, chosen)


@clause(since="2.2", level="documented", refs=["man:socket(2)", INET, UNIX], covers=["errno:EPROTONOSUPPORT"])
@pytest.mark.parametrize(
    ("family", "kind", "protocol"),
    [
        (AF_INET, SOCK_STREAM, IPPROTO_UDP),
        (AF_INET, SOCK_DGRAM, IPPROTO_TCP),
        (AF_INET, SOCK_DGRAM, IPPROTO_MAX - 1),
        (AF_UNIX, SOCK_STREAM, AF_UNIX + 1),
        (AF_UNIX, SOCK_STREAM, -1),
    ],
    ids=["stream-of-udp", "dgram-of-tcp", "last-protocol", "unix-2", "unix-negative"],
)
def test_refuses_a_protocol_that_the_type_has_not_with_eprotonosupport(sockets, family, kind, protocol):
    """A protocol that the family does not have for that type is refused with EPROTONOSUPPORT."""
    result = syscall.socket(family, kind, protocol)

    assert result == refused(EPROTONOSUPPORT)
    assert sockets.open(family, kind).fd >= 0


@clause(since="5.6", level="documented", refs=["man:socket(2)", INET], covers=["errno:EINVAL"])
@pytest.mark.parametrize("protocol", [-1, IPPROTO_MAX, INT_MAX], ids=["-1", "IPPROTO_MAX", "INT_MAX"])
def test_refuses_an_inet_protocol_out_of_range_with_einval(sockets, protocol):
    """An AF_INET protocol that is negative, IPPROTO_MAX or more is refused with EINVAL."""
    result = syscall.socket(AF_INET, SOCK_DGRAM, protocol)

    assert result == refused(EINVAL)
    assert sockets.open(AF_INET, SOCK_DGRAM).fd >= 0


@clause(since="2.2", level="disputed", refs=["man:socket(2)", INET, UNIX], covers=["errno:ESOCKTNOSUPPORT"])
@pytest.mark.parametrize(
    ("family", "kind"),
    [(AF_INET, SOCK_RDM), (AF_INET, 0), (AF_UNIX, SOCK_RDM), (AF_UNIX, 0)],
    ids=["inet-rdm", "inet-none", "unix-rdm", "unix-none"],
)
def test_refuses_a_type_that_the_family_has_not_with_esocktnosupport(sockets, family, kind):
    """A type within the bounds that AF_INET or AF_UNIX does not have is refused with ESOCKTNOSUPPORT.

    socket(2) lists EPROTONOSUPPORT for it, and not ESOCKTNOSUPPORT.
    """
    result = syscall.socket(family, kind, 0)

    assert result == refused(ESOCKTNOSUPPORT)
    assert sockets.open(family, SOCK_STREAM).fd >= 0
