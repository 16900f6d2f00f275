"""TCP Fast Open: TCP_FASTOPEN_CONNECT, MSG_FASTOPEN, TCP_FASTOPEN, _KEY and _NO_COOKIE, by the option in the SYN."""

from errno import EAGAIN, EFAULT, EINPROGRESS, EINVAL, EISCONN, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.kinds import INET_TCP
from helpers.net import addresses, segments
from helpers.net.segments import FASTOPEN
from helpers.net.sysctl import set_sysctl
from helpers.net.tcp_peer import ACK, ISS, LISTENING, PORT, SYN, THERE, TcpPeer
from helpers.option_calls import answer, get, put, put_at
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused, returned
from helpers.tcp import tcp_counts
from helpers.uapi.socket import MSG_DONTWAIT, MSG_FASTOPEN, SOL_TCP
from helpers.uapi.tcp import (
    TCP_FASTOPEN,
    TCP_FASTOPEN_CONNECT,
    TCP_FASTOPEN_KEY,
    TCP_FASTOPEN_NO_COOKIE,
    TCPI_OPT_SYN_DATA,
)

SYSCALL = "sendto"
CLIENT = "src:net/ipv4/tcp_fastopen.c:tcp_fastopen_cookie_check"
SERVER = "src:net/ipv4/tcp_fastopen.c:tcp_try_fastopen"
RFC = "https://www.rfc-editor.org/rfc/rfc7413"
KEY = option("TCP_FASTOPEN_KEY")
COOKIE = b"cookie!!"
NAME = addresses.inet(PORT, THERE)
ASK = segments.mss(1000) + segments.option(FASTOPEN)


def serve(wire, key=b"k" * 16):
    """Return a listener with fast open and the end that will talk to it."""
    peer = TcpPeer(wire)
    set_sysctl(wire.left.namespace, "ipv4/tcp_fastopen", "3")
    listener = peer.listener()
    listener.must.setsockopt(SOL_TCP, TCP_FASTOPEN, 5)
    listener.must.setsockopt(SOL_TCP, TCP_FASTOPEN_KEY, key)
    return listener, peer


def with_cookie(peer):
    """Have the kernel's end learn this end's cookie."""
    socket = peer.open()
    socket.must.setsockopt(SOL_TCP, TCP_FASTOPEN_CONNECT, 1)
    begun = socket.connect(NAME)
    syn = peer.receive()
    assert begun == refused(EINPROGRESS)
    peer.other = syn.source
    peer.send(SYN | ACK, options=ASK[:4] + segments.option(FASTOPEN, COOKIE))
    peer.heard()
    peer.seq = ISS
    return syn


@clause(
    since="4.11",
    level="documented",
    refs=["man:tcp(7)", CLIENT, RFC],
    covers=covers(["TCP_FASTOPEN_CONNECT"], "effect"),
)
def test_tcp_fastopen_connect_defers_the_syn(wire):
    """With TCP_FASTOPEN_CONNECT a SYN asks for a cookie; with one, connect waits for data, which the SYN has."""
    peer = TcpPeer(wire)
    asking = with_cookie(peer)

    socket = peer.open()
    socket.must.setsockopt(SOL_TCP, TCP_FASTOPEN_CONNECT, 1)
    connected, quiet = socket.connect(NAME), peer.heard()
    sent = socket.send(b"hello")
    syn = peer.receive()
    peer.other = syn.source
    peer.send(SYN | ACK, ack=syn.end)
    peer.heard()

    assert (asking.option(FASTOPEN), asking.data) == (b"", b"")
    assert (connected, quiet, sent) == (SUCCESS, [], returned(5))
    assert (syn.flags, syn.option(FASTOPEN), syn.data) == (SYN, COOKIE, b"hello")
    info = tcp_counts(socket)
    assert info.tcpi_options & TCPI_OPT_SYN_DATA
    assert (info.tcpi_unacked, info.tcpi_bytes_acked) == (0, 6)


@clause(
    since="3.6",
    level="documented",
    refs=["man:tcp(7)", CLIENT, "src:net/ipv4/tcp.c:tcp_sendmsg_fastopen", RFC],
    covers=["errno:EISCONN", "errno:EOPNOTSUPP"],
)
def test_msg_fastopen_connects_and_sends(wire):
    """A send with MSG_FASTOPEN connects: its SYN asks for a cookie, or has it and data; else it is EOPNOTSUPP."""
    peer = TcpPeer(wire)
    sockets = [peer.open() for _ in range(3)]

    first = sockets[0].sendto(b"hello", MSG_FASTOPEN, NAME)
    asking = peer.receive()
    peer.other = asking.source
    peer.send(SYN | ACK, options=segments.mss(1000) + segments.option(FASTOPEN, COOKIE))
    peer.heard()
    peer.seq = ISS
    second = sockets[1].sendto(b"again", MSG_FASTOPEN, NAME)
    syn = peer.receive()
    repeated = [sockets[0].sendto(b"hello", MSG_FASTOPEN, NAME) for _ in range(2)]
    set_sysctl(wire.left.namespace, "ipv4/tcp_fastopen", "2")

    assert first == refused(EINPROGRESS)
    assert (asking.option(FASTOPEN), asking.data) == (b"", b"")
    assert second == returned(5)
    assert (syn.option(FASTOPEN), syn.data) == (COOKIE, b"again")
    assert repeated == [returned(5), refused(EISCONN)]  # the first learns that it is connected
    assert sockets[2].sendto(b"hello", MSG_FASTOPEN, NAME) == refused(EOPNOTSUPP)


@clause(
    since="4.15",
    level="documented",
    refs=["doc:networking/ip-sysctl.rst", CLIENT, "man:tcp(7)"],
    covers=covers(["TCP_FASTOPEN_NO_COOKIE"], "effect"),
)
def test_tcp_fastopen_no_cookie_sends_data_with_any_syn(wire):
    """With TCP_FASTOPEN_NO_COOKIE the SYN has the data and no cookie option."""
    peer = TcpPeer(wire)
    socket = peer.open()
    socket.must.setsockopt(SOL_TCP, TCP_FASTOPEN_NO_COOKIE, 1)

    result = socket.sendto(b"hello", MSG_FASTOPEN, NAME)
    syn = peer.receive()

    assert result == returned(5)
    assert (syn.option(FASTOPEN), syn.data) == (None, b"hello")


@clause(since="3.7", level="documented", refs=["man:tcp(7)", SERVER, RFC], covers=covers(["TCP_FASTOPEN"], "effect"))
def test_a_listener_gives_cookies_and_takes_data_with_them(wire):
    """A listener with TCP_FASTOPEN gives a SYN that asks a cookie, and accepts one with it at once, with its data."""
    listener, peer = serve(wire)
    asked = peer.begin(LISTENING, ASK)
    cookie = asked.option(FASTOPEN)

    peer.port, peer.seq = PORT + 1, ISS
    peer.send(SYN, b"hello", ack=0, options=segments.mss(1000) + segments.option(FASTOPEN, cookie))
    taken = peer.receive()
    readable = wait.readable(listener.fd)
    accepted = peer.left.sockets.adopt(listener.must.accept())
    buffer = bytearray(9)

    assert len(cookie) == 8
    assert asked.ack == ISS + 1
    assert (readable, taken.flags, taken.ack) == (True, SYN | ACK, ISS + 6)
    assert (accepted.recv(buffer, 9, MSG_DONTWAIT), bytes(buffer[:5])) == (returned(5), b"hello")


@clause(since="3.7", level="documented", refs=["man:tcp(7)", SERVER, RFC])
def test_data_with_a_wrong_cookie_are_not_taken(wire):
    """Of a SYN with data and a wrong cookie only the SYN is acknowledged, and it gets the right cookie."""
    listener, peer = serve(wire)

    peer.other = LISTENING
    peer.send(SYN, b"hello", ack=0, options=segments.mss(1000) + segments.option(FASTOPEN, b"not mine"))
    told = peer.receive()

    assert told.ack == ISS + 1
    assert len(told.option(FASTOPEN)) == 8
    assert told.option(FASTOPEN) != b"not mine"
    assert listener.accept() == refused(EAGAIN)


@clause(since="3.7", level="documented", refs=["man:tcp(7)", SERVER], covers=covers(["TCP_FASTOPEN"], "effect"))
@pytest.mark.parametrize(("knob", "queue"), [("1", 5), ("3", 0)], ids=["sysctl", "option"])
def test_without_fast_open_there_are_no_cookies(wire, knob, queue):
    """A listener gives no cookie where net.ipv4.tcp_fastopen lacks bit 2 or TCP_FASTOPEN is 0."""
    listener, peer = serve(wire)
    set_sysctl(wire.left.namespace, "ipv4/tcp_fastopen", knob)
    listener.must.setsockopt(SOL_TCP, TCP_FASTOPEN, queue)

    assert peer.begin(LISTENING, ASK).option(FASTOPEN) is None


@clause(
    since="4.15",
    level="documented",
    refs=["doc:networking/ip-sysctl.rst", "src:net/ipv4/tcp_fastopen.c:tcp_fastopen_reset_cipher"],
    covers=covers(["TCP_FASTOPEN_KEY"], "effect"),
)
def test_the_cookie_follows_from_the_key(wire):
    """TCP_FASTOPEN_KEY decides the cookie: the same for the same key; one of the backup key is taken and replaced."""
    listener, peer = serve(wire)
    cookies = []
    for number, key in enumerate((b"k" * 16, b"x" * 16, b"k" * 16)):
        listener.must.setsockopt(SOL_TCP, TCP_FASTOPEN_KEY, key)
        peer.port, peer.seq = 5000 + number, ISS
        cookies.append(peer.begin(LISTENING, ASK).option(FASTOPEN))
    listener.must.setsockopt(SOL_TCP, TCP_FASTOPEN_KEY, b"x" * 16 + b"k" * 16)

    peer.port, peer.seq = 6000, ISS
    peer.send(SYN, b"hello", ack=0, options=segments.mss(1000) + segments.option(FASTOPEN, cookies[0]))
    taken = peer.receive()

    assert cookies[0] == cookies[2] != cookies[1]
    assert taken.ack == ISS + 6
    assert taken.option(FASTOPEN) == cookies[1]


@clause(
    since="5.3",
    level="source",
    refs=["src:net/ipv4/tcp.c:do_tcp_setsockopt", "doc:networking/ip-sysctl.rst"],
    covers=covers(["TCP_FASTOPEN_KEY"], "set", "get", "error"),
)
def test_tcp_fastopen_key_is_one_key_or_two(namespace, sockets, memory):
    """TCP_FASTOPEN_KEY keeps a key of 16 bytes, or two; other lengths are EINVAL and change nothing."""
    socket = INET_TCP.open(sockets, namespace)
    keys = b"0123456789abcdef", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

    results = [(put(socket, KEY, key), get(socket, KEY, 40)) for key in keys]
    refusals = [put(socket, KEY, bytes(size)) for size in (0, 1, 15, 17, 31, 33)]
    fault = put_at(socket, KEY, memory.before_end(bytes(15)), 16)

    assert results == [(SUCCESS, answer(key, 40)) for key in keys]
    assert refusals == [refused(EINVAL)] * 6
    assert fault == refused(EFAULT)
    assert get(socket, KEY, 40) == answer(keys[1], 40)
    assert get(socket, KEY, 16) == answer(keys[1][:16], 16)


@clause(
    since="3.7",
    level="source",
    refs=["src:net/ipv4/tcp.c:do_tcp_setsockopt", "man:tcp(7)"],
    covers=[
        "errno:setsockopt:EINVAL",
        *covers(["TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE"], "error"),
    ],
)
@pytest.mark.parametrize("name", ["TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE"])
def test_a_connection_has_begun_without_it(loopback, sockets, name):
    """TCP_FASTOPEN, _CONNECT and _NO_COOKIE of a connected socket are EINVAL."""
    near, _ = INET_TCP.pair(sockets, loopback.namespace)

    assert [put(near, option(name), value) for value in (1, 0)] == [refused(EINVAL)] * 2
    assert get(near, option(name)) == answer(0)
