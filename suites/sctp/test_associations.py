"""SCTP sockets of both styles: associations, records, refusals, and the end."""

import ctypes
from errno import EAGAIN, ECONNREFUSED, EISCONN, ENOTCONN, EOPNOTSUPP, EPIPE

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import messages, wait
from helpers.endpoints import name_of
from helpers.kinds import INET6_SCTP, INET_SCTP, INET_SCTP_MANY
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.socket import MSG_DONTWAIT, MSG_EOR, MSG_NOSIGNAL, SHUT_WR

SYSCALL = "connect"
MAN = "man:sctp(7)"
RFC = "https://www.rfc-editor.org/rfc/rfc6458"
one_to_one = of_kinds(INET_SCTP, INET6_SCTP)


@clause(
    since="2.6",
    level="documented",
    refs=[MAN, RFC, "src:net/sctp/socket.c:sctp_connect"],
    covers=["errno:EISCONN", "errno:ECONNREFUSED"],
)
@one_to_one
def test_a_one_to_one_socket_connects_once(loopback, sockets, kind):
    """A one-to-one socket connects to a listener, both ends name each other, and a second connect is EISCONN."""
    (listener, name), client = kind.ready(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)
    _, idle = kind.named(sockets, loopback.namespace)

    refusal = kind.open(sockets, loopback.namespace).connect(idle)
    result = client.connect(name)
    accepted = sockets.adopt(listener.must.accept())

    assert refusal == refused(ECONNREFUSED)
    assert result == SUCCESS
    assert bytes(name_of(client, peer=True))[:8] == bytes(name)[:8]
    assert bytes(name_of(accepted, peer=True))[2:4] == bytes(name_of(client))[2:4]
    assert client.connect(name) == refused(EISCONN)


@clause(since="2.6", level="documented", refs=[MAN, RFC, "src:net/sctp/socket.c:sctp_recvmsg"], covers=["msg:MSG_EOR"])
@one_to_one
def test_the_rest_of_a_record_comes_with_the_next_receive(loopback, sockets, kind):
    """A record longer than the buffer is received in parts, of which only the last has MSG_EOR."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"longer than eight")
    near.must.send(b"next")
    wait.readable(far.fd)

    got = [messages.receive(far.fd, 8, flags=0) for _ in range(4)]

    assert [(one.data, one.flags) for one in got] == [
        (b"longer t", 0), (b"han eigh", 0), (b"t", MSG_EOR), (b"next", MSG_EOR),
    ]  # fmt: skip


@clause(
    since="2.6",
    level="documented",
    refs=[MAN, RFC, "src:net/sctp/socket.c:sctp_shutdown"],
    covers=["errno:sendto:EPIPE"],
)
@one_to_one
def test_there_is_no_half_closed_association(loopback, sockets, kind):
    """After SHUT_WR the peer receives the end, and cannot send either: the association is over."""
    near, far = kind.pair(sockets, loopback.namespace)

    result = near.shutdown(SHUT_WR)

    assert result == SUCCESS
    assert wait.readable(far.fd)
    assert far.recv(bytearray(9), 9, MSG_DONTWAIT) == returned(0)
    assert far.send(b"x", MSG_NOSIGNAL).errno in (EPIPE, ENOTCONN)
    assert near.send(b"x", MSG_NOSIGNAL) == refused(EPIPE)


@clause(
    since="2.6",
    level="documented",
    refs=[MAN, RFC, "src:net/sctp/socket.c:sctp_sendmsg"],
    covers=["errno:accept:EOPNOTSUPP", "errno:getpeername:ENOTCONN"],
)
def test_a_one_to_many_socket_serves_many(loopback, sockets):
    """A one-to-many socket that listens receives records of many peers with their names, and answers each."""
    (server, name), clients = INET_SCTP_MANY.named(sockets, loopback.namespace), []
    server.must.listen(5)

    for number in range(2):
        client = INET_SCTP_MANY.open(sockets, loopback.namespace)
        assert client.sendto(b"ask%d" % number, 0, name) == returned(4)
        clients.append(client)
        assert wait.readable(server.fd)
        peer, length, buffer = sockaddr_in(), ctypes.c_int(ctypes.sizeof(sockaddr_in)), bytearray(9)
        assert server.recvfrom(buffer, 9, 0, peer, length) == returned(4)
        assert bytes(buffer[:4]) == b"ask%d" % number
        assert server.sendto(b"answer%d" % number, 0, peer) == returned(7)
    answers = []
    for client in clients:
        assert wait.readable(client.fd)
        buffer = bytearray(9)
        answers.append(bytes(buffer[: client.must.recv(buffer, 9)]))

    assert answers == [b"answer0", b"answer1"]
    assert server.accept() == refused(EOPNOTSUPP)
    assert server.getpeername(bytearray(16), ctypes.c_int(16)) == refused(ENOTCONN)


@clause(since="2.6", level="documented", refs=[MAN, RFC, "src:net/sctp/socket.c:sctp_listen_start"])
@one_to_one
def test_without_association_there_is_no_peer(loopback, sockets, kind):
    """Without an association a send is EPIPE, there is no peer, and a receive waits; a listener's is ENOTCONN."""
    socket, (listener, _) = kind.open(sockets, loopback.namespace), kind.ready(sockets, loopback.namespace)

    assert socket.send(b"x", MSG_NOSIGNAL) == refused(EPIPE)
    assert socket.recv(bytearray(9), 9, MSG_DONTWAIT) == refused(EAGAIN)
    assert listener.recv(bytearray(9), 9, MSG_DONTWAIT) == refused(ENOTCONN)
    assert socket.getpeername(bytearray(28), ctypes.c_int(28)) == refused(ENOTCONN)
