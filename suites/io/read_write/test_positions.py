"""A socket has no position: lseek(2), the positioned reads and writes, and their flags."""

import ctypes
import os
from errno import EAGAIN, EOPNOTSUPP, EPIPE, ESPIPE
from os import RWF_HIPRI, RWF_NOWAIT
from signal import SIG_BLOCK, SIGPIPE, pthread_sigmask, sigpending

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.fs import RWF_NOSIGNAL
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_STREAM, iovec

READ, WRITE = "src:net/socket.c:sock_read_iter", "src:net/socket.c:sock_write_iter"
SOCKET_FILE, NOWAIT = "src:net/socket.c:sock_alloc_file", "commit:fe34db062b80"
RWF_UNKNOWN = 1 << 30
HERE = (-1, -1)  # the position of preadv2 that means none, low and high word


def vector_of(array):
    """Return a vector of the one buffer *array*, which has to outlive it."""
    return (iovec * 1)((ctypes.addressof(array), len(array)))


@pytest.fixture
def buffer():
    return (ctypes.c_char * 8)()


@clause(since="2.2", level="documented", refs=["man:lseek(2)", SOCKET_FILE], covers=["file:lseek"])
@pytest.mark.parametrize("whence", [os.SEEK_SET, os.SEEK_CUR, os.SEEK_END], ids=["set", "cur", "end"])
def test_lseek_is_espipe(sockets, whence):
    """lseek(2) is refused with ESPIPE, even where it would move nothing."""
    socket = sockets.packet()

    assert syscall.call("lseek", socket.fd, 0, whence) == refused(ESPIPE)


@clause(since="2.2", level="documented", refs=["man:pread(2)", "man:readv(2)", SOCKET_FILE],
        covers=["file:pread", "file:preadv", "file:preadv2"])  # fmt: skip
@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("call", ["pread64", "preadv", "preadv2"])
def test_read_at_a_position_is_espipe(sockets, buffer, call, offset):
    """A read at any position, 0 too, is refused with ESPIPE, and takes nothing; without a position it reads."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"data")
    vector = vector_of(buffer)
    arguments = (buffer, 8, offset) if call == "pread64" else (vector, 1, offset, 0, 0)

    assert syscall.call(call, right.fd, *arguments) == refused(ESPIPE)
    assert syscall.call("preadv2", right.fd, vector, 1, *HERE, 0) == returned(4)
    assert buffer.raw == b"data\0\0\0\0"


@clause(since="2.2", level="documented", refs=["man:pwrite(2)", "man:readv(2)", SOCKET_FILE],
        covers=["file:pwrite", "file:pwritev", "file:pwritev2"])  # fmt: skip
@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("call", ["pwrite64", "pwritev", "pwritev2"])
def test_write_at_a_position_is_espipe(sockets, buffer, call, offset):
    """A write at any position, 0 too, is refused with ESPIPE, and sends nothing; without a position it writes."""
    left, right = sockets.pair(SOCK_DGRAM)
    vector = vector_of(buffer)
    arguments = (buffer, 8, offset) if call == "pwrite64" else (vector, 1, offset, 0, 0)

    assert syscall.call(call, left.fd, *arguments) == refused(ESPIPE)
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == refused(EAGAIN)
    assert syscall.call("pwritev2", left.fd, vector, 1, *HERE, 0) == returned(8)
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == returned(8)


@clause(since="6.5", level="documented", refs=["man:readv(2)", READ, SOCKET_FILE, NOWAIT],
        covers=["file:RWF_NOWAIT", "file:preadv2"])  # fmt: skip
@pytest.mark.parametrize("kind", ["packet", "unix"])
def test_rwf_nowait_does_not_wait_for_data(sockets, buffer, kind):
    """A read with RWF_NOWAIT from an empty socket that is not non-blocking is EAGAIN."""
    socket = sockets.packet() if kind == "packet" else sockets.pair()[0]

    result = syscall.call("preadv2", socket.fd, vector_of(buffer), 1, *HERE, RWF_NOWAIT)

    assert result == refused(EAGAIN)
    assert os.get_blocking(socket.fd)


@clause(since="6.5", level="documented", refs=["man:readv(2)", WRITE, SOCKET_FILE, NOWAIT],
        covers=["file:RWF_NOWAIT", "file:pwritev2"])  # fmt: skip
def test_rwf_nowait_does_not_wait_for_room(sockets, buffer):
    """A write with RWF_NOWAIT sends where there is room, and is EAGAIN where there is none."""
    left, right = sockets.pair(SOCK_STREAM)
    arguments = (left.fd, vector_of(buffer), 1, *HERE, RWF_NOWAIT)

    assert syscall.call("pwritev2", *arguments) == returned(8)
    while left.send(bytes(4096), MSG_DONTWAIT).ok:
        pass
    assert syscall.call("pwritev2", *arguments) == refused(EAGAIN)
    assert right.recv(bytearray(9), 8, MSG_DONTWAIT) == returned(8)


@clause(since="6.5", level="source", refs=["man:readv(2)", READ, NOWAIT], covers=["file:RWF_NOWAIT"])
def test_rwf_nowait_reads_what_is_there(sockets, buffer):
    """A read with RWF_NOWAIT takes what waits, and one of zero bytes is 0 though nothing waits."""
    left, right = sockets.pair(SOCK_DGRAM)

    assert syscall.call("preadv2", right.fd, None, 0, *HERE, RWF_NOWAIT) == SUCCESS
    left.must.send(b"data")
    assert syscall.call("preadv2", right.fd, vector_of(buffer), 1, *HERE, RWF_NOWAIT) == returned(4)


@clause(since="4.14", until="6.4", level="source", refs=["man:readv(2)", SOCKET_FILE])
def test_rwf_nowait_was_not_for_sockets(sockets, buffer):
    """Reads and writes with RWF_NOWAIT are EOPNOTSUPP, and move nothing, though they would not have to wait."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"data")
    vector = vector_of(buffer)

    results = [syscall.call(call, right.fd, vector, 1, *HERE, RWF_NOWAIT) for call in ("preadv2", "pwritev2")]

    assert results == [refused(EOPNOTSUPP)] * 2
    assert left.recv(bytearray(8), 8, MSG_DONTWAIT) == refused(EAGAIN)
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == returned(4)


@clause(since="4.6", level="documented", refs=["man:readv(2)", SOCKET_FILE], covers=["file:preadv2"])
def test_unknown_flag_of_preadv2_is_eopnotsupp(sockets, buffer):
    """A flag that no kernel knows is EOPNOTSUPP, and takes nothing; one without meaning for sockets is ignored."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"data")

    assert syscall.call("preadv2", right.fd, vector_of(buffer), 1, *HERE, RWF_UNKNOWN) == refused(EOPNOTSUPP)
    assert syscall.call("preadv2", right.fd, vector_of(buffer), 1, *HERE, RWF_HIPRI) == returned(4)


@clause(since="6.18", level="source", refs=["uapi:linux/fs.h", WRITE], covers=["file:RWF_NOSIGNAL", "msg:MSG_NOSIGNAL"])
@pytest.mark.parametrize(("flags", "signals"), [(0, {SIGPIPE}), (RWF_NOSIGNAL, set())], ids=["without", "with"])
def test_rwf_nosignal_keeps_sigpipe_away(sockets, buffer, flags, signals):
    """A write to a stream whose peer is closed is EPIPE; with RWF_NOSIGNAL it sends no SIGPIPE."""
    left, right = sockets.pair()
    right.close()

    def write():
        pthread_sigmask(SIG_BLOCK, [SIGPIPE])
        return syscall.call("pwritev2", left.fd, vector_of(buffer), 1, *HERE, flags), sigpending()

    assert process.in_child(write) == (refused(EPIPE), signals)
