"""connect(2) of UDP sockets: the peer that they send to and receive from, and how the association ends."""

import ctypes
from errno import EAGAIN, EDESTADDRREQ, ENOTCONN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.endpoints import name_of, named, port_of
from helpers.memory import Buffer
from helpers.net.addresses import inet, raw
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_INET, AF_UNSPEC, MSG_DONTWAIT, SOCK_DGRAM

SYSCALL = "connect"
UDP = "src:net/ipv4/datagram.c:__ip4_datagram_connect"
DISCONNECT = "src:net/ipv4/udp.c:__udp_disconnect"


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:udp(7)", UDP])
def test_hears_its_peer_only(loopback, sockets):
    """A connected UDP socket receives from its peer only, and from any sender before that."""
    client, peer, other = (sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(3))
    name, peer_name = named(client), named(peer)
    buffer = Buffer(16)
    other.must.sendto(b"before", 0, name)
    assert wait.readable(client.fd)
    client.must.recv(buffer.array, 16, MSG_DONTWAIT)

    result = client.connect(peer_name)

    assert result == SUCCESS
    other.must.sendto(b"a stranger", 0, name)
    peer.must.sendto(b"the peer", 0, name)
    assert wait.readable(client.fd)
    assert client.recv(buffer.array, 16, MSG_DONTWAIT) == returned(8)
    assert buffer[:8] == b"the peer"
    assert client.recv(buffer.array, 16, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:udp(7)", UDP])
def test_sends_to_the_last_peer(loopback, sockets):
    """Each connect of a UDP socket changes where its datagrams go by default; its own port stays."""
    client, first, second = (sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(3))
    names, ports = [named(first), named(second)], set()

    for name in names:
        assert client.connect(name) == SUCCESS
        assert client.send(b"data") == returned(4)
        ports.add(port_of(client))

    assert len(ports) == 1
    assert [wait.readable(end.fd) for end in (first, second)] == [True] * 2
    assert [end.recv(Buffer(8).array, 8, MSG_DONTWAIT) for end in (first, second)] == [returned(4)] * 2
    assert first.recv(Buffer(8).array, 8, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:udp(7)", DISCONNECT])
@pytest.mark.parametrize(
    ("own", "kept"),
    [(None, inet(0, "0.0.0.0")), (inet(0), inet(0)), (inet(4711), inet(4711)), (inet(4711, "0.0.0.0"),) * 2],
    ids=["unbound", "bound-to-address", "bound-to-both", "bound-to-port"],
)
def test_unspec_dissolves_the_association(loopback, sockets, own, kept):
    """A connect to AF_UNSPEC takes the peer away, and the local address and port unless they were bound."""
    client, peer = (sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(2))
    if own is not None:
        client.must.bind(own)
    name = named(peer)
    client.must.connect(name)
    before = bytes(name_of(client, peer=True))

    result = client.connect(raw(AF_UNSPEC))

    assert (before, result) == (bytes(name), SUCCESS)
    assert bytes(name_of(client)) == bytes(kept)
    assert client.getpeername(Buffer(16).array, ctypes.c_int(16)) == refused(ENOTCONN)
    assert client.send(b"data") == refused(EDESTADDRREQ)
    assert client.connect(name) == SUCCESS


@clause(since="2.2", level="source", refs=[UDP, "src:net/ipv4/af_inet.c:inet_dgram_connect"])
def test_unspec_without_an_association_is_no_error(sockets):
    """A connect of a UDP socket without a peer to AF_UNSPEC succeeds and changes nothing."""
    client = sockets.open(AF_INET, SOCK_DGRAM)

    result = client.connect(raw(AF_UNSPEC))

    assert result == SUCCESS
    assert port_of(client) == 0
