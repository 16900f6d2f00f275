"""What a socket that connects, and a port without one, answer to segments that do not fit."""

import struct
from errno import ECONNREFUSED

import pytest

from fixtures.clauses import clause
from helpers.net import segments
from helpers.net.segments import FIN, PSH, URG
from helpers.net.tcp_peer import ACK, ISS, LISTENING, RST, SYN, TcpPeer
from helpers.tcp import tcp_state
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED, TCP_SYN_RECV, TCP_SYN_SENT

SYSCALL = "connect"
SYN_SENT = "src:net/ipv4/tcp_input.c:tcp_rcv_synsent_state_process"
RESET = "src:net/ipv4/tcp_ipv4.c:tcp_v4_send_reset"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"


@clause(since="2.6.12", level="source", refs=[SYN_SENT, RFC])
@pytest.mark.parametrize("off", [0, 2, -1], ids=["own-iss", "one-more", "before"])
def test_a_wrong_acknowledgement_of_a_syn_is_reset(wire, off):
    """A SYN|ACK that does not acknowledge the SYN is answered with an RST of that number, and the attempt goes on."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)
    wrong = syn.seq + off & 0xFFFFFFFF
    peer.send(SYN | ACK, seq=ISS, ack=wrong)

    answers = peer.heard()

    assert [(answer.flags, answer.seq) for answer in answers] == [(RST, wrong)]
    assert tcp_state(socket) == TCP_SYN_SENT
    peer.send(SYN | ACK, ack=syn.seq + 1)
    assert [answer.flags for answer in peer.heard()] == [ACK]
    assert tcp_state(socket) == TCP_ESTABLISHED


@clause(since="2.6.12", level="documented", refs=["man:connect(2)", SYN_SENT, RFC], covers=["errno:ECONNREFUSED"])
def test_a_reset_refuses_only_if_it_acknowledges_the_syn(wire):
    """Of RSTs to a connecting socket only one that acknowledges the SYN ends the attempt, with ECONNREFUSED."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)

    peer.send(RST, seq=0, ack=0)
    peer.send(RST | ACK, seq=0, ack=syn.seq)
    peer.heard()
    before = tcp_state(socket), socket.option(SOL_SOCKET, SO_ERROR)
    peer.send(RST | ACK, seq=0, ack=syn.seq + 1)
    peer.heard()

    assert before == (TCP_SYN_SENT, 0)
    assert (tcp_state(socket), socket.option(SOL_SOCKET, SO_ERROR)) == (TCP_CLOSE, ECONNREFUSED)


@clause(since="2.6.12", level="source", refs=[SYN_SENT, RFC])
@pytest.mark.parametrize(
    "flags", [ACK, FIN | ACK, PSH | ACK, 0, FIN, PSH], ids=["ack", "fin-ack", "psh-ack", "none", "fin", "psh"]
)
def test_a_segment_without_syn_is_dropped_while_connecting(wire, flags):
    """A segment without SYN or RST leaves a connecting socket as it is, and is not answered."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)

    peer.send(flags, b"data", seq=ISS, ack=syn.seq + 1)

    assert peer.heard() == []
    assert tcp_state(socket) == TCP_SYN_SENT
    peer.send(SYN | ACK)
    peer.receive()
    assert tcp_state(socket) == TCP_ESTABLISHED


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", SYN_SENT, RFC])
def test_both_ends_may_open_at_once(wire):
    """A SYN that meets a SYN is answered with SYN|ACK of the same number; the ACK of that connects."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)

    peer.send(SYN, ack=0, options=segments.mss(1000))
    crossed = peer.receive()
    state = tcp_state(socket)
    peer.send(ACK, ack=syn.seq + 1)
    peer.heard()

    assert (crossed.flags, crossed.seq, crossed.ack) == (SYN | ACK, syn.seq, ISS + 1)
    assert crossed.option(segments.MSS) == struct.pack("!H", 1460)
    assert state == TCP_SYN_RECV
    assert tcp_state(socket) == TCP_ESTABLISHED
    socket.must.send(b"data")
    assert peer.receive().data == b"data"


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", RESET, RFC])
@pytest.mark.parametrize(
    ("flags", "ack", "data", "answer"),
    [
        (SYN, 0, b"", (RST | ACK, 0, ISS + 1)),
        (SYN | FIN, 0, b"", (RST | ACK, 0, ISS + 2)),
        (FIN, 0, b"", (RST | ACK, 0, ISS + 1)),
        (0, 0, b"data", (RST | ACK, 0, ISS + 4)),
        (SYN, 0, b"data", (RST | ACK, 0, ISS + 5)),
        (ACK, 77, b"", (RST, 77, 0)),
        (ACK | FIN, 78, b"data", (RST, 78, 0)),
        (SYN | ACK, 79, b"", (RST, 79, 0)),
    ],
    ids=["syn", "syn-fin", "fin", "none-data", "syn-data", "ack", "ack-fin-data", "syn-ack"],
)
def test_a_closed_port_resets(wire, flags, ack, data, answer):
    """A segment to a port without socket gets an RST: of the number it acknowledges, else one that acknowledges it."""
    peer = TcpPeer(wire)
    peer.other = 12345

    peer.send(flags, data, ack=ack)
    (reset,) = peer.heard()

    assert (reset.flags, reset.seq, reset.ack) == answer
    assert (reset.source, reset.destination) == (12345, peer.port)
    assert (reset.window, reset.data) == (0, b"")


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", RESET, RFC])
@pytest.mark.parametrize("flags", [RST, RST | ACK, RST | SYN, RST | URG], ids=["rst", "rst-ack", "rst-syn", "rst-urg"])
def test_a_reset_is_never_answered(wire, flags):
    """A segment with RST is not answered, whether the port is closed or listens."""
    peer = TcpPeer(wire)
    listener = peer.listener()

    for port in (12345, LISTENING):
        peer.send(flags, seq=ISS, ack=5, destination=port)

    assert peer.heard() == []
    peer.begin(LISTENING)
    assert listener.fd >= 0
