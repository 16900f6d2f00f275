"""recv(2), which 64-bit tables lack: reached through the 32-bit entry, as socketcall's SYS_RECV."""

import os
from errno import EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINVAL, ENETDOWN, ENOTCONN, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import unconnected_kinds
from helpers import syscall
from helpers.compat32 import SocketCall
from helpers.net import frames
from helpers.pending_errors import down, refused_udp
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RECV = "src:net/socket.c:__sys_recvfrom"
COMPAT = "src:net/compat.c:__compat_sys_recvfrom"
ROOM = 200


def room(lowmem):
    """Return the address of 200 bytes 0xA5."""
    return lowmem.place(b"\xa5" * ROOM)


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:packet(7)", RECV, COMPAT])
@pytest.mark.parametrize(
    ("kind", "start"),
    [(SOCK_RAW, 0), (SOCK_DGRAM, ETH_HLEN), (SOCK_PACKET, 0)],
    ids=["raw", "dgram", "packet"],
)
def test_returns_one_frame_and_its_length(loopback, lowmem, kind, start):
    """A frame is returned whole, for SOCK_DGRAM without its link header, and nothing beyond it is written."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame, kind=kind)
    buffer = room(lowmem)

    result = SocketCall.recv(socket.fd, buffer, ROOM)

    assert result == returned(100 - start)
    assert lowmem.read(buffer, ROOM) == frame.data[start:].ljust(ROOM, b"\xa5")
    assert SocketCall.recv(socket.fd, buffer, ROOM, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:recv(2)", RECV], covers=["msg:MSG_TRUNC", "msg:MSG_PEEK"])
@pytest.mark.parametrize(
    ("flags", "value", "kept"),
    [(0, 40, False), (MSG_TRUNC, 100, False), (MSG_PEEK, 40, True), (MSG_PEEK | MSG_TRUNC, 100, True)],
    ids=["plain", "MSG_TRUNC", "MSG_PEEK", "both"],
)
def test_a_frame_is_cut_to_the_buffer_as_the_flags_say(loopback, lowmem, flags, value, kept):
    """A frame is truncated to the buffer; MSG_TRUNC returns its full length, MSG_PEEK leaves it in the queue."""
    frame = frames.ethernet(size=100)
    socket = queued(loopback, frame)
    buffer = room(lowmem)

    result = SocketCall.recv(socket.fd, buffer, 40, flags)

    assert result == returned(value)
    assert lowmem.read(buffer, ROOM) == frame.data[:40].ljust(ROOM, b"\xa5")
    again = SocketCall.recv(socket.fd, buffer, ROOM, MSG_DONTWAIT)
    assert again == (returned(100) if kept else refused(EAGAIN))


@clause(since="2.2", level="documented", refs=["man:recv(2)", RECV], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize(("what", "errno"), [("negative", EBADF), ("path", EBADF), ("pipe", ENOTSOCK)])
def test_refuses_what_is_no_socket(sockets, lowmem, what, errno):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF, another file ENOTSOCK."""
    _, receiver = messages_for(sockets, b"datagram")
    reader, writer = os.pipe()
    path = syscall.open_path(f"/proc/self/fd/{receiver.fd}")
    buffer = room(lowmem)

    result = SocketCall.recv({"negative": -1, "path": path, "pipe": reader}[what], buffer, 16, MSG_DONTWAIT)

    for fd in (reader, writer, path):
        os.close(fd)
    assert result == refused(errno)
    assert SocketCall.recv(receiver.fd, buffer, 16, MSG_DONTWAIT) == returned(8)


@clause(since="2.2", level="documented", refs=["man:recv(2)", RECV], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["null", "unmapped", "readonly", "straddling"])
def test_refuses_a_buffer_that_cannot_be_written_with_efault(loopback, lowmem, how):
    """A frame that cannot be written to the buffer is EFAULT, and that frame alone is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    places = {
        "null": lambda: None,
        "unmapped": lambda: lowmem.unmapped,
        "readonly": lambda: lowmem.readonly(bytes(46)),
        "straddling": lambda: lowmem.guarded(45),
    }
    buffer = room(lowmem)

    result = SocketCall.recv(socket.fd, places[how](), 46)

    assert result == refused(EFAULT)
    assert SocketCall.recv(socket.fd, buffer, ROOM, MSG_DONTWAIT) == returned(46)
    assert lowmem.read(buffer, 46) == second.data


@clause(since="2.2", level="source", refs=["man:recv(2)", RECV], covers=["errno:EINVAL", "msg:MSG_OOB"])
def test_a_packet_socket_refuses_other_flags_with_einval(loopback, lowmem):
    """Flags that packet sockets do not support are EINVAL, and the frame stays in the queue."""
    socket = queued(loopback, frames.ethernet())
    buffer = room(lowmem)

    result = SocketCall.recv(socket.fd, buffer, ROOM, MSG_OOB | MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert SocketCall.recv(socket.fd, buffer, ROOM, MSG_DONTWAIT) == returned(46)


@clause(since="2.2", level="documented", refs=["man:recv(2)"], covers=["errno:ENOTCONN"])
@unconnected_kinds
def test_refuses_to_receive_without_a_connection_with_enotconn(sockets, lowmem, kind):
    """A connection-oriented socket that is not connected does not wait: ENOTCONN, though it blocks."""
    assert SocketCall.recv(kind.open(sockets).fd, room(lowmem), ROOM) == refused(ENOTCONN)


@clause(
    since="2.2",
    level="documented",
    refs=["man:recv(2)", "man:udp(7)", "man:packet(7)", RECV],
    covers=["errno:ECONNREFUSED", "errno:ENETDOWN", "errno:EAGAIN"],
)
@pytest.mark.parametrize(
    ("socket_with", "errno"), [(refused_udp, ECONNREFUSED), (down, ENETDOWN)], ids=["ECONNREFUSED", "ENETDOWN"]
)
def test_a_pending_error_is_reported_once(request, lowmem, socket_with, errno):
    """An error that came from the network is reported by the next call, and by that one only."""
    socket = socket_with(request.getfixturevalue("loopback" if socket_with is refused_udp else "sockets"))
    buffer = room(lowmem)

    results = [SocketCall.recv(socket.fd, buffer, ROOM, MSG_DONTWAIT) for _ in range(2)]

    assert results == [refused(errno), refused(EAGAIN)]
    assert lowmem.read(buffer, ROOM) == b"\xa5" * ROOM
