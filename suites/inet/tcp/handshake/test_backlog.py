"""listen(2) of TCP sockets: SYNs while the backlog has room and when it is full; which segments make a connection."""

import struct
from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import segments
from helpers.net.segments import MSS, SACK_PERMITTED, TIMESTAMP, WSCALE
from helpers.net.sysctl import set_sysctl
from helpers.net.tcp_peer import ACK, ISS, LISTENING, RST, SYN, TcpPeer
from helpers.option_calls import answer, get, refusal
from helpers.options import covers, option
from helpers.syscall import refused
from helpers.tcp import tcp_backlog
from helpers.uapi.socket import SOL_TCP
from helpers.uapi.tcp import TCP_DEFER_ACCEPT, TCP_SAVE_SYN

SYSCALL = "listen"
REQUEST = "src:net/ipv4/tcp_input.c:tcp_conn_request"
CHECK = "src:net/ipv4/tcp_minisocks.c:tcp_check_req"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"
SAVED = option("TCP_SAVED_SYN")


@clause(since="2.6.12", level="documented", refs=["man:listen(2)", "man:tcp(7)", REQUEST, RFC])
@pytest.mark.parametrize(
    ("offered", "kinds"),
    [
        (b"", [MSS]),
        (segments.mss(1000), [MSS]),
        (segments.mss(1000) + segments.option(SACK_PERMITTED), [MSS, SACK_PERMITTED]),
        (segments.mss(1000) + segments.timestamp(5, 0), [MSS, TIMESTAMP]),
        (segments.mss(1000) + segments.option(WSCALE, b"\x07"), [MSS, WSCALE]),
    ],
    ids=["none", "mss", "sack", "timestamp", "wscale"],
)
def test_a_listener_answers_a_syn_with_what_it_offered(wire, offered, kinds):
    """A SYN to a listener is answered with SYN|ACK that acknowledges it, and only with options that it offered."""
    peer = TcpPeer(wire)
    listener = peer.listener()

    answer = peer.begin(LISTENING, offered)

    assert (answer.flags, answer.ack, answer.data) == (SYN | ACK, ISS + 1, b"")
    assert [kind for kind, _ in answer.option_list()] == kinds
    assert answer.option(MSS) == struct.pack("!H", 1460)
    if TIMESTAMP in kinds:
        assert answer.option(TIMESTAMP)[4:] == struct.pack("!I", 5)
    assert listener.accept() == refused(EAGAIN)  # not before the third segment
    peer.send()
    assert wait.readable(listener.fd)
    assert tcp_backlog(listener) == (1, 8)


@clause(since="2.6.12", level="source", refs=[CHECK, RFC])
def test_the_third_segment_has_to_acknowledge_the_syn(wire):
    """A third segment with another acknowledgement is reset and makes no connection; the right one still does."""
    peer = TcpPeer(wire)
    listener = peer.listener()
    answer = peer.begin(LISTENING)

    peer.send(ACK, ack=answer.seq)
    before = [(reset.flags, reset.seq) for reset in peer.heard()], listener.accept()
    peer.send(ACK, ack=answer.seq + 1)

    assert before == ([(RST, answer.seq)], refused(EAGAIN))
    assert wait.readable(listener.fd)
    assert peer.left.sockets.adopt(listener.must.accept()).fd >= 0


@clause(since="2.6.12", level="source", refs=[CHECK, RFC])
@pytest.mark.parametrize("flags", [RST, RST | ACK], ids=["rst", "rst-ack"])
def test_a_reset_ends_the_request(wire, flags):
    """An RST of the expected number takes a half-open connection back: a third segment after it is reset."""
    peer = TcpPeer(wire)
    listener = peer.listener()
    answer = peer.begin(LISTENING)

    peer.send(flags)
    peer.send(ACK, ack=answer.seq + 1)

    assert [(reset.flags, reset.seq) for reset in peer.heard()] == [(RST, answer.end)]
    assert listener.accept() == refused(EAGAIN)


@clause(since="2.6.12", level="source", refs=[CHECK, RFC])
def test_a_syn_that_comes_again_is_answered_again(wire):
    """The SYN of a half-open connection that comes again gets the same SYN|ACK, and there is still one connection."""
    peer = TcpPeer(wire)
    listener = peer.listener()
    first = peer.begin(LISTENING)
    peer.repeats = True

    peer.send(SYN, seq=ISS, ack=0)
    again = peer.heard()
    peer.send(ACK, ack=first.seq + 1)
    wait.readable(listener.fd)

    assert (SYN | ACK, first.seq, ISS + 1) in [(one.flags, one.seq, one.ack) for one in again]
    assert tcp_backlog(listener)[0] == 1


@clause(since="2.2", level="documented", refs=["man:listen(2)", REQUEST])
@pytest.mark.parametrize("backlog", [0, 1, 3])
def test_a_syn_to_a_full_backlog_is_dropped(wire, backlog):
    """With one connection more than the backlog waiting, a SYN gets no answer, and gets it once one is accepted."""
    peer = TcpPeer(wire)
    listener = peer.listener(backlog=backlog)
    for number in range(backlog + 1):
        peer.port, peer.seq = 5000 + number, ISS
        peer.begin(LISTENING)
        peer.send()
    wait.until(lambda: tcp_backlog(listener)[0] == backlog + 1, "full backlog")

    peer.port = 6000
    peer.send(SYN, seq=ISS, ack=0)
    dropped = peer.heard()
    peer.left.sockets.adopt(listener.must.accept())
    peer.send(SYN, seq=ISS, ack=0)
    answers = peer.heard()

    assert [one for one in dropped if one.destination == 6000] == []
    assert [one.flags for one in answers if one.destination == 6000] == [SYN | ACK]


@clause(since="2.4", level="documented", refs=["man:tcp(7)", REQUEST], covers=covers(["TCP_DEFER_ACCEPT"], "effect"))
def test_tcp_defer_accept_waits_for_data(wire):
    """With TCP_DEFER_ACCEPT a bare third segment makes no connection to accept; the first data do, and are there."""
    peer = TcpPeer(wire)
    listener = peer.listener()
    listener.must.setsockopt(SOL_TCP, TCP_DEFER_ACCEPT, 5)
    peer.begin(LISTENING)

    peer.send()
    bare = peer.heard(), listener.accept()
    peer.send(ACK, b"data")
    wait.readable(listener.fd)
    accepted = peer.left.sockets.adopt(listener.must.accept())
    buffer = bytearray(8)

    assert bare == ([], refused(EAGAIN))
    assert accepted.recv(buffer, 8, 0x40).value == 4  # MSG_DONTWAIT
    assert bytes(buffer[:4]) == b"data"


@clause(
    since="5.10",
    level="source",
    refs=["uapi:linux/tcp.h", REQUEST],
    covers=[*covers(["TCP_SAVE_SYN"], "effect"), *covers(["TCP_SAVED_SYN"], "get")],
)
@pytest.mark.parametrize("mode", [0, 1, 2])
def test_tcp_save_syn_keeps_the_headers_of_the_syn(wire, mode):
    """TCP_SAVE_SYN 1 keeps a SYN's IP and TCP headers for the accepted socket, 2 the link's, too; told only once."""
    peer = TcpPeer(wire)
    listener = peer.listener()
    listener.must.setsockopt(SOL_TCP, TCP_SAVE_SYN, mode)
    sent = segments.Segment(peer.port, LISTENING, ISS, 0, SYN, 4000, 0, segments.mss(1000))
    packet = segments.datagram(sent, "192.0.2.2", "192.0.2.1")
    peer.other = LISTENING
    peer.datagram(packet)
    peer.seq += 1
    peer.receive()
    peer.send()
    wait.readable(listener.fd)
    accepted = peer.left.sockets.adopt(listener.must.accept())

    saved = {0: b"", 1: packet, 2: wire.left.mac + wire.right.mac + b"\x08\x00" + packet}[mode]

    if saved:
        assert get(accepted, SAVED, len(saved) - 1) == refusal(EINVAL, len(saved) - 1, len(saved))
    assert get(accepted, SAVED, 100) == answer(saved, 100)
    assert get(accepted, SAVED, 100) == answer(b"", 100)


@clause(since="2.2", level="documented", refs=["man:tcp(7)", "doc:networking/ip-sysctl.rst", CHECK])
@pytest.mark.parametrize("abort", ["0", "1"], ids=["wait", "abort"])
def test_a_connection_for_which_there_is_no_room_waits_or_is_reset(wire, abort):
    """A third segment to a full backlog is ignored, or answered with RST where tcp_abort_on_overflow is set."""
    peer = TcpPeer(wire)
    set_sysctl(wire.left.namespace, "ipv4/tcp_abort_on_overflow", abort)
    listener = peer.listener(backlog=2)  # three may wait, and two be half open without a cookie for them
    answers = []
    for number in range(4):
        peer.port, peer.seq = 5000 + number, ISS
        answers.append(peer.begin(LISTENING))
        if number < 2:
            peer.send()
    peer.port = 5002
    peer.send(ACK, ack=answers[2].end)
    wait.until(lambda: tcp_backlog(listener)[0] == 3, "full backlog")

    peer.port = 5003
    peer.send(ACK, ack=answers[3].end)
    told = peer.heard()

    assert [one.flags for one in told if one.destination == 5003] == ([RST] if abort == "1" else [])
    assert tcp_backlog(listener)[0] == 3
