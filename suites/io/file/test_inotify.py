"""inotify(7) on a socket: events for reads, writes, attributes and the close."""

import ctypes
import os

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.sockets import must
from helpers.uapi.inotify import IN_ACCESS, IN_ATTRIB, IN_CLOSE_WRITE, IN_MODIFY, inotify_event
from helpers.uapi.socket import SOCK_STREAM

ALL = IN_ACCESS | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE


@pytest.fixture
def watch(sockets):
    """A function that watches a socket and returns one for the events since its last call."""
    fd = sockets.adopt(must(syscall.call("inotify_init1", os.O_CLOEXEC | os.O_NONBLOCK), "inotify_init1")).fd

    def start(socket):
        path = f"/proc/self/fd/{socket.fd}".encode() + b"\0"
        must(syscall.call("inotify_add_watch", fd, path, ALL), "inotify_add_watch")

        def told():
            try:
                data = os.read(fd, 4096)
            except BlockingIOError:
                return []
            size = ctypes.sizeof(inotify_event)
            return [inotify_event.from_buffer_copy(data, at).mask for at in range(0, len(data), size)]

        return told

    return start


@clause(since="2.6.13", level="source", refs=["man:inotify(7)", "src:net/socket.c:sock_alloc_file"],
        covers=["file:inotify"])  # fmt: skip
def test_file_calls_on_a_socket_are_told(sockets, watch):
    """A read, a write, a new mode and the close of a socket are reported as of any file; a message sent is not."""
    left, right = sockets.pair(SOCK_STREAM)
    told = watch(left)
    right.must.send(b"data")
    left.must.send(b"data")
    seen = [told()]

    os.write(left.fd, b"x")
    seen.append(told())
    os.read(left.fd, 8)
    seen.append(told())
    os.fchmod(left.fd, 0o600)
    seen.append(told())
    left.close()
    seen.append(told())

    assert seen == [[], [IN_MODIFY], [IN_ACCESS], [IN_ATTRIB], [IN_CLOSE_WRITE]]
