"""What TCP sends again: after three duplicate acknowledgements, what SACK says is missing, after a time, and probes."""

import struct

import pytest

from fixtures.clauses import clause
from helpers.net import segments
from helpers.net.segments import FIN, PSH, SACK, SACK_PERMITTED
from helpers.net.sysctl import set_sysctl
from helpers.net.tcp_peer import ACK, RST, SYN, connected
from helpers.tcp import tcp_counts
from helpers.uapi.socket import SOL_TCP
from helpers.uapi.tcp import TCP_NODELAY

SYSCALL = "sendto"
RECOVERY = "src:net/ipv4/tcp_input.c:tcp_fastretrans_alert"
TIMER = "src:net/ipv4/tcp_timer.c:tcp_retransmit_timer"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"


def sent(socket, peer, *pieces):
    """Have *socket* send each of *pieces* in a segment of its own, and return them; the last is not sent as a probe."""
    set_sysctl(peer.left.namespace, "ipv4/tcp_early_retrans", "0")
    peer.left.links.set("left", gso_max_segs=1)
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)
    for data in pieces:
        socket.must.send(data)
    return [peer.receive() for _ in pieces]


@clause(since="2.2", level="documented", refs=["https://www.rfc-editor.org/rfc/rfc6675", RECOVERY])
def test_what_sack_says_is_missing_is_sent_again(wire):
    """When SACK blocks tell of three segments after one that is missing, that one is sent again and no other."""
    socket, peer = connected(wire, segments.mss(1000) + segments.option(SACK_PERMITTED) + segments.timestamp(1, 0))
    size = 1000 - 12  # of a segment with time stamps
    first, second, *_, last = sent(socket, peer, *[bytes([65 + n]) * size for n in range(5)])
    peer.repeats = True

    block = segments.option(SACK, struct.pack("!II", second.seq, last.end))
    peer.send(ACK, ack=first.seq, options=segments.timestamp(2, 0) + block)
    again = peer.receive()

    assert (again.seq, again.data) == (first.seq, first.data)
    peer.send(ACK, ack=last.end, options=segments.timestamp(3, 0))
    assert [one for one in peer.heard() if one.data and one.seq != first.seq] == []
    assert tcp_counts(socket).tcpi_unacked == 0


@clause(since="2.2", level="documented", refs=["https://www.rfc-editor.org/rfc/rfc5681", RECOVERY])
def test_three_duplicate_acknowledgements_send_again(wire):
    """Without SACK three acknowledgements of the same byte have the segment there sent again."""
    socket, peer = connected(wire, segments.mss(1000))
    first, *_, last = sent(socket, peer, *[bytes([65 + n]) * 1000 for n in range(5)])
    peer.repeats = True

    for _ in range(3):
        peer.send(ACK, ack=first.seq)
    again = peer.receive()

    assert (again.seq, again.data[:1000]) == (first.seq, first.data)
    peer.send(ACK, ack=last.end)
    peer.heard()
    assert tcp_counts(socket).tcpi_unacked == 0


@clause(since="2.2", level="documented", refs=["man:tcp(7)", TIMER, RFC])
@pytest.mark.parametrize("what", ["data", "fin"])
def test_what_is_not_acknowledged_is_sent_again(wire, what):
    """Data or a FIN without an acknowledgement are sent again after a time, as they were, and no more once it comes."""
    socket, peer = connected(wire)
    if what == "data":
        socket.must.send(b"data")
    else:
        socket.must.shutdown(1)
    first = peer.receive()
    peer.repeats = True

    again = peer.receive()

    assert (again.flags & ~PSH, again.seq, again.ack) == (first.flags & ~PSH, first.seq, first.ack)
    assert again.data == first.data
    assert first.flags & FIN == (0 if what == "data" else FIN)
    peer.send(ACK, ack=first.end)
    peer.heard()
    assert tcp_counts(socket).tcpi_unacked == 0


@clause(since="2.2", level="documented", refs=["man:tcp(7)", "src:net/ipv4/tcp_output.c:tcp_write_wakeup", RFC])
def test_a_closed_window_is_probed(wire):
    """While the peer's window is closed it is probed with a segment that it has to answer; then the data follow."""
    socket, peer = connected(wire)
    peer.send(window=0)
    peer.heard()
    peer.repeats = True
    socket.must.send(b"data")

    probe = peer.receive()
    peer.send(window=100)
    data = peer.receive()

    assert (probe.flags, probe.seq + 1 & 0xFFFFFFFF, probe.data) == (ACK, peer.ack - 4 & 0xFFFFFFFF, b"")
    assert data.data == b"data"
    assert not data.flags & (RST | SYN)
