"""recvfrom(2) of TCP sockets: what is delivered of segments in and out of order, and how they are acknowledged."""

import struct
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import segments
from helpers.net.segments import FIN, PSH, SACK, SACK_PERMITTED, URG
from helpers.net.tcp_peer import ACK, ISS, connected
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT

SYSCALL = "recvfrom"
QUEUE = "src:net/ipv4/tcp_input.c:tcp_data_queue"
VALIDATE = "src:net/ipv4/tcp_input.c:tcp_validate_incoming"
OUT_OF_ORDER = "src:net/ipv4/tcp_input.c:tcp_data_queue_ofo"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"
FIRST = ISS + 1


def take(socket, size=100):
    """Return what a receive that does not wait delivers, None for nothing."""
    buffer = bytearray(size)
    result = socket.recv(buffer, size, MSG_DONTWAIT)
    return None if result == refused(EAGAIN) else bytes(buffer[: result.value])


@clause(since="2.2", level="documented", refs=["man:tcp(7)", QUEUE, RFC])
def test_data_in_order_are_delivered_and_acknowledged(wire):
    """Segments in order are one stream of bytes, and the acknowledgement names the byte after the last."""
    socket, peer = connected(wire)

    answers = []
    for data in (b"one", b"t", b"hree"):
        peer.send(ACK | PSH, data)
        answers.append(peer.receive())

    assert [(answer.flags, answer.ack) for answer in answers] == [(ACK, FIRST + n) for n in (3, 4, 8)]
    assert take(socket, 5) == b"oneth"
    assert take(socket) == b"ree"
    assert take(socket) is None


@clause(since="2.2", level="documented", refs=["man:tcp(7)", QUEUE, OUT_OF_ORDER, RFC])
@pytest.mark.parametrize(
    "pieces",
    [
        [(3, b"def"), (0, b"abc")],
        [(6, b"ghi"), (3, b"def"), (0, b"abc")],
        [(3, b"defghi"), (3, b"d"), (4, b"ef"), (0, b"abcdefg")],
        [(5, b"fg"), (3, b"defgh"), (0, b"abc")],
        [(3, b"def"), (5, b"fgh"), (0, b"abc")],
        [(6, b"gh"), (3, b"d"), (1, b"bcdefghi"), (0, b"a")],
    ],
    ids=["swapped", "backwards", "within", "around", "overlapping", "over-two"],
)
def test_data_out_of_order_are_put_in_order(wire, pieces):
    """Segments that come out of order or overlap are delivered when the gap closes: each byte once, in its place."""
    socket, peer = connected(wire)

    told = []
    for at, data in pieces:
        peer.send(ACK, data, seq=FIRST + at)
        told += peer.heard()
        if at:
            assert take(socket) is None

    end = max(at + len(data) for at, data in pieces)
    assert [answer.ack for answer in told] == [FIRST] * (len(pieces) - 1) + [FIRST + end]
    assert take(socket) == b"abcdefghi"[:end]


@clause(since="2.6.12", level="documented", refs=["https://www.rfc-editor.org/rfc/rfc2018", OUT_OF_ORDER])
def test_a_gap_is_told_by_sack(wire):
    """With SACK the acknowledgement of data beyond a gap names what has come, the latest block first."""
    _, peer = connected(wire, segments.option(SACK_PERMITTED))

    blocks = []
    for at, data in ((3, b"def"), (9, b"jk"), (6, b"g")):
        peer.send(ACK, data, seq=FIRST + at)
        answer = peer.receive()
        assert answer.ack == FIRST
        told = answer.option(SACK)
        edges = [edge - FIRST for edge in struct.unpack(f"!{len(told) // 4}I", told)]
        blocks.append(list(zip(edges[::2], edges[1::2], strict=True)))
    peer.send(ACK, b"abc", seq=FIRST)
    last = peer.receive()

    assert blocks == [[(3, 6)], [(9, 11), (3, 6)], [(3, 7), (9, 11)]]
    assert last.ack == FIRST + 7
    assert last.option(SACK) == struct.pack("!II", FIRST + 9, FIRST + 11)


@clause(since="2.6.12", level="documented", refs=["https://www.rfc-editor.org/rfc/rfc2883", QUEUE])
def test_data_that_came_before_are_told_by_dsack(wire):
    """Data that come a second time are acknowledged at once with a SACK block of them, and delivered once."""
    socket, peer = connected(wire, segments.option(SACK_PERMITTED))
    peer.send(ACK, b"abcd")
    peer.receive()

    peer.send(ACK, b"bc", seq=FIRST + 1)
    answer = peer.receive()

    assert answer.ack == FIRST + 4
    assert answer.option(SACK) == struct.pack("!II", FIRST + 1, FIRST + 3)
    assert take(socket) == b"abcd"
    assert take(socket) is None


@clause(since="2.2", level="source", refs=[QUEUE, VALIDATE, RFC])
@pytest.mark.parametrize(
    ("flags", "at", "off"),
    [(0, 0, 0), (PSH, 0, 0), (URG, 0, 0), (ACK, -8, 0), (ACK, 1 << 20, 0), (ACK, 0, 1 << 28)],
    ids=["no-flags", "psh", "urg", "before", "beyond-window", "ack-of-the-unsent"],
)
def test_what_is_not_acceptable_is_not_delivered(wire, flags, at, off):
    """Data without ACK, outside the window, or that acknowledge what was never sent are not delivered; the next are."""
    socket, peer = connected(wire)

    peer.send(flags, b"wrong", seq=FIRST + at, ack=peer.ack + off)
    told = peer.heard()
    before = take(socket)
    peer.send(ACK, b"right")
    assert wait.readable(socket.fd)

    assert {answer.ack for answer in told} <= {FIRST}
    assert before is None
    assert take(socket) == b"right"


@clause(since="2.2", level="source", refs=["src:net/ipv4/tcp_ipv4.c:tcp_v4_rcv", RFC])
@pytest.mark.parametrize("at", [16, 24, 30], ids=["checksum", "data", "last"])
def test_a_broken_checksum_drops_the_segment(wire, at):
    """A segment one bit of which is wrong is dropped without an answer."""
    socket, peer = connected(wire)
    segment = segments.Segment(peer.port, peer.other, peer.seq, peer.ack, ACK, 100, 0, b"", b"elevenbytes")
    packet = bytearray(segments.datagram(segment, "192.0.2.2", "192.0.2.1"))
    packet[20 + at] ^= 1

    peer.datagram(bytes(packet))

    assert peer.heard() == []
    assert take(socket) is None
    packet[20 + at] ^= 1
    peer.datagram(bytes(packet))
    assert wait.readable(socket.fd)
    assert take(socket) == b"elevenbytes"


@clause(since="2.2", level="documented", refs=["https://www.rfc-editor.org/rfc/rfc7323", VALIDATE])
def test_an_old_time_stamp_drops_the_segment(wire):
    """Data with a time stamp more than one older than the last are acknowledged anew and not delivered."""
    socket, peer = connected(wire, segments.timestamp(5000, 0))
    peer.send(ACK, b"one", options=segments.timestamp(5010, 0))
    peer.receive()

    peer.send(ACK, b"old", seq=FIRST + 3, options=segments.timestamp(5008, 0))
    told = peer.heard()
    peer.send(ACK, b"two", seq=FIRST + 3, options=segments.timestamp(5009, 0))
    peer.receive()

    assert [(answer.flags, answer.ack) for answer in told] == [(ACK, FIRST + 3)]
    assert take(socket) == b"onetwo"


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:tcp(7)", QUEUE, RFC])
def test_fin_is_the_end_after_the_data(wire):
    """A FIN is acknowledged as one byte after the data, and read as the end, time after time."""
    socket, peer = connected(wire)

    peer.send(ACK | FIN, b"last")
    answer = peer.receive()

    assert (answer.flags, answer.ack) == (ACK, FIRST + 5)
    assert take(socket) == b"last"
    assert [socket.recv(bytearray(9), 9, MSG_DONTWAIT) for _ in range(3)] == [returned(0)] * 3


@clause(since="2.2", level="source", refs=[QUEUE, OUT_OF_ORDER, RFC])
def test_a_fin_beyond_a_gap_waits_for_the_data(wire):
    """A FIN that comes before the data it follows ends the stream only after them."""
    socket, peer = connected(wire)
    peer.send(ACK | FIN, b"def", seq=FIRST + 3)
    gap = [answer.ack for answer in peer.heard()], take(socket)

    peer.send(ACK, b"abc", seq=FIRST)
    answer = peer.receive()

    assert gap == ([FIRST], None)
    assert answer.ack == FIRST + 7
    assert take(socket) == b"abcdef"
    assert socket.recv(bytearray(9), 9, MSG_DONTWAIT) == returned(0)
