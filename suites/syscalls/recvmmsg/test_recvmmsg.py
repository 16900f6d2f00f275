"""recvmmsg(2): several messages in one call."""

import ctypes
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import (
    MSG_DONTWAIT,
    MSG_TRUNC,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_STREAM,
    SOL_SOCKET,
    UIO_MAXIOV,
    iovec,
    mmsghdr,
)
from helpers.uapi.socket_options import SO_ERROR

LOOP = "src:net/socket.c:do_recvmmsg"


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:packet(7)", LOOP])
@pytest.mark.parametrize(
    ("kind", "start", "name_length"),
    [(SOCK_RAW, 0, 20), (SOCK_DGRAM, 14, 20), (SOCK_PACKET, 0, 18)],
    ids=["raw", "dgram", "packet"],
)
def test_each_entry_gets_one_frame_as_recvmsg_would_give_it(loopback, kind, start, name_length):
    """Frames fill the entries in order, each with its length in msg_len and its own name length and flags."""
    sent = [frames.ethernet(size=size) for size in (60, 200, 70)]
    socket = queued(loopback, *sent, kind=kind)
    messages = [Message([100], sockaddr_ll(), control=32, flags=0xFF) for _ in sent]
    entries = vector(messages)

    result = socket.recvmmsg(entries, 3)

    assert result == returned(3)
    assert lengths(entries) == [60 - start, 100, 70 - start]
    data = [frame.data[start:][:100] for frame in sent]
    assert [message.data(100) for message in messages] == [part.ljust(100, b"\xa5") for part in data]
    headers = [entry.msg_hdr for entry in entries]
    assert [(header.msg_namelen, header.msg_controllen, header.msg_flags) for header in headers] == [
        (name_length, 0, 0),
        (name_length, 0, MSG_TRUNC),
        (name_length, 0, 0),
    ]


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_more_than_vlen_messages_are_taken(sockets, count):
    """The call returns when vlen messages have come; later entries are untouched and later messages stay queued."""
    _, receiver = messages_for(sockets, b"1", b"22", b"333")
    messages = [Message([8], control=32) for _ in range(3)]
    entries = vector(messages)
    before = [bytes(entry) for entry in entries]

    result = receiver.recvmmsg(entries, count)

    assert result == returned(count)
    assert lengths(entries) == [1, 2, 3][:count] + [UNTOUCHED] * (3 - count)
    assert [bytes(entry) for entry in entries[count:]] == before[count:]
    assert [message.data(8) for message in messages[count:]] == [b"\xa5" * 8] * (3 - count)
    assert receiver.recvfrom(Buffer(8).array, 8, MSG_DONTWAIT) == returned(count + 1)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_DONTWAIT"])
def test_without_waiting_as_many_as_there_are_come(sockets):
    """With MSG_DONTWAIT the call returns what is queued, and running out of messages leaves no pending error."""
    _, receiver = messages_for(sockets, b"1", b"22")
    messages = [Message([8]) for _ in range(3)]
    entries = vector(messages)

    result = receiver.recvmmsg(entries, 3, MSG_DONTWAIT)

    assert result == returned(2)
    assert lengths(entries) == [1, 2, UNTOUCHED]
    assert receiver.option(SOL_SOCKET, SO_ERROR) == 0
    assert receiver.recvmmsg(entries, 3, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:recvmsg(2)", LOOP])
def test_an_empty_datagram_is_a_message_like_others(sockets):
    """A datagram of length 0 fills an entry with msg_len 0 and the call goes on."""
    _, receiver = messages_for(sockets, b"", b"22")
    entries = vector([Message([8]), Message([8])])

    assert receiver.recvmmsg(entries, 2) == returned(2)
    assert lengths(entries) == [0, 2]


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP])
def test_more_than_uio_maxiov_messages_come_in_one_call(sockets):
    """Unlike sendmmsg the call is not limited to 1024 messages: 1026 single bytes of a stream fill 1026 entries."""
    count = UIO_MAXIOV + 2
    stream = bytes(number % 251 for number in range(count + 1))
    _, receiver = messages_for(sockets, stream, kind=SOCK_STREAM)
    buffer = Buffer(count)
    parts = (iovec * count)(*[(buffer.address + number, 1) for number in range(count)])
    entries = (mmsghdr * count)()
    for number, entry in enumerate(entries):
        entry.msg_hdr.msg_iov = ctypes.addressof(parts) + number * ctypes.sizeof(iovec)
        entry.msg_hdr.msg_iovlen = 1

    result = receiver.recvmmsg(entries, count)

    assert result == returned(count)
    assert bytes(buffer) == stream[:count]
    assert set(lengths(entries)) == {1}
    assert receiver.recvfrom(Buffer(8).array, 8, MSG_DONTWAIT) == returned(1)
