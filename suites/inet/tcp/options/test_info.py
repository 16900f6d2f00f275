"""TCP_INFO and TCP_CC_INFO: each field that what was done before predicts, and how much of it is told."""

import ctypes
from errno import EFAULT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.net import segments
from helpers.net.segments import SACK_PERMITTED, WSCALE
from helpers.net.tcp_peer import ACK, connected
from helpers.option_calls import get
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused
from helpers.tcp import tcp_counts
from helpers.uapi.socket import SOL_SOCKET, SOL_TCP
from helpers.uapi.socket_options import SO_MAX_PACING_RATE
from helpers.uapi.tcp import (
    TCP_INFO,
    TCPI_OPT_SACK,
    TCPI_OPT_TIMESTAMPS,
    TCPI_OPT_WSCALE,
    tcp_info,
)
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN

SYSCALL = "getsockopt"
INFO = "src:net/ipv4/tcp.c:tcp_get_info"
MAN = "man:tcp(7)"
both_kinds = of_kinds(INET_TCP, INET6_TCP)


@clause(since="4.10", level="uapi", refs=["uapi:linux/tcp.h", MAN, INFO], covers=covers(["TCP_INFO"], "get"))
@both_kinds
def test_counts_bytes_and_segments(loopback, sockets, kind):
    """TCP_INFO counts the segments and bytes that were sent, acknowledged and received, at each end."""
    near, far = kind.pair(sockets, loopback.namespace)
    before = tcp_counts(near), tcp_counts(far)
    near.must.send(b"seven..")
    wait.readable(far.fd)
    near.must.send(b"four")
    wait.until(lambda: tcp_counts(near).tcpi_bytes_acked >= 12, "acknowledgement")

    here, there = tcp_counts(near), tcp_counts(far)

    assert (here.tcpi_state, there.tcpi_state) == (TCP_ESTABLISHED, TCP_ESTABLISHED)
    assert here.tcpi_bytes_acked == 12  # and the SYN
    assert there.tcpi_bytes_received == 11
    assert here.tcpi_data_segs_out - before[0].tcpi_data_segs_out == 2
    assert there.tcpi_data_segs_in - before[1].tcpi_data_segs_in == 2
    assert (before[0].tcpi_segs_out, before[0].tcpi_segs_in) == (2, 1)  # SYN and ACK out, SYN|ACK in
    assert (before[0].tcpi_data_segs_out, before[1].tcpi_data_segs_in) == (0, 0)
    assert (here.tcpi_bytes_received, there.tcpi_bytes_acked) == (0, 0)
    assert here.tcpi_segs_out - before[0].tcpi_segs_out == 2
    assert (here.tcpi_unacked, here.tcpi_notsent_bytes, here.tcpi_lost, here.tcpi_retrans) == (0, 0, 0, 0)
    assert (here.tcpi_retransmits, here.tcpi_probes, here.tcpi_backoff, here.tcpi_total_retrans) == (0, 0, 0, 0)


@clause(since="3.4", level="uapi", refs=["uapi:linux/tcp.h", MAN, INFO], covers=covers(["TCP_INFO"], "get"))
@pytest.mark.parametrize(
    ("offered", "flags"),
    [
        (b"", 0),
        (segments.timestamp(1, 0), TCPI_OPT_TIMESTAMPS),
        (segments.option(SACK_PERMITTED), TCPI_OPT_SACK),
        (segments.option(WSCALE, b"\x03"), TCPI_OPT_WSCALE),
    ],
    ids=["none", "timestamps", "sack", "wscale"],
)
def test_tells_the_options_of_the_connection(wire, offered, flags):
    """TCP_INFO has a flag for each option that both ends agreed on, the shift of the peer's window, and both MSS."""
    wire.left.links.set("left", mtu=1400)
    socket, _ = connected(wire, segments.mss(1000) + offered)

    info = tcp_counts(socket)

    assert info.tcpi_options == flags
    assert info._bits[0] & 15 == (3 if flags == TCPI_OPT_WSCALE else 0)
    assert (info._bits[0] >> 4 > 0) == (flags == TCPI_OPT_WSCALE)
    assert info.tcpi_snd_mss == 1000 - (12 if flags == TCPI_OPT_TIMESTAMPS else 0)
    assert (info.tcpi_advmss, info.tcpi_pmtu) == (1360 - (12 if flags == TCPI_OPT_TIMESTAMPS else 0), 1400)


@clause(since="4.6", level="uapi", refs=["uapi:linux/tcp.h", MAN, INFO], covers=covers(["TCP_INFO"], "get"))
def test_tells_what_waits_for_the_peer(wire):
    """TCP_INFO tells how many segments are unacknowledged, and how many bytes were not sent at all."""
    socket, peer = connected(wire, segments.mss(100))
    peer.send(window=200)
    peer.heard()
    socket.must.send(bytes(450))
    got = sum(len(one.data) for one in peer.heard())
    told = tcp_counts(socket)

    peer.send(window=0)
    peer.heard()
    later = tcp_counts(socket)

    assert got == 200
    assert (told.tcpi_unacked, told.tcpi_notsent_bytes) == (2, 250)
    assert (later.tcpi_unacked, later.tcpi_notsent_bytes) == (0, 250)
    assert later.tcpi_bytes_acked == told.tcpi_bytes_acked + 200


@clause(since="2.6.12", level="documented", refs=[MAN, INFO], covers=covers(["TCP_INFO"], "get"))
@both_kinds
def test_tells_the_state_of_any_socket(loopback, sockets, kind):
    """TCP_INFO of a new socket tells its state; of a listener how many wait to be accepted, and how many may."""
    fresh, (listener, name) = kind.open(sockets, loopback.namespace), kind.named(sockets, loopback.namespace)
    closed = tcp_counts(fresh)
    listener.must.listen(3)
    empty = tcp_counts(listener)
    for _ in range(2):
        kind.open(sockets, loopback.namespace).must.connect(name)
    wait.until(lambda: tcp_counts(listener).tcpi_unacked == 2, "two connections")

    full = tcp_counts(listener)

    assert (closed.tcpi_state, closed.tcpi_unacked, closed.tcpi_segs_out) == (TCP_CLOSE, 0, 0)
    assert (closed.tcpi_snd_cwnd, closed.tcpi_reordering) == (10, 3)
    assert [(one.tcpi_state, one.tcpi_unacked, one.tcpi_sacked) for one in (empty, full)] == [
        (TCP_LISTEN, 0, 3),
        (TCP_LISTEN, 2, 3),
    ]


@clause(since="3.15", level="uapi", refs=["uapi:linux/tcp.h", MAN, INFO], covers=covers(["TCP_INFO"], "get"))
def test_tells_the_most_that_is_sent_a_second(sockets):
    """TCP_INFO tells SO_MAX_PACING_RATE, and all ones while there is none."""
    socket = INET_TCP.open(sockets)
    without = tcp_counts(socket).tcpi_max_pacing_rate
    socket.must.setsockopt(SOL_SOCKET, SO_MAX_PACING_RATE, 123456)

    assert without == (1 << 64) - 1
    assert tcp_counts(socket).tcpi_max_pacing_rate == 123456


@clause(
    since="2.6.12",
    level="documented",
    refs=[MAN, "src:net/ipv4/tcp.c:do_tcp_getsockopt"],
    covers=["errno:EFAULT", *covers(["TCP_INFO"], "error")],
)
def test_tells_as_much_as_there_is_room_for(sockets, memory):
    """TCP_INFO is written as far as there is room for it; memory that cannot be written is EFAULT."""
    socket, chosen = INET_TCP.open(sockets), option("TCP_INFO")
    whole = bytes([TCP_CLOSE, *bytes(6)])  # up to the flag that little data limits the rate

    results = [get(socket, chosen, room) for room in (0, 1, 7)]
    long = get(socket, chosen, 1000)
    length = ctypes.c_int(8)
    refusals = [socket.getsockopt(SOL_TCP, TCP_INFO, place, length) for place in (None, memory.before_end(bytes(7)))]

    assert [(one.result, one.length, one.data[:room]) for one, room in zip(results, (0, 1, 7), strict=True)] == [
        (SUCCESS, room, whole[:room]) for room in (0, 1, 7)
    ]
    assert tcp_info.tcpi_delivered.offset <= long.length < 1000
    assert set(long.data[long.length :]) == {0xA5}
    assert refusals == [refused(EFAULT)] * 2


@clause(since="4.19", level="uapi", refs=["uapi:linux/tcp.h", INFO], covers=covers(["TCP_INFO"], "get"))
def test_counts_what_is_sent_again(wire):
    """TCP_INFO counts bytes that were sent and sent again, and what came out of order."""
    socket, peer = connected(wire)
    peer.send(ACK, b"later", seq=peer.seq + 3)
    peer.heard()
    socket.must.send(b"data")
    first = peer.receive()
    peer.repeats = True
    peer.receive()  # once more
    peer.send(ACK, ack=first.end)
    peer.heard()

    info = socket.option(SOL_TCP, TCP_INFO, tcp_info)

    assert info.tcpi_total_retrans >= 1
    assert info.tcpi_bytes_retrans == 4 * info.tcpi_total_retrans
    assert info.tcpi_bytes_sent == 4 + info.tcpi_bytes_retrans
    assert (info.tcpi_rcv_ooopack, info.tcpi_unacked, info.tcpi_dsack_dups) == (1, 0, 0)
    assert info.tcpi_snd_wnd == 65535
