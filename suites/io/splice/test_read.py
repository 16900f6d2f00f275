"""splice(2) from a socket into a pipe."""

import ctypes
import os
from errno import EAGAIN, EINVAL
from os import SPLICE_F_NONBLOCK

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.net import frames
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM
from suites.io.splice.support import received, splice

READ, WRITE = "src:net/socket.c:sock_splice_read", "src:fs/splice.c:splice_to_socket"
KINDS = pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])


@pytest.fixture
def pipe(sockets):
    """The reading and the writing end of a pipe."""
    return tuple(sockets.adopt(fd).fd for fd in os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK))


@clause(since="5.1", level="source", refs=["man:splice(2)", READ], covers=["file:splice_read"])
@pytest.mark.parametrize("size", [100, 20], ids=["all", "part"])
def test_packet_socket_is_spliced_frame_by_frame(loopback, pipe, size):
    """A splice from a packet socket moves one frame into the pipe; what is beyond the size is lost."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    first, second = frames.ethernet(size=60), frames.ethernet(size=60)
    loopback.inject(first, second)
    moved = min(size, 60)

    for frame in (first, second):
        wait.readable(socket.fd)
        assert splice(socket.fd, pipe[1], size) == returned(moved)
        assert os.read(pipe[0], 100) == frame.data[:moved]
    assert socket.take() is None


@clause(since="4.2", level="source", refs=["man:splice(2)", READ], covers=["file:splice_read"])
def test_stream_is_spliced_up_to_the_size(sockets, pipe):
    """A splice from a stream moves as much as the size says, and leaves the rest in the stream."""
    left, right = sockets.pair()
    left.must.send(b"abcdefgh")

    assert splice(right.fd, pipe[1], 5) == returned(5)
    assert os.read(pipe[0], 100) == b"abcde"
    assert received(right) == b"fgh"


@clause(since="5.2", level="documented", refs=["man:splice(2)", READ], covers=["file:splice_read"])
@pytest.mark.parametrize(
    ("kind", "flags"),
    [(SOCK_STREAM | SOCK_NONBLOCK, 0), (SOCK_DGRAM | SOCK_NONBLOCK, 0), (SOCK_STREAM, SPLICE_F_NONBLOCK)],
    ids=["stream", "dgram", "flag"],
)
def test_splice_from_an_empty_non_blocking_socket_is_eagain(sockets, pipe, kind, flags):
    """A splice from an empty socket that is non-blocking is EAGAIN; one of zero bytes is 0."""
    left, right = sockets.pair(kind)

    assert splice(right.fd, pipe[1], 0, flags) == SUCCESS
    assert splice(right.fd, pipe[1], 8, flags) == refused(EAGAIN)
    left.must.send(b"data")
    assert splice(right.fd, pipe[1], 8, flags) == returned(4)


@clause(since="5.2", level="documented", refs=["man:splice(2)", READ], covers=["file:splice_read"])
@KINDS
def test_splice_waits_for_data(sockets, pipe, kind):
    """A splice from an empty socket waits, and ends with what comes."""
    left, right = sockets.pair(kind)
    os.set_blocking(pipe[1], True)

    with process.start(splice, right.fd, pipe[1], 8) as child:
        child.wait_blocked("splice")
        left.must.send(b"late")
        assert child.result() == returned(4)

    assert os.read(pipe[0], 8) == b"late"


@clause(since="2.6.17", level="documented", refs=["man:splice(2)", READ, WRITE],
        covers=["file:splice_read", "file:splice_write"])  # fmt: skip
def test_splice_has_no_position_in_a_socket(sockets, pipe):
    """A splice with an offset for the socket is refused, and nothing moves; sockets are not spliced to each other."""
    left, right = sockets.pair()
    left.must.send(b"data")
    os.write(pipe[1], b"more")
    offset = ctypes.c_longlong(0)

    assert splice(right.fd, pipe[1], 4, source_offset=offset) == refused(EINVAL)
    assert splice(pipe[0], left.fd, 4, target_offset=offset) == refused(EINVAL)
    assert splice(right.fd, left.fd, 4) == refused(EINVAL)
    assert (received(right), os.read(pipe[0], 8)) == (b"data", b"more")
