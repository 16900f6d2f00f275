"""How much is in a stream: SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, TCP_INQ, SO_RCVLOWAT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL."""

import ctypes
import select
import struct
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import messages, wait
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.net import segments
from helpers.net.tcp_peer import ACK, FIN, connected
from helpers.options import covers
from helpers.process import start
from helpers.syscall import SUCCESS, Result, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, SOL_SOCKET, SOL_TCP
from helpers.uapi.socket_options import SO_RCVLOWAT
from helpers.uapi.sockios import SIOCINQ, SIOCOUTQ, SIOCOUTQNSD
from helpers.uapi.tcp import TCP_CM_INQ, TCP_INQ

SYSCALL = "recvfrom"
IOCTL = "src:net/ipv4/tcp.c:tcp_ioctl"
RECV = "src:net/ipv4/tcp.c:tcp_recvmsg_locked"
MAN = "man:tcp(7)"
both_kinds = of_kinds(INET_TCP, INET6_TCP)


def amount(socket, request):
    """Return the int that an ioctl writes, or its Result when it is refused."""
    answer = ctypes.c_int(-1)
    result = socket.ioctl(request, answer)
    return answer.value if result == SUCCESS else result


@clause(since="2.6.36", level="documented", refs=[MAN, IOCTL], covers=["file:ioctl_SIOCOUTQ"])
def test_siocoutq_and_siocoutqnsd_count_bytes(wire):
    """SIOCOUTQ counts the bytes that are not acknowledged, SIOCOUTQNSD those of them that were not sent yet."""
    socket, peer = connected(wire, segments.mss(100))
    peer.send(window=200)
    peer.heard()

    counts = [(amount(socket, SIOCOUTQ), amount(socket, SIOCOUTQNSD))]
    socket.must.send(bytes(250))
    sent = sum(len(one.data) for one in peer.heard())
    counts.append((amount(socket, SIOCOUTQ), amount(socket, SIOCOUTQNSD)))
    peer.send(ACK, ack=peer.ack - 100, window=100)
    peer.heard()
    counts.append((amount(socket, SIOCOUTQ), amount(socket, SIOCOUTQNSD)))
    peer.send(window=1000)
    peer.heard()
    counts.append((amount(socket, SIOCOUTQ), amount(socket, SIOCOUTQNSD)))
    peer.send()
    peer.heard()
    counts.append((amount(socket, SIOCOUTQ), amount(socket, SIOCOUTQNSD)))

    assert sent == 200
    assert counts == [(0, 0), (250, 50), (150, 50), (50, 0), (0, 0)]


@clause(since="2.2", level="documented", refs=[MAN, IOCTL], covers=["file:ioctl_SIOCINQ"])
def test_siocinq_counts_bytes_up_to_the_urgent_one(wire):
    """SIOCINQ counts the bytes that can be read: not the FIN, and none beyond the urgent byte."""
    socket, peer = connected(wire)

    counts = [amount(socket, SIOCINQ)]
    peer.send(ACK, b"abc")
    peer.heard()
    counts.append(amount(socket, SIOCINQ))
    socket.must.recv(bytearray(1), 1)
    counts.append(amount(socket, SIOCINQ))
    peer.send(ACK | segments.URG, b"de!fg", urgent=3)
    peer.heard()
    counts.append(amount(socket, SIOCINQ))
    socket.must.recv(bytearray(9), 9, MSG_OOB)
    socket.must.recv(bytearray(9), 9)
    socket.must.recv(bytearray(9), 9)
    counts.append(amount(socket, SIOCINQ))
    peer.send(ACK | FIN, b"xy")
    peer.heard()
    counts.append(amount(socket, SIOCINQ))

    assert counts == [0, 3, 2, 4, 0, 2]


@clause(since="2.2", level="documented", refs=[MAN, IOCTL])
@both_kinds
@pytest.mark.parametrize("request_", [SIOCINQ, SIOCOUTQ, SIOCOUTQNSD], ids=["SIOCINQ", "SIOCOUTQ", "SIOCOUTQNSD"])
def test_a_listener_has_no_stream(loopback, sockets, kind, request_):
    """SIOCINQ, SIOCOUTQ and SIOCOUTQNSD of a listener are EINVAL, and 0 of a socket that is not connected."""
    (listener, _), fresh = kind.ready(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)

    assert amount(listener, request_) == refused(EINVAL)
    assert amount(fresh, request_) == 0


@clause(
    since="4.18",
    level="uapi",
    refs=["uapi:linux/tcp.h", "src:net/ipv4/tcp.c:tcp_recvmsg", MAN],
    covers=covers(["TCP_INQ"], "effect"),
)
@both_kinds
@pytest.mark.parametrize("inq", [0, 1])
def test_tcp_inq_tells_what_is_left(loopback, sockets, kind, inq):
    """With TCP_INQ each receive tells in a control message how many bytes are left, and one more at the end."""
    near, far = kind.pair(sockets, loopback.namespace)
    far.must.setsockopt(SOL_TCP, TCP_INQ, inq)
    near.must.send(b"0123456789")
    wait.until(lambda: amount(far, SIOCINQ) == 10, "data")

    told = [messages.receive(far.fd, size).controls for size in (3, 0, 6)]
    near.must.close()
    wait.poll(far.fd, select.POLLRDHUP)
    told.append(messages.receive(far.fd, 5).controls)

    left = [7, 7, 1, 1]
    assert told == [[(SOL_TCP, TCP_CM_INQ, struct.pack("=i", one))] if inq else [] for one in left]


@clause(since="2.4", level="documented", refs=["man:recv(2)", MAN, RECV], covers=["msg:MSG_TRUNC"])
@both_kinds
def test_msg_trunc_discards(loopback, sockets, kind):
    """With MSG_TRUNC a TCP receive takes bytes out of the stream without writing them, and needs no memory."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"0123456789")
    wait.until(lambda: amount(far, SIOCINQ) == 10, "data")
    buffer = bytearray(b"\xa5" * 4)

    results = [far.recv(buffer, 4, MSG_TRUNC), far.recv(None, 3, MSG_TRUNC), far.recv(buffer, 4, 0)]

    assert results == [returned(4), returned(3), returned(3)]
    assert bytes(buffer) == b"789\xa5"


@clause(since="2.2", level="documented", refs=["man:recv(2)", RECV], covers=["msg:MSG_PEEK"])
@both_kinds
def test_a_peek_sees_across_segments(loopback, sockets, kind):
    """MSG_PEEK returns as much of the stream as there is room for, from its first byte each time, and takes none."""
    near, far = kind.pair(sockets, loopback.namespace)
    for data in (b"abc", b"def", b"ghi"):
        near.must.send(data)
    wait.until(lambda: amount(far, SIOCINQ) == 9, "data")

    seen = []
    for size, flags in ((5, MSG_PEEK), (20, MSG_PEEK), (4, 0), (20, MSG_PEEK), (20, 0)):
        buffer = bytearray(size)
        seen.append(bytes(buffer[: far.must.recv(buffer, size, flags | MSG_DONTWAIT)]))

    assert seen == [b"abcde", b"abcdefghi", b"abcd", b"efghi", b"efghi"]


@clause(
    since="2.4",
    level="documented",
    refs=["man:socket(7)", "src:net/ipv4/tcp.c:tcp_set_rcvlowat", MAN],
    covers=covers(["SO_RCVLOWAT"], "effect"),
)
@both_kinds
def test_so_rcvlowat_decides_when_a_socket_is_readable(loopback, sockets, kind):
    """A socket is readable, and a blocked receive returns, once SO_RCVLOWAT bytes are there; or at the end."""
    near, far = kind.pair(sockets, loopback.namespace)
    far.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 5)

    near.must.send(b"four")
    wait.until(lambda: amount(far, SIOCINQ) == 4, "data")
    few = wait.poll(far.fd, select.POLLIN, 0)

    def blocked() -> Result:
        return far.recv(bytearray(20), 20)

    with start(blocked) as child:
        child.wait_blocked("recvfrom")
        near.must.send(b"five.")
        result = child.result()
    near.must.send(b"x")
    wait.until(lambda: amount(far, SIOCINQ) == 1, "data")
    again = wait.poll(far.fd, select.POLLIN, 0)
    near.must.close()

    assert (few, result, again) == (0, returned(9), 0)
    assert wait.poll(far.fd, select.POLLIN) & select.POLLIN
    assert far.recv(bytearray(20), 20) == returned(1)


@clause(since="2.2", level="documented", refs=["man:recv(2)", RECV], covers=["msg:MSG_WAITALL"])
@both_kinds
def test_msg_waitall_ends_at_the_urgent_mark_and_at_the_end(loopback, sockets, kind):
    """With MSG_WAITALL a receive gets all it asked for, fewer at the urgent mark, and what is left at the end."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"abcd")
    near.must.send(b"!", MSG_OOB)
    wait.poll(far.fd, select.POLLPRI)
    near.must.send(b"ef")
    near.must.close()
    wait.poll(far.fd, select.POLLRDHUP)

    results = [far.recv(bytearray(9), size, MSG_WAITALL) for size in (3, 9, 9, 9)]

    assert results == [returned(3), returned(1), returned(2), returned(0)]
