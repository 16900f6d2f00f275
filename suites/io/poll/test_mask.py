"""ppoll(2): the signal mask; a poll(2) that is stopped and goes on."""

import ctypes
import signal
from errno import EFAULT, EINTR, EINVAL
from select import POLLIN, POLLOUT

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.interruption import masked_waits
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.time_types import __kernel_timespec as timespec
from suites.io.poll.support import ENTRIES, SIGSET, entries, revents

REFS = ["man:poll(2)", "man:signal(7)", "src:fs/select.c:poll_select_finish"]


@pytest.fixture
def pair(sockets):
    return sockets.pair()


@clause(since="2.6.16", level="documented", refs=REFS, covers=["file:poll"])
def test_mask_of_another_size_is_einval(pair, memory):
    """A mask of another size than the kernel's is EINVAL, one that cannot be read EFAULT; NULL has any size."""
    fds, mask = entries((pair[0].fd, POLLOUT)), ctypes.c_uint64(0)

    def ppoll(where, size=SIGSET):
        return syscall.call("ppoll", fds, 1, timespec(0, 0), where, size)

    assert [ppoll(mask, size) for size in (0, SIGSET - 1, SIGSET + 1, 128)] == [refused(EINVAL)] * 4
    assert ppoll(memory.before_end(bytes(7))) == refused(EFAULT)
    assert ppoll(mask) == ppoll(None, 3) == returned(1)


@clause(since="2.6.16", level="documented", refs=REFS, covers=["file:poll"])
def test_mask_holds_while_it_waits(pair):
    """A pending signal that the mask lets through ends the wait with EINTR unless events are there; then it is gone.

    The entries of a wait that was ended report nothing.
    """
    left, right = pair
    fds = entries((left.fd, POLLIN))

    def ppoll(mask, time):
        return syscall.call("ppoll", fds, 1, time, mask, SIGSET), revents(fds)

    expected = [(SUCCESS, [0], 0), (returned(1), [POLLIN], 0), (refused(EINTR), [0], 1)]
    assert masked_waits(left, right, ppoll) == (expected, 1, True)


@clause(since="2.6.16", level="source", refs=REFS, covers=["file:poll"])
def test_time_left_is_written_when_a_signal_ends_the_wait(pair):
    """A wait that a handler ended has written the time left."""
    fds, none = entries((pair[0].fd, POLLIN)), ctypes.c_uint64(0)

    def run():
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        signal.raise_signal(signal.SIGUSR1)
        time = timespec(100, 0)
        return syscall.call("ppoll", fds, 1, time, none, SIGSET), time.tv_sec * 10**9 + time.tv_nsec

    result, left = process.in_child(run)
    assert result == refused(EINTR)
    assert 90 * 10**9 < left < 100 * 10**9


@clause(since="2.6.24", level="documented", refs=["man:signal(7)", "src:fs/select.c:do_restart_poll"])
@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("seconds", [None, 60], ids=["forever", "minute"])
def test_wait_goes_on_after_a_stop(pair, name, seconds):
    """A wait goes on after its process was stopped and continued, and reports the event that comes then."""
    fds = entries((pair[0].fd, POLLIN))

    def run():
        return ENTRIES[name](fds, 1, seconds), revents(fds)

    with process.start(run) as child:
        child.wait_blocked(name)
        child.signal(signal.SIGSTOP)
        wait.until(lambda: child._state()[0] == "T", "a stopped child")
        child.signal(signal.SIGCONT)
        child.wait_blocked()
        must(pair[1].send(b"x"))
        assert child.result() == (returned(1), [POLLIN])


@clause(since="2.6.24", level="source", refs=["man:signal(7)", "src:fs/select.c:do_restart_poll"])
@pytest.mark.parametrize("name", ENTRIES)
def test_wait_that_went_on_ends_in_time(pair, name):
    """A wait that went on after a stop ends with the time that it had from the beginning."""
    fds = entries((pair[0].fd, POLLIN))

    def run():
        with wait.elapsed() as seconds:
            result = ENTRIES[name](fds, 1, 0.05)
        return result, revents(fds), seconds[0] >= 0.05

    with process.start(run) as child:
        child.wait_started()
        child.signal(signal.SIGSTOP)
        child.signal(signal.SIGCONT)
        assert child.result() == (SUCCESS, [0], True)


@clause(since="2.6.24", level="source", refs=["man:signal(7)", "src:fs/select.c:do_restart_poll"])
@pytest.mark.parametrize("name", ENTRIES)
def test_wait_for_ever_has_no_time_of_an_earlier_wait(pair, name):
    """A wait for ever goes on after a stop, also in a thread whose earlier wait, stopped too, had a time."""
    fds = entries((pair[0].fd, POLLIN))
    results = []

    def run():
        results.append(ENTRIES[name](fds, 1, 0.1))
        pair[0].must.send(b"done")
        results.append(ENTRIES[name](fds, 1, None))
        return results, revents(fds)

    def stop(child):
        child.signal(signal.SIGSTOP)
        wait.until(lambda: child._state()[0] == "T", "a stopped child")
        child.signal(signal.SIGCONT)

    with process.start(run) as child:
        child.wait_blocked()
        stop(child)
        wait.readable(pair[1].fd)
        child.wait_blocked()
        stop(child)
        child.wait_blocked()
        pair[1].must.send(b"x")
        assert child.result() == ([SUCCESS, returned(1)], [POLLIN])
