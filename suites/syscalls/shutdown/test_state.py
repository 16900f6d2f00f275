"""shutdown(2): sockets that are not connected, that listen, or that are about to connect."""

from errno import ENOTCONN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP, LISTENS, kinds_of
from helpers.net.addresses import raw
from helpers.syscall import SUCCESS, refused
from helpers.tcp import tcp_state
from helpers.uapi.socket import (
    AF_UNIX,
    AF_UNSPEC,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
)
from helpers.uapi.tcp_states import TCP_CLOSE

UNIX = "src:net/unix/af_unix.c:unix_shutdown"
INET = "src:net/ipv4/af_inet.c:inet_shutdown"
HOWS = pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR], ids=["rd", "wr", "rdwr"])


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", INET], covers=["errno:ENOTCONN"])
@HOWS
@of_kinds(INET_TCP, INET_UDP, INET6_TCP, INET6_UDP)
def test_refuses_an_inet_socket_that_is_not_connected_with_enotconn(loopback, sockets, kind, how):
    """An AF_INET socket that is not connected is ENOTCONN, also after it was."""
    near, far = kind.pair(sockets, loopback.namespace)
    fresh = kind.open(sockets, loopback.namespace)
    near.must.connect(raw(AF_UNSPEC))
    if kind.has(LISTENS):
        wait.until(lambda: tcp_state(far) == TCP_CLOSE, "reset of the other end")

    results = [fresh.shutdown(how), near.shutdown(how), far.shutdown(how)]

    assert results[0] == refused(ENOTCONN)
    assert results[1] == refused(ENOTCONN)
    assert results[2] == (refused(ENOTCONN) if kind.has(LISTENS) else SUCCESS)


@clause(since="2.2", level="disputed", refs=["man:shutdown(2)", UNIX])
@of_kinds(*kinds_of(AF_UNIX))
def test_takes_an_unconnected_unix_socket(sockets, kind):
    """An AF_UNIX socket that is not connected can be shut down.

    shutdown(2) says ENOTCONN for every socket; AF_UNIX does not check.
    """
    results = [kind.open(sockets).shutdown(how) for how in (SHUT_RD, SHUT_WR, SHUT_RDWR)]

    assert results == [SUCCESS] * 3
