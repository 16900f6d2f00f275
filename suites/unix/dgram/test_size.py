"""The sizes of AF_UNIX datagrams and records: none, the largest, many pages, more than the buffer."""

from errno import EAGAIN, EFAULT, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import drain
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF
from helpers.unix_ends import RECORDS, got

SYSCALL = "sendto"
SEND = "src:net/unix/af_unix.c:unix_dgram_sendmsg"
RECEIVE = "src:net/unix/af_unix.c:unix_dgram_recvmsg"
KINDS = pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)


@clause(since="2.2", level="documented", refs=["man:unix(7)", "man:send(2)", SEND], covers=["errno:EMSGSIZE"])
@KINDS
@pytest.mark.parametrize("asked", [1, 4000, 50_000])
def test_the_largest_is_32_bytes_less_than_so_sndbuf(sockets, kind, asked):
    """A datagram or record has at most 32 bytes less than SO_SNDBUF says; one more is EMSGSIZE and not queued."""
    sender, receiver = sockets.pair(kind)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, asked)
    most = sender.option(SOL_SOCKET, SO_SNDBUF) - 32

    assert sender.send(bytes(most + 1)) == refused(EMSGSIZE)
    assert sender.send(bytes(most)) == returned(most)
    assert drain(receiver, most + 1) == [bytes(most)]


@clause(since="2.2", level="source", refs=[SEND])
@KINDS
@pytest.mark.parametrize("size", [0, 1, 4096, 16_000, 32_768, 70_001, 150_000])
def test_every_byte_arrives(sockets, kind, size):
    """A datagram or record arrives whole, each byte in its place, whatever its size, and its bounds are kept."""
    sender, receiver = sockets.pair(kind)
    data = bytes(number * 7 % 251 for number in range(size))

    results = [sender.send(data), sender.send(b"next")]

    assert results == [returned(size), returned(4)]
    assert [got(receiver, 200_000) for _ in range(3)] == [data, b"next", refused(EAGAIN)]


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:unix(7)", RECEIVE], covers=["msg:MSG_TRUNC"])
@KINDS
@pytest.mark.parametrize(("size", "cut"), [(3, True), (4, False), (5, False), (0, True)])
def test_a_buffer_that_is_too_small_cuts_the_record(sockets, kind, size, cut):
    """What does not fit into the buffer is lost, and MSG_TRUNC says so; asked for, it returns the whole length."""
    sender, receiver = sockets.pair(kind)
    for _ in range(2):
        sender.must.send(b"data")
    sender.must.send(b"next")
    messages = [Message([size]) if size else Message() for _ in range(2)]

    results = [
        receiver.recvmsg(message.header, flags | MSG_DONTWAIT)
        for message, flags in zip(messages, (0, MSG_TRUNC), strict=True)
    ]

    assert results == [returned(min(size, 4)), returned(4)]
    assert [message.data(size)[:4] for message in messages] == [b"data"[:size]] * 2
    assert [message.header.msg_flags for message in messages] == [MSG_TRUNC if cut else 0] * 2
    assert got(receiver) == b"next"


@clause(since="2.2", level="source", refs=[RECEIVE], covers=["msg:MSG_PEEK"])
@KINDS
def test_a_peeked_record_is_not_cut_for_the_next_call(sockets, kind):
    """A record that was peeked into a small buffer is whole when it is taken."""
    sender, receiver = sockets.pair(kind)
    sender.must.send(b"data")

    buffer = Buffer(2)
    assert receiver.recv(buffer.array, 2, MSG_PEEK | MSG_TRUNC) == returned(4)
    assert buffer[:2] == b"da"
    assert [got(receiver), got(receiver)] == [b"data", refused(EAGAIN)]


@clause(since="2.2", level="source", refs=[RECEIVE])
@KINDS
def test_a_record_that_cannot_be_written_is_lost(sockets, memory, kind):
    """A record whose buffer cannot be written is EFAULT and gone; the next is received."""
    sender, receiver = sockets.pair(kind)
    sender.must.send(b"data")
    sender.must.send(b"next")

    assert receiver.recv(memory.unmapped, 4) == refused(EFAULT)
    assert drain(receiver) == [b"next"]


@clause(since="2.2", level="source", refs=[SEND])
@KINDS
def test_a_message_that_cannot_be_read_is_not_sent(sockets, memory, kind):
    """A datagram or record that cannot be read to its last byte is EFAULT, and nothing is queued."""
    sender, receiver = sockets.pair(kind)

    assert syscall.sendto(sender.fd, memory.before_end(b"dat"), 4) == refused(EFAULT)
    assert syscall.sendto(sender.fd, memory.before_end(b"data"), 4) == returned(4)
    assert drain(receiver) == [b"data"]
