"""getpeername(2): who is at the other end."""

from errno import ENOTCONN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.endpoints import named
from helpers.listeners import KINDS, accepted, listener
from helpers.net import addresses
from helpers.net.addresses import unix
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    AF_UNSPEC,
    SOCK_DGRAM,
)
from helpers.value_result import ROOM, ask, filled, name_of, untouched

CALL = "src:net/socket.c:__sys_getsockname"
UNIX = "src:net/unix/af_unix.c:unix_getname"
INET = "src:net/ipv4/af_inet.c:inet_getname"
PACKET = "src:net/packet/af_packet.c:packet_getname"
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", CALL, UNIX, INET])
@EVERY_KIND
def test_tells_the_name_of_the_other_end(loopback, sockets, kind):
    """Of two connected sockets each tells the name of the other: all its bytes and its length."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()
    taken = accepted(sockets, server.socket.accept4())

    answers = [ask(client.getpeername, ROOM), ask(taken.getpeername, ROOM)]

    names = [bytes(server.name), name_of(client.getsockname)]
    assert names[0] != names[1]
    assert answers == [(SUCCESS, filled(other, ROOM)) for other in names]


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", "man:unix(7)", UNIX])
def test_a_peer_without_a_name_has_its_family_only(sockets):
    """The peer of a socketpair has no name: 2 bytes, the family."""
    near, _ = sockets.pair()

    result, got = ask(near.getpeername, ROOM)

    assert result == SUCCESS
    assert got == filled(bytes(unix(b"")), ROOM)


@clause(since="2.2", level="source", refs=["man:getpeername(2)", UNIX, INET])
@pytest.mark.parametrize("kind", ["unix-stream", "tcp"])
def test_a_peer_that_has_closed_keeps_its_name(loopback, sockets, kind):
    """After the other end was closed in good order its name is still told."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()
    accepted(sockets, server.socket.accept4()).close()
    assert wait.readable(client.fd)

    answer = ask(client.getpeername, ROOM)

    assert answer == (SUCCESS, filled(bytes(server.name), ROOM))


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", "man:connect(2)", CALL], covers=["errno:ENOTCONN"])
@pytest.mark.parametrize("domain", [AF_UNIX, AF_INET], ids=["unix", "inet"])
def test_a_datagram_socket_tells_its_latest_peer(loopback, sockets, domain):
    """A datagram socket tells whom it was connected to last, and nobody once that was dissolved: ENOTCONN."""
    socket, first, second = (sockets.open(domain, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(3))
    names = [bytes(named(peer)) for peer in (first, second)]
    told = []

    for name in names:
        socket.must.connect(name, len(name))
        told.append(name_of(socket.getpeername))
    socket.must.connect(addresses.raw(AF_UNSPEC, bytes(14)))

    assert told == names
    assert ask(socket.getpeername, ROOM) == (refused(ENOTCONN), untouched(ROOM))
