"""recvmsg(2): descriptors that cannot receive, pending errors, and which error takes precedence."""

import os
from errno import EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINVAL, EMSGSIZE, ENETDOWN, ENOTCONN, ENOTSOCK

import pytest

from fixtures.clauses import clause
from fixtures.parameters import unconnected_kinds
from helpers import syscall
from helpers.messages import Message
from helpers.pending_errors import down, refused_udp
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import MSG_DONTWAIT, UIO_MAXIOV, msghdr

GENERIC = "src:net/socket.c:__sys_recvmsg"
INNER = "src:net/socket.c:____sys_recvmsg"
HEADER = "src:net/socket.c:__copy_msghdr"


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:open(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("how", ["negative", "path"])
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, how):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF."""
    _, receiver = messages_for(sockets, b"datagram")
    path = syscall.open_path(f"/proc/self/fd/{receiver.fd}")
    message = Message([16], control=32)

    result = syscall.recvmsg(-1 if how == "negative" else path, message.header, MSG_DONTWAIT)

    os.close(path)
    assert result == refused(EBADF)
    assert message.data(16) == b"\xa5" * 16
    assert syscall.recvmsg(receiver.fd, message.header, MSG_DONTWAIT) == returned(8)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", GENERIC], covers=["errno:ENOTSOCK"])
def test_refuses_what_is_no_socket_with_enotsock():
    """A descriptor of something other than a socket is ENOTSOCK, even if it can be read."""
    reader, writer = os.pipe()
    os.write(writer, b"data")
    message = Message([16])

    result = syscall.recvmsg(reader, message.header)

    assert result == refused(ENOTSOCK)
    assert os.read(reader, 16) == b"data"
    os.close(reader)
    os.close(writer)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)"], covers=["errno:ENOTCONN"])
@unconnected_kinds
def test_refuses_to_receive_without_a_connection_with_enotconn(sockets, kind):
    """A connection-oriented socket that is not connected does not wait: ENOTCONN, though it blocks."""
    message = Message([16])

    assert kind.open(sockets).recvmsg(message.header) == refused(ENOTCONN)


@clause(
    since="2.2",
    level="documented",
    refs=["man:recvmsg(2)", "man:udp(7)", "man:packet(7)", INNER],
    covers=["errno:ECONNREFUSED", "errno:ENETDOWN", "errno:EAGAIN"],
)
@pytest.mark.parametrize(
    ("socket_with", "errno"), [(refused_udp, ECONNREFUSED), (down, ENETDOWN)], ids=["ECONNREFUSED", "ENETDOWN"]
)
def test_a_pending_error_is_reported_once(request, socket_with, errno):
    """An error that came from the network is reported by the next call, and by that one only."""
    socket = socket_with(request.getfixturevalue("loopback" if socket_with is refused_udp else "sockets"))
    message = Message([16], sockaddr_ll(), control=32)
    before = bytes(message.header)

    results = [socket.recvmsg(message.header, MSG_DONTWAIT) for _ in range(2)]

    assert results == [refused(errno), refused(EAGAIN)]
    assert bytes(message.header) == before


def broken(*faults):
    """Return a header with the *faults*; the leftmost is the one reported."""
    message = Message([16], sockaddr_ll())
    if "name" in faults:
        message.header.msg_namelen = -1
    if "count" in faults:
        message.header.msg_iovlen = UIO_MAXIOV + 1
    if "vector" in faults:
        message.header.msg_iov = None
    return message.header


@clause(since="2.2", level="source", refs=[GENERIC, HEADER, INNER])
@pytest.mark.parametrize(
    ("faults", "errno"),
    [
        (("descriptor", "header"), EBADF),
        (("pipe", "header"), ENOTSOCK),
        (("name", "count", "vector"), EINVAL),
        (("count", "vector"), EMSGSIZE),
        (("vector", "pending"), EFAULT),
        (("pending",), ENETDOWN),
    ],
    ids=lambda value: "-then-".join(value) if isinstance(value, tuple) else "",
)
def test_the_first_mistake_in_order_is_reported(sockets, faults, errno):
    """Errors take precedence in this order: descriptor, header, name length, buffer count, buffers, pending error."""
    reader, writer = os.pipe()
    header: msghdr | None = None if "header" in faults else broken(*faults)
    fd = {"descriptor": -1, "pipe": reader}.get(faults[0]) or down(sockets).fd

    result = syscall.recvmsg(fd, header, MSG_DONTWAIT)

    os.close(reader)
    os.close(writer)
    assert result == refused(errno)
