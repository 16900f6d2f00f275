"""getpeername(2): the name of the peer."""

from errno import ENOTCONN

from fixtures.clauses import clause
from fixtures.parameters import datagram_kinds, listening_kinds, of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET_TCP, UNIX_STREAM
from helpers.listeners import accepted, listener
from helpers.net import addresses
from helpers.net.addresses import unix
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import (
    AF_UNSPEC,
)
from helpers.value_result import ROOM, address_from, ask, filled, untouched

CALL = "src:net/socket.c:__sys_getsockname"
UNIX = "src:net/unix/af_unix.c:unix_getname"
INET = "src:net/ipv4/af_inet.c:inet_getname"
PACKET = "src:net/packet/af_packet.c:packet_getname"


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", CALL, UNIX, INET])
@listening_kinds
def test_tells_the_name_of_the_other_end(loopback, sockets, kind):
    """Each of two connected sockets returns the name of the other: all its bytes and its length."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()
    taken = accepted(sockets, server.socket.accept4())

    answers = [ask(client.getpeername, ROOM), ask(taken.getpeername, ROOM)]

    names = [bytes(server.name), address_from(client.getsockname)]
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
@of_kinds(UNIX_STREAM, INET_TCP, INET6_TCP)
def test_a_peer_that_has_closed_keeps_its_name(loopback, sockets, kind):
    """After the peer was closed in good order its name is still returned."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()
    accepted(sockets, server.socket.accept4()).close()
    assert wait.readable(client.fd)

    answer = ask(client.getpeername, ROOM)

    assert answer == (SUCCESS, filled(bytes(server.name), ROOM))


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", "man:connect(2)", CALL], covers=["errno:ENOTCONN"])
@datagram_kinds
def test_a_datagram_socket_tells_its_latest_peer(loopback, sockets, kind):
    """A datagram socket returns the peer of its latest connect, and ENOTCONN once that was dissolved."""
    socket = kind.open(sockets, loopback.namespace)
    names = [bytes(kind.named(sockets, loopback.namespace)[1]) for _ in range(2)]
    told = []

    for name in names:
        socket.must.connect(name, len(name))
        told.append(address_from(socket.getpeername))
    socket.must.connect(addresses.raw(AF_UNSPEC, bytes(14)))

    assert told == names
    assert ask(socket.getpeername, ROOM) == (refused(ENOTCONN), untouched(ROOM))
