"""RST and SYN to a connected TCP socket: which end the connection, and what the program sees of it."""

import select
from errno import ECONNRESET, EPIPE

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net.segments import FIN
from helpers.net.tcp_peer import ACK, ISS, RST, SYN, connected
from helpers.syscall import refused, returned
from helpers.tcp import tcp_state
from helpers.uapi.socket import MSG_DONTWAIT, MSG_NOSIGNAL, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_CLOSE_WAIT, TCP_ESTABLISHED

SYSCALL = "recvfrom"
RESET = "src:net/ipv4/tcp_input.c:tcp_reset"
VALIDATE = "src:net/ipv4/tcp_input.c:tcp_validate_incoming"
RFC5961 = "https://www.rfc-editor.org/rfc/rfc5961"
FIRST = ISS + 1
EVERY = select.POLLIN | select.POLLOUT | select.POLLRDHUP


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:tcp(7)", RESET])
@pytest.mark.parametrize("how", ["recv", "send", "SO_ERROR"])
def test_a_reset_is_told_once(wire, how):
    """After an RST what had come can be read; ECONNRESET is told once, then senders get EPIPE and receivers the end."""
    socket, peer = connected(wire)
    peer.send(ACK, b"unread")
    peer.receive()

    peer.send(RST)
    peer.heard()
    state, events = tcp_state(socket), wait.poll(socket.fd, EVERY, 0)
    buffer = bytearray(9)
    data = socket.recv(buffer, 9, MSG_DONTWAIT)
    told = {
        "recv": lambda: socket.recv(buffer, 9, MSG_DONTWAIT).errno,
        "send": lambda: socket.send(b"data", MSG_NOSIGNAL).errno,
        "SO_ERROR": lambda: socket.option(SOL_SOCKET, SO_ERROR),
    }[how]()

    assert state == TCP_CLOSE
    assert events == EVERY | select.POLLERR | select.POLLHUP
    assert data == returned(6)
    assert told == ECONNRESET
    assert socket.recv(buffer, 9, MSG_DONTWAIT) == returned(0)
    assert socket.send(b"data", MSG_NOSIGNAL) == refused(EPIPE)
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0


@clause(since="2.2", level="source", refs=[RESET, "src:net/ipv4/tcp_input.c:tcp_done_with_error"])
def test_a_reset_after_the_peers_end_is_epipe(wire):
    """An RST after the peer's FIN is EPIPE to the program, which had seen the end."""
    socket, peer = connected(wire)
    peer.send(ACK | FIN)
    peer.receive()
    assert tcp_state(socket) == TCP_CLOSE_WAIT

    peer.send(RST)
    peer.heard()

    assert tcp_state(socket) == TCP_CLOSE
    assert socket.option(SOL_SOCKET, SO_ERROR) == EPIPE


@clause(since="3.6", level="documented", refs=[RFC5961, VALIDATE])
@pytest.mark.parametrize(("at", "answered"), [(1, True), (1000, True), (-1, False), (1 << 20, False)], ids=str)
def test_a_reset_of_another_number_is_challenged_or_ignored(wire, at, answered):
    """An RST within the window but not of the next number is answered with an ACK; outside it is ignored."""
    socket, peer = connected(wire)

    peer.send(RST, seq=FIRST + at)
    told = peer.heard()

    assert [(one.flags, one.ack) for one in told] == ([(ACK, FIRST)] if answered else [])
    assert tcp_state(socket) == TCP_ESTABLISHED
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0
    peer.send(RST, seq=FIRST)
    assert peer.heard() == []
    assert tcp_state(socket) == TCP_CLOSE


@clause(since="3.6", level="documented", refs=[RFC5961, VALIDATE])
@pytest.mark.parametrize("at", [0, 1, -1, 1 << 20], ids=str)
def test_a_syn_to_a_connection_is_challenged(wire, at):
    """A SYN to a connection, of whatever number, is answered with an ACK and changes nothing."""
    socket, peer = connected(wire)

    peer.send(SYN, seq=FIRST + at, ack=0)
    told = peer.heard()

    assert [(one.flags, one.ack) for one in told] == [(ACK, FIRST)]
    assert tcp_state(socket) == TCP_ESTABLISHED
    peer.send(ACK, b"data")
    assert wait.readable(socket.fd)
    assert socket.recv(bytearray(9), 9, MSG_DONTWAIT) == returned(4)
