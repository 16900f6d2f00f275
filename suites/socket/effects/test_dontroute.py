"""SO_DONTROUTE: only destinations on the link are reached."""

from errno import ENETUNREACH

import pytest

from fixtures.clauses import clause
from helpers.kinds import INET_RAW, INET_TCP, INET_UDP
from helpers.net import addresses
from helpers.option_calls import put
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.rtnetlink import RT_SCOPE_LINK

SYSCALL = "setsockopt"
DONTROUTE = option("SO_DONTROUTE")
BEHIND, NEAR = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def routes(loopback):
    """A loopback device that a route with a gateway's scope leads to, and one with that of a link."""
    loopback.links.netlink.route("add", dst="192.0.2.0/24", oif=loopback.ifindex, scope=0)
    loopback.links.netlink.route("add", dst="198.51.100.0/24", oif=loopback.ifindex, scope=RT_SCOPE_LINK)
    return loopback


@clause(
    since="2.2",
    level="documented",
    refs=["man:socket(7)", "src:net/ipv4/ip_output.c:ip_sendmsg_scope"],
    covers=covers([DONTROUTE.name], "effect"),
)
@pytest.mark.parametrize("kind", [INET_UDP, INET_RAW], ids=str)
def test_a_datagram_does_not_pass_a_gateway(routes, kind):
    """With SO_DONTROUTE a destination behind a gateway is ENETUNREACH, one on the link is reached, as is 127.0.0.1."""
    socket = kind.open(routes.sockets, routes.namespace)
    results = {}

    for value in (0, 1, 0):
        must(put(socket, DONTROUTE, value))
        results[value] = [socket.sendto(b"data", 0, addresses.inet(9, host)) for host in (BEHIND, NEAR, "127.0.0.1")]

    assert results == {1: [refused(ENETUNREACH), returned(4), returned(4)], 0: [returned(4)] * 3}


@clause(
    since="2.2",
    level="documented",
    refs=["man:socket(7)", "src:net/ipv4/udp.c:udp_sendmsg", "src:net/core/sock.c:sk_setsockopt"],
    covers=covers([DONTROUTE.name], "effect"),
)
def test_a_connected_socket_looks_up_its_route_again(routes):
    """SO_DONTROUTE that is set after connect(2) refuses what is sent to a destination behind a gateway, until it is 0.

    The route that connect(2) found is forgotten when the option is set.
    """
    socket = INET_UDP.open(routes.sockets, routes.namespace)
    socket.must.connect(addresses.inet(9, BEHIND))
    results = [socket.send(b"data")]

    for value in (1, 0):
        must(put(socket, DONTROUTE, value))
        results.append(socket.send(b"data"))

    assert results == [returned(4), refused(ENETUNREACH), returned(4)]


@clause(
    since="2.2",
    level="documented",
    refs=["man:socket(7)", "src:net/ipv4/tcp_ipv4.c:tcp_v4_connect"],
    covers=covers([DONTROUTE.name], "effect"),
)
@pytest.mark.parametrize("kind", [INET_UDP, INET_TCP], ids=str)
def test_a_connection_does_not_pass_a_gateway(loopback, kind):
    """With SO_DONTROUTE connect(2) to an address behind a gateway is ENETUNREACH, to one on the link it succeeds."""
    _, name = kind.ready(loopback.sockets, loopback.namespace)
    loopback.links.netlink.route("add", dst="192.0.2.0/24", oif=loopback.ifindex, scope=0)
    socket = kind.open(loopback.sockets, loopback.namespace)
    must(put(socket, DONTROUTE, 1))

    results = [socket.connect(addresses.inet(9, BEHIND)), socket.connect(name)]

    assert results == [refused(ENETUNREACH), SUCCESS]
