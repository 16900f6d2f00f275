"""MSG_ERRQUEUE: errors of the host itself, what a short buffer cuts off, and how the queue is emptied."""

import ctypes
import select
from errno import EAGAIN, ECONNREFUSED, EMSGSIZE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers import messages, wait
from helpers.messages import Message
from helpers.net.ip_frames import checksum
from helpers.net.ip_host import PORT
from helpers.net.ip_packets import packet, udp
from helpers.net.ip_versions import V4, V6
from helpers.options import covers
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi import icmp, icmpv6
from helpers.uapi.errqueue import SO_EE_ORIGIN_LOCAL, SO_EE_RFC4884_FLAG_INVALID, sock_extended_err
from helpers.uapi.in_ import IP_PMTUDISC_DO, IPPROTO_UDP
from helpers.uapi.socket import MSG_CTRUNC, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_PEEK, MSG_TRUNC, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

SYSCALL = "recvmsg"
QUEUE = "src:net/ipv4/ip_sockglue.c:ip_recv_error"
QUEUE6 = "src:net/ipv6/datagram.c:ipv6_recv_error"
REFS = ["man:ip(7)", "man:ipv6(7)", "man:recv(2)", QUEUE, QUEUE6]
REFUSED = {V4: (icmp.ICMP_DEST_UNREACH, icmp.ICMP_PORT_UNREACH), V6: (icmpv6.ICMPV6_DEST_UNREACH, 4)}
ERROR = ctypes.sizeof(sock_extended_err)


def refuse(host, port, *payloads):
    """Have the neighbour refuse datagrams that the port sent."""
    ip = host.ip
    for data in payloads:
        segment = udp(ip, (ip.here, port), (ip.there, PORT), data)
        host.deliver_icmp(*REFUSED[ip], 0, packet(ip, IPPROTO_UDP, segment, ip.here, ip.there))
    host.settled()


def reporting(host):
    """Return a bound socket with RECVERR, and its port."""
    socket, port = host.bound()
    socket.must.setsockopt(host.ip.level, host.ip.RECVERR, 1)
    return socket, port


def told(got):
    """Return the sock_extended_err and what follows it of a message of the error queue."""
    ((_, _, data),) = got.controls
    return sock_extended_err.from_buffer_copy(data), data[ERROR:]


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:EAGAIN"])
@ip_versions
def test_errors_are_taken_in_order_and_once(host, ip):
    """The error queue gives each error once and in order, EAGAIN when it is empty; data are received beside it."""
    socket, port = reporting(host)
    refuse(host, port, b"one", b"two")
    host.deliver_udp(port, b"data")
    host.settled()

    first, second = (messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT) for _ in range(2))
    third = socket.recvmsg(Message([9]).header, MSG_ERRQUEUE)  # never waits

    assert [got.data for got in (first, second)] == [b"one", b"two"]
    assert third == refused(EAGAIN)
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0
    assert messages.receive(socket.fd).data == b"data"


@clause(since="3.11", level="source", refs=[*REFS, "src:net/core/skbuff.c:sock_dequeue_err_skb"])
@ip_versions
def test_the_next_error_is_pending_when_one_is_taken(host, ip):
    """As long as an ICMP error is queued it is pending, too: poll(2) reports POLLERR, and SO_ERROR its errno."""
    socket, port = reporting(host)
    refuse(host, port, b"one", b"two")

    pending = socket.option(SOL_SOCKET, SO_ERROR)
    messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT)
    still = wait.poll(socket.fd, 0), socket.option(SOL_SOCKET, SO_ERROR)
    messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT)

    assert pending == ECONNREFUSED
    assert still == (select.POLLERR, ECONNREFUSED)
    assert (wait.poll(socket.fd, 0, 0), socket.option(SOL_SOCKET, SO_ERROR)) == (0, 0)


@clause(since="2.2", level="documented", refs=REFS, covers=["msg:MSG_ERRQUEUE", "msg:MSG_TRUNC", "msg:MSG_CTRUNC"])
@ip_versions
def test_a_short_buffer_cuts_the_quoted_data(host, ip):
    """A buffer shorter than the quoted data sets MSG_TRUNC, and no room for the error MSG_CTRUNC; the rest is gone."""
    socket, port = reporting(host)
    refuse(host, port, b"abcdef", b"abcdef", b"abcdef")

    short, exact, bare = (
        messages.receive(socket.fd, size, control, MSG_ERRQUEUE | MSG_DONTWAIT)
        for size, control in ((5, 256), (6, 256), (6, 0))
    )

    assert (short.data, short.value, short.flags) == (b"abcde", 5, MSG_ERRQUEUE | MSG_TRUNC)
    assert (exact.data, exact.value, exact.flags) == (b"abcdef", 6, MSG_ERRQUEUE)
    assert (bare.data, bare.value, bare.flags) == (b"abcdef", 6, MSG_ERRQUEUE | MSG_CTRUNC)
    assert socket.recvmsg(Message([9]).header, MSG_ERRQUEUE) == refused(EAGAIN)


@clause(since="2.2", level="source", refs=REFS, covers=["msg:MSG_PEEK"])
@ip_versions
def test_msg_peek_takes_an_error_all_the_same(host, ip):
    """MSG_PEEK with MSG_ERRQUEUE takes the error from the queue as without it."""
    socket, port = reporting(host)
    refuse(host, port, b"one")

    assert messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_PEEK | MSG_DONTWAIT).data == b"one"
    assert socket.recvmsg(Message([9]).header, MSG_ERRQUEUE | MSG_PEEK) == refused(EAGAIN)


@clause(
    since="2.2",
    level="source",
    refs=["man:ip(7)", "src:net/ipv4/ip_sockglue.c:do_ip_setsockopt"],
    covers=covers(["IP_RECVERR", "IPV6_RECVERR"], "effect"),
)
@ip_versions
def test_switching_it_off_empties_the_queue(host, ip):
    """RECVERR set to 0 drops what is queued, and set to 1 again leaves it."""
    socket, port = reporting(host)
    refuse(host, port, b"one")

    again = socket.setsockopt(ip.level, ip.RECVERR, 1)
    kept = messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT)
    refuse(host, port, b"two")
    off = socket.setsockopt(ip.level, ip.RECVERR, 0)

    assert (again, kept.data, off) == (SUCCESS, b"one", SUCCESS)
    assert socket.recvmsg(Message([9]).header, MSG_ERRQUEUE) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:ip(7)", "src:net/ipv4/ip_sockglue.c:ip_local_error"])
@ip_versions
def test_a_local_emsgsize_is_queued_with_the_mtu(host, ip):
    """A datagram too long for the link is EMSGSIZE, and queued with origin LOCAL, the MTU, the peer and no data."""
    socket, _ = reporting(host)
    socket.must.setsockopt(ip.level, ip.MTU_DISCOVER, IP_PMTUDISC_DO)
    most = 1500 - ip.header - 8
    socket.must.connect(host.peer)

    result = socket.send(bytes(most + 1))
    name = ip.address()
    got = messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT, name=name)

    error, offender = told(got)
    assert result == refused(EMSGSIZE)
    assert (error.ee_errno, error.ee_origin, error.ee_type, error.ee_code) == (EMSGSIZE, SO_EE_ORIGIN_LOCAL, 0, 0)
    assert (error.ee_pad, error.ee_info, error.ee_data) == (0, 1500, 0)
    assert (got.data, bytes(name)) == (b"", bytes(host.peer))
    assert offender[2:] == bytes(len(offender) - 2)  # nobody's
    assert socket.send(bytes(most)) == returned(most)
    assert socket.recvmsg(Message([9]).header, MSG_ERRQUEUE) == refused(EAGAIN)


@clause(
    since="5.9",
    level="documented",
    refs=["man:ip(7)", "src:net/ipv4/icmp.c:ip_icmp_error_rfc4884"],
    covers=covers(["IP_RECVERR_RFC4884", "IPV6_RECVERR_RFC4884"], "effect"),
)
@ip_versions
@pytest.mark.parametrize("right", [True, False], ids=["valid", "broken"])
@pytest.mark.parametrize("on", [0, 1], ids=["off", "on"])
def test_rfc4884_tells_where_extensions_begin(host, ip, right, on):
    """With IP_RECVERR_RFC4884 ee_rfc4884 tells where extensions begin in the quoted data, and if they are right."""
    socket, port = reporting(host)
    socket.must.setsockopt(ip.level, ip.RECVERR_RFC4884, on)
    size = 128 - ip.header - 8
    segment = udp(ip, (ip.here, port), (ip.there, PORT), bytes(size))
    quoted = packet(ip, IPPROTO_UDP, segment, ip.here, ip.there)[:128]
    body = bytes.fromhex("0008010100001234")
    head = bytes([0x20, 0, 0, 0])
    total = checksum(head + body) ^ (0 if right else 0x1111)
    extensions = head[:2] + total.to_bytes(2) + body
    length = 128 // 4 << 16 if ip is V4 else 128 // 8 << 24
    host.deliver_icmp(*REFUSED[ip], length, quoted + extensions)
    host.settled()

    got = messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT)
    error, _ = told(got)
    assert got.data == bytes(size) + extensions
    expected = (size, 0 if right else SO_EE_RFC4884_FLAG_INVALID, 0) if on else (0, 0, 0)
    assert (error.ee_rfc4884.len, error.ee_rfc4884.flags, error.ee_rfc4884.reserved) == expected
