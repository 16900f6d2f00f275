"""splice(2) from a pipe into a socket."""

import os
from errno import EAGAIN, EPIPE
from fcntl import F_SETPIPE_SZ, fcntl
from os import SPLICE_F_MORE

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.kinds import INET_UDP
from helpers.memory import PAGE
from helpers.net import frames
from helpers.syscall import refused, returned
from suites.io.splice.support import received, splice

WRITE = "src:fs/splice.c:splice_to_socket"


@pytest.fixture
def pipe(sockets):
    """The reading and the writing end of a pipe."""
    return tuple(sockets.adopt(fd).fd for fd in os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK))


@pytest.fixture
def packet_pipe(sockets):
    """A pipe in which each write is a piece of its own, with room for 64."""
    try:
        fds = os.pipe2(os.O_CLOEXEC | os.O_DIRECT | os.O_NONBLOCK)
    except OSError as error:
        pytest.skip(f"this kernel has no such pipes (O_DIRECT): {error.strerror}")
    ends = tuple(sockets.adopt(fd).fd for fd in fds)
    fcntl(ends[0], F_SETPIPE_SZ, 64 * PAGE)
    return ends


@clause(since="2.6.17", level="documented", refs=["man:splice(2)", WRITE], covers=["file:splice_write"])
def test_pipe_is_spliced_into_a_packet_socket(loopback, pipe):
    """A splice into a packet socket sends what the pipe holds as one frame where the socket is bound."""
    receiver, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(protocol=0)
    frame = frames.ethernet()
    os.write(pipe[1], frame.data[:20])
    os.write(pipe[1], frame.data[20:] + b"rest")

    result = splice(pipe[0], sender.fd, len(frame))

    assert result == returned(len(frame))
    assert receiver.receive(frame.marker).data == frame.data
    assert os.read(pipe[0], 8) == b"rest"


@clause(since="2.6.17", level="documented", refs=["man:splice(2)", WRITE], covers=["file:splice_write"])
def test_pipe_is_spliced_into_a_stream(sockets, pipe):
    """A splice into a stream writes what the pipe holds up to the size; EAGAIN without data, EPIPE without reader."""
    left, right = sockets.pair()
    os.write(pipe[1], b"abcdefgh")

    assert splice(pipe[0], left.fd, 5) == returned(5)
    assert received(right) == b"abcde"
    assert splice(pipe[0], left.fd, 100) == returned(3)
    assert splice(pipe[0], left.fd, 100) == refused(EAGAIN)
    right.close()
    os.write(pipe[1], b"x")
    assert process.in_child(splice, pipe[0], left.fd, 1) == refused(EPIPE)


@clause(since="2.6.17", level="documented", refs=["man:splice(2)", "man:udp(7)", WRITE],
        covers=["file:splice_write", "msg:MSG_MORE"])  # fmt: skip
def test_splice_f_more_holds_a_datagram_back(loopback, sockets, pipe):
    """With SPLICE_F_MORE a datagram waits for more, and goes with a splice without it."""
    left, right = INET_UDP.pair(sockets, loopback.namespace)
    os.write(pipe[1], b"abcdef")

    assert splice(pipe[0], left.fd, 3, SPLICE_F_MORE) == returned(3)
    held = received(right)
    assert splice(pipe[0], left.fd, 3) == returned(3)

    wait.readable(right.fd)
    assert (held, received(right), received(right)) == (None, b"abcdef", None)


@clause(since="2.6.17", level="source", refs=["man:splice(2)", "man:udp(7)", WRITE], covers=["file:splice_write"])
@pytest.mark.parametrize("count", [1, 16, 17])
def test_many_pieces_of_a_pipe_are_one_datagram(loopback, sockets, packet_pipe, count):
    """What a pipe holds in however many pieces becomes one datagram."""
    left, right = INET_UDP.pair(sockets, loopback.namespace)
    for number in range(count):
        os.write(packet_pipe[1], bytes([number] * 2))

    result = splice(packet_pipe[0], left.fd, 2 * count)

    assert result == returned(2 * count)
    wait.readable(right.fd)
    assert (received(right), received(right)) == (bytes(number // 2 for number in range(2 * count)), None)
