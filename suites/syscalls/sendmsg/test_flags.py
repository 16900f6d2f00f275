"""sendmsg(2): the flags of the call and of the header, and O_NONBLOCK."""

import ctypes
from errno import EAGAIN, EINVAL

from fixtures.clauses import clause, not_applicable
from helpers import syscall
from helpers.arrivals import drain
from helpers.full_queues import fill
from helpers.kernel import has_compat_callers
from helpers.memory import PATTERN
from helpers.messages import Message
from helpers.syscall import refused, returned
from helpers.tcp import tcp_segments
from helpers.uapi.socket import (
    MSG_CMSG_COMPAT,
    MSG_EOR,
    MSG_INTERNAL_SENDMSG_FLAGS,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_SNDBUF

GENERIC = "src:net/socket.c:____sys_sendmsg"
NO_COMPAT = "this kernel has no 32-bit callers (CONFIG_COMPAT), and no such flag"


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", GENERIC])
def test_the_flags_of_the_header_do_not_count(sockets, loopback):
    """msg_flags is ignored, every bit of it; TCP's MSG_EOR is nothing there."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    message = Message([b"data"], flags=0xFFFFFFFF)

    def send(fd):
        for data in (b"1", b"2"):
            assert syscall.sendmsg(fd, Message([data], flags=MSG_EOR).header) == returned(1)

    assert sender.sendmsg(message.header) == returned(4)
    assert drain(receiver) == [b"data"]
    assert tcp_segments(loopback, send) == 1


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", GENERIC], covers=["errno:EAGAIN"])
def test_o_nonblock_does_not_wait(sockets):
    """On a descriptor with O_NONBLOCK a full send buffer is EAGAIN, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM | SOCK_NONBLOCK)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    sent = fill(sender)
    message = Message([b"data"])

    assert sender.sendmsg(message.header) == refused(EAGAIN)
    assert drain(receiver) == sent
    assert sender.sendmsg(message.header) == returned(4)


@clause(
    since="3.10",
    level="source",
    refs=["src:net/socket.c:__sys_sendmsg"],
    covers=["errno:EINVAL", "msg:MSG_CMSG_COMPAT"],
)
def test_msg_cmsg_compat_is_refused(sockets):
    """MSG_CMSG_COMPAT, which stands for a 32-bit caller, is refused with EINVAL before the descriptor is looked at."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    message = Message([b"data"])
    if not has_compat_callers():
        assert sender.sendmsg(message.header, MSG_CMSG_COMPAT) == returned(4)
        not_applicable(NO_COMPAT)

    assert sender.sendmsg(message.header, MSG_CMSG_COMPAT) == refused(EINVAL)
    assert syscall.sendmsg(-1, message.header, MSG_CMSG_COMPAT) == refused(EINVAL)
    assert sender.sendmsg(message.header) == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="6.5", level="source", refs=[GENERIC, "src:include/linux/socket.h"])
def test_flags_of_the_kernel_itself_are_ignored(sockets):
    """The flags that only the kernel may set are ignored: with MSG_SPLICE_PAGES, too, a stream takes a copy."""
    sender, receiver = sockets.pair(SOCK_STREAM)
    message = Message([b"x" * 4096, b"x" * 4096])

    result = sender.sendmsg(message.header, MSG_INTERNAL_SENDMSG_FLAGS)
    for buffer in message.buffers:
        ctypes.memset(buffer, PATTERN, ctypes.sizeof(buffer))

    assert result == returned(8192)
    assert b"".join(drain(receiver)) == b"x" * 8192
