"""io_uring(7): requests fail as the calls do."""

import os
import signal
from errno import (
    EBADF,
    ECONNREFUSED,
    EFAULT,
    EINVAL,
    EISCONN,
    ENOTCONN,
    ENOTSOCK,
    EOPNOTSUPP,
    EPIPE,
)

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.io_uring import Ring
from helpers.kinds import UNIX_DGRAM, UNIX_STREAM
from helpers.messages import Message
from helpers.net import addresses
from helpers.syscall import refused
from helpers.uapi import io_uring as uapi
from suites.io.io_uring.support import accept, bind, connect, listen, recv, recvmsg, send, sendmsg

REFS = ["man:io_uring(7)", "src:io_uring/net.c"]


@pytest.fixture
def ring():
    with Ring() as made:
        yield made


@clause(since="6.11", level="source", refs=REFS)
def test_refusals_are_those_of_the_calls(ring, sockets, loopback, memory):
    """What the calls refuse fails with the same errno as a request."""
    stream, other = UNIX_STREAM.open(sockets), UNIX_STREAM.named(sockets)
    datagram, (left, right) = UNIX_DGRAM.open(sockets), sockets.pair()
    name = addresses.abstract()

    assert connect(ring, stream, other[1]) == refused(ECONNREFUSED)
    assert connect(ring, stream, name, 1) == refused(EINVAL)
    assert connect(ring, stream, memory.unmapped, 20) == refused(EFAULT)
    assert connect(ring, left, UNIX_STREAM.ready(sockets)[1]) == refused(EISCONN)
    assert bind(ring, other[0], name) == refused(EINVAL)
    assert bind(ring, stream, memory.unmapped, 20) == refused(EFAULT)
    assert bind(ring, stream, name, 200) == refused(EINVAL)
    assert listen(ring, datagram, 1) == refused(EOPNOTSUPP)
    assert accept(ring, stream) == refused(EINVAL)
    assert accept(ring, datagram) == refused(EOPNOTSUPP)
    assert send(ring, datagram, b"x") == refused(ENOTCONN)
    assert recv(ring, stream, bytearray(1), 1) == refused(EINVAL)
    assert ring.call(uapi.IORING_OP_SEND, left.fd, addr=memory.unmapped, len=4) == refused(EFAULT)
    right.must.send(b"data")
    assert ring.call(uapi.IORING_OP_RECV, left.fd, addr=memory.unmapped, len=4) == refused(EFAULT)
    assert sendmsg(ring, left, memory.unmapped) == recvmsg(ring, left, memory.unmapped) == refused(EFAULT)


OPERATIONS = [
    uapi.IORING_OP_SEND, uapi.IORING_OP_RECV, uapi.IORING_OP_SENDMSG, uapi.IORING_OP_RECVMSG, uapi.IORING_OP_ACCEPT,
    uapi.IORING_OP_CONNECT, uapi.IORING_OP_SHUTDOWN, uapi.IORING_OP_BIND, uapi.IORING_OP_LISTEN,
]  # fmt: skip


@clause(since="6.11", level="source", refs=REFS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_no_socket_is_refused(ring, operation):
    """A descriptor that is closed is EBADF, one that is no socket ENOTSOCK, to each request."""
    reader, writer = os.pipe()
    fields = {uapi.IORING_OP_CONNECT: {"addr": addresses.abstract(), "off": 12}}.get(operation, {})
    fields = {uapi.IORING_OP_BIND: {"addr": addresses.abstract(), "off": 12}}.get(operation, fields)
    if operation in (uapi.IORING_OP_SENDMSG, uapi.IORING_OP_RECVMSG):
        fields = {"addr": Message([b"x"]).header, "len": 1}
    try:
        results = [ring.call(operation, fd, **fields) for fd in (-1, 1 << 20, writer)]
    finally:
        os.close(reader)
        os.close(writer)

    assert results == [refused(EBADF), refused(EBADF), refused(ENOTSOCK)]


@clause(since="5.6", level="source", refs=["man:io_uring(7)", "src:io_uring/net.c:io_sendmsg_prep"])
@pytest.mark.parametrize("way", ["send", "sendmsg"])
def test_send_to_a_closed_peer_raises_no_signal(sockets, way):
    """A send by a request to a peer that is gone is EPIPE without SIGPIPE."""
    left, right = sockets.pair()
    right.must.close()

    def run():
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        with Ring() as ring:
            return send(ring, left, b"x") if way == "send" else sendmsg(ring, left, Message([b"x"]).header)

    assert process.in_child(run) == refused(EPIPE)
