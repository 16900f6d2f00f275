"""Sending on an AF_UNIX stream: how much is taken, when it is full, what SIOCOUTQ and POLLOUT report of that."""

from errno import EAGAIN, EFAULT, EISCONN, ENOTCONN, EOPNOTSUPP, EPIPE
from select import POLLOUT

import pytest

from fixtures.clauses import clause
from helpers import syscall, wait
from helpers.arrivals import drain
from helpers.kinds import UNIX_STREAM
from helpers.process import start
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, MSG_MORE, MSG_NOSIGNAL, SHUT_RD, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF
from helpers.uapi.sockios import SIOCINQ, SIOCOUTQ
from helpers.unix_ends import TYPES, events, got, number

SYSCALL = "sendto"
SEND = "src:net/unix/af_unix.c:unix_stream_sendmsg"
WRITABLE = "src:net/unix/af_unix.c:unix_writable"


@clause(since="2.2", level="documented", refs=["man:unix(7)", SEND], covers=["errno:EISCONN", "errno:EOPNOTSUPP"])
def test_a_stream_takes_no_address(sockets):
    """A send with an address is EISCONN on a connected stream, EOPNOTSUPP on another; without one it is ENOTCONN."""
    listener, name = UNIX_STREAM.ready(sockets)
    socket = sockets.open(AF_UNIX, SOCK_STREAM)
    before = [socket.sendto(b"data", 0, name), socket.send(b"data"), listener.send(b"data")]
    socket.must.connect(name)

    after = [socket.sendto(b"data", 0, name), socket.send(b"data")]

    assert before == [refused(EOPNOTSUPP), refused(ENOTCONN), refused(ENOTCONN)]
    assert after == [refused(EISCONN), returned(4)]


@clause(since="2.2", level="source", refs=[SEND])
@pytest.mark.parametrize("size", [1, 4096, 40_000, 150_000])
@pytest.mark.parametrize("flags", [0, MSG_MORE], ids=["plain", "MSG_MORE"])
def test_every_byte_arrives_at_once(sockets, size, flags):
    """What fits into the send buffer is taken whole, MSG_MORE or not, and each byte can be read in its place."""
    sender, receiver = sockets.pair()
    data = bytes(number * 7 % 251 for number in range(size))

    result = sender.send(data, flags | MSG_DONTWAIT)

    assert result == returned(size)
    assert number(receiver, SIOCINQ) == size
    assert b"".join(drain(receiver)) == data


@clause(since="2.2", level="source", refs=[SEND])
def test_what_does_not_fit_is_not_taken(sockets):
    """A send that may not wait returns how much was taken; so much arrives, and then there is EAGAIN and room again."""
    sender, receiver = sockets.pair()
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000)
    data = bytes(number * 7 % 251 for number in range(200_000))

    result = sender.send(data, MSG_DONTWAIT)
    again = sender.send(b"x" * 30_000, MSG_DONTWAIT)
    arrived = b"".join(drain(receiver))

    assert result.ok
    assert 0 < result.value < len(data)
    assert (again, arrived) == (refused(EAGAIN), data[: result.value])
    assert sender.send(b"more", MSG_DONTWAIT) == returned(4)


@clause(since="2.2", level="documented", refs=["man:send(2)", SEND])
def test_a_send_that_waits_takes_all(sockets):
    """A send that may wait returns when all is taken, however often the receiver has to read before."""
    sender, receiver = sockets.pair()
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000)
    data = bytes(number * 7 % 251 for number in range(200_000))

    arrived = b""
    with start(sender.send, data) as child:
        child.wait_blocked("sendto")
        while len(arrived) < len(data) and wait.readable(receiver.fd):
            arrived += got(receiver, 65536)
        result = child.result()

    assert (result, arrived) == (returned(200_000), data)


@clause(since="2.2", level="source", refs=[SEND])
def test_a_send_that_is_cut_short_by_the_peer_returns_what_it_sent(sockets):
    """A waiting send returns what was taken when the peer is shut down for receiving, and raises no SIGPIPE."""
    sender, receiver = sockets.pair()
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000)

    with start(sender.send, bytes(200_000)) as child:
        child.wait_blocked("sendto")
        waiting = number(receiver, SIOCINQ)
        receiver.must.shutdown(SHUT_RD)
        drain(receiver)
        result = child.result()

    assert result == returned(waiting)
    assert sender.send(b"data", MSG_NOSIGNAL) == refused(EPIPE)


@clause(since="2.2", level="source", refs=[SEND], covers=["errno:EFAULT"])
def test_bytes_that_cannot_be_read_are_efault(sockets, memory):
    """Bytes that cannot be read are EFAULT and none of the send arrives; the next ones do."""
    sender, receiver = sockets.pair()

    assert syscall.sendto(sender.fd, memory.before_end(b"dat"), 4) == refused(EFAULT)
    assert syscall.sendto(sender.fd, memory.before_end(b"data"), 4) == returned(4)
    assert (got(receiver, 9), number(sender, SIOCOUTQ)) == (b"data", 0)


@clause(since="2.2", level="source", refs=[SEND, WRITABLE, "src:net/core/sock.c:sock_alloc_send_pskb"])
@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("size", [1, 3000])
def test_when_a_socket_is_writable_and_when_full(sockets, kind, size):
    """A socket takes data while SIOCOUTQ is below SO_SNDBUF, and is POLLOUT while four times it is not above that."""
    sender, receiver = sockets.pair(kind)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 30_000)
    buffer = sender.option(SOL_SOCKET, SO_SNDBUF)

    steps = []
    while True:
        queued, writable = number(sender, SIOCOUTQ), bool(events(sender) & POLLOUT)
        result = sender.send(bytes(size), MSG_DONTWAIT)
        steps.append((queued, writable, result.ok))
        if not result.ok:
            break

    assert result == refused(EAGAIN)
    assert steps == [(queued, 4 * (queued + 1) <= buffer, queued < buffer) for queued, _, _ in steps]
    assert {writable for _, writable, _ in steps} == {True, False}
    drain(receiver)
    assert (number(sender, SIOCOUTQ), bool(events(sender) & POLLOUT)) == (0, True)


@clause(since="2.2", level="source", refs=[SEND, "src:net/unix/af_unix.c:unix_outq_len"])
def test_siocoutq_falls_when_a_send_is_read_to_its_end(sockets):
    """SIOCOUTQ of a stream counts a send until its last byte is read, and falls by one send's memory for each."""
    sender, receiver = sockets.pair()
    counted = []
    for data in (b"abcd", b"efgh"):
        sender.must.send(data)
        counted.append(number(sender, SIOCOUTQ))

    for size in (3, 1, 2, 9):
        got(receiver, size)
        counted.append(number(sender, SIOCOUTQ))

    each = counted[0]
    assert each >= 4
    assert counted == [each, 2 * each, 2 * each, each, each, 0]
    assert sender.setsockopt(SOL_SOCKET, SO_SNDBUF, 1) == SUCCESS
