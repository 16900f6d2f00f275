"""SO_INQ of AF_UNIX streams: how many bytes still wait, beside each receive."""

import ctypes
import struct
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.kinds import UNIX_STREAM
from helpers.messages import receive
from helpers.options import covers
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK, SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_INQ
from helpers.unix_ends import RECORDS, need_urgent_data

SYSCALL = "setsockopt"
SET = "src:net/unix/af_unix.c:unix_setsockopt"
READ = "src:net/unix/af_unix.c:unix_stream_read_generic"


def told(socket, size, flags=0):
    """Return the data of one receive and the numbers that its SCM_INQ messages hold; nothing else may come."""
    received = receive(socket.fd, size, flags=flags | MSG_DONTWAIT)
    if received is None:
        return None
    assert all((level, kind, len(data)) == (SOL_SOCKET, SO_INQ, 4) for level, kind, data in received.controls)
    return received.data, [struct.unpack("=i", data)[0] for _, _, data in received.controls]


@clause(since="6.17", level="source", refs=[SET, READ], covers=covers(["SO_INQ"], "set", "effect"))
def test_each_receive_brings_what_still_waits(sockets):
    """With SO_INQ each receive brings the number of bytes that wait behind it, also 0, a peek what waits in all."""
    sender, receiver = sockets.pair()
    for data in (b"abc", b"defgh"):
        sender.must.send(data)
    before = told(receiver, 1, MSG_PEEK)

    result = receiver.setsockopt(SOL_SOCKET, SO_INQ, 1)

    assert (before, result) == ((b"a", []), SUCCESS)
    seen = [told(receiver, size, flags) for size, flags in ((2, 0), (2, MSG_PEEK), (3, 0), (9, 0), (9, 0))]
    assert seen == [(b"ab", [6]), (b"cd", [6]), (b"cde", [3]), (b"fgh", [0]), None]
    sender.must.shutdown(SHUT_WR)
    assert told(receiver, 9) == (b"", [0])
    assert receiver.setsockopt(SOL_SOCKET, SO_INQ, 0) == SUCCESS
    assert told(receiver, 9) == (b"", [])


@clause(since="6.17", level="source", refs=[READ], covers=covers(["SO_INQ"], "effect"))
def test_the_urgent_byte_counts_until_it_is_received(sockets):
    """SO_INQ counts the urgent byte until it is received, which itself brings no number."""
    need_urgent_data(sockets)
    sender, receiver = sockets.pair()
    receiver.must.setsockopt(SOL_SOCKET, SO_INQ, 1)
    sender.must.send(b"abc", MSG_OOB)

    assert [told(receiver, 1), told(receiver, 1, MSG_OOB), told(receiver, 1)] == [(b"a", [2]), (b"c", []), (b"b", [0])]


@clause(
    since="6.17", level="source", refs=[SET, "src:net/unix/af_unix.c:unix_accept"], covers=covers(["SO_INQ"], "set")
)
def test_both_ends_of_a_connection_have_the_option(sockets):
    """The socket that connected and the accepted one have SO_INQ, each for itself."""
    listener, name = UNIX_STREAM.ready(sockets)
    client = UNIX_STREAM.open(sockets)
    client.must.connect(name)
    server = sockets.adopt(listener.must.accept4())
    for end in (client, server):
        end.must.send(b"data")

    assert server.setsockopt(SOL_SOCKET, SO_INQ, 1) == SUCCESS
    assert [told(server, 1), told(client, 1)] == [(b"d", [3]), (b"d", [])]
    assert client.setsockopt(SOL_SOCKET, SO_INQ, 1) == SUCCESS
    assert told(client, 1) == (b"a", [2])


@clause(since="6.17", level="source", refs=[SET], covers=["errno:EINVAL", "errno:EFAULT", *covers(["SO_INQ"], "error")])
def test_refusals_leave_it_as_it_is(sockets, memory):
    """SO_INQ takes an int of 0 or 1: another value or length is EINVAL, unreadable memory EFAULT, nothing changes."""
    sender, receiver = sockets.pair()
    receiver.must.setsockopt(SOL_SOCKET, SO_INQ, 1)

    values = [receiver.setsockopt(SOL_SOCKET, SO_INQ, value) for value in (-1, 2, 2**31 - 1)]
    lengths = [receiver.setsockopt(SOL_SOCKET, SO_INQ, ctypes.c_int64(0), length) for length in (0, 3, 5, 8)]
    fault = syscall.setsockopt(receiver.fd, SOL_SOCKET, SO_INQ, memory.unmapped, 4)

    assert (values, lengths, fault) == ([refused(EINVAL)] * 3, [refused(EINVAL)] * 4, refused(EFAULT))
    sender.must.send(b"data")
    assert told(receiver, 1) == (b"d", [3])
    assert receiver.setsockopt(SOL_SOCKET, SO_INQ, ctypes.c_int64(0), 4) == SUCCESS
    assert told(receiver, 1) == (b"a", [])


@clause(since="6.17", level="source", refs=[SET])
@pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)
def test_records_have_no_such_option(sockets, kind):
    """A datagram or seqpacket socket refuses SO_INQ, and its messages bring no number."""
    sender, receiver = sockets.pair(kind)
    sender.must.send(b"data")

    assert not receiver.setsockopt(SOL_SOCKET, SO_INQ, 1).ok
    assert told(receiver, 9) == (b"data", [])
