"""sendto(2) of TCP sockets: when data go out, in which segments, and what holds them back."""

import select

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import segments
from helpers.net.segments import PSH, WSCALE
from helpers.net.tcp_peer import ACK, ISS, connected
from helpers.options import covers
from helpers.syscall import returned
from helpers.uapi.socket import MSG_EOR, MSG_MORE, SOL_TCP
from helpers.uapi.tcp import TCP_CORK, TCP_NODELAY, TCP_NOTSENT_LOWAT

SYSCALL = "sendto"
SEND = "src:net/ipv4/tcp.c:tcp_sendmsg_locked"
XMIT = "src:net/ipv4/tcp_output.c:tcp_write_xmit"
NAGLE = "src:net/ipv4/tcp_output.c:tcp_nagle_test"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"


def data_of(peer):
    """Return the data of each segment that the kernel has sent since the last look."""
    return [segment.data for segment in peer.heard() if segment.data]


@clause(since="2.2", level="documented", refs=["man:send(2)", "man:tcp(7)", SEND, RFC])
def test_data_go_on_from_the_syn(wire):
    """Data are sent at once with PSH, numbered on from the SYN, and acknowledge what has come."""
    socket, peer = connected(wire)
    start = peer.ack

    results, got = [], []
    for data in (b"one", b"three"):
        results.append(socket.send(data))
        got.append(peer.receive())
        peer.send()

    assert results == [returned(3), returned(5)]
    assert [(one.flags, one.seq, one.ack, one.data) for one in got] == [
        (ACK | PSH, start, ISS + 1, b"one"),
        (ACK | PSH, start + 3, ISS + 1, b"three"),
    ]


@clause(since="2.2", level="documented", refs=["man:tcp(7)", NAGLE], covers=covers(["TCP_NODELAY"], "effect"))
@pytest.mark.parametrize("nodelay", [0, 1])
def test_a_small_segment_waits_for_the_acknowledgement(wire, nodelay):
    """While data are unacknowledged a small segment waits for the acknowledgement, and with TCP_NODELAY it does not."""
    socket, peer = connected(wire)
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, nodelay)

    for data in (b"a", b"b", b"c"):
        socket.must.send(data)
    before = data_of(peer)
    peer.send()
    after = data_of(peer)

    assert (before, after) == (([b"a", b"b", b"c"], []) if nodelay else ([b"a"], [b"bc"]))


@clause(since="2.2", level="documented", refs=["man:tcp(7)", NAGLE], covers=covers(["TCP_NODELAY"], "effect"))
def test_setting_tcp_nodelay_sends_what_waits(wire):
    """Data that wait for an acknowledgement go out as soon as TCP_NODELAY is set."""
    socket, peer = connected(wire)
    socket.must.send(b"a")
    socket.must.send(b"b")
    before = data_of(peer)

    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)

    assert (before, data_of(peer)) == ([b"a"], [b"b"])


@clause(since="2.2", level="documented", refs=["man:tcp(7)", NAGLE], covers=covers(["TCP_CORK"], "effect"))
@pytest.mark.parametrize("nodelay", [0, 1])
def test_tcp_cork_holds_partial_segments_back(wire, nodelay):
    """With TCP_CORK no partial segment goes out, TCP_NODELAY or not; without it all goes out in one."""
    socket, peer = connected(wire, segments.mss(1000))
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, nodelay)
    socket.must.setsockopt(SOL_TCP, TCP_CORK, 1)

    socket.must.send(b"a" * 600)
    few = data_of(peer)
    socket.must.send(b"b" * 600)
    full = data_of(peer)
    peer.send()
    acknowledged = data_of(peer)
    socket.must.setsockopt(SOL_TCP, TCP_CORK, 0)

    assert few == acknowledged == []
    assert full == [b"a" * 600 + b"b" * 400]
    assert data_of(peer) == [b"b" * 200]


@clause(since="2.4", level="documented", refs=["man:send(2)", SEND], covers=["msg:MSG_MORE"])
def test_msg_more_holds_partial_segments_back(wire):
    """Data sent with MSG_MORE wait, and go out in one segment with what is sent without it."""
    socket, peer = connected(wire)

    results = [socket.send(b"one", MSG_MORE), socket.send(b"two", MSG_MORE)]
    held = data_of(peer)
    results.append(socket.send(b"end"))

    assert results == [returned(3)] * 3
    assert held == []
    assert data_of(peer) == [b"onetwoend"]


@clause(since="2.2", level="documented", refs=["man:tcp(7)", XMIT, RFC])
@pytest.mark.parametrize("size", [88, 536, 1000])
def test_no_segment_is_longer_than_the_peers_mss(wire, size):
    """Data are sent in segments of the MSS that the peer's SYN said (536 if it did not), and the rest in a last one."""
    wire.left.links.set("left", gso_max_segs=1)
    socket, peer = connected(wire, segments.mss(size) if size != 536 else b"")
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)

    socket.must.send(bytes(2 * size + 1))

    assert [len(data) for data in data_of(peer)] == [size, size, 1]


@clause(since="2.2", level="documented", refs=["man:tcp(7)", XMIT, RFC])
@pytest.mark.parametrize(
    ("window", "scale"), [(300, 0), (75, 2), (0, 0), (0, 7)], ids=["300", "75-by-2", "0", "0-by-7"]
)
def test_no_more_is_sent_than_the_window_of_the_peer(wire, window, scale):
    """The peer gets as many whole segments as its window says, scaled as its SYN said, and the rest when it opens."""
    socket, peer = connected(wire, segments.mss(100) + (segments.option(WSCALE, bytes([scale])) if scale else b""))
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)
    peer.send(window=window)
    peer.heard()

    socket.must.send(bytes(450))
    before = sum(map(len, data_of(peer)))
    peer.send(window=1000)

    assert before == window << scale
    assert sum(map(len, data_of(peer))) == 450 - before


@clause(since="4.7", level="documented", refs=["man:send(2)", SEND], covers=["msg:MSG_EOR"])
def test_nothing_joins_a_segment_that_msg_eor_ended(wire):
    """Data after a send with MSG_EOR begin a segment of their own, also where both wait for an acknowledgement."""
    socket, peer = connected(wire)
    peer.send(window=0)
    peer.heard()

    for data, flags in ((b"a", 0), (b"b", MSG_EOR), (b"c", 0), (b"d", 0)):
        socket.must.send(data, flags)
    held = data_of(peer)
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)
    peer.send(window=100)

    assert held == []
    assert data_of(peer) == [b"ab", b"cd"]


@clause(
    since="3.12",
    level="documented",
    refs=["doc:networking/ip-sysctl.rst", "src:net/ipv4/tcp.c:tcp_stream_memory_free"],
    covers=covers(["TCP_NOTSENT_LOWAT"], "effect"),
)
def test_tcp_notsent_lowat_decides_when_a_socket_is_writable(wire):
    """With TCP_NOTSENT_LOWAT a socket is writable only while fewer bytes than that wait to be sent."""
    socket, peer = connected(wire)
    peer.send(window=0)
    peer.heard()
    socket.must.send(bytes(1000))

    events = []
    for lowat in (0, 1000, 1001, 2000, 2001, 1, -1):
        socket.must.setsockopt(SOL_TCP, TCP_NOTSENT_LOWAT, lowat)
        events.append(bool(wait.poll(socket.fd, select.POLLOUT, 0)))

    assert events == [True, False, False, False, True, False, True]
    socket.must.setsockopt(SOL_TCP, TCP_NOTSENT_LOWAT, 2000)
    peer.send(window=1000)
    peer.receive()
    peer.send(window=1000)
    assert wait.poll(socket.fd, select.POLLOUT) == select.POLLOUT
