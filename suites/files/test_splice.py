"""splice(2) between sockets and pipes, and sendfile(2) into sockets."""

import ctypes
import os
from errno import EAGAIN, EINVAL, EPIPE, ESPIPE
from fcntl import F_SETPIPE_SZ, fcntl

import pytest

from fixtures.clauses import clause
from helpers import addresses, frames, process, syscall, wait
from helpers.memory import PAGE
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.socket import AF_INET, MSG_DONTWAIT, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM

READ, WRITE = "src:net/socket.c:sock_splice_read", "src:fs/splice.c:splice_to_socket"
END = "src:net/socket.c:sock_splice_eof"
SPLICE_F_NONBLOCK, SPLICE_F_MORE = 2, 4
KINDS = pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])


def splice(source, target, size, flags=0, source_offset=None, target_offset=None):
    return syscall.call("splice", source, source_offset, target, target_offset, size, flags)


@pytest.fixture
def pipe(sockets):
    """The reading and the writing end of a pipe."""
    return tuple(sockets.adopt(fd).fd for fd in os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK))


@pytest.fixture
def packet_pipe(sockets):
    """A pipe in which each write is a piece of its own, with room for 64."""
    ends = tuple(sockets.adopt(fd).fd for fd in os.pipe2(os.O_CLOEXEC | os.O_DIRECT | os.O_NONBLOCK))
    fcntl(ends[0], F_SETPIPE_SZ, 64 * PAGE)
    return ends


@pytest.fixture
def file(sockets):
    """A file of 26 bytes."""
    fd = sockets.adopt(os.memfd_create("file")).fd
    os.write(fd, b"abcdefghijklmnopqrstuvwxyz")
    return fd


@pytest.fixture
def corking(loopback, sockets):
    """Two UDP sockets, the first connected to the second: a datagram that is not pushed out waits for ever."""
    left, right = (sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(2))
    name = addresses.inet()
    right.must.bind(name)
    right.must.getsockname(name, ctypes.c_int(ctypes.sizeof(sockaddr_in)))
    left.must.connect(name)
    return left, right


def received(socket, size=64):
    """Return what one recv that does not wait gets; None if there is nothing."""
    buffer = bytearray(size)
    result = socket.recv(buffer, size, MSG_DONTWAIT)
    return None if result == refused(EAGAIN) else bytes(buffer[: result.value])


@clause(since="6.5", level="source", refs=["man:splice(2)", READ], covers=["file:splice_read"])
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


@clause(since="4.2", level="documented", refs=["man:splice(2)", READ], covers=["file:splice_read"])
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


@clause(since="4.2", level="documented", refs=["man:splice(2)", READ], covers=["file:splice_read"])
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
    """A splice into a stream writes what the pipe holds, up to the size, and is EAGAIN or 0 when it holds nothing."""
    left, right = sockets.pair()
    os.write(pipe[1], b"abcdefgh")

    assert splice(pipe[0], left.fd, 5) == returned(5)
    assert received(right) == b"abcde"
    assert splice(pipe[0], left.fd, 100) == returned(3)
    assert splice(pipe[0], left.fd, 100) == refused(EAGAIN)
    os.close(os.dup(pipe[1]))
    right.close()
    os.write(pipe[1], b"x")
    assert process.in_child(splice, pipe[0], left.fd, 1) == refused(EPIPE)


@clause(since="6.5", level="documented", refs=["man:splice(2)", "man:udp(7)", WRITE],
        covers=["file:splice_write", "msg:MSG_MORE"])  # fmt: skip
def test_splice_f_more_holds_a_datagram_back(corking, pipe):
    """With SPLICE_F_MORE a datagram waits for more, and goes with a splice without it."""
    left, right = corking
    os.write(pipe[1], b"abcdef")

    assert splice(pipe[0], left.fd, 3, SPLICE_F_MORE) == returned(3)
    held = received(right)
    assert splice(pipe[0], left.fd, 3) == returned(3)

    wait.readable(right.fd)
    assert (held, received(right), received(right)) == (None, b"abcdef", None)


@clause(since="6.5", level="source", refs=["man:splice(2)", "man:udp(7)", WRITE], covers=["file:splice_write"])
@pytest.mark.parametrize("count", [1, 16, 17])
def test_many_pieces_of_a_pipe_are_one_datagram(corking, packet_pipe, count):
    """What a pipe holds in however many pieces becomes one datagram."""
    left, right = corking
    for number in range(count):
        os.write(packet_pipe[1], bytes([number] * 2))

    result = splice(packet_pipe[0], left.fd, 2 * count)

    assert result == returned(2 * count)
    wait.readable(right.fd)
    assert (received(right), received(right)) == (bytes(number // 2 for number in range(2 * count)), None)


@clause(since="2.6.33", level="documented", refs=["man:sendfile(2)", WRITE], covers=["file:sendfile"])
@pytest.mark.parametrize("kind", ["unix", "packet"])
def test_sendfile_sends_a_part_of_a_file(loopback, sockets, file, kind):
    """A sendfile sends as many bytes as told from the offset on, and moves the offset, not the file's own."""
    frame = frames.ethernet()
    os.pwrite(file, frame.data, 3)
    left, right = sockets.pair()
    if kind == "packet":
        left, right = loopback.packet_socket(protocol=0), loopback.packet_socket(protocol=frames.OWN)
    offset = ctypes.c_longlong(3)

    result = syscall.call("sendfile", left.fd, file, offset, len(frame))

    assert (result, offset.value) == (returned(len(frame)), 3 + len(frame))
    assert os.lseek(file, 0, os.SEEK_CUR) == 26
    wait.readable(right.fd)
    assert received(right, 100) == frame.data


@clause(since="6.5", level="source", refs=["man:sendfile(2)", END], covers=["file:sendfile"])
def test_sendfile_beyond_the_end_sends_what_there_is(corking, file):
    """A sendfile of more than the file holds sends what it holds, at once: nothing waits for the rest."""
    left, right = corking
    os.lseek(file, 20, os.SEEK_SET)

    result = syscall.call("sendfile", left.fd, file, None, 100)

    assert (result, os.lseek(file, 0, os.SEEK_CUR)) == (returned(6), 26)
    assert wait.readable(right.fd)
    assert (received(right), received(right)) == (b"uvwxyz", None)


@clause(since="2.6.33", level="documented", refs=["man:sendfile(2)", READ], covers=["file:sendfile"])
def test_sendfile_does_not_read_from_a_socket(sockets):
    """A sendfile from a socket is EINVAL, with an offset ESPIPE, and takes nothing."""
    left, right = sockets.pair()
    left.must.send(b"data")

    assert syscall.call("sendfile", left.fd, right.fd, None, 4) == refused(EINVAL)
    assert syscall.call("sendfile", left.fd, right.fd, ctypes.c_longlong(0), 4) == refused(ESPIPE)
    assert received(right) == b"data"
