"""sendfile(2) into a socket."""

import ctypes
import os
from errno import EINVAL, ESPIPE

import pytest

from fixtures.clauses import clause
from helpers import syscall, wait
from helpers.kinds import INET_UDP
from helpers.net import frames
from helpers.syscall import refused, returned
from suites.io.splice.support import received

READ, WRITE = "src:net/socket.c:sock_splice_read", "src:fs/splice.c:splice_to_socket"
END = "src:net/socket.c:sock_splice_eof"


@pytest.fixture
def file(sockets):
    """A file of 26 bytes."""
    fd = sockets.adopt(os.memfd_create("file")).fd
    os.write(fd, b"abcdefghijklmnopqrstuvwxyz")
    return fd


@clause(since="2.6.33", level="documented", refs=["man:sendfile(2)", WRITE], covers=["file:sendfile"])
@pytest.mark.parametrize("kind", ["unix", "packet"])
def test_sendfile_sends_a_part_of_a_file(loopback, sockets, file, kind):
    """sendfile(2) sends as many bytes as requested from the offset on, and moves the offset, not the file's own."""
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
def test_sendfile_beyond_the_end_sends_what_there_is(loopback, sockets, file):
    """A sendfile of more than the file holds sends what it holds, at once: it does not wait for the rest."""
    left, right = INET_UDP.pair(sockets, loopback.namespace)
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
