"""recvmmsg(2) with a 32-bit timeout: the timeout."""

from errno import EAGAIN, EBADF, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.compat_messages import entries_for
from helpers.messages import UNTOUCHED, lengths
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.time32 import recvmmsg_time32
from helpers.uapi.compat import old_timespec32
from helpers.uapi.socket import MSG_DONTWAIT

LOOP = "src:net/socket.c:do_recvmmsg"
OUTER = "src:net/socket.c:__sys_recvmmsg"
BILLION = 1_000_000_000


@pytest.fixture
def recvmmsg(lowmem):
    """The call itself, where the kernel has it."""
    return recvmmsg_time32()


def timeout_of(lowmem, seconds, nanoseconds):
    """Return the timeout in place; not one byte behind it can be read."""
    return lowmem.view(old_timespec32, lowmem.before_end(bytes(old_timespec32(seconds, nanoseconds))))


def pair(timeout):
    return timeout.tv_sec, timeout.tv_nsec


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP, OUTER])
def test_the_time_left_is_written_back(sockets, lowmem, recvmmsg):
    """After a success the 8 bytes of the timeout hold what was left of it when the last message came."""
    _, receiver = messages_for(sockets, b"1", b"22")
    _, entries = entries_for(lowmem, 2)
    timeout = timeout_of(lowmem, 100, 0)

    with wait.elapsed() as seconds:
        result = recvmmsg(receiver.fd, entries, 2, 0, timeout)

    assert result == returned(2)
    assert 0 <= timeout.tv_nsec < BILLION
    assert 100 - seconds[0] - 1e-6 <= timeout.tv_sec + timeout.tv_nsec / BILLION < 100


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP])
@pytest.mark.parametrize("given", [(0, 0), (0, 1)], ids=["zero", "one-nanosecond"])
def test_an_expired_timeout_ends_the_call_after_the_next_message(sockets, lowmem, recvmmsg, given):
    """The timeout is checked after each message: an expired one ends the call with the first, and is left at 0."""
    sender, receiver = messages_for(sockets)
    _, entries = entries_for(lowmem, 2)
    timeout = timeout_of(lowmem, *given)

    def receive():
        return recvmmsg(receiver.fd, entries, 2, 0, timeout), lengths(entries), pair(timeout)

    with process.start(receive) as child:
        child.wait_blocked("recvmmsg_time32")
        sender.must.send(b"1")

        assert child.result() == (returned(1), [1, UNTOUCHED], (0, 0))


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EINVAL"])
@pytest.mark.parametrize("given", [(0, BILLION), (0, -1), (-1, 0)], ids=["nsec-1e9", "nsec-negative", "sec-negative"])
def test_refuses_an_invalid_timeout_with_einval(sockets, lowmem, recvmmsg, given):
    """Negative seconds, or nanoseconds outside 0 to 999,999,999, are EINVAL before anything is received."""
    _, receiver = messages_for(sockets, b"1")
    _, entries = entries_for(lowmem, 1)
    timeout = timeout_of(lowmem, *given)

    result = recvmmsg(receiver.fd, entries, 1, 0, timeout)

    assert result == refused(EINVAL)
    assert (entries[0].msg_len, pair(timeout)) == (UNTOUCHED, given)
    assert recvmmsg(receiver.fd, entries, 1, 0, timeout_of(lowmem, 0, BILLION - 1)) == returned(1)


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", OUTER], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["unmapped", "straddling"])
def test_refuses_a_timeout_that_cannot_be_read_with_efault(sockets, lowmem, recvmmsg, how):
    """A timeout that cannot be read whole is EFAULT before anything is received."""
    _, receiver = messages_for(sockets, b"1")
    _, entries = entries_for(lowmem, 1)
    timeout = lowmem.unmapped if how == "unmapped" else lowmem.guarded(7)

    result = recvmmsg(receiver.fd, entries, 1, 0, timeout)

    assert result == refused(EFAULT)
    assert recvmmsg(receiver.fd, entries, 1, MSG_DONTWAIT) == returned(1)


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", OUTER], covers=["errno:EFAULT", "errno:EAGAIN"])
def test_a_timeout_that_cannot_be_written_is_efault_after_receiving(sockets, lowmem, recvmmsg):
    """A read-only timeout is EFAULT when the time left is written back, which is only after a message."""
    _, receiver = messages_for(sockets, b"1")
    _, entries = entries_for(lowmem, 1)
    timeout = lowmem.readonly(bytes(old_timespec32(5, 0)))

    results = [recvmmsg(receiver.fd, entries, count, MSG_DONTWAIT, timeout) for count in (0, 1, 1)]

    assert results == [returned(0), refused(EFAULT), refused(EAGAIN)]
    assert entries[0].msg_len == 1


@clause(since="2.6.33", level="source", refs=[OUTER, LOOP], covers=["errno:EBADF"])
def test_a_bad_timeout_is_reported_before_a_bad_descriptor(lowmem, recvmmsg):
    """The timeout is read and checked first: EFAULT or EINVAL, where a good one is EBADF."""
    _, entries = entries_for(lowmem, 1)
    timeouts = [lowmem.unmapped, timeout_of(lowmem, 0, BILLION), timeout_of(lowmem, 0, 0)]

    results = [recvmmsg(-1, entries, 1, 0, timeout) for timeout in timeouts]

    assert results == [refused(EFAULT), refused(EINVAL), refused(EBADF)]
