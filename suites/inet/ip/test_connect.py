"""connect(2) of AF_INET sockets: addresses and routes, for both TCP and UDP."""

import ctypes
from errno import EACCES, EAFNOSUPPORT, EINVAL, ENETUNREACH
from socket import ntohs

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, name_of, named, port_of
from helpers.net.addresses import inet, raw
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import sockaddr_in, sockaddr_in6
from helpers.uapi.socket import AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_BROADCAST

SYSCALL = "connect"
TCP = "src:net/ipv4/tcp_ipv4.c:tcp_v4_connect"
UDP = "src:net/ipv4/datagram.c:__ip4_datagram_connect"
KINDS = pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["tcp", "udp"])


def server(sockets, loopback, kind: int) -> sockaddr_in:
    """Return the address of a socket on the loopback device that can be connected to."""
    socket = sockets.open(AF_INET, kind, namespace=loopback.namespace)
    return sockaddr_in.from_buffer_copy(listening(socket) if kind == SOCK_STREAM else named(socket))


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:ip(7)", TCP, UDP])
@KINDS
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"], ids=["loopback", "any-is-loopback"])
def test_gives_the_socket_a_name_and_a_peer(loopback, sockets, kind, host):
    """A connect gives the socket the peer's address and, if it had none, a local address and port."""
    target = server(sockets, loopback, kind)
    client = sockets.open(AF_INET, kind, namespace=loopback.namespace)
    asked = inet(ntohs(target.sin_port), host)

    result = client.connect(asked)

    assert result == SUCCESS
    assert bytes(name_of(client, peer=True)) == bytes(target)
    assert bytes(name_of(client)) == bytes(inet(port_of(client)))
    assert port_of(client) > 0


@clause(since="2.2", level="documented", refs=["man:connect(2)", TCP, UDP], covers=["errno:EAFNOSUPPORT"])
@KINDS
@pytest.mark.parametrize("family", [AF_UNIX, AF_INET6], ids=["unix", "inet6"])
def test_refuses_another_family_with_eafnosupport(loopback, sockets, kind, family):
    """An address of another family is EAFNOSUPPORT, and leaves the socket free to connect."""
    target = server(sockets, loopback, kind)
    client = sockets.open(AF_INET, kind, namespace=loopback.namespace)

    result = client.connect(raw(family, bytes(target)[2:].ljust(ctypes.sizeof(sockaddr_in6) - 2, b"\0")))

    assert result == refused(EAFNOSUPPORT)
    assert client.connect(target) == SUCCESS


@clause(since="2.2", level="source", refs=["man:ip(7)", TCP, UDP], covers=["errno:EINVAL"])
@KINDS
@pytest.mark.parametrize("length", [0, 1, 2, 15])
def test_refuses_an_address_that_is_too_short_with_einval(loopback, sockets, kind, length):
    """An address shorter than the 16 bytes of a sockaddr_in is EINVAL; any length from 16 to 128 is accepted."""
    target = server(sockets, loopback, kind)
    padded = raw(AF_INET, bytes(target)[2:] + bytes(112))
    short, exact, long = (sockets.open(AF_INET, kind, namespace=loopback.namespace) for _ in range(3))

    results = [short.connect(padded, length), exact.connect(padded, 16), long.connect(padded, 128)]

    assert results == [refused(EINVAL), SUCCESS, SUCCESS]


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:ip(7)", TCP, UDP], covers=["errno:ENETUNREACH"])
@KINDS
def test_refuses_a_destination_without_route_with_enetunreach(loopback, sockets, kind):
    """A destination without a route is ENETUNREACH, and leaves the socket free to connect."""
    client = sockets.open(AF_INET, kind, namespace=loopback.namespace)

    result = client.connect(inet(9, "192.0.2.1"))

    assert result == refused(ENETUNREACH)
    assert client.connect(server(sockets, loopback, kind)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:ip(7)", UDP], covers=["errno:EACCES"])
def test_refuses_a_broadcast_address_without_so_broadcast_with_eacces(loopback, sockets):
    """A UDP connect to a broadcast address needs SO_BROADCAST; without it the connect fails with EACCES."""
    client = sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace)

    result = client.connect(inet(9, "127.255.255.255"))

    assert result == refused(EACCES)
    client.must.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    assert client.connect(inet(9, "127.255.255.255")) == SUCCESS


@clause(since="2.2", level="source", refs=[TCP], covers=["errno:ENETUNREACH"])
@pytest.mark.parametrize("host", ["127.255.255.255", "224.0.0.1"], ids=["broadcast", "multicast"])
def test_refuses_to_connect_tcp_to_many_with_enetunreach(loopback, sockets, host):
    """A TCP socket cannot connect to a broadcast or multicast address, SO_BROADCAST or not: ENETUNREACH."""
    client = sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace)
    client.must.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)

    assert client.connect(inet(9, host)) == refused(ENETUNREACH)
