"""connect(2) of AF_INET sockets: when no local port is left."""

from errno import EADDRNOTAVAIL, EAGAIN

from fixtures.clauses import clause
from helpers.endpoints import listening, named, port_of
from helpers.net.addresses import inet
from helpers.net.sysctl import set_sysctl
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.socket import AF_INET, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_REUSEADDR

SYSCALL = "connect"
TCP = "src:net/ipv4/tcp_ipv4.c:tcp_v4_connect"
UDP = "src:net/ipv4/datagram.c:__ip4_datagram_connect"
HASH = "src:net/ipv4/inet_hashtables.c:__inet_hash_connect"
ONE_PORT = "40000 40000"


def server(sockets, loopback, kind: int) -> sockaddr_in:
    """Return the address of a socket on the loopback device that can be connected to."""
    socket = sockets.open(AF_INET, kind, namespace=loopback.namespace)
    return sockaddr_in.from_buffer_copy(listening(socket) if kind == SOCK_STREAM else named(socket))


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:ip(7)", HASH], covers=["errno:EADDRNOTAVAIL"])
def test_refuses_tcp_when_every_port_is_taken_with_eaddrnotavail(loopback, sockets):
    """A TCP connect fails with EADDRNOTAVAIL when no port of ip_local_port_range is left, until there are more."""
    target = server(sockets, loopback, SOCK_STREAM)
    set_sysctl(loopback.namespace, "ipv4/ip_local_port_range", ONE_PORT)
    first, second = (sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace) for _ in range(2))
    first.must.connect(target)

    result = second.connect(target)

    assert result == refused(EADDRNOTAVAIL)
    set_sysctl(loopback.namespace, "ipv4/ip_local_port_range", "40000 40001")
    assert second.connect(target) == SUCCESS
    assert [port_of(first), port_of(second)] == [40000, 40001]


@clause(since="2.2", level="disputed", refs=["man:connect(2)", "man:ip(7)", HASH], covers=["errno:EADDRNOTAVAIL"])
def test_refuses_a_connection_that_exists_with_eaddrnotavail(loopback, sockets):
    """A TCP connect fails with EADDRNOTAVAIL when a socket of the same address and port is connected to that peer.

    connect(2) has EADDRINUSE for a local address that is in use; AF_INET never returns it from connect.
    """
    target, elsewhere = server(sockets, loopback, SOCK_STREAM), server(sockets, loopback, SOCK_STREAM)
    first, second = (sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace) for _ in range(2))
    for socket in (first, second):
        socket.must.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        socket.must.bind(inet(4711))
    first.must.connect(target)

    result = second.connect(target)

    assert result == refused(EADDRNOTAVAIL)
    assert second.connect(elsewhere) == SUCCESS


@clause(
    since="2.2",
    level="disputed",
    refs=["man:connect(2)", "src:net/ipv4/af_inet.c:inet_dgram_connect"],
    covers=["errno:EAGAIN"],
)
def test_refuses_udp_when_every_port_is_taken_with_eagain(loopback, sockets):
    """A UDP connect fails with EAGAIN when no port of ip_local_port_range is left.

    connect(2) has EADDRNOTAVAIL for that, and EAGAIN for a lack of routing cache entries.
    """
    target = server(sockets, loopback, SOCK_DGRAM)
    set_sysctl(loopback.namespace, "ipv4/ip_local_port_range", ONE_PORT)
    first, second = (sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(2))
    first.must.connect(target)

    result = second.connect(target)

    assert result == refused(EAGAIN)
    set_sysctl(loopback.namespace, "ipv4/ip_local_port_range", "40000 40003")
    assert second.connect(target) == SUCCESS
