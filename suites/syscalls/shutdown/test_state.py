"""shutdown(2): sockets that are not connected, that listen, or that are about to connect."""

from errno import ENOTCONN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.connections import connected
from helpers.endpoints import TCP_CLOSE, tcp_state
from helpers.net.addresses import raw
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    AF_UNSPEC,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)

UNIX = "src:net/unix/af_unix.c:unix_shutdown"
INET = "src:net/ipv4/af_inet.c:inet_shutdown"
HOWS = pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR], ids=["rd", "wr", "rdwr"])


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", INET], covers=["errno:ENOTCONN"])
@HOWS
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_refuses_an_inet_socket_that_is_not_connected_with_enotconn(loopback, sockets, kind, how):
    """An AF_INET socket that is not connected is ENOTCONN, also after it was."""
    near, far = connected(sockets, kind, loopback.namespace)
    fresh = sockets.open(AF_INET, SOCK_STREAM if kind == "tcp" else SOCK_DGRAM, namespace=loopback.namespace)
    near.must.connect(raw(AF_UNSPEC))
    if kind == "tcp":
        wait.until(lambda: tcp_state(far) == TCP_CLOSE, "reset of the other end")

    results = [fresh.shutdown(how), near.shutdown(how), far.shutdown(how)]

    assert results[0] == refused(ENOTCONN)
    assert results[1] == refused(ENOTCONN)
    assert results[2] == (refused(ENOTCONN) if kind == "tcp" else SUCCESS)


@clause(since="2.2", level="disputed", refs=["man:shutdown(2)", UNIX])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM], ids=["stream", "seqpacket", "dgram"])
def test_takes_an_unconnected_unix_socket(sockets, kind):
    """An AF_UNIX socket that is not connected can be shut down.

    shutdown(2) says ENOTCONN of every socket; AF_UNIX does not check.
    """
    results = [sockets.open(AF_UNIX, kind).shutdown(how) for how in (SHUT_RD, SHUT_WR, SHUT_RDWR)]

    assert results == [SUCCESS] * 3
