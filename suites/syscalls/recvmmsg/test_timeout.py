"""recvmmsg(2): the timeout."""

import time
from errno import EAGAIN, EBADF, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT
from helpers.uapi.time_types import __kernel_timespec as timespec

LOOP = "src:net/socket.c:do_recvmmsg"
OUTER = "src:net/socket.c:__sys_recvmmsg"
BILLION = 1_000_000_000


def pair(time_left):
    return time_left.tv_sec, time_left.tv_nsec


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP, OUTER])
def test_the_time_left_is_written_back(sockets):
    """After a success the timeout holds what was left of it when the last message came."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries, timeout = vector([Message([8]), Message([8])]), timespec(100, 0)

    with wait.elapsed() as seconds:
        result = receiver.recvmmsg(entries, 2, 0, timeout)

    left = timeout.tv_sec + timeout.tv_nsec / BILLION
    assert result == returned(2)
    assert 0 <= timeout.tv_nsec < BILLION
    assert 100 - seconds[0] - 1e-6 <= left < 100


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP])
@pytest.mark.parametrize("timeout", [(0, 0), (0, 1)], ids=["zero", "one-nanosecond"])
def test_an_expired_timeout_ends_the_call_after_the_next_message(sockets, timeout):
    """The timeout is checked after each message: an expired one ends the call with the first, and is left at 0."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries, left = vector([Message([8]), Message([8])]), timespec(*timeout)

    result = receiver.recvmmsg(entries, 2, 0, left)

    assert result == returned(1)
    assert lengths(entries) == [1, UNTOUCHED]
    assert pair(left) == (0, 0)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP])
def test_a_timeout_does_not_end_the_wait_for_a_message(sockets):
    """With too few messages the call blocks beyond its timeout until another one comes (recvmmsg(2), BUGS)."""
    sender, receiver = messages_for(sockets, b"1")
    seconds = wait.scaled(0.04)

    def receive():
        entries, left = vector([Message([8]) for _ in range(3)]), timespec(0, int(seconds * BILLION))
        return receiver.recvmmsg(entries, 3, 0, left), lengths(entries)[:2], pair(left)

    with process.start(receive) as child:
        child.wait_blocked("recvmmsg")
        expired = time.monotonic() + seconds
        wait.until(lambda: time.monotonic() > expired, "timeout expired")
        child.wait_blocked("recvmmsg")
        sender.must.send(b"22")
        result, told, left = child.result()

    assert result == returned(2)
    assert told == [1, 2]
    assert left == (0, 0)


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EINVAL"])
@pytest.mark.parametrize(
    ("seconds", "nanoseconds"),
    [(0, BILLION), (0, -1), (-1, 0)],
    ids=["nsec-1e9", "nsec-negative", "sec-negative"],
)
def test_refuses_an_invalid_timeout_with_einval(sockets, seconds, nanoseconds):
    """Negative seconds, or nanoseconds outside 0 to 999,999,999, are EINVAL before anything is received."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries, timeout = vector([Message([8])]), timespec(seconds, nanoseconds)

    result = receiver.recvmmsg(entries, 1, 0, timeout)

    assert result == refused(EINVAL)
    assert (entries[0].msg_len, pair(timeout)) == (UNTOUCHED, (seconds, nanoseconds))
    assert receiver.recvmmsg(entries, 1, 0, timespec(0, BILLION - 1)) == returned(1)
    assert entries[0].msg_len == 1


@clause(since="2.6.33", level="source", refs=[LOOP, "src:include/linux/time64.h:timespec64_add_safe"])
def test_the_longest_timeout_does_not_overflow(sockets):
    """The largest number of seconds does not overflow: both messages are received."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries, timeout = vector([Message([8]), Message([8])]), timespec(2**63 - 1, BILLION - 1)

    assert receiver.recvmmsg(entries, 2, 0, timeout) == returned(2)
    assert timeout.tv_sec > 2**32


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", OUTER], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["unmapped", "straddling"])
def test_refuses_a_timeout_that_cannot_be_read_with_efault(sockets, memory, how):
    """A timeout that cannot be read whole is EFAULT before anything is received."""
    _, receiver = messages_for(sockets, b"1")
    entries = vector([Message([8])])
    timeout = memory.unmapped if how == "unmapped" else memory.before_end(bytes(timespec(5, 0))[:-1])

    result = receiver.recvmmsg(entries, 1, 0, timeout)

    assert result == refused(EFAULT)
    assert entries[0].msg_len == UNTOUCHED
    assert receiver.recvmmsg(entries, 1, MSG_DONTWAIT) == returned(1)


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", OUTER], covers=["errno:EFAULT"])
def test_a_timeout_that_cannot_be_written_is_efault_after_receiving(sockets, memory):
    """A read-only timeout is EFAULT when the time left is written back; the messages have been received by then."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries = vector([Message([8]), Message([8])])

    result = receiver.recvmmsg(entries, 2, 0, memory.readonly(bytes(timespec(5, 0))))

    assert result == refused(EFAULT)
    assert lengths(entries) == [1, 2]
    assert receiver.recvmmsg(entries, 1, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.6.33", level="source", refs=[OUTER])
@pytest.mark.parametrize(("count", "expected"), [(0, returned(0)), (1, refused(EAGAIN))], ids=["vlen-0", "empty-queue"])
def test_without_a_message_the_timeout_is_not_written(sockets, memory, count, expected):
    """A call that receives nothing writes nothing back: a read-only timeout will do."""
    _, receiver = messages_for(sockets)
    entries = vector([Message([8])])

    assert receiver.recvmmsg(entries, count, MSG_DONTWAIT, memory.readonly(bytes(timespec(5, 0)))) == expected


@clause(since="2.6.33", level="source", refs=[OUTER, LOOP])
def test_a_bad_timeout_is_reported_before_a_bad_descriptor(memory):
    """The timeout is read and checked first: EFAULT or EINVAL, where a good one is EBADF."""
    entries = vector([Message([8])])
    timeouts = [memory.unmapped, timespec(0, BILLION), timespec(0, 0)]

    results = [syscall.recvmmsg(-1, entries, 1, 0, timeout) for timeout in timeouts]

    assert results == [refused(EFAULT), refused(EINVAL), refused(EBADF)]
