"""recvfrom(2): descriptors that cannot receive, and pending errors."""

import os
from errno import EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINVAL, ENOTCONN, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds, unconnected_kinds
from helpers import syscall
from helpers.kinds import INET6_UDP, INET_UDP
from helpers.memory import Buffer
from helpers.pending_errors import refused_udp
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, SOCK_STREAM

GENERIC = "src:net/socket.c:__sys_recvfrom"


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
    """A descriptor of something other than a socket is ENOTSOCK, even if it can be read."""
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
    """The buffer's address is checked first: EFAULT, where a good one is EBADF."""
    buffer = Buffer(16)

    result = syscall.recvfrom(-1, memory.KERNEL, 16)

    assert result == refused(EFAULT)
    assert syscall.recvfrom(-1, buffer.array, 16) == refused(EBADF)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"], covers=["errno:ENOTCONN"])
@unconnected_kinds
def test_refuses_to_receive_without_a_connection_with_enotconn(sockets, kind):
    """A connection-oriented socket that is not connected does not wait: ENOTCONN, though it blocks."""
    socket = kind.open(sockets)

    assert socket.recvfrom(Buffer(16).array, 16) == refused(ENOTCONN)


@clause(
    since="2.2",
    level="disputed",
    refs=["man:recvfrom(2)", "src:net/unix/af_unix.c:unix_stream_read_generic"],
    covers=["errno:EINVAL"],
)
def test_an_unconnected_unix_stream_is_einval(sockets):
    """A stream socket of AF_UNIX that is not connected fails with EINVAL.

    recv(2) says ENOTCONN for every connection-oriented protocol; the kernel has always returned EINVAL here.
    """
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    assert socket.recvfrom(Buffer(16).array, 16) == refused(EINVAL)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:udp(7)"], covers=["errno:ECONNREFUSED"])
@of_kinds(INET_UDP, INET6_UDP)
def test_an_icmp_refusal_is_reported_once(loopback, kind):
    """An ICMP error for a port that is not in use is reported as ECONNREFUSED, once."""
    socket = refused_udp(loopback, kind)
    buffer = Buffer(16)

    results = [socket.recvfrom(buffer.array, 16, MSG_DONTWAIT) for _ in range(2)]

    assert results == [refused(ECONNREFUSED), refused(EAGAIN)]
    assert buffer.untouched()
