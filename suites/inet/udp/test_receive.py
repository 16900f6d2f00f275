"""recvmsg(2) of UDP sockets: short buffers, MSG_PEEK, SO_PEEK_OFF, empty datagrams, a full queue."""

import ctypes
import termios
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4
from helpers import messages, wait
from helpers.arrivals import drain
from helpers.messages import Message
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_versions import V4
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOL_SOCKET
from helpers.uapi.socket_options import SO_PEEK_OFF, SO_RCVBUF, SO_REUSEADDR, SO_RXQ_OVFL

SYSCALL = "recvmsg"
UDP = "src:net/ipv4/udp.c:udp_recvmsg"
UDP6 = "src:net/ipv6/udp.c:udpv6_recvmsg"
REFS = ["man:udp(7)", "man:recv(2)", UDP, UDP6]


def with_data(host, *datagrams):
    """Return a socket in whose queue datagrams from the neighbour are."""
    socket, port = host.bound()
    for data in datagrams:
        host.deliver_udp(port, data)
    host.settled()
    return socket


def inq(socket, request=termios.FIONREAD):
    """Return what FIONREAD says."""
    word = ctypes.c_int(-1)
    socket.must.ioctl(request, word)
    return word.value


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_the_name_is_the_sender(host, ip):
    """A datagram comes with its sender's address and port and the length of that address, and with no flags."""
    name, size = ip.address(), ctypes.sizeof(ip.address())
    got = messages.receive(with_data(host, b"data").fd, name=name)

    assert (got.data, got.value, got.flags, got.controls) == (b"data", 4, 0, [])
    assert (bytes(name), got.name_length) == (bytes(ip.address(PORT, ip.there)), size)


@clause(since="2.2", level="documented", refs=REFS, covers=["msg:MSG_TRUNC"])
@ip_versions
@pytest.mark.parametrize("size", [0, 3, 4, 5])
def test_a_short_buffer_cuts_a_datagram(host, ip, size):
    """A buffer that is shorter than the datagram gets its beginning and MSG_TRUNC; the rest is gone."""
    socket = with_data(host, b"abcd", b"next")

    message = Message([size or 1], None)
    message.iov[0].iov_len = size
    result = socket.recvmsg(message.header, MSG_DONTWAIT)

    assert result == returned(min(size, 4))
    assert message.header.msg_flags == (MSG_TRUNC if size < 4 else 0)
    assert message.data(size or 1) == b"abcd"[:size].ljust(size or 1, b"\xa5")
    assert drain(socket) == [b"next"]


@clause(since="2.4", level="documented", refs=REFS, covers=["msg:MSG_TRUNC", "msg:MSG_PEEK"])
@ip_versions
def test_msg_trunc_returns_the_whole_length(host, ip):
    """With MSG_TRUNC the call returns the datagram's whole length, whatever the buffer; with MSG_PEEK it stays."""
    socket = with_data(host, b"abcdefgh")
    buffer = bytearray(b"\xa5" * 8)

    assert socket.recv(buffer, 2, MSG_TRUNC | MSG_PEEK) == returned(8)
    assert socket.recv(buffer, 2, MSG_PEEK) == returned(2)
    assert socket.recv(buffer, 2, MSG_TRUNC) == returned(8)
    assert buffer == b"ab" + b"\xa5" * 6
    assert socket.recv(buffer, 2, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="4.10", level="documented", refs=["man:socket(7)", *REFS], covers=["option:SO_PEEK_OFF:effect"])
@ip_versions
def test_so_peek_off_says_where_peeking_begins(host, ip):
    """SO_PEEK_OFF has MSG_PEEK begin behind what was peeked before; what is taken from the queue moves it back."""
    socket = with_data(host, b"abcd", b"efgh", b"ijkl")
    buffer = bytearray(9)

    def look(size, flags=MSG_PEEK):
        result = socket.recv(buffer, size, flags | MSG_DONTWAIT)
        return bytes(buffer[: result.value]), socket.option(SOL_SOCKET, SO_PEEK_OFF)

    assert socket.setsockopt(SOL_SOCKET, SO_PEEK_OFF, 1) == SUCCESS
    assert look(2) == (b"bc", 3)
    assert look(9) == (b"d", 4)
    assert look(9) == (b"efgh", 8)
    assert look(9, 0) == (b"abcd", 4)
    assert look(2) == (b"ij", 6)
    assert socket.setsockopt(SOL_SOCKET, SO_PEEK_OFF, -1) == SUCCESS
    assert look(9) == (b"efgh", -1)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_an_empty_datagram_is_received(host, ip):
    """A datagram without data makes the socket readable, is received as 0 bytes with its sender, and only once."""
    socket = with_data(host, b"", b"")
    name = ip.address()

    ready = wait.readable(socket.fd)
    first = messages.receive(socket.fd, name=name)
    second = socket.recv(bytearray(4), 4, MSG_DONTWAIT)

    assert ready
    assert (first.value, bytes(name)) == (0, bytes(ip.address(PORT, ip.there)))
    assert second == returned(0)
    assert socket.recv(bytearray(4), 4, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:udp(7)", "src:net/ipv4/udp.c:udp_ioctl"])
@ip_versions
def test_fionread_is_the_next_datagram(host, ip):
    """FIONREAD is the length of the next datagram alone, and 0 where there is none or an empty one."""
    socket = with_data(host, b"abc", b"", b"defg")

    found = []
    for _ in range(4):
        found.append(inq(socket))
        socket.recv(bytearray(9), 9, MSG_DONTWAIT)

    assert found == [3, 0, 4, 0]


@clause(since="2.2", level="source", refs=["man:recv(2)", UDP, "src:net/ipv4/af_inet.c:inet_dgram_ops"])
@ipv4
def test_msg_oob_is_passed_over(host, ip):
    """MSG_OOB is passed over by a UDP socket: the datagram is received."""
    assert with_data(host, b"data").recv(bytearray(9), 9, MSG_OOB | MSG_DONTWAIT) == returned(4)


@clause(
    since="2.2",
    level="documented",
    refs=["man:udp(7)", "src:net/ipv4/udp.c:__udp_enqueue_schedule_skb"],
)
@ip_versions
def test_a_full_queue_drops_and_counts(host, ip):
    """What finds no room is dropped, which SO_RXQ_OVFL counts; what was queued before stays."""
    socket, port = host.bound()
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 2304)
    socket.must.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 1)
    sent = [new_data().ljust(1000, b".") for _ in range(20)]

    for data in sent:
        host.deliver_udp(port, data)
    host.settled()
    kept = drain(socket)
    host.deliver_udp(port, b"later")
    assert wait.readable(socket.fd)
    later = messages.receive(socket.fd)

    assert kept == sent[: len(kept)]
    assert 0 < len(kept) < 20
    assert later.data == b"later"
    assert later.controls == [(SOL_SOCKET, SO_RXQ_OVFL, (20 - len(kept)).to_bytes(4, "little"))]


@clause(since="2.2", level="documented", refs=["man:udp(7)", "man:ip(7)", "src:net/ipv4/udp.c:udp4_lib_lookup2"])
@ip_versions
def test_the_socket_that_fits_best_receives(host, ip):
    """A datagram is for the socket connected to its sender, else that bound to its address, else that to any."""
    other = "192.0.2.3" if ip is V4 else "2001:db8::3"
    host.add(ip.also_here)
    made, port = [host.open() for _ in range(3)], 4712
    for socket, name in zip(made, (ip.any, ip.here, ip.here), strict=True):
        socket.must.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        socket.must.bind(ip.address(port, name))
    made[2].must.connect(host.peer)

    host.deliver_udp(port, b"peer")
    host.deliver_udp(port, b"bound", (other, PORT))
    host.deliver_udp(port, b"port", (ip.there, PORT + 1))
    host.deliver_udp(port, b"any", to=ip.also_here)
    host.settled()

    assert [drain(socket) for socket in made] == [[b"any"], [b"bound", b"port"], [b"peer"]]
