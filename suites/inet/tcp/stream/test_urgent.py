"""MSG_OOB, SO_OOBINLINE, SIOCATMARK and poll(2): urgent data as the program sees them."""

import ctypes
import select
from errno import EAGAIN, EINVAL, ENOTCONN

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.options import covers
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK, SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_OOBINLINE
from helpers.uapi.sockios import SIOCATMARK

SYSCALL = "recvfrom"
RECV_URGENT = "src:net/ipv4/tcp.c:tcp_recv_urg"
RECV = "src:net/ipv4/tcp.c:tcp_recvmsg_locked"
MAN = "man:tcp(7)"
EVERY = select.POLLIN | select.POLLPRI
both_kinds = of_kinds(INET_TCP, INET6_TCP)


def receive(socket, flags=0, size=100):
    """Return the bytes of a receive that does not wait, or its errno."""
    buffer = bytearray(size)
    result = socket.recv(buffer, size, flags | MSG_DONTWAIT)
    return bytes(buffer[: result.value]) if result.ok else result.errno


def at_mark(socket):
    """Return what SIOCATMARK says."""
    answer = ctypes.c_int(-1)
    assert socket.ioctl(SIOCATMARK, answer) == SUCCESS
    return answer.value


def urgent(sockets, namespace, kind, inline=0):
    """Return a socket that has received "ab", the urgent "!" and "cd", and its peer."""
    near, far = kind.pair(sockets, namespace)
    far.must.setsockopt(SOL_SOCKET, SO_OOBINLINE, inline)
    near.must.send(b"ab")
    near.must.send(b"!", MSG_OOB)
    assert wait.poll(far.fd, select.POLLPRI) & select.POLLPRI
    near.must.send(b"cd")
    near.must.shutdown(SHUT_WR)
    assert wait.poll(far.fd, select.POLLRDHUP)
    return far, near


@clause(since="2.4", level="documented", refs=[MAN, "man:recv(2)", RECV_URGENT], covers=["msg:MSG_OOB", "msg:MSG_PEEK"])
@both_kinds
def test_the_urgent_byte_is_taken_once(loopback, sockets, kind):
    """MSG_OOB takes the urgent byte, with MSG_PEEK it stays; taken it is EINVAL, and the stream goes on without it."""
    socket, _ = urgent(sockets, loopback.namespace, kind)

    taken = [receive(socket, flags) for flags in (MSG_OOB | MSG_PEEK, MSG_OOB | MSG_PEEK, MSG_OOB, MSG_OOB)]

    assert taken == [b"!", b"!", b"!", EINVAL]
    assert [receive(socket) for _ in range(3)] == [b"ab", b"cd", b""]


@clause(since="2.4", level="documented", refs=[MAN, RECV])
@both_kinds
def test_a_receive_stops_at_the_mark(loopback, sockets, kind):
    """A receive ends before the urgent byte, where SIOCATMARK is 1, and the next passes over it, taken or not."""
    socket, _ = urgent(sockets, loopback.namespace, kind)

    marks, parts = [at_mark(socket)], []
    for _ in range(3):
        parts.append(receive(socket))
        marks.append(at_mark(socket))

    assert parts == [b"ab", b"cd", b""]
    assert marks == [0, 1, 0, 0]
    assert receive(socket, MSG_OOB) == EINVAL  # passed over


@clause(
    since="2.4",
    level="documented",
    refs=[MAN, "man:socket(7)", RECV, RECV_URGENT],
    covers=covers(["SO_OOBINLINE"], "effect"),
)
@both_kinds
def test_so_oobinline_leaves_the_urgent_byte_in_the_stream(loopback, sockets, kind):
    """With SO_OOBINLINE the urgent byte is in the stream, after the mark, and MSG_OOB is EINVAL."""
    socket, _ = urgent(sockets, loopback.namespace, kind, inline=1)

    out_of_band = receive(socket, MSG_OOB)
    parts, marks = [], []
    for _ in range(3):
        parts.append(receive(socket))
        marks.append(at_mark(socket))

    assert out_of_band == EINVAL
    assert parts == [b"ab", b"!cd", b""]
    assert marks == [1, 0, 0]


@clause(since="2.4", level="documented", refs=[MAN, "man:poll(2)", "src:net/ipv4/tcp.c:tcp_poll"])
@both_kinds
def test_poll_reports_urgent_data_until_they_are_taken(loopback, sockets, kind):
    """POLLPRI is reported from the arrival of an urgent byte until MSG_OOB takes it, also at the mark."""
    near, far = kind.pair(sockets, loopback.namespace)
    before = wait.poll(far.fd, EVERY, 0)
    near.must.send(b"ab!", MSG_OOB)
    arrived = wait.until(lambda: wait.poll(far.fd, EVERY, 0) == EVERY, "data and urgent data")
    receive(far)
    at_the_mark = wait.poll(far.fd, EVERY, 0)
    receive(far, MSG_OOB)
    taken = wait.poll(far.fd, EVERY, 0)
    near.must.send(b"cd")
    more = wait.poll(far.fd, select.POLLIN) & EVERY
    receive(far)

    assert (before, arrived) == (0, True)
    assert at_the_mark & select.POLLPRI
    assert taken & select.POLLPRI == 0
    assert more == select.POLLIN
    assert wait.poll(far.fd, EVERY, 0) == 0


@clause(since="2.4", level="documented", refs=[MAN, "src:net/ipv4/tcp_input.c:tcp_check_urg"])
@both_kinds
def test_a_second_urgent_byte_replaces_the_first(loopback, sockets, kind):
    """Of two urgent bytes the second is the urgent one; the first, not taken, is a byte of the stream then."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"a1", MSG_OOB)
    assert wait.poll(far.fd, select.POLLPRI) & select.POLLPRI
    near.must.send(b"b2", MSG_OOB)
    near.must.shutdown(SHUT_WR)
    assert wait.poll(far.fd, select.POLLRDHUP)

    first = receive(far, MSG_OOB)

    assert first == b"2"
    assert receive(far) == b"a1b"
    assert receive(far) == b""


@clause(
    since="2.4",
    level="documented",
    refs=["man:recv(2)", RECV_URGENT],
    covers=["errno:EINVAL", "errno:ENOTCONN", "errno:EAGAIN"],
)
@both_kinds
def test_there_may_be_no_urgent_byte(loopback, sockets, kind):
    """MSG_OOB is EINVAL where no byte is urgent, ENOTCONN without a connection, and takes the byte that comes then."""
    (near, far), fresh = kind.pair(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)
    near.must.send(b"plain")
    wait.readable(far.fd)

    results = receive(far, MSG_OOB), receive(fresh, MSG_OOB), receive(fresh)

    assert results == (EINVAL, EINVAL, ENOTCONN)
    assert receive(far) == b"plain"
    assert receive(far) == EAGAIN
    near.must.send(b"!", MSG_OOB)
    assert wait.poll(far.fd, select.POLLPRI) & select.POLLPRI
    assert far.recv(None, 0, MSG_OOB | MSG_DONTWAIT).ok
    assert fresh.recv(bytearray(1), 1, MSG_DONTWAIT) == refused(ENOTCONN)
