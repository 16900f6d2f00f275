"""Urgent data of TCP on the wire: the pointer that a send sets, and what a received one marks."""

from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net.segments import PSH, URG
from helpers.net.tcp_peer import ACK, ISS, connected
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB

SYSCALL = "sendto"
MARK = "src:net/ipv4/tcp.c:tcp_mark_urg"
CHECK = "src:net/ipv4/tcp_input.c:tcp_check_urg"
URGENT = "src:net/ipv4/tcp_input.c:tcp_urg"
FIRST = ISS + 1


def receive(socket, flags=0):
    """Return the bytes of a receive that does not wait, or its errno."""
    buffer = bytearray(100)
    result = socket.recv(buffer, 100, flags | MSG_DONTWAIT)
    return bytes(buffer[: result.value]) if result.ok else result.errno


@clause(since="2.2", level="documented", refs=["man:tcp(7)", "man:send(2)", MARK], covers=["msg:MSG_OOB"])
@pytest.mark.parametrize("data", [b"!", b"abc"], ids=["one", "several"])
def test_the_last_byte_sent_with_msg_oob_is_urgent(wire, data):
    """A send with MSG_OOB goes out at once with URG and an urgent pointer to the byte after its last."""
    socket, peer = connected(wire)
    socket.must.send(b"plain")
    plain = peer.receive()

    result = socket.send(data, MSG_OOB)
    urgent = peer.receive()

    assert result == returned(len(data))
    assert (plain.flags, plain.urgent) == (ACK | PSH, 0)
    assert (urgent.flags, urgent.data, urgent.urgent) == (ACK | PSH | URG, data, len(data))


@clause(since="2.2", level="documented", refs=["man:tcp(7)", "man:recv(2)", CHECK, URGENT], covers=["msg:MSG_OOB"])
@pytest.mark.parametrize("pointer", [1, 2, 4])
def test_the_byte_before_the_pointer_is_urgent(wire, pointer):
    """The byte before a received urgent pointer is the urgent one: MSG_OOB takes it, and the stream goes on without."""
    socket, peer = connected(wire)

    peer.send(ACK | URG, b"abcd", urgent=pointer)
    peer.receive()
    urgent = receive(socket, MSG_OOB)

    assert urgent == b"abcd"[pointer - 1 : pointer]
    parts = [part for part in (b"abcd"[: pointer - 1], b"abcd"[pointer:]) if part]
    assert [receive(socket) for _ in parts] == parts
    assert receive(socket) == EAGAIN


@clause(since="2.2", level="source", refs=[CHECK])
def test_an_urgent_pointer_to_what_was_read_is_ignored(wire):
    """An urgent pointer to a byte that has been read already, or that comes again, tells nothing new."""
    socket, peer = connected(wire)
    peer.send(ACK | URG, b"ab!", urgent=3)
    peer.receive()
    first = receive(socket, MSG_OOB), receive(socket)

    peer.send(ACK | URG, b"ab!", seq=FIRST, urgent=3)
    peer.heard()
    again = receive(socket, MSG_OOB)

    assert first == (b"!", b"ab")
    assert again == EINVAL


@clause(since="2.2", level="source", refs=[CHECK, URGENT])
def test_an_urgent_byte_may_be_announced_before_it_comes(wire):
    """While the urgent byte is announced and has not come, MSG_OOB is EAGAIN; then it is received."""
    socket, peer = connected(wire)
    nothing = receive(socket, MSG_OOB)

    peer.send(ACK | URG, b"ab", urgent=5)
    peer.receive()
    announced = receive(socket, MSG_OOB)
    peer.send(ACK, b"cd!")
    peer.receive()

    assert (nothing, announced) == (EINVAL, EAGAIN)
    assert receive(socket, MSG_OOB) == b"!"
    assert receive(socket, MSG_OOB) == EINVAL
    assert receive(socket) == b"abcd"


@clause(since="2.2", level="documented", refs=["man:tcp(7)", "doc:networking/ip-sysctl.rst", CHECK])
def test_without_urg_the_pointer_means_nothing(wire):
    """An urgent pointer without URG is no urgent data."""
    socket, peer = connected(wire)

    peer.send(ACK, b"abc", urgent=2)
    peer.receive()

    assert receive(socket, MSG_OOB) == EINVAL
    assert receive(socket) == b"abc"
    assert socket.send(b"", MSG_OOB) == returned(0)
    assert socket.recv(None, 0, MSG_OOB | MSG_DONTWAIT) == refused(EINVAL)
