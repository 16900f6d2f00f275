"""select(2), pselect(2): the time that they wait, and the signal mask."""

import ctypes
import struct
from errno import EFAULT, EINTR, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.interruption import Interrupted, masked_waits
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import SOCK_DGRAM
from helpers.uapi.time_types import __kernel_timespec as timespec
from helpers.uapi.time_types import timeval
from helpers.unavailable import unavailable
from suites.io.select.support import ENTRIES, bits, enter, members

REFS = ["man:select(2)", "src:fs/select.c:core_sys_select"]
TIME = ["man:select(2)", "src:fs/select.c:poll_select_set_timeout", "src:fs/select.c:kern_select"]
FINISH = ["man:select(2)", "src:fs/select.c:poll_select_finish"]
SIGSET = 8
each_entry = pytest.mark.parametrize("entry", ENTRIES)


@pytest.fixture
def pair(sockets):
    return sockets.pair(SOCK_DGRAM)


def with_time(entry, fd, time, write=True):
    """Return the Result of *entry* of one descriptor, and whether it stays in its set."""
    words = bits([fd])
    result = syscall.call(entry, fd + 1, None if write else words, words if write else None, None, time, None)
    return result, bool(members(words))


def kind_of(entry):
    return timeval if entry == "select" else timespec


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
def test_wait_ends_with_its_time(pair, entry):
    """Without an event all sets are empty and the call returns 0, not before its time is over."""
    sets = [bits([pair[0].fd]), None, bits([pair[0].fd])]

    result, seconds = wait.timed(lambda: enter(entry, pair[0].fd + 1, sets, 0.012), 0.012)

    assert (result, members(sets[0]), members(sets[2])) == (SUCCESS, [], [])
    assert seconds >= 0.012


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
@pytest.mark.parametrize("seconds", [None, 86400], ids=["forever", "day"])
def test_wait_is_ended_by_an_event(pair, entry, seconds):
    """A wait, without an end or with one far away, goes on until an event comes."""
    sets = [bits([pair[0].fd, pair[1].fd]), None, None]

    def run():
        return enter(entry, max(pair[0].fd, pair[1].fd) + 1, sets, seconds), members(sets[0])

    with process.start(run) as child:
        child.wait_blocked(entry)
        pair[1].must.send(b"x")
        assert child.result() == (returned(1), [pair[0].fd])


@clause(since="2.2", level="documented", refs=TIME, covers=["file:select"])
@pytest.mark.parametrize(
    "time", [(-1, 0), (0, -1), (1, -1), (-1, 999_999), (-(2**63), 0)],
    ids=["seconds", "microseconds", "after", "before", "smallest"],
)  # fmt: skip
def test_select_refuses_a_negative_time(pair, memory, time):
    """A negative number of seconds or microseconds is EINVAL, memory that cannot be read EFAULT; the sets stay."""
    if not syscall.has("select"):
        unavailable("this architecture has no select")
    fd = pair[0].fd

    assert with_time("select", fd, timeval(*time)) == (refused(EINVAL), True)
    assert with_time("select", fd, memory.unmapped) == (refused(EFAULT), True)
    assert with_time("select", fd, memory.before_end(bytes(15))) == (refused(EFAULT), True)
    assert with_time("select", fd, timeval(0, 0)) == (returned(1), True)


@clause(since="2.6.28", level="source", refs=TIME, covers=["file:select"])
def test_select_takes_more_than_a_million_microseconds(pair):
    """Microseconds from a million on are seconds, too: select(2) takes any number of them."""
    if not syscall.has("select"):
        unavailable("this architecture has no select")
    time = timeval(10, 95_000_007)

    assert with_time("select", pair[0].fd, time) == (returned(1), True)
    assert 100 < time.tv_sec + time.tv_usec / 10**6 < 105.1
    assert 0 <= time.tv_usec < 10**6
    assert with_time("select", pair[0].fd, timeval(2**63 - 1, 999_999)) == (returned(1), True)
    assert with_time("select", pair[0].fd, timeval(0, 12_000), write=False) == (SUCCESS, False)


@clause(since="2.6.16", level="documented", refs=TIME, covers=["file:select"])
@pytest.mark.parametrize(
    "time", [(-1, 0), (0, -1), (0, 10**9), (1, 2**63 - 1)], ids=["seconds", "negative", "billion", "huge"]
)
def test_pselect_refuses_a_time_that_is_none(pair, memory, time):
    """A negative time or a billion nanoseconds are EINVAL, memory that cannot be read EFAULT; the sets stay."""
    fd = pair[0].fd

    assert with_time("pselect6", fd, timespec(*time)) == (refused(EINVAL), True)
    assert with_time("pselect6", fd, memory.before_end(bytes(15))) == (refused(EFAULT), True)
    assert with_time("pselect6", fd, timespec(2**63 - 1, 999_999_999)) == (returned(1), True)


@clause(since="2.6.16", level="documented", refs=FINISH, covers=["file:select"])
@each_entry
def test_time_left_is_written_back(pair, memory, entry):
    """The time left is written to the timeout, 0 when it is over; in read-only memory it stays, and nothing fails."""
    kind = kind_of(entry)
    time, short, where = kind(100, 7), kind(0, 2000), memory.readonly(bytes(kind(100, 7)))

    assert with_time(entry, pair[0].fd, time) == (returned(1), True)
    assert (90, 0) < struct.unpack("=qq", bytes(time)) < (100, 7)
    assert with_time(entry, pair[0].fd, short, write=False) == (SUCCESS, False)
    assert bytes(short) == bytes(16)
    assert with_time(entry, pair[0].fd, where) == (returned(1), True)
    assert memory.read(where, 16) == bytes(kind(100, 7))


@clause(since="2.2", level="documented", refs=["man:signal(7)", *FINISH], covers=["file:select"])
@each_entry
@pytest.mark.parametrize("restart", [False, True], ids=["plain", "SA_RESTART"])
def test_handler_ends_the_wait(pair, entry, restart):
    """A handler ends the wait with EINTR, with SA_RESTART, too; the sets stay."""
    sets = [bits([pair[0].fd]), None, None]

    def run():
        return enter(entry, pair[0].fd + 1, sets, 60), members(sets[0])

    with Interrupted(run, restart) as blocked:
        blocked.interrupt(entry)
        assert blocked.result() == (refused(EINTR), [pair[0].fd])


@clause(since="2.6.18", level="documented", refs=["man:select(2)", "src:fs/select.c:get_sigset_argpack"])
def test_pselect_reads_its_mask_through_a_pair(pair, memory):
    """The sixth argument is a pointer and a size: another size is EINVAL, memory that cannot be read EFAULT."""
    mask, fd = ctypes.c_uint64(0), pair[0].fd

    def pselect(sixth):
        return syscall.call("pselect6", fd + 1, None, bits([fd]), None, timespec(0, 0), sixth)

    def packed(pointer, size):
        return memory.before_end(struct.pack("@PN", pointer, size))

    good = packed(ctypes.addressof(mask), SIGSET)
    assert [pselect(packed(ctypes.addressof(mask), size)) for size in (0, 7, 9, 128)] == [refused(EINVAL)] * 4
    assert pselect(memory.unmapped) == pselect(memory.before_end(memory.read(good, 15))) == refused(EFAULT)
    assert pselect(packed(memory.unmapped, SIGSET)) == refused(EFAULT)
    assert pselect(good) == pselect(packed(0, 3)) == pselect(None) == returned(1)


@clause(since="2.6.18", level="documented", refs=["man:select(2)", *FINISH], covers=["file:select"])
def test_pselect_has_its_mask_while_it_waits(pair):
    """A pending signal that the mask lets through ends the wait with EINTR unless events are there; then it is gone."""
    left, right = pair

    def pselect(mask, time):
        words, sixth = bits([left.fd]), (ctypes.c_size_t * 2)(ctypes.addressof(mask), SIGSET)
        return syscall.call("pselect6", left.fd + 1, words, None, None, time, sixth), bool(members(words))

    expected = [(SUCCESS, False, 0), (returned(1), True, 0), (refused(EINTR), True, 1)]
    assert masked_waits(left, right, pselect) == (expected, 1, True)
