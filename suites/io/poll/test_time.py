"""poll(2), ppoll(2): how long they wait, and what is told of the time that is left."""

import ctypes
from errno import EFAULT, EINTR, EINVAL
from select import POLLIN, POLLOUT, POLLRDHUP

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.interruption import Interrupted
from helpers.libc import libc
from helpers.readiness import WRITE
from helpers.syscall import SUCCESS, refused, returned
from helpers.transitions import TRANSITIONS
from helpers.uapi.personality import STICKY_TIMEOUTS
from helpers.uapi.time_types import __kernel_timespec as timespec
from suites.io.poll.support import ENTRIES, entries, revents

REFS = ["man:poll(2)", "src:fs/select.c:do_poll"]
FINISH = ["man:poll(2)", "src:fs/select.c:poll_select_finish"]
each_entry = pytest.mark.parametrize("name", ENTRIES)
LEFT_OUT = (
    *("connect done", "connect refused"),  # a new TCP socket is writable before anything happens
    *("peer closes", "listener closes", "reset"),  # the child that waits has the other end open, too
)


@pytest.fixture
def pair(sockets):
    return sockets.pair()


def ppoll(fds, time):
    """Return the Result of ppoll(2) of one entry."""
    return syscall.call("ppoll", fds, 1, time, None, 0)


@clause(since="5.15", level="source", refs=[*REFS, "src:fs/select.c:pollwake"], covers=["file:poll"])
@pytest.mark.parametrize("transition", [each for each in TRANSITIONS if each.name not in LEFT_OUT], ids=str)
def test_what_happens_ends_a_wait(loopback, transition):
    """A poll for what a socket is not ready for waits, and ends when that happens."""
    socket, act = transition.make(loopback)
    wanted = transition.events & ~WRITE if transition.events & ~WRITE else POLLOUT
    fds = entries((socket.fd, wanted))

    def run():
        return ENTRIES["ppoll"](fds, 1, 30), revents(fds)

    with process.start(run) as child:
        child.wait_blocked("ppoll")
        act()
        result, told = child.result()

    assert result == returned(1)
    assert told[0] & wanted == told[0] != 0


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
def test_wait_ends_with_its_time(pair, name):
    """Without an event the call returns 0 and all revents are 0, not before its time is over."""
    fds = entries((pair[0].fd, POLLIN), (pair[1].fd, POLLRDHUP))

    result, seconds = wait.timed(lambda: ENTRIES[name](fds, 2, 0.012), 0.012)

    assert (result, revents(fds)) == (SUCCESS, [0, 0])
    assert seconds >= 0.012


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
@pytest.mark.parametrize("seconds", [None, 86400], ids=["forever", "day"])
def test_any_of_several_ends_the_wait(pair, name, seconds):
    """A wait for several sockets, without an end or with one far away, ends with the first event of any."""
    fds = entries((pair[1].fd, POLLRDHUP), (-1, POLLIN), (pair[0].fd, POLLIN), *[(pair[1].fd, POLLIN)] * 12)

    def run():
        return ENTRIES[name](fds, len(fds), seconds), revents(fds)

    with process.start(run) as child:
        child.wait_blocked(name)
        pair[1].must.send(b"x")
        assert child.result() == (returned(1), [0, 0, POLLIN, *[0] * 12])


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
def test_negative_milliseconds_are_for_ever(pair):
    """poll(2) waits without an end when its timeout is negative, whatever the number."""
    fds = entries((pair[0].fd, POLLIN))

    def run():
        return syscall.call("poll", fds, 1, -(2**31)), revents(fds)

    with process.start(run) as child:
        child.wait_blocked("poll")
        pair[1].must.send(b"x")
        assert child.result() == (returned(1), [POLLIN])


@clause(since="2.6.16", level="documented", refs=["man:poll(2)", "src:fs/select.c:poll_select_set_timeout"])
@pytest.mark.parametrize(
    "time", [(-1, 0), (0, -1), (0, 10**9), (1, 2**63 - 1), (-1, 999_999_999)],
    ids=["seconds", "negative", "billion", "huge", "before"],
)  # fmt: skip
def test_ppoll_refuses_a_time_that_is_none(pair, memory, time):
    """A negative time or a billion nanoseconds are EINVAL, memory that cannot be read EFAULT; the entries stay."""
    fds = entries((pair[0].fd, POLLOUT))
    before = revents(fds)

    assert ppoll(fds, timespec(*time)) == refused(EINVAL)
    assert ppoll(fds, memory.unmapped) == ppoll(fds, memory.before_end(bytes(15))) == refused(EFAULT)
    assert revents(fds) == before
    assert ppoll(fds, timespec(2**63 - 1, 999_999_999)) == returned(1)
    assert revents(fds) == [POLLOUT]


@clause(since="2.6.16", level="documented", refs=FINISH, covers=["file:poll"])
def test_ppoll_writes_back_the_time_left(pair):
    """ppoll(2) writes the time that is left to its timeout, 0 when it is over; a timeout of 0 is not written."""
    fds, full, short = entries((pair[0].fd, POLLOUT)), timespec(100, 7), timespec(0, 2_000_000)

    first = ppoll(fds, full)
    nothing = ppoll(entries((pair[0].fd, POLLIN)), short)

    assert (first, nothing) == (returned(1), SUCCESS)
    assert 90 * 10**9 < full.tv_sec * 10**9 + full.tv_nsec < 100 * 10**9 + 7
    assert 0 <= full.tv_nsec < 10**9
    assert (short.tv_sec, short.tv_nsec) == (0, 0)


@clause(since="2.6.16", level="source", refs=FINISH, covers=["file:poll"])
def test_time_that_cannot_be_written_is_no_failure(pair, memory):
    """A timeout in read-only memory is not written, and the call succeeds all the same."""
    fds, time = entries((pair[0].fd, POLLOUT)), bytes(timespec(100, 7))
    where = memory.readonly(time)

    assert ppoll(fds, where) == returned(1)
    assert memory.read(where, 16) == time


@clause(since="2.6.16", level="documented", refs=["man:personality(2)", *FINISH], covers=["file:poll"])
def test_sticky_timeouts_leave_the_time(pair):
    """With STICKY_TIMEOUTS in the personality the timeout stays as it is."""
    fds = entries((pair[0].fd, POLLOUT))

    def run():
        seen = []
        for persona in (STICKY_TIMEOUTS, 0):
            libc.personality(ctypes.c_ulong(persona))
            time = timespec(100, 7)
            seen.append((ppoll(fds, time), (time.tv_sec, time.tv_nsec) == (100, 7)))
        return seen

    assert process.in_child(run) == [(returned(1), True), (returned(1), False)]


@clause(since="2.6.24", level="documented", refs=["man:signal(7)", "src:fs/select.c:do_restart_poll"])
@each_entry
@pytest.mark.parametrize("restart", [False, True], ids=["plain", "SA_RESTART"])
def test_handler_ends_the_wait(pair, name, restart):
    """A handler ends the wait with EINTR, with SA_RESTART, too."""
    fds = entries((pair[0].fd, POLLIN))

    with Interrupted(lambda: ENTRIES[name](fds, 1, 60), restart) as blocked:
        blocked.interrupt(name)
        assert blocked.result() == refused(EINTR)
