"""recvmmsg(2) with a 32-bit timeout, which 64-bit tables lack: reached through the 32-bit entry."""

import pytest

from fixtures.clauses import clause
from helpers.compat_messages import CompatMessage, entries_for, vector
from helpers.messages import UNTOUCHED, lengths
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import returned
from helpers.time32 import recvmmsg_time32
from helpers.uapi.socket import MSG_DONTWAIT, MSG_TRUNC, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOCK_STREAM, UIO_MAXIOV

LOOP = "src:net/socket.c:do_recvmmsg"
COMPAT = "src:net/compat.c:__get_compat_msghdr"


@pytest.fixture
def recvmmsg(lowmem):
    """The call itself, where the kernel has it."""
    return recvmmsg_time32()


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:packet(7)", LOOP, COMPAT])
@pytest.mark.parametrize(
    ("kind", "start", "name_length"),
    [(SOCK_RAW, 0, 20), (SOCK_DGRAM, 14, 20), (SOCK_PACKET, 0, 18)],
    ids=["raw", "dgram", "packet"],
)
def test_each_entry_gets_one_frame(loopback, lowmem, recvmmsg, kind, start, name_length):
    """Frames fill 32-bit entries in order, each with its length, name length and flags; later entries are untouched."""
    sent = [frames.ethernet(size=60), frames.ethernet(size=200)]
    socket = queued(loopback, *sent, kind=kind)
    messages, entries = entries_for(lowmem, 3, name=32)
    last = bytes(entries[2])

    result = recvmmsg(socket.fd, entries, 3, MSG_DONTWAIT)

    assert result == returned(2)
    assert lengths(entries) == [60 - start, 64, UNTOUCHED]
    data = [frame.data[start:][:64].ljust(64, b"\xa5") for frame in sent]
    assert [message.data()[0] for message in messages] == [*data, b"\xa5" * 64]
    assert [(entry.msg_hdr.msg_namelen, entry.msg_hdr.msg_flags) for entry in entries[:2]] == [
        (name_length, 0),
        (name_length, MSG_TRUNC),
    ]
    assert bytes(entries[2]) == last


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_more_than_vlen_messages_are_taken(sockets, lowmem, recvmmsg, count):
    """The call returns when vlen messages have come; the later messages stay queued."""
    _, receiver = messages_for(sockets, b"1", b"22", b"333")
    _, entries = entries_for(lowmem, 3)

    result = recvmmsg(receiver.fd, entries, count)

    assert result == returned(count)
    assert lengths(entries) == [1, 2, 3][:count] + [UNTOUCHED] * (3 - count)
    assert recvmmsg(receiver.fd, entries, 1, MSG_DONTWAIT) == returned(1)
    assert entries[0].msg_len == count + 1


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP])
def test_more_than_uio_maxiov_messages_come_in_one_call(sockets, lowmem, recvmmsg):
    """The call is not limited to 1024 messages: 1025 single bytes of a stream fill 1025 entries."""
    count = UIO_MAXIOV + 1
    _, receiver = messages_for(sockets, bytes(count), kind=SOCK_STREAM)
    message = CompatMessage(lowmem, [1])

    assert recvmmsg(receiver.fd, vector(lowmem, [message] * count), count) == returned(count)
