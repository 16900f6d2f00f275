"""recvfrom(2): descriptors that cannot receive, and errors that wait in a socket."""

import os
from errno import EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINVAL, ENETDOWN, ENOTCONN, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds, unconnected_kinds
from helpers import syscall
from helpers.kinds import INET6_UDP, INET_UDP
from helpers.memory import Buffer
from helpers.net import frames
from helpers.pending_errors import down, refused_udp
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, MSG_ERRQUEUE, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

GENERIC = "src:net/socket.c:__sys_recvfrom"
PACKET = "src:net/packet/af_packet.c:packet_notifier"


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:open(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("how", ["negative", "closed", "path"])
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, how):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF."""
    _, receiver = messages_for(sockets, b"datagram")
    opened = syscall.open_path(f"/proc/self/fd/{receiver.fd}")
    if how == "closed":
        os.close(opened)
    buffer = Buffer(16)

    result = syscall.recvfrom(-1 if how == "negative" else opened, buffer.array, 16, MSG_DONTWAIT)

    if how != "closed":
        os.close(opened)
    assert result == refused(EBADF)
    assert buffer.untouched()
    assert syscall.recvfrom(receiver.fd, buffer.array, 16, MSG_DONTWAIT) == returned(8)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", GENERIC], covers=["errno:ENOTSOCK"])
def test_refuses_what_is_no_socket_with_enotsock():
    """A descriptor of something else than a socket is ENOTSOCK, even if it can be read."""
    reader, writer = os.pipe()
    os.write(writer, b"data")
    buffer = Buffer(16)

    result = syscall.recvfrom(reader, buffer.array, 16)

    assert result == refused(ENOTSOCK)
    assert buffer.untouched()
    assert os.read(reader, 16) == b"data"
    os.close(reader)
    os.close(writer)


@clause(since="2.2", level="source", refs=[GENERIC], covers=["errno:EFAULT"])
def test_a_buffer_outside_user_space_is_reported_before_the_descriptor(memory):
    """The buffer's address is looked at first: EFAULT, where a good one is EBADF."""
    buffer = Buffer(16)

    result = syscall.recvfrom(-1, memory.KERNEL, 16)

    assert result == refused(EFAULT)
    assert syscall.recvfrom(-1, buffer.array, 16) == refused(EBADF)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"], covers=["errno:ENOTCONN"])
@unconnected_kinds
def test_refuses_to_receive_without_a_connection_with_enotconn(sockets, kind):
    """A connection-oriented socket that is not connected has nothing to wait for: ENOTCONN, though it blocks."""
    socket = kind.open(sockets)

    assert socket.recvfrom(Buffer(16).array, 16) == refused(ENOTCONN)


@clause(
    since="2.2",
    level="disputed",
    refs=["man:recvfrom(2)", "src:net/unix/af_unix.c:unix_stream_read_generic"],
    covers=["errno:EINVAL"],
)
def test_an_unconnected_unix_stream_is_einval(sockets):
    """A stream socket of AF_UNIX that is not connected answers EINVAL.

    recv(2) says ENOTCONN for every connection-oriented protocol; the kernel has always answered EINVAL here.
    """
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    assert socket.recvfrom(Buffer(16).array, 16) == refused(EINVAL)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:udp(7)"], covers=["errno:ECONNREFUSED"])
@of_kinds(INET_UDP, INET6_UDP)
def test_an_icmp_refusal_is_reported_once(loopback, kind):
    """ECONNREFUSED tells that the peer's port is not in use, once."""
    socket = refused_udp(loopback, kind)
    buffer = Buffer(16)

    results = [socket.recvfrom(buffer.array, 16, MSG_DONTWAIT) for _ in range(2)]

    assert results == [refused(ECONNREFUSED), refused(EAGAIN)]
    assert buffer.untouched()


@clause(since="2.2", level="documented", refs=["man:packet(7)", PACKET], covers=["errno:ENETDOWN", "errno:EAGAIN"])
def test_a_link_that_goes_down_is_reported_once_and_before_the_queue(loopback):
    """When its link goes down a packet socket answers ENETDOWN once, then gives the frames that came before."""
    frame = frames.ethernet()
    socket = queued(loopback, frame)
    loopback.links.set("lo", state="down")
    buffer = Buffer(46)

    results = [socket.recvfrom(buffer.array, 46, MSG_DONTWAIT) for _ in range(3)]

    assert results == [refused(ENETDOWN), returned(46), refused(EAGAIN)]
    assert bytes(buffer) == frame.data


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_recvmsg"])
def test_the_error_queue_is_read_without_taking_the_pending_error(sockets):
    """MSG_ERRQUEUE neither reports nor clears the error that is pending in the socket."""
    socket = down(sockets)

    result = socket.recvfrom(Buffer(16).array, 16, MSG_ERRQUEUE)

    assert result == refused(EAGAIN)
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN
