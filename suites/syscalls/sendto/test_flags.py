"""sendto(2): the MSG_* flags."""

import ctypes
import signal
from errno import EPIPE

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.arrivals import drain
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    MSG_INTERNAL_SENDMSG_FLAGS,
    MSG_NOSIGNAL,
    MSG_SPLICE_PAGES,
    SHUT_WR,
    SOCK_STREAM,
)

GENERIC = "src:net/socket.c:__sys_sendto"


def send_in_child(sender, flags):
    """Send and return the result and how often SIGPIPE was handled."""
    handled = []
    signal.signal(signal.SIGPIPE, lambda number, _: handled.append(number))
    return by_sendto(sender.fd, b"data", flags), len(handled)


@clause(
    since="2.2",
    level="documented",
    refs=["man:send(2)", "src:net/unix/af_unix.c"],
    covers=["errno:EPIPE", "msg:MSG_NOSIGNAL"],
)
@pytest.mark.parametrize(("flags", "signals"), [(0, 1), (MSG_NOSIGNAL, 0)], ids=["signal", "nosignal"])
def test_a_closed_stream_raises_sigpipe_unless_told_not_to(sockets, flags, signals):
    """A send on a stream shut down for sending is EPIPE; SIGPIPE comes with it, but not with MSG_NOSIGNAL."""
    sender, _ = sockets.pair(SOCK_STREAM)
    assert process.in_child(send_in_child, sender, flags) == (returned(4), 0)

    sender.must.shutdown(SHUT_WR)

    assert process.in_child(send_in_child, sender, flags) == (refused(EPIPE), signals)


@clause(since="6.5", level="source", refs=[GENERIC, "src:include/linux/socket.h"])
def test_flags_of_the_kernel_itself_are_ignored(sockets):
    """The flags that only the kernel may set are ignored: with MSG_SPLICE_PAGES, too, a stream takes a copy."""
    sender, receiver = sockets.pair(SOCK_STREAM)
    data = (ctypes.c_char * 8192)(*[b"x"] * 8192)

    result = syscall.sendto(sender.fd, data, 8192, MSG_INTERNAL_SENDMSG_FLAGS | MSG_SPLICE_PAGES)
    ctypes.memset(data, ord("y"), 8192)

    assert result == returned(8192)
    assert b"".join(drain(receiver)) == b"x" * 8192
