"""TCP_REPAIR and its companions: a connection made of numbers, without a segment, and what it sends then."""

import struct
from errno import EFBIG, EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from helpers.kinds import INET_TCP
from helpers.net import addresses
from helpers.net.segments import TIMESTAMP
from helpers.net.tcp_peer import ACK, FIN, HERE, PORT, THERE, TcpPeer, connected
from helpers.option_calls import answer, get, packed, put, refusal
from helpers.options import covers, option
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.tcp import tcp_counts, tcp_state
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK
from helpers.uapi.tcp import (
    TCP_NO_QUEUE,
    TCP_RECV_QUEUE,
    TCP_REPAIR_OFF,
    TCP_REPAIR_OFF_NO_WP,
    TCP_REPAIR_ON,
    TCP_SEND_QUEUE,
    tcp_repair_opt,
    tcp_repair_window,
)
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED

SYSCALL = "setsockopt"
SET = "src:net/ipv4/tcp.c:do_tcp_setsockopt"
OPTIONS = "src:net/ipv4/tcp.c:tcp_repair_options_est"
REPAIR, QUEUE, SEQ, OPT, WINDOW, STAMP = map(
    option,
    ("TCP_REPAIR", "TCP_REPAIR_QUEUE", "TCP_QUEUE_SEQ", "TCP_REPAIR_OPTIONS", "TCP_REPAIR_WINDOW", "TCP_TIMESTAMP"),
)
MSS, WSCALE, SACK_PERMITTED, TIMESTAMPS = 2, 3, 4, 8  # codes of options


def number_of(socket, chosen):
    """Return the value of an option of one int, unsigned."""
    return int.from_bytes(get(socket, chosen).data[:4], "little")


def made_of_numbers(peer, sequence=0x1000, received=0x8000):
    """Return a socket at the kernel's end that is in repair and "connected" to *peer*, with these numbers."""
    socket = peer.open()
    assert put(socket, REPAIR, TCP_REPAIR_ON) == SUCCESS
    for queue, number in ((TCP_SEND_QUEUE, sequence), (TCP_RECV_QUEUE, received)):
        assert [put(socket, QUEUE, queue), put(socket, SEQ, number)] == [SUCCESS] * 2
    socket.must.bind(addresses.inet(3000, HERE))
    socket.must.connect(addresses.inet(PORT, THERE))
    peer.other, peer.seq, peer.ack = 3000, received, sequence
    return socket


@clause(
    since="3.5", level="source", refs=["uapi:linux/tcp.h", SET],
    covers=covers(["TCP_REPAIR", "TCP_REPAIR_QUEUE", "TCP_QUEUE_SEQ"], "set", "get", "effect"),
)  # fmt: skip
def test_a_connection_is_made_of_numbers(wire):
    """A socket in repair connects without a segment; what it sends after that has the numbers of TCP_QUEUE_SEQ."""
    peer = TcpPeer(wire)

    socket = made_of_numbers(peer)
    state, made = tcp_state(socket), peer.heard()
    numbers = []
    for queue in (TCP_SEND_QUEUE, TCP_RECV_QUEUE):
        put(socket, QUEUE, queue)
        numbers.append((get(socket, QUEUE), get(socket, SEQ)))
    left = put(socket, REPAIR, TCP_REPAIR_OFF_NO_WP), get(socket, REPAIR)
    peer.send()  # without its window nothing goes out
    quiet = peer.heard()
    socket.must.send(b"data")
    data = peer.receive()
    peer.send(ACK, b"back")
    peer.heard()
    buffer = bytearray(9)

    assert (state, made, quiet) == (TCP_ESTABLISHED, [], [])
    assert numbers == [(answer(TCP_SEND_QUEUE), answer(0x1000)), (answer(TCP_RECV_QUEUE), answer(0x8000))]
    assert left == (SUCCESS, answer(0))
    assert (data.seq, data.ack, data.data) == (0x1000, 0x8000, b"data")
    assert (socket.recv(buffer, 9, MSG_DONTWAIT), bytes(buffer[:4])) == (returned(4), b"back")


@clause(since="4.19", level="source", refs=["uapi:linux/tcp.h", SET], covers=covers(["TCP_REPAIR"], "effect"))
def test_the_end_of_repair_probes_the_window(wire):
    """When TCP_REPAIR is switched off, a window probe goes out, of the number before; with -1 there is none."""
    peer = TcpPeer(wire)
    socket = made_of_numbers(peer)

    result = put(socket, REPAIR, TCP_REPAIR_OFF)
    probes = peer.heard()

    assert result == SUCCESS
    assert [(one.flags, one.seq, one.ack, one.data) for one in probes] == [(ACK, 0xFFF, 0x8000, b"")]


@clause(
    since="3.5", level="source", refs=["src:net/ipv4/tcp.c:__tcp_close", SET], covers=covers(["TCP_REPAIR"], "effect")
)
def test_a_socket_in_repair_goes_without_a_word(wire):
    """A close in repair sends neither FIN nor RST, where a close out of it sends FIN."""
    socket, peer = connected(wire)
    other = peer.open()
    peer.port += 1
    peer.seq = 5000
    peer.accept(other)
    assert put(socket, REPAIR, TCP_REPAIR_ON) == SUCCESS

    socket.must.close()
    silent = peer.heard()
    other.must.close()

    assert silent == []
    assert [one.flags for one in peer.heard()] == [FIN | ACK]


@clause(
    since="3.5", level="source", refs=[OPTIONS, SET], covers=covers(["TCP_REPAIR_OPTIONS"], "set", "effect", "error")
)
def test_tcp_repair_options_say_what_was_agreed(wire):
    """TCP_REPAIR_OPTIONS gives a connection MSS, window shifts, SACK and time stamps, as if its SYN had had them."""
    peer = TcpPeer(wire)
    socket = made_of_numbers(peer)
    agreed = [(MSS, 900), (WSCALE, 3 | 5 << 16), (SACK_PERMITTED, 0), (TIMESTAMPS, 0)]

    refusals = [
        put(socket, OPT, bytes(tcp_repair_opt(code, value)))
        for code, value in ((WSCALE, 15), (WSCALE, 15 << 16), (SACK_PERMITTED, 1), (TIMESTAMPS, 1))
    ]
    before = tcp_counts(socket).tcpi_options
    result = put(socket, OPT, b"".join(bytes(tcp_repair_opt(*one)) for one in agreed))
    told = tcp_counts(socket)
    put(socket, REPAIR, TCP_REPAIR_OFF_NO_WP)
    late = put(socket, OPT, bytes(tcp_repair_opt(MSS, 800)))
    peer.send()
    socket.must.send(b"data")
    data = peer.receive()

    assert refusals == [refused(EFBIG), refused(EFBIG), refused(EINVAL), refused(EINVAL)]
    assert (before, result, late) == (0, SUCCESS, refused(EINVAL))
    assert told.tcpi_options == 7
    assert told._bits[0] == 3 | 5 << 4
    assert data.option(TIMESTAMP) is not None


@clause(
    since="3.9",
    level="source",
    refs=["uapi:linux/tcp.h", SET],
    covers=covers(["TCP_TIMESTAMP"], "set", "get", "effect", "error"),
)
def test_tcp_timestamp_moves_the_clock_of_a_connection(wire):
    """In repair TCP_TIMESTAMP sets the value that time stamps go on from; out of repair that is EPERM."""
    peer = TcpPeer(wire)
    socket = made_of_numbers(peer)
    put(socket, OPT, bytes(tcp_repair_opt(TIMESTAMPS, 0)))

    result = put(socket, STAMP, 0x40000000)
    told = number_of(socket, STAMP)
    put(socket, REPAIR, TCP_REPAIR_OFF_NO_WP)
    refusal_ = put(socket, STAMP, 5)
    peer.send()
    socket.must.send(b"data")
    sent, _ = struct.unpack("!II", peer.receive().option(TIMESTAMP))

    assert (result, refusal_) == (SUCCESS, refused(EPERM))
    assert 0x40000000 <= told <= sent < 0x40000000 + 100_000
    assert put(socket, STAMP, bytes(3)) == refused(EINVAL)


@clause(
    since="4.8",
    level="source",
    refs=["src:net/ipv4/tcp.c:tcp_repair_set_window", SET],
    covers=covers(["TCP_REPAIR_WINDOW"], "set", "get", "effect", "error"),
)
def test_tcp_repair_window_is_the_window_of_the_peer(wire):
    """TCP_REPAIR_WINDOW sets and tells the windows: so many bytes go out, and so many are offered to the peer."""
    peer = TcpPeer(wire)
    socket = made_of_numbers(peer)
    wanted = tcp_repair_window(snd_wl1=0x8000, snd_wnd=300, max_window=400, rcv_wnd=5000, rcv_wup=0x8000)

    wrong = [tcp_repair_window(0x8000, 300, 299, 5000, 0x8000), tcp_repair_window(0x8000, 300, 400, 5000, 0x8001)]
    refusals = [put(socket, WINDOW, bytes(one)) for one in wrong]
    short = put(socket, WINDOW, bytes(wanted)[:-1]), get(socket, WINDOW, 19)
    result, told = put(socket, WINDOW, bytes(wanted)), get(socket, WINDOW, 20)
    put(socket, REPAIR, TCP_REPAIR_OFF_NO_WP)
    late = put(socket, WINDOW, bytes(wanted)), get(socket, WINDOW, 20)

    assert refusals == [refused(EINVAL)] * 2
    assert short == (refused(EINVAL), refusal(EINVAL, 19))
    assert (result, told) == (SUCCESS, answer(bytes(wanted), 20))
    assert late == (refused(EPERM), refusal(EPERM, 20))
    assert tcp_counts(socket).tcpi_state == TCP_ESTABLISHED
    socket.must.send(bytes(300))
    assert len(peer.receive().data) == 300
    socket.must.send(b"more")
    assert peer.heard() == []
    peer.send(window=100)
    assert peer.receive().data == b"more"


@clause(
    since="3.5",
    level="source",
    refs=["src:net/ipv4/tcp.c:tcp_peek_sndq", SET],
    covers=covers(["TCP_REPAIR_QUEUE"], "effect", "error"),
)
def test_queues_are_filled_and_looked_into(wire):
    """In repair a send fills the chosen queue and MSG_PEEK shows it; nothing goes out, a plain receive is EPERM."""
    peer = TcpPeer(wire)
    socket = made_of_numbers(peer)
    seen = []

    for queue, data in ((TCP_SEND_QUEUE, b"to send"), (TCP_RECV_QUEUE, b"received")):
        put(socket, QUEUE, queue)
        assert socket.send(data) == returned(len(data))
        buffer = bytearray(20)
        seen.append(bytes(buffer[: socket.must.recv(buffer, 20, MSG_PEEK | MSG_DONTWAIT)]))
        assert socket.recv(buffer, 20, MSG_DONTWAIT) == refused(EPERM)
    put(socket, QUEUE, TCP_NO_QUEUE)
    neither = socket.send(b"x")
    quiet = peer.heard()
    put(socket, REPAIR, TCP_REPAIR_OFF_NO_WP)

    assert seen == [b"to send", b"received"]
    assert neither == refused(EINVAL)
    assert quiet == []
    assert (socket.recv(buffer, 20, MSG_DONTWAIT), bytes(buffer[:8])) == (returned(8), b"received")


@clause(
    since="3.5", level="source", refs=["man:capabilities(7)", SET, "src:net/ipv4/tcp.c:tcp_can_repair_sock"],
    covers=["errno:EPERM", "errno:EINVAL", *covers(["TCP_REPAIR", "TCP_REPAIR_QUEUE", "TCP_QUEUE_SEQ"], "error")],
)  # fmt: skip
def test_repair_is_for_the_privileged_and_has_its_order(namespace, sockets):
    """TCP_REPAIR takes 1, 0 and -1, of who has CAP_NET_ADMIN, on no listener; queue and numbers come after it."""
    socket, listener = INET_TCP.open(sockets, namespace), INET_TCP.open(sockets, namespace)
    listener.must.listen(1)

    before = put(socket, QUEUE, 1), put(socket, OPT, packed(0) * 2), get(socket, QUEUE), put(socket, SEQ, 1)
    without = in_child(lambda: put(socket, REPAIR, 1), without=["CAP_NET_ADMIN"])
    listening = put(listener, REPAIR, 1)
    results = [put(socket, REPAIR, value) for value in (2, -2, 1)]
    queues = [put(socket, QUEUE, value) for value in (3, -1, 0)]

    assert before == (refused(EPERM), refused(EINVAL), refusal(EINVAL), refused(EINVAL))
    assert (without, listening) == (refused(EPERM), refused(EPERM))
    assert results == [refused(EINVAL), refused(EINVAL), SUCCESS]
    assert get(socket, REPAIR) == answer(1)
    assert queues == [refused(EINVAL), refused(EINVAL), SUCCESS]
    assert (put(socket, SEQ, 1), get(socket, SEQ)) == (refused(EINVAL), refusal(EINVAL))
    assert tcp_state(socket) == TCP_CLOSE


@clause(since="3.5", level="source", refs=[SET], covers=["errno:EPERM", *covers(["TCP_QUEUE_SEQ"], "error")])
@pytest.mark.parametrize("queue", [TCP_SEND_QUEUE, TCP_RECV_QUEUE], ids=["send", "recv"])
def test_the_numbers_of_a_connection_stay(wire, queue):
    """TCP_QUEUE_SEQ of a connection is EPERM, and leaves its number."""
    socket, peer = connected(wire)
    put(socket, REPAIR, TCP_REPAIR_ON)
    put(socket, QUEUE, queue)
    before = number_of(socket, SEQ)

    result = put(socket, SEQ, 1)

    assert result == refused(EPERM)
    assert number_of(socket, SEQ) == before == (peer.ack if queue == TCP_SEND_QUEUE else peer.seq)
    put(socket, REPAIR, TCP_REPAIR_OFF_NO_WP)
