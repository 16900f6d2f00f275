"""socket(2): what a type promises (reliable, record boundaries, connections), for each family that has it."""

import ctypes
import select
from errno import EAGAIN, EDESTADDRREQ, ENOTCONN, EOPNOTSUPP, EPIPE

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.endpoints import name_of
from helpers.kinds import FURTHER, KINDS, LISTENS, PEER, RECORDS, RELIABLE
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_ACCEPTCONN, SO_SNDBUF

FAMILIES = ["man:socket(2)", "src:net/unix/af_unix.c", "src:net/ipv4/af_inet.c", "src:net/ipv6/af_inet6.c"]
ALL = (*KINDS, *FURTHER)
WITH_PEER = tuple(kind for kind in ALL if kind.has(PEER))
CONNECTED = tuple(kind for kind in ALL if kind.has(LISTENS))
STREAMS = tuple(kind for kind in CONNECTED if kind.type == SOCK_STREAM and not kind.has(RECORDS))
OF_RECORDS = tuple(kind for kind in WITH_PEER if kind.has(RECORDS) and kind.type != SOCK_RAW)
OF_RELIABLE = tuple(kind for kind in WITH_PEER if kind.has(RELIABLE))
CONNECTIONLESS = tuple(kind for kind in WITH_PEER if kind.type == SOCK_DGRAM)


def received(socket, size=100):
    """Return what a receive that does not wait delivers, None for nothing."""
    buffer = bytearray(size)
    result = socket.recv(buffer, size, MSG_DONTWAIT)
    return None if result == refused(EAGAIN) else bytes(buffer[: result.value])


@clause(since="2.2", level="documented", refs=FAMILIES)
@of_kinds(*STREAMS)
def test_a_stream_has_no_boundaries(loopback, sockets, kind):
    """What is sent to a stream in pieces is received in any others: bytes in order, none twice and none missing."""
    near, far = kind.pair(sockets, loopback.namespace)
    whole = bytes(range(256)) * 40

    for at in range(0, len(whole), 512):
        near.must.send(whole[at : at + 512])
    got = b""
    while len(got) < len(whole):
        assert wait.readable(far.fd)
        got += received(far, 700)

    assert got == whole
    assert received(far) is None


@clause(since="2.2", level="documented", refs=FAMILIES)
@of_kinds(*OF_RECORDS)
def test_one_send_is_one_receive(loopback, sockets, kind):
    """Of a type with records each receive returns one of those that were sent, whole, though there is room for more."""
    near, far = kind.pair(sockets, loopback.namespace)
    sent = [b"one", b"two and more", b"3"]

    for data in sent:
        near.must.send(data)
    got = []
    for _ in sent:
        assert wait.readable(far.fd)
        got.append(received(far))

    assert got == sent
    assert received(far) is None


@clause(since="2.2", level="documented", refs=FAMILIES)
@of_kinds(*(kind for kind in OF_RECORDS if kind.type == SOCK_DGRAM))
def test_the_rest_of_a_datagram_is_lost(loopback, sockets, kind):
    """A datagram longer than the buffer is cut, and the next receive returns the next datagram."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"longer than eight")
    near.must.send(b"next")
    wait.readable(far.fd)

    first = received(far, 8)
    wait.readable(far.fd)

    assert (first, received(far, 8)) == (b"longer t", b"next")


@clause(since="2.2", level="documented", refs=FAMILIES, covers=["errno:sendto:EAGAIN"])
@of_kinds(*OF_RELIABLE)
def test_a_reliable_sender_is_held_back(loopback, sockets, kind):
    """To a receiver that reads nothing a sender gets EAGAIN at last; all it had sent arrives, in order."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
    sent, result = [], returned(0)

    while result.ok and len(sent) < 20000:
        result = near.send(b"%0999d" % len(sent), MSG_DONTWAIT | MSG_NOSIGNAL)
        if result.ok:
            sent.append((b"%0999d" % len(sent))[: result.value])
    got, whole = [], sum(map(len, sent))
    while sum(map(len, got)) < whole:
        assert wait.readable(far.fd)
        got.append(received(far, 999 if kind.has(RECORDS) else 100000))

    assert result == refused(EAGAIN)
    assert b"".join(got) == b"".join(sent)
    if kind.has(RECORDS):
        assert got == sent


@clause(since="2.2", level="documented", refs=FAMILIES, covers=["errno:sendto:ENOTCONN", "errno:sendto:EPIPE"])
@of_kinds(*CONNECTED)
def test_a_type_with_connections_needs_one(loopback, sockets, kind):
    """Without a connection a send is ENOTCONN or EPIPE and there is no peer; accepted sockets have both."""
    (listener, name), client = kind.ready(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)

    before = client.send(b"x", MSG_NOSIGNAL)
    asked = client.getpeername(bytearray(128), ctypes.c_int(128))
    connected = client.connect(name)
    accepted = sockets.adopt(listener.must.accept())

    assert before in (refused(ENOTCONN), refused(EPIPE))
    assert asked == refused(ENOTCONN)
    assert connected == SUCCESS
    assert (listener.option(SOL_SOCKET, SO_ACCEPTCONN), accepted.option(SOL_SOCKET, SO_ACCEPTCONN)) == (1, 0)
    assert bytes(name_of(client, peer=True)) == bytes(name)
    assert client.send(b"data") == returned(4)
    assert wait.readable(accepted.fd)
    assert received(accepted) == b"data"


@clause(
    since="2.2",
    level="documented",
    refs=FAMILIES,
    covers=["errno:listen:EOPNOTSUPP", "errno:accept:EOPNOTSUPP", "errno:sendto:EDESTADDRREQ", "errno:sendto:ENOTCONN"],
)
@of_kinds(*CONNECTIONLESS)
def test_a_type_without_connections_needs_none(loopback, sockets, kind):
    """Datagrams go to any name without a connection; listen, accept, and a send without a name are refused."""
    (receiver, name), sender = kind.named(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)

    results = [receiver.listen(1), receiver.accept(), sender.sendto(b"data", 0, name)]
    nameless = sender.send(b"x")

    assert results == [refused(EOPNOTSUPP), refused(EOPNOTSUPP), returned(4)]
    assert nameless in (refused(EDESTADDRREQ), refused(ENOTCONN))
    assert wait.readable(receiver.fd)
    assert received(receiver) == b"data"


@clause(since="2.2", level="documented", refs=[*FAMILIES, "man:poll(2)"])
@of_kinds(*CONNECTED)
def test_the_end_of_a_connection_reaches_the_peer(loopback, sockets, kind):
    """When one end closes, the other receives what was sent before, then the end, and POLLRDHUP or POLLHUP says so."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"last")
    wait.readable(far.fd)

    near.must.close()

    assert received(far) == b"last"
    assert wait.readable(far.fd)
    assert far.recv(bytearray(9), 9, MSG_DONTWAIT) == returned(0)
    assert wait.poll(far.fd, select.POLLRDHUP) & (select.POLLRDHUP | select.POLLHUP)
