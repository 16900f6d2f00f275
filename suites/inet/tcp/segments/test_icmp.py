"""ICMP errors about segments of TCP: what ends an attempt to connect, and what a connection remembers."""

import struct
from errno import EAGAIN, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENONET, ENOPROTOOPT, EOPNOTSUPP, EPROTO

import pytest

from fixtures.clauses import clause
from helpers.net import segments
from helpers.net.ip_frames import checksum, network
from helpers.net.tcp_peer import HERE, THERE, TcpPeer, connected
from helpers.syscall import refused
from helpers.tcp import tcp_counts, tcp_state
from helpers.uapi.in_ import IP_RECVERR, IPPROTO_ICMP
from helpers.uapi.socket import MSG_DONTWAIT, SOL_IP, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED, TCP_SYN_SENT

SYSCALL = "connect"
ERROR = "src:net/ipv4/tcp_ipv4.c:tcp_v4_err"
UNREACHABLE, TIME_EXCEEDED, PARAMETER, QUENCH, NEEDS_FRAGMENTATION = 3, 11, 12, 4, 4
# (type, code): what it is to a socket that connects; None for an error that says nothing to it
ERRORS = {
    (UNREACHABLE, 0): ENETUNREACH,
    (UNREACHABLE, 1): EHOSTUNREACH,
    (UNREACHABLE, 2): ENOPROTOOPT,
    (UNREACHABLE, 3): ECONNREFUSED,
    (UNREACHABLE, 5): EOPNOTSUPP,
    (UNREACHABLE, 6): ENETUNREACH,
    (UNREACHABLE, 7): 112,  # EHOSTDOWN
    (UNREACHABLE, 8): ENONET,
    (UNREACHABLE, 9): ENETUNREACH,
    (UNREACHABLE, 13): EHOSTUNREACH,
    (TIME_EXCEEDED, 0): EHOSTUNREACH,
    (PARAMETER, 0): EPROTO,
    (QUENCH, 0): None,
}


def report(peer, kind, code, about, rest=0):
    """Send an ICMP error about a segment of the kernel's: IP header and eight bytes of it."""
    quoted = segments.datagram(about, HERE, THERE)[:28]
    body = struct.pack("!BBHI", kind, code, 0, rest) + quoted
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    peer.datagram(network(IPPROTO_ICMP, len(body), THERE, HERE)[0] + body)


@clause(
    since="2.6.12",
    level="documented",
    refs=["man:connect(2)", "man:ip(7)", ERROR],
    covers=["errno:ECONNREFUSED", "errno:ENETUNREACH"],
)
@pytest.mark.parametrize(("kind", "code"), ERRORS, ids=lambda number: str(number))
def test_an_icmp_error_ends_the_attempt_to_connect(wire, kind, code):
    """An ICMP error about the SYN ends the attempt with the errno that it stands for; a source quench does not."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)
    socket.must.setsockopt(SOL_IP, IP_RECVERR, 0)

    report(peer, kind, code, syn)
    peer.heard()

    errno = ERRORS[kind, code]
    assert tcp_state(socket) == (TCP_CLOSE if errno else TCP_SYN_SENT)
    assert socket.option(SOL_SOCKET, SO_ERROR) == (errno or 0)


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", ERROR])
@pytest.mark.parametrize("off", [-1, 2, 1 << 20])
def test_an_icmp_error_about_another_number_is_ignored(wire, off):
    """An ICMP error about a segment that the socket has not under way is ignored; one about it is not."""
    peer = TcpPeer(wire)
    socket = peer.open()
    syn = peer.syn_of(socket)
    foreign = segments.Segment(syn.source, syn.destination, syn.seq + off & 0xFFFFFFFF, 0, syn.flags, 0)

    report(peer, UNREACHABLE, 3, foreign)
    peer.heard()
    before = tcp_state(socket)
    report(peer, UNREACHABLE, 3, syn)
    peer.heard()

    assert (before, tcp_state(socket)) == (TCP_SYN_SENT, TCP_CLOSE)
    assert socket.option(SOL_SOCKET, SO_ERROR) == ECONNREFUSED


@clause(since="2.6.12", level="documented", refs=["man:tcp(7)", "man:ip(7)", ERROR])
@pytest.mark.parametrize("recverr", [0, 1])
def test_a_connection_survives_an_icmp_error(wire, recverr):
    """An ICMP error about data leaves a connection up: SO_ERROR tells of it, a receive fails only with IP_RECVERR."""
    socket, peer = connected(wire)
    socket.must.setsockopt(SOL_IP, IP_RECVERR, recverr)
    socket.must.send(b"data")
    data = peer.receive()

    report(peer, UNREACHABLE, 1, data)
    peer.heard()

    assert tcp_state(socket) == TCP_ESTABLISHED
    assert socket.recv(bytearray(9), 9, MSG_DONTWAIT) == refused(EHOSTUNREACH if recverr else EAGAIN)
    assert socket.option(SOL_SOCKET, SO_ERROR) == (0 if recverr else EHOSTUNREACH)
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0
    peer.send()
    socket.must.send(b"more")
    assert peer.receive().data == b"more"


@clause(
    since="2.6.12", level="documented", refs=["man:tcp(7)", "man:ip(7)", "src:net/ipv4/tcp_ipv4.c:tcp_v4_mtu_reduced"]
)
def test_fragmentation_needed_lowers_the_segments(wire):
    """An ICMP "fragmentation needed" with an MTU has the data sent again in segments that fit it."""
    wire.left.links.set("left", gso_max_segs=1)
    socket, peer = connected(wire, segments.mss(1460))
    socket.must.send(bytes(1400))
    data = peer.receive()
    peer.repeats = True

    report(peer, UNREACHABLE, NEEDS_FRAGMENTATION, data, rest=1000)
    again = peer.receive()

    assert len(data.data) == 1400
    assert (again.seq, len(again.data)) == (data.seq, 960)
    assert tcp_counts(socket).tcpi_snd_mss == 960
    assert tcp_counts(socket).tcpi_pmtu == 1000
