"""connect(2) of TCP sockets: the SYN on the wire, its options, and the third segment."""

import struct
from errno import EINPROGRESS

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import addresses, segments
from helpers.net.segments import MSS, SACK_PERMITTED, SYN, TIMESTAMP, WSCALE
from helpers.net.sysctl import set_sysctl
from helpers.net.tcp_peer import ACK, ISS, PORT, THERE, TcpPeer
from helpers.options import covers
from helpers.syscall import refused
from helpers.tcp import tcp_state
from helpers.uapi.socket import SOL_TCP
from helpers.uapi.tcp import TCP_MAXSEG, TCP_WINDOW_CLAMP
from helpers.uapi.tcp_states import TCP_ESTABLISHED, TCP_SYN_SENT

SYSCALL = "connect"
OPTIONS = "src:net/ipv4/tcp_output.c:tcp_syn_options"
RECEIVED = "src:net/ipv4/tcp_input.c:tcp_rcv_synsent_state_process"
RFC = "https://www.rfc-editor.org/rfc/rfc9293"


@clause(since="2.6.12", level="documented", refs=["man:connect(2)", "man:tcp(7)", OPTIONS, RFC])
def test_connect_sends_a_syn(wire):
    """A connect sends one SYN to the peer's port: no acknowledgement, no data, MSS of the link less 40, SACK, scale."""
    peer = TcpPeer(wire)
    socket = peer.open()

    result = socket.connect(addresses.inet(PORT, THERE))
    syn = peer.receive()

    assert result == refused(EINPROGRESS)
    assert (syn.flags, syn.ack, syn.data, syn.urgent, syn.destination) == (SYN, 0, b"", 0, PORT)
    assert [kind for kind, _ in syn.option_list()] == [MSS, SACK_PERMITTED, TIMESTAMP, WSCALE]
    assert syn.option(MSS) == struct.pack("!H", 1460)
    assert struct.unpack("!II", syn.option(TIMESTAMP))[1] == 0
    assert peer.heard() == []
    assert tcp_state(socket) == TCP_SYN_SENT


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", "doc:networking/ip-sysctl.rst", OPTIONS])
@pytest.mark.parametrize(
    ("knob", "left"),
    [
        ("tcp_timestamps", [MSS, SACK_PERMITTED, WSCALE]),
        ("tcp_sack", [MSS, TIMESTAMP, WSCALE]),
        ("tcp_window_scaling", [MSS, SACK_PERMITTED, TIMESTAMP]),
    ],
    ids=["timestamps", "sack", "window_scaling"],
)
def test_a_sysctl_takes_an_option_out_of_the_syn(wire, knob, left):
    """With tcp_timestamps, tcp_sack or tcp_window_scaling off a SYN has all other options and not that."""
    peer = TcpPeer(wire)
    set_sysctl(wire.left.namespace, f"ipv4/{knob}", "0")

    syn = peer.syn_of(peer.open())

    assert [kind for kind, _ in syn.option_list()] == left


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", OPTIONS], covers=covers(["TCP_MAXSEG"], "effect"))
@pytest.mark.parametrize(("set_to", "told"), [(88, 88), (1000, 1000), (1460, 1460), (1461, 1460), (32767, 1460)])
def test_tcp_maxseg_bounds_the_mss_of_the_syn(wire, set_to, told):
    """TCP_MAXSEG is the MSS that a SYN says, unless the link allows less."""
    peer = TcpPeer(wire)
    socket = peer.open()
    socket.must.setsockopt(SOL_TCP, TCP_MAXSEG, set_to)

    syn = peer.syn_of(socket)

    assert syn.option(MSS) == struct.pack("!H", told)


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)"], covers=covers(["TCP_WINDOW_CLAMP"], "effect"))
def test_tcp_window_clamp_bounds_the_window(wire):
    """TCP_WINDOW_CLAMP bounds the window that a SYN and the segment after it advertise; without it they offer more."""
    peer, windows = TcpPeer(wire), []
    for clamp in (0, 4000):
        socket = peer.open()
        socket.must.setsockopt(SOL_TCP, TCP_WINDOW_CLAMP, clamp)
        syn = peer.syn_of(socket)
        peer.send(SYN | ACK, options=segments.mss(1460))
        windows.append((syn.window, peer.receive().window))

    assert all(window > 4000 for window in windows[0])
    assert all(1000 < window <= 4000 for window in windows[1])


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", RECEIVED, RFC])
def test_the_third_segment_acknowledges_the_syn(wire):
    """A SYN|ACK is answered with an ACK of its SYN that goes on from the own, and the socket is connected then."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)
    peer.send(SYN | ACK)

    third = peer.receive()

    assert (third.flags, third.seq, third.ack, third.data) == (ACK, syn.seq + 1 & 0xFFFFFFFF, ISS + 1, b"")
    assert third.option_list() == []  # the peer has offered none
    assert tcp_state(socket) == TCP_ESTABLISHED
    assert wait.poll(socket.fd, 4) == 4  # POLLOUT


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", RECEIVED, "https://www.rfc-editor.org/rfc/rfc7323"])
def test_time_stamps_of_the_peer_are_echoed(wire):
    """Where the SYN|ACK has a time stamp each later segment has one, too, and echoes the peer's latest."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)
    (sent, _) = struct.unpack("!II", syn.option(TIMESTAMP))
    peer.send(SYN | ACK, options=segments.timestamp(7000, sent))
    third = peer.receive()
    socket.must.send(b"data")
    data = peer.receive()
    peer.send(ACK, b"x", options=segments.timestamp(7007, sent))
    socket.must.send(b"more")
    later = peer.receive()
    while not later.data:
        later = peer.receive()

    echoes = [struct.unpack("!II", segment.option(TIMESTAMP))[1] for segment in (third, data, later)]

    assert echoes == [7000, 7000, 7007]
    assert later.data == b"more"
