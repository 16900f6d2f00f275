"""socket(2): protocols that came, went, or depend on the configuration: MPTCP, SCTP, DCCP."""

from errno import EPROTONOSUPPORT, ESOCKTNOSUPPORT

import pytest

from fixtures.clauses import clause
from helpers import kernel, syscall
from helpers.connections import are_connected
from helpers.endpoints import listening
from helpers.kinds import INET_TCP
from helpers.net.sysctl import set_sysctl
from helpers.option_calls import answer, get
from helpers.options import option
from helpers.syscall import refused
from helpers.uapi.in_ import IPPROTO_DCCP, IPPROTO_MPTCP, IPPROTO_SCTP
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    SOCK_CLOEXEC,
    SOCK_DCCP,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_PROTOCOL
from helpers.unavailable import unavailable

INET = "src:net/ipv4/af_inet.c:inet_create"
MPTCP = "src:net/mptcp/protocol.c"
both_families = pytest.mark.parametrize("family", [AF_INET, AF_INET6], ids=["inet", "inet6"])


def needs_mptcp():
    """Skip where the kernel was built without MPTCP."""
    source, options = kernel.config()
    if source and options.get("CONFIG_MPTCP") != "y":
        unavailable("this kernel has no MPTCP (CONFIG_MPTCP)")


@clause(since="5.16", level="documented", refs=["man:socket(2)", "doc:networking/mptcp.rst", MPTCP, INET])
def test_mptcp_falls_back_to_tcp(loopback, sockets):
    """An MPTCP socket connects to a TCP listener, data go both ways, and TCP_IS_MPTCP says that it fell back."""
    needs_mptcp()
    client = sockets.open(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, loopback.namespace)
    listener = INET_TCP.open(sockets, loopback.namespace)
    before = client.option(SOL_SOCKET, SO_PROTOCOL)

    client.must.connect(listening(listener))
    accepted = sockets.adopt(listener.must.accept())

    assert before == IPPROTO_MPTCP
    assert are_connected(client, accepted)
    assert get(client, option("TCP_IS_MPTCP")) == answer(0)
    assert get(accepted, option("TCP_IS_MPTCP")) == answer(0)


@clause(since="5.16", level="documented", refs=["doc:networking/mptcp.rst", MPTCP, INET])
def test_mptcp_stays_mptcp_between_two(loopback, sockets):
    """Two MPTCP sockets connect as MPTCP: the accepted one tells so, too, and data go both ways."""
    needs_mptcp()
    client, listener = (sockets.open(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, loopback.namespace) for _ in range(2))

    client.must.connect(listening(listener))
    accepted = sockets.adopt(listener.must.accept())

    assert are_connected(client, accepted)
    assert [get(one, option("TCP_IS_MPTCP")) for one in (client, accepted)] == [answer(1)] * 2
    assert accepted.option(SOL_SOCKET, SO_PROTOCOL) == IPPROTO_MPTCP


@clause(
    since="5.6",
    level="documented",
    refs=["doc:networking/mptcp-sysctl.rst", MPTCP, INET],
    covers=["errno:EPROTONOSUPPORT"],
)
def test_mptcp_may_be_switched_off(namespace, sockets):
    """Where net.mptcp.enabled is 0 an MPTCP socket is refused; where it is 1 there is one."""
    needs_mptcp()
    sockets.open(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, namespace)
    set_sysctl(namespace, "mptcp/enabled", "0")

    with namespace:
        result = syscall.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP)

    assert result.errno in (EPROTONOSUPPORT, 92)  # ENOPROTOOPT


@clause(
    since="6.16",
    level="source",
    refs=["commit:2a63dd0edf38", INET, "man:socket(2)"],
    covers=["errno:EPROTONOSUPPORT", "errno:ESOCKTNOSUPPORT"],
)
@both_families
def test_dccp_is_gone(sockets, family):
    """SOCK_DCCP is ESOCKTNOSUPPORT whatever the protocol, and IPPROTO_DCCP with another type is EPROTONOSUPPORT."""
    if kernel.config()[1].get("CONFIG_IPV6") == "n" and family == AF_INET6:
        unavailable("this kernel has no IPv6")

    results = [syscall.socket(family, kind, IPPROTO_DCCP) for kind in (SOCK_DCCP, SOCK_STREAM, SOCK_DGRAM)]

    assert results == [refused(ESOCKTNOSUPPORT), refused(EPROTONOSUPPORT), refused(EPROTONOSUPPORT)]
    assert syscall.socket(family, SOCK_DCCP, 0) == refused(ESOCKTNOSUPPORT)


@clause(
    since="2.6",
    level="source",
    refs=["man:sctp(7)", INET, "src:net/sctp/protocol.c"],
    covers=["errno:EPROTONOSUPPORT", "errno:ESOCKTNOSUPPORT"],
)
def test_without_sctp_its_sockets_are_refused_as_unknown(sockets):
    """Where the kernel has no SCTP a one-to-one socket is EPROTONOSUPPORT, and a one-to-many socket ESOCKTNOSUPPORT."""
    source, options = kernel.config()
    if not source or "CONFIG_IP_SCTP" in options:
        unavailable("this kernel has SCTP, or does not tell")

    results = [syscall.socket(AF_INET, kind, IPPROTO_SCTP) for kind in (SOCK_STREAM, SOCK_SEQPACKET)]

    assert results == [refused(EPROTONOSUPPORT), refused(ESOCKTNOSUPPORT)]
    assert sockets.open(AF_INET, SOCK_STREAM).fd >= 0
