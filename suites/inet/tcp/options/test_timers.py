"""TCP_QUICKACK, TCP_USER_TIMEOUT and the newer options of time: what they do to acknowledgements and to giving up."""

import select
from errno import EFAULT, EINVAL, ENOPROTOOPT, ETIMEDOUT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.net.tcp_peer import ACK, connected
from helpers.option_calls import answer, get, keeps_its_values, put, put_at
from helpers.options import covers, option
from helpers.syscall import refused
from helpers.tcp import tcp_state
from helpers.uapi.socket import SOL_SOCKET, SOL_TCP
from helpers.uapi.socket_options import SO_ERROR
from helpers.uapi.tcp import TCP_QUICKACK, TCP_USER_TIMEOUT
from helpers.uapi.tcp_states import TCP_CLOSE

SYSCALL = "setsockopt"
MAN = "man:tcp(7)"
SET = "src:net/ipv4/tcp.c:do_tcp_setsockopt"
TIMES = ("TCP_RTO_MAX_MS", "TCP_RTO_MIN_US", "TCP_DELACK_MAX_US")


@clause(
    since="2.4",
    level="documented",
    refs=[MAN, "src:net/ipv4/tcp.c:__tcp_sock_set_quickack"],
    covers=covers(["TCP_QUICKACK"], "effect"),
)
def test_tcp_quickack_sends_the_acknowledgement_that_waits(wire):
    """With TCP_QUICKACK off the acknowledgement of data waits a while; it goes out at once when it is set."""
    socket, peer = connected(wire)

    for _ in range(10):  # a machine that is busy for 40 ms has seen the wait end
        socket.must.setsockopt(SOL_TCP, TCP_QUICKACK, 0)
        peer.send(ACK, b"data")
        assert wait.readable(socket.fd)
        socket.must.recv(bytearray(9), 9)
        waits = peer.heard() == []
        if waits:
            break
    socket.must.setsockopt(SOL_TCP, TCP_QUICKACK, 1)

    assert waits
    assert [(one.flags, one.ack, one.data) for one in peer.heard()] == [(ACK, peer.seq, b"")]


@clause(
    since="2.6.37",
    level="documented",
    refs=[MAN, "src:net/ipv4/tcp_timer.c:tcp_write_timeout"],
    covers=covers(["TCP_USER_TIMEOUT"], "effect"),
)
def test_tcp_user_timeout_gives_the_connection_up(wire):
    """Data that are unacknowledged for TCP_USER_TIMEOUT milliseconds end the connection with ETIMEDOUT."""
    socket, peer = connected(wire)
    socket.must.setsockopt(SOL_TCP, TCP_USER_TIMEOUT, 20)

    socket.must.send(b"data")
    events = wait.poll(socket.fd, select.POLLRDHUP)

    assert events & select.POLLERR
    assert events & select.POLLHUP
    assert socket.option(SOL_SOCKET, SO_ERROR) == ETIMEDOUT
    assert tcp_state(socket) == TCP_CLOSE
    assert peer.receive().data == b"data"


@clause(
    since="6.15", level="uapi", refs=["uapi:linux/tcp.h", SET], covers=covers(["TCP_RTO_MAX_MS"], "set", "get", "error")
)
@of_kinds(INET_TCP, INET6_TCP)
def test_tcp_rto_max_ms_is_one_second_to_two_minutes(sockets, kind):
    """TCP_RTO_MAX_MS is 120000 and keeps 1000 to 120000; others are EINVAL."""
    socket, chosen = kind.open(sockets), option("TCP_RTO_MAX_MS")

    keeps_its_values(socket, chosen)

    assert [put(socket, chosen, value) for value in (999, 120001, 0, -1)] == [refused(EINVAL)] * 4
    assert get(socket, chosen) == answer(120000)


@clause(since="6.16", level="uapi", refs=["uapi:linux/tcp.h", SET], covers=covers(TIMES[1:], "set", "get", "error"))
@pytest.mark.parametrize("name", TIMES[1:])
def test_times_of_microseconds_are_a_fifth_of_a_second_at_most(sockets, name):
    """TCP_RTO_MIN_US and TCP_DELACK_MAX_US are 200000 and keep less, of two clock ticks and more; others are EINVAL."""
    socket, chosen = INET_TCP.open(sockets), option(name)

    keeps_its_values(socket, chosen)

    assert [put(socket, chosen, value) for value in (200001, 1, 0)] == [refused(EINVAL)] * 3
    assert get(socket, chosen) == answer(200000)


@clause(
    since="6.16",
    level="uapi",
    refs=["uapi:linux/tcp.h", SET],
    covers=["errno:EINVAL", "errno:EFAULT", *covers(TIMES, "error")],
)
def test_times_are_ints(sockets, memory):
    """The options of time refuse three bytes with EINVAL and bytes that cannot be read with EFAULT."""
    socket = INET_TCP.open(sockets)

    results = [
        (put(socket, option(name), bytes(3)), put_at(socket, option(name), memory.before_end(bytes(3)), 4))
        for name in TIMES
    ]

    assert results == [(refused(EINVAL), refused(EFAULT))] * 3


@clause(
    since="6.12",
    level="uapi",
    refs=["uapi:linux/tcp.h", "src:net/ipv4/tcp.c:do_tcp_getsockopt"],
    covers=["errno:ENOPROTOOPT", *covers(["TCP_IS_MPTCP"], "get", "error")],
)
@of_kinds(INET_TCP, INET6_TCP)
def test_tcp_is_no_mptcp(sockets, kind):
    """TCP_IS_MPTCP of a TCP socket is 0, and cannot be set: ENOPROTOOPT."""
    socket, chosen = kind.open(sockets), option("TCP_IS_MPTCP")

    assert get(socket, chosen) == answer(0)
    assert put(socket, chosen, 1) == refused(ENOPROTOOPT)
