"""recvmmsg(2): errors before, at and after the first message."""

import os
from errno import EAGAIN, EBADF, ECONNREFUSED, EINVAL, ENETDOWN, ENOTCONN, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import unconnected_kinds
from helpers import syscall
from helpers.messages import UNTOUCHED, Message, vector
from helpers.net import frames
from helpers.pending_errors import down, refused_udp
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    MSG_CMSG_COMPAT,
    MSG_DONTWAIT,
    MSG_ERRQUEUE,
    MSG_OOB,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ERROR

LOOP = "src:net/socket.c:do_recvmmsg"


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:open(2)", LOOP], covers=["errno:EBADF"])
@pytest.mark.parametrize(("how", "count"), [("negative", 0), ("negative", 1), ("path", 1)])
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, how, count):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF, whatever vlen is."""
    _, receiver = messages_for(sockets, b"datagram")
    path = syscall.open_path(f"/proc/self/fd/{receiver.fd}")
    entries = vector([Message([16])])

    result = syscall.recvmmsg(-1 if how == "negative" else path, entries, count, MSG_DONTWAIT)

    os.close(path)
    assert result == refused(EBADF)
    assert entries[0].msg_len == UNTOUCHED
    assert receiver.recvmmsg(entries, 1, MSG_DONTWAIT) == returned(1)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["errno:ENOTSOCK"])
def test_refuses_what_is_no_socket_with_enotsock():
    """A descriptor of something other than a socket is ENOTSOCK."""
    reader, writer = os.pipe()
    entries = vector([Message([16])])

    result = syscall.recvmmsg(reader, entries, 1)

    os.close(reader)
    os.close(writer)
    assert result == refused(ENOTSOCK)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)"], covers=["errno:ENOTCONN"])
@unconnected_kinds
def test_refuses_to_receive_without_a_connection_with_enotconn(sockets, kind):
    """A connection-oriented socket that is not connected does not wait: ENOTCONN, though it blocks."""
    entries = vector([Message([16])])

    assert kind.open(sockets).recvmmsg(entries, 1) == refused(ENOTCONN)


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:recvmmsg(2)", "man:udp(7)", "man:packet(7)", LOOP],
    covers=["errno:ECONNREFUSED", "errno:ENETDOWN", "errno:EAGAIN"],
)
@pytest.mark.parametrize(
    ("socket_with", "errno", "count"),
    [(refused_udp, ECONNREFUSED, 1), (down, ENETDOWN, 1), (down, ENETDOWN, 0)],
    ids=["ECONNREFUSED", "ENETDOWN", "ENETDOWN-vlen-0"],
)
def test_a_pending_error_is_reported_once_and_first(request, socket_with, errno, count):
    """An error that came from the network is reported by the next call, even one with vlen 0, and by that one only."""
    socket = socket_with(request.getfixturevalue("loopback" if socket_with is refused_udp else "sockets"))
    entries = vector([Message([16])])

    results = [socket.recvmmsg(entries, number, MSG_DONTWAIT) for number in (count, 1)]

    assert results == [refused(errno), refused(EAGAIN)]
    assert entries[0].msg_len == UNTOUCHED


@clause(since="2.6.33", level="source", refs=[LOOP])
def test_a_pending_error_is_reported_before_queued_frames(loopback):
    """When its link went down a packet socket reports ENETDOWN, then returns the frames that came before."""
    socket = queued(loopback, frames.ethernet(), frames.ethernet())
    loopback.links.set("lo", state="down")
    entries = vector([Message([64]), Message([64])])

    results = [socket.recvmmsg(entries, 2, MSG_DONTWAIT) for _ in range(2)]

    assert results == [refused(ENETDOWN), returned(2)]


@clause(since="4.17", level="source", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_ERRQUEUE", "errno:EAGAIN"])
def test_the_error_queue_is_read_without_taking_the_pending_error(sockets):
    """With MSG_ERRQUEUE the pending error of the socket is neither reported nor cleared."""
    socket = down(sockets)
    entries = vector([Message([16])])

    result = socket.recvmmsg(entries, 1, MSG_ERRQUEUE)

    assert result == refused(EAGAIN)
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN


@clause(since="2.6.33", level="source", refs=[LOOP], covers=["errno:EINVAL", "msg:MSG_CMSG_COMPAT"])
@pytest.mark.parametrize("flag", [MSG_OOB, MSG_CMSG_COMPAT], ids=["MSG_OOB", "MSG_CMSG_COMPAT"])
def test_a_packet_socket_refuses_other_flags_with_einval(loopback, flag):
    """Flags that packet sockets do not support, and the kernel's own, are EINVAL; the frame stays in the queue."""
    socket = queued(loopback, frames.ethernet())
    entries = vector([Message([64])])

    result = socket.recvmmsg(entries, 1, flag | MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert socket.recvmmsg(entries, 1, MSG_DONTWAIT) == returned(1)
