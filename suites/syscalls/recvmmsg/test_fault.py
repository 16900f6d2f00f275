"""recvmmsg(2): a vector of messages that cannot be read or written."""

import ctypes
from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from helpers.messages import Message, lengths, vector
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, mmsghdr

LOOP = "src:net/socket.c:do_recvmmsg"
SIZE = ctypes.sizeof(mmsghdr)
MSG_LEN = mmsghdr.msg_len.offset


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:recvmsg(2)", LOOP], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["null", "unmapped", "straddling"])
def test_refuses_a_vector_that_cannot_be_read_with_efault(sockets, memory, how):
    """An entry whose header cannot be read whole is EFAULT before anything is received."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries = vector([Message([8])])
    places = {
        "null": lambda: None,
        "unmapped": lambda: memory.unmapped,
        "straddling": lambda: memory.before_end(bytes(entries)[: MSG_LEN - 1]),
    }

    result = receiver.recvmmsg(places[how](), 1, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert receiver.recvmmsg(entries, 1, MSG_DONTWAIT) == returned(1)
    assert entries[0].msg_len == 1


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["header", "length"])
def test_an_entry_that_cannot_be_written_is_efault_after_receiving(sockets, memory, how):
    """Where the header or msg_len cannot be written the call is EFAULT; that message has been dequeued and is lost."""
    _, receiver = messages_for(sockets, b"1", b"22")
    message = Message([8])
    entries = vector([message])
    place = memory.readonly(bytes(entries)) if how == "header" else memory.before_end(bytes(entries)[:MSG_LEN])

    result = receiver.recvmmsg(place, 1, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert message.data(8) == b"1" + b"\xa5" * 7
    assert receiver.recvmmsg(entries, 1, MSG_DONTWAIT) == returned(1)
    assert entries[0].msg_len == 2


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EFAULT"])
def test_a_vector_that_ends_early_fails_at_the_next_call(sockets, memory):
    """Entries that lie in memory are filled and counted; EFAULT of the next one is reported by the next call."""
    _, receiver = messages_for(sockets, b"1", b"22", b"333")
    entries = vector([Message([8]), Message([8])])
    place = memory.before_end(bytes(entries))

    results = [receiver.recvmmsg(place, count, MSG_DONTWAIT) for count in (3, 1, 1)]

    assert results == [returned(2), refused(EFAULT), returned(1)]
    filled = (mmsghdr * 2).from_buffer_copy(memory.read(place, 2 * SIZE))
    assert lengths(filled) == [3, 2]


@clause(since="2.6.33", level="source", refs=[LOOP])
def test_with_vlen_zero_the_vector_is_not_looked_at(sockets, memory):
    """With vlen 0 the vector may be any address."""
    _, receiver = messages_for(sockets, b"1")

    result = receiver.recvmmsg(memory.unmapped, 0)

    assert result == returned(0)
    assert receiver.recvmmsg(vector([Message([8])]), 1, MSG_DONTWAIT) == returned(1)


@clause(since="2.6.33", level="source", refs=[LOOP])
def test_an_empty_queue_is_reported_after_a_bad_vector(sockets, memory):
    """The first header is read before a message is waited for: EFAULT, where a good one is EAGAIN."""
    _, receiver = messages_for(sockets)
    places = [memory.unmapped, vector([Message([8])])]

    results = [receiver.recvmmsg(place, 1, MSG_DONTWAIT) for place in places]

    assert results == [refused(EFAULT), refused(EAGAIN)]
