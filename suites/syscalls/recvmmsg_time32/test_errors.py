"""recvmmsg(2) through the 32-bit entry: errors before, at and after the first message, and waiting."""

import os
from errno import EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINTR, EINVAL, EMSGSIZE, ENETDOWN, ENOTCONN, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import unconnected_kinds
from helpers import process, syscall
from helpers.compat_messages import CompatMessage, vector
from helpers.interruption import Interrupted
from helpers.messages import UNTOUCHED, lengths
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.pending_errors import down, refused_udp
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.time32 import recvmmsg_time32
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_WAITFORONE, SOCK_RAW, UIO_MAXIOV

LOOP = "src:net/socket.c:do_recvmmsg"
COMPAT = "src:net/compat.c:__get_compat_msghdr"
NAME = "recvmmsg_time32"


@pytest.fixture
def recvmmsg(lowmem):
    """The call itself, where the kernel has it."""
    return recvmmsg_time32()


def entries_for(lowmem, count):
    return vector(lowmem, [CompatMessage(lowmem, [64]) for _ in range(count)])


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize(("what", "errno"), [("negative", EBADF), ("path", EBADF), ("pipe", ENOTSOCK)])
def test_refuses_what_is_no_socket(sockets, lowmem, recvmmsg, what, errno):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF, another file ENOTSOCK."""
    _, receiver = messages_for(sockets, b"datagram")
    reader, writer = os.pipe()
    path = syscall.open_path(f"/proc/self/fd/{receiver.fd}")
    entries = entries_for(lowmem, 1)

    result = recvmmsg({"negative": -1, "path": path, "pipe": reader}[what], entries, 1, MSG_DONTWAIT)

    for fd in (reader, writer, path):
        os.close(fd)
    assert result == refused(errno)
    assert recvmmsg(receiver.fd, entries, 1, MSG_DONTWAIT) == returned(1)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)"], covers=["errno:ENOTCONN"])
@unconnected_kinds
def test_refuses_to_receive_without_a_connection_with_enotconn(sockets, lowmem, recvmmsg, kind):
    """A connection-oriented socket that is not connected does not wait: ENOTCONN, though it blocks."""
    assert recvmmsg(kind.open(sockets).fd, entries_for(lowmem, 1), 1) == refused(ENOTCONN)


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:recvmmsg(2)", "man:udp(7)", "man:packet(7)", LOOP],
    covers=["errno:ECONNREFUSED", "errno:ENETDOWN", "errno:EAGAIN"],
)
@pytest.mark.parametrize(
    ("socket_with", "errno"), [(refused_udp, ECONNREFUSED), (down, ENETDOWN)], ids=["ECONNREFUSED", "ENETDOWN"]
)
def test_a_pending_error_is_reported_once_and_first(request, lowmem, recvmmsg, socket_with, errno):
    """An error that came from the network is reported by the next call, even one with vlen 0, and by that one only."""
    socket = socket_with(request.getfixturevalue("loopback" if socket_with is refused_udp else "sockets"))
    entries = entries_for(lowmem, 1)

    results = [recvmmsg(socket.fd, entries, count, MSG_DONTWAIT) for count in (0, 1)]

    assert results == [refused(errno), refused(EAGAIN)]


def spoil(entry, errno, lowmem):
    """Break an entry so that receiving into it is refused before a message is taken."""
    if errno == EMSGSIZE:
        entry.msg_hdr.msg_iovlen = UIO_MAXIOV + 1
    elif errno == EINVAL:
        entry.msg_hdr.msg_name, entry.msg_hdr.msg_namelen = entry.msg_hdr.msg_iov, -1
    else:
        entry.msg_hdr.msg_iov = lowmem.unmapped


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:recvmmsg(2)", LOOP, COMPAT],
    covers=["errno:EFAULT", "errno:EINVAL", "errno:EMSGSIZE"],
)
@pytest.mark.parametrize("errno", [EFAULT, EINVAL, EMSGSIZE], ids=["EFAULT", "EINVAL", "EMSGSIZE"])
def test_an_error_is_returned_at_once_or_by_the_next_call(sockets, lowmem, recvmmsg, errno):
    """An error at the first entry is returned; after messages their number is, and the error by the next call."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries = entries_for(lowmem, 2)
    spoil(entries[1], errno, lowmem)
    broken = entries_for(lowmem, 1)
    spoil(broken[0], errno, lowmem)

    results = [recvmmsg(receiver.fd, *call, MSG_DONTWAIT) for call in ((broken, 1), (entries, 2), (entries, 1))]
    last = recvmmsg(receiver.fd, entries, 1, MSG_DONTWAIT)

    assert [*results, last] == [refused(errno), returned(1), refused(errno), returned(1)]
    assert lengths(entries) == [2, UNTOUCHED]


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EINVAL", "msg:MSG_OOB"])
def test_a_packet_socket_refuses_other_flags_with_einval(loopback, lowmem, recvmmsg):
    """Flags that packet sockets do not support are EINVAL; the frame stays in the queue."""
    socket = queued(loopback, frames.ethernet())
    entries = entries_for(lowmem, 1)

    result = recvmmsg(socket.fd, entries, 1, MSG_OOB | MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert recvmmsg(socket.fd, entries, 1, MSG_DONTWAIT) == returned(1)


@clause(since="2.6.34", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_WAITFORONE"])
@pytest.mark.parametrize(("flags", "count"), [(0, 1), (MSG_WAITFORONE, 2)], ids=["plain", "MSG_WAITFORONE"])
def test_waits_for_a_frame(loopback, lowmem, recvmmsg, flags, count):
    """The call blocks until vlen frames have come, or with MSG_WAITFORONE one."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    entries = entries_for(lowmem, 2)

    with process.start(lambda: (recvmmsg(socket.fd, entries, count, flags), lengths(entries))) as child:
        child.wait_blocked(NAME)
        loopback.inject(frames.ethernet())

        assert child.result() == (returned(1), [46, UNTOUCHED])


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:signal(7)", LOOP], covers=["errno:EINTR"])
@pytest.mark.parametrize(
    ("queue", "expected"), [([], refused(EINTR)), ([b"1"], returned(1))], ids=["nothing", "one-message"]
)
def test_a_signal_handler_ends_the_wait(sockets, lowmem, recvmmsg, queue, expected):
    """A handler without SA_RESTART ends a call with the number of messages it has, with EINTR if it has none."""
    _, receiver = messages_for(sockets, *queue)
    entries = entries_for(lowmem, 2)

    with Interrupted(lambda: recvmmsg(receiver.fd, entries, 2), restart=False) as blocked:
        blocked.interrupt(NAME)

        assert blocked.result() == expected
