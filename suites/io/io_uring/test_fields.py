"""io_uring(7): fields of a request that have to be zero."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.io_uring import Ring
from helpers.messages import Message
from helpers.net import addresses
from helpers.syscall import refused
from helpers.uapi import io_uring as uapi
from helpers.uapi.socket import AF_UNIX, SHUT_WR, SOCK_CLOEXEC, SOCK_STREAM

UNUSED = {
    "shutdown": (uapi.IORING_OP_SHUTDOWN, ("off", "addr", "rw_flags", "buf_index", "file_index"), {"len": SHUT_WR}),
    "sendmsg": (uapi.IORING_OP_SENDMSG, ("off", "file_index"), {"len": 1}),
    "recvmsg": (uapi.IORING_OP_RECVMSG, ("off", "file_index"), {"len": 1}),
    "recv": (uapi.IORING_OP_RECV, ("off", "file_index"), {"addr": bytearray(4), "len": 4}),
    "accept": (uapi.IORING_OP_ACCEPT, ("len", "buf_index"), {}),
    "connect": (uapi.IORING_OP_CONNECT, ("len", "buf_index", "rw_flags", "file_index"), {}),
    "socket": (uapi.IORING_OP_SOCKET, ("addr", "rw_flags", "buf_index"), {"off": SOCK_STREAM}),
    "bind": (uapi.IORING_OP_BIND, ("len", "buf_index", "rw_flags", "file_index"), {}),
    "listen": (uapi.IORING_OP_LISTEN, ("addr", "buf_index", "rw_flags", "file_index", "off"), {"len": 1}),
}


@clause(since="6.17", level="source", refs=["man:io_uring(7)", "src:io_uring/net.c"])
@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, (_, fields, _) in UNUSED.items() for field in fields]
)
def test_field_that_is_not_used_has_to_be_zero(sockets, name, field):
    """A field that a request does not use is EINVAL unless it is zero, and nothing is done."""
    operation, _, fields = UNUSED[name]
    fields = dict(fields)
    socket = sockets.open(AF_UNIX, SOCK_STREAM)
    if name in ("sendmsg", "recvmsg"):
        fields["addr"] = Message([b"x"]).header
    if name in ("connect", "bind"):
        address = addresses.abstract()
        fields |= {"addr": address, "off": len(bytes(address))}
    fd = AF_UNIX if name == "socket" else socket.fd

    with Ring() as ring:
        assert ring.call(operation, fd, **{**fields, field: 1 << 31 if field == "file_index" else 8}) == refused(EINVAL)
        good = ring.call(operation, fd, **fields)
        if name == "accept":  # not listening
            assert good == refused(EINVAL)
        elif name == "socket":
            sockets.adopt(good.value)
        else:
            assert good != refused(EINVAL) or name == "recv" or name == "recvmsg" or name == "listen"


@clause(since="6.17", level="source", refs=["man:io_uring(7)", "src:io_uring/net.c"])
@pytest.mark.parametrize("operation", [uapi.IORING_OP_SEND, uapi.IORING_OP_RECV, uapi.IORING_OP_ACCEPT])
def test_flags_that_there_are_not_are_refused(sockets, operation):
    """A flag of the request itself that there is not is EINVAL."""
    left, _ = sockets.pair()

    with Ring() as ring:
        assert ring.call(operation, left.fd, addr=b"x", len=1, ioprio=1 << 15) == refused(EINVAL)
        if operation == uapi.IORING_OP_ACCEPT:
            results = [ring.call(operation, left.fd, rw_flags=flag) for flag in (1, 2, SOCK_CLOEXEC << 1)]
            assert results == [refused(EINVAL)] * 3
