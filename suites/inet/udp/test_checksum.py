"""The checksum of UDP: written, left out, and looked at."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.arrivals import drain
from helpers.net.ip_frames import checksum
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import packet, pseudo, sum_is_right, udp
from helpers.net.ip_versions import V4
from helpers.options import covers
from helpers.syscall import SUCCESS
from helpers.uapi.socket import SOL_SOCKET, SOL_UDP
from helpers.uapi.socket_options import SO_NO_CHECK
from helpers.uapi.udp import UDP_NO_CHECK6_RX, UDP_NO_CHECK6_TX
from suites.inet.udp.support import counted

SYSCALL = "setsockopt"
SEND = "src:net/ipv4/udp.c:udp_send_skb"
RECEIVE = "src:net/ipv4/udp.c:udp4_csum_init"
SEND6 = "src:net/ipv6/udp.c:udp_v6_send_skb"
RECEIVE6 = "src:net/ipv6/ip6_checksum.c:udp6_csum_init"


def zero_sum(host, port):
    """Return two bytes of data for a datagram to the neighbour whose sum would be 0."""
    ip = host.ip
    check = int.from_bytes(udp(ip, (ip.here, port), (ip.there, 4711), b"\0\0")[6:8])
    return check.to_bytes(2)


@clause(since="2.2", level="documented", refs=["man:udp(7)", SEND, SEND6])
@ip_versions
def test_a_sum_of_zero_is_sent_as_ones(host, ip):
    """A checksum that comes out as 0 is sent as 0xFFFF, because 0 would say that there is none (RFC 768)."""
    socket, port = host.bound()
    data, last = zero_sum(host, port), new_data()

    socket.must.sendto(data, 0, host.peer)
    socket.must.sendto(last, 0, host.peer)

    seen = host.seen_until(last)[0]
    assert (seen.payload, seen.check) == (data, 0xFFFF)


@clause(
    since="2.2", level="documented", refs=["man:socket(7)", "man:udp(7)", SEND], covers=["option:SO_NO_CHECK:effect"]
)
@ipv4
def test_so_no_check_leaves_the_sum_out(host, ip):
    """With SO_NO_CHECK an IPv4 datagram has the checksum 0, and a right one before and after."""
    socket, data = host.connected(), [new_data() for _ in range(3)]

    for on, one in zip((0, 1, 0), data, strict=True):
        socket.must.setsockopt(SOL_SOCKET, SO_NO_CHECK, on)
        socket.must.send(one)
    seen = [host.seen(one) for one in data]

    assert [one.check == 0 for one in seen] == [False, True, False]
    assert [sum_is_right(one) for one in seen] == [True, False, True]


@clause(
    since="3.16",
    level="uapi",
    refs=["uapi:linux/udp.h", "man:udp(7)", SEND6],
    covers=covers(["UDP_NO_CHECK6_TX"], "effect"),
)
@ipv6
def test_no_check6_tx_leaves_the_sum_out(host, ip):
    """With UDP_NO_CHECK6_TX an IPv6 datagram has the checksum 0, and a right one before and after."""
    socket, data = host.connected(), [new_data() for _ in range(3)]
    socket.must.setsockopt(SOL_SOCKET, SO_NO_CHECK, 1)

    for on, one in zip((0, 1, 0), data, strict=True):
        assert socket.setsockopt(SOL_UDP, UDP_NO_CHECK6_TX, on) == SUCCESS
        socket.must.send(one)
    seen = [host.seen(one) for one in data]

    assert [one.check == 0 for one in seen] == [False, True, False]
    assert [sum_is_right(one) for one in seen] == [True, False, True]


@clause(since="2.2", level="documented", refs=["man:udp(7)", RECEIVE, RECEIVE6, "src:net/ipv4/udp.c:udp_recvmsg"])
@ip_versions
@pytest.mark.parametrize("size", [4, 500], ids=["short", "long"])
def test_a_wrong_sum_is_dropped_and_counted(host, ip, size):
    """A datagram with a wrong checksum is not received, and InErrors and InCsumErrors count it once."""
    socket, port = host.bound()
    good = new_data().ljust(size, b".")
    before = counted(host)

    host.deliver_udp(port, b"x" * size, check=0x1234)
    host.deliver_udp(port, good)
    host.settled()
    got = drain(socket)
    after = counted(host)

    assert got == [good]
    assert [late - early for late, early in zip(after, before, strict=True)] == [1, 1]


@clause(
    since="3.16",
    level="documented",
    refs=["man:udp(7)", RECEIVE, RECEIVE6],
    covers=covers(["UDP_NO_CHECK6_RX"], "effect"),
)
@ip_versions
@pytest.mark.parametrize("on", [0, 1])
def test_no_sum_is_taken_by_ipv4_and_on_request_by_ipv6(host, ip, on):
    """A datagram without checksum is received over IPv4, and over IPv6 with UDP_NO_CHECK6_RX only."""
    socket, port = host.bound()
    assert socket.setsockopt(SOL_UDP, UDP_NO_CHECK6_RX, on) == SUCCESS

    host.deliver_udp(port, b"without", check=0)
    host.deliver_udp(port, b"with")
    host.settled()

    assert drain(socket) == ([b"without", b"with"] if ip is V4 or on else [b"with"])


@clause(since="2.2", level="documented", refs=["man:udp(7)", "src:net/ipv4/udp.c:__udp4_lib_rcv"])
@ip_versions
@pytest.mark.parametrize(("length", "received"), [(7, False), (8, True), (11, True), (12, True), (13, False)], ids=str)
def test_the_length_of_the_header_is_what_counts(host, ip, length, received):
    """A datagram is as long as its header says: the rest is cut off; what is not there is dropped."""
    socket, port = host.bound()
    whole = bytearray(udp(ip, (ip.there, 9), (ip.here, port), b"abcd"))
    whole[4:8] = length.to_bytes(2) + bytes(2)
    over = bytes(whole)[:length]
    whole[6:8] = (checksum(pseudo(ip, ip.there, ip.here, 17, length) + over) or 0xFFFF).to_bytes(2)
    host.deliver(packet(ip, 17, bytes(whole), ip.there, ip.here))
    host.settled()

    assert drain(socket) == ([b"abcd"[: length - 8]] if received else [])
