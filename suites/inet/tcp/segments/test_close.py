"""shutdown(2), close(2) of TCP sockets: the segments that end a connection, and the states on the way."""

import struct

import pytest

from fixtures.clauses import clause
from helpers.net.segments import FIN
from helpers.net.tcp_peer import ACK, ISS, RST, connected
from helpers.options import covers
from helpers.syscall import SUCCESS, returned
from helpers.tcp import tcp_state
from helpers.uapi.socket import MSG_DONTWAIT, SHUT_RD, SHUT_RDWR, SHUT_WR, SOL_SOCKET, SOL_TCP
from helpers.uapi.socket_options import SO_LINGER
from helpers.uapi.tcp import TCP_LINGER2
from helpers.uapi.tcp_states import (
    TCP_CLOSE,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT1,
    TCP_FIN_WAIT2,
    TCP_LAST_ACK,
)

SYSCALL = "shutdown"
STATES = "src:net/ipv4/tcp_input.c:tcp_rcv_state_process"
CLOSE = "src:net/ipv4/tcp.c:__tcp_close"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"
FIRST = ISS + 1


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "man:tcp(7)", STATES, RFC])
@pytest.mark.parametrize("how", [SHUT_WR, SHUT_RDWR], ids=["wr", "rdwr"])
def test_shutting_down_sends_fin(wire, how):
    """A shutdown for sending sends FIN after the data: FIN-WAIT-1, then FIN-WAIT-2, and closed after the peer's FIN."""
    socket, peer = connected(wire)
    socket.must.send(b"data")
    peer.receive()
    peer.send()
    start = peer.ack

    result = socket.shutdown(how)
    fin = peer.receive()
    states = [tcp_state(socket)]
    peer.send()
    peer.heard()
    states.append(tcp_state(socket))
    peer.send(FIN | ACK)
    last = peer.receive()
    states.append(tcp_state(socket))

    assert result == SUCCESS
    assert (fin.flags, fin.seq, fin.ack, fin.data) == (FIN | ACK, start, FIRST, b"")
    assert states == [TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_CLOSE]
    assert (last.flags, last.seq, last.ack) == (ACK, start + 1, FIRST + 1)


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", "src:net/ipv4/tcp.c:tcp_shutdown"])
def test_shutting_down_reception_sends_nothing(wire):
    """A shutdown for receiving sends nothing: what the peer sends is still acknowledged, and data still go out."""
    socket, peer = connected(wire)

    result = socket.shutdown(SHUT_RD)

    assert result == SUCCESS
    assert peer.heard() == []
    peer.send(ACK, b"ignored")
    assert peer.receive().ack == FIRST + 7
    socket.must.send(b"data")
    assert peer.receive().data == b"data"
    assert tcp_state(socket) == TCP_ESTABLISHED


@clause(since="2.2", level="documented", refs=["man:shutdown(2)", STATES, RFC])
def test_half_closed_still_receives(wire):
    """In FIN-WAIT-1 and -2 the peer's data are acknowledged and received until its FIN."""
    socket, peer = connected(wire)
    socket.must.shutdown(SHUT_WR)
    peer.receive()

    peer.send(ACK, b"one", ack=peer.ack - 1)
    answers = peer.heard()
    peer.send(ACK, b"two")
    answers += peer.heard()

    assert [answer.ack for answer in answers] == [FIRST + 3, FIRST + 6]
    buffer = bytearray(9)
    assert socket.recv(buffer, 9, MSG_DONTWAIT) == returned(6)
    assert bytes(buffer[:6]) == b"onetwo"
    assert tcp_state(socket) == TCP_FIN_WAIT2


@clause(since="2.2", level="source", refs=[STATES, RFC])
def test_both_ends_may_close_at_once(wire):
    """A FIN that meets a FIN makes CLOSING, and the acknowledgement of the own ends it."""
    socket, peer = connected(wire)
    socket.must.shutdown(SHUT_WR)
    peer.receive()

    peer.send(FIN | ACK, ack=peer.ack - 1)
    answer = peer.receive()
    before = tcp_state(socket)
    peer.send()
    peer.heard()

    assert (answer.flags, answer.ack) == (ACK, FIRST + 1)
    assert (before, tcp_state(socket)) == (TCP_CLOSING, TCP_CLOSE)


@clause(since="2.2", level="source", refs=[STATES, RFC])
def test_the_end_that_closes_second_waits_for_the_last_acknowledgement(wire):
    """After the peer's FIN a socket is in CLOSE-WAIT, still sends, and its own FIN makes LAST-ACK, then closed."""
    socket, peer = connected(wire)
    peer.send(FIN | ACK)
    peer.receive()
    states = [tcp_state(socket)]
    socket.must.send(b"data")
    data = peer.receive()
    peer.send()

    socket.must.shutdown(SHUT_WR)
    fin = peer.receive()
    states.append(tcp_state(socket))
    peer.send(ACK, ack=fin.seq)  # not yet
    peer.heard()
    states.append(tcp_state(socket))
    peer.send()
    peer.heard()
    states.append(tcp_state(socket))

    assert (data.data, fin.flags, fin.seq) == (b"data", FIN | ACK, data.end)
    assert states == [TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LAST_ACK, TCP_CLOSE]


@clause(since="2.2", level="documented", refs=["man:close(2)", CLOSE, "https://www.rfc-editor.org/rfc/rfc2525"])
@pytest.mark.parametrize("unread", [True, False], ids=["unread", "read"])
def test_close_with_unread_data_resets(wire, unread):
    """A close while data are unread sends RST, and FIN otherwise."""
    socket, peer = connected(wire)
    peer.send(ACK, b"data")
    peer.receive()
    if not unread:
        socket.must.recv(bytearray(9), 9)
    start = peer.ack

    socket.must.close()
    last = peer.receive()

    assert last.flags == (RST | ACK if unread else FIN | ACK)
    assert (last.seq, last.ack) == (start, FIRST + 4)


@clause(since="2.2", level="documented", refs=["man:socket(7)", CLOSE], covers=covers(["SO_LINGER"], "effect"))
@pytest.mark.parametrize("linger", [(1, 0), (0, 0)], ids=["zero", "off"])
def test_lingering_for_no_time_resets(wire, linger):
    """With SO_LINGER of 0 seconds a close sends RST and drops what is queued; switched off it sends FIN after that."""
    socket, peer = connected(wire)
    socket.must.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("=ii", *linger))
    socket.must.send(b"data")
    data = peer.receive()

    socket.must.close()
    last = peer.receive()

    assert (last.flags, last.seq) == (RST | ACK if linger[0] else FIN | ACK, data.end)


@clause(since="2.4", level="documented", refs=["man:tcp(7)", CLOSE], covers=covers(["TCP_LINGER2"], "effect"))
@pytest.mark.parametrize("linger2", [60, -1], ids=["some", "none"])
def test_tcp_linger2_decides_what_becomes_of_an_orphan(wire, linger2):
    """A closed socket whose FIN is acknowledged answers the peer's FIN, but resets at once where TCP_LINGER2 is < 0."""
    socket, peer = connected(wire)
    socket.must.setsockopt(SOL_TCP, TCP_LINGER2, linger2)
    socket.must.close()
    fin = peer.receive()

    peer.send()
    peer.heard()
    peer.send(FIN | ACK)
    answers = peer.heard()

    assert fin.flags == FIN | ACK
    assert [answer.flags for answer in answers] == [ACK if linger2 > 0 else RST]


@clause(since="2.2", level="source", refs=[STATES, "src:net/ipv4/tcp_minisocks.c:tcp_timewait_state_process", RFC])
def test_data_for_an_orphan_are_reset(wire):
    """Data that come to a closed socket, which no one can read any more, are answered with RST."""
    socket, peer = connected(wire)
    socket.must.close()
    fin = peer.receive()

    peer.send(ACK, b"data", ack=fin.end)
    answers = peer.heard()

    assert [answer.flags & RST for answer in answers] == [RST]
    peer.send(FIN | ACK)
    assert [answer.flags for answer in peer.heard()] == [RST]


@clause(since="2.2", level="documented", refs=["src:net/ipv4/tcp_minisocks.c:tcp_timewait_state_process", RFC])
def test_time_wait_answers_a_fin_that_comes_again(wire):
    """In TIME-WAIT a FIN that comes again is acknowledged again, other data too, and a bare acknowledgement is not."""
    socket, peer = connected(wire)
    socket.must.close()
    peer.receive()
    peer.send(FIN | ACK)
    first = peer.receive()

    peer.send(ACK)
    bare = peer.heard()
    peer.send(FIN | ACK, seq=FIRST)
    again = peer.heard()

    assert bare == []
    assert (first.flags, first.ack) == (ACK, FIRST + 1)
    assert [(one.flags, one.seq, one.ack) for one in again] == [(ACK, first.seq, FIRST + 1)]
