"""epoll_pwait(2), epoll_pwait2(2): the signal mask, and the time as a timespec."""

import ctypes
import signal
from errno import EFAULT, EINTR, EINVAL
from select import EPOLLIN, EPOLLOUT

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.interruption import Interrupted
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.eventpoll import epoll_event
from helpers.uapi.socket import SOCK_DGRAM
from helpers.uapi.time_types import __kernel_timespec as timespec
from suites.io.epoll.support import ENTRIES, SIGSET, Epoll, enter

PWAIT = ["man:epoll_wait(2)", "src:fs/eventpoll.c:do_epoll_pwait"]
entries = pytest.mark.parametrize("entry", ENTRIES)
with_mask = pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry != "epoll_wait"])


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@pytest.fixture
def pair(sockets):
    return sockets.pair(SOCK_DGRAM)


@clause(since="5.11", level="documented", refs=PWAIT, covers=["file:epoll"])
@pytest.mark.parametrize(
    "time", [(-1, 0), (0, -1), (0, 10**9), (1, 2**63 - 1)], ids=["seconds", "negative", "billion", "huge"]
)
def test_pwait2_refuses_a_time_that_is_none(epoll, pair, memory, time):
    """A negative time or one of a billion nanoseconds is EINVAL, one that cannot be read to its end EFAULT."""
    epoll.add(pair[0].fd, EPOLLOUT)
    room = (epoll_event * 2)()

    def pwait2(timeout):
        return syscall.call("epoll_pwait2", epoll.fd, room, 2, timeout, None, SIGSET)

    assert pwait2(timespec(*time)) == refused(EINVAL)
    assert pwait2(memory.unmapped) == pwait2(memory.before_end(bytes(15))) == refused(EFAULT)
    assert pwait2(memory.readonly(bytes(timespec(1, 999_999_999)))) == returned(1)


@clause(since="5.11", level="documented", refs=PWAIT, covers=["file:epoll"])
@with_mask
def test_pwait_refuses_a_mask_that_is_none(epoll, pair, memory, entry):
    """A signal mask of another size than the kernel's is EINVAL, one that cannot be read EFAULT; NULL has no size."""
    epoll.add(pair[0].fd, EPOLLOUT)
    room, mask = (epoll_event * 2)(), ctypes.c_uint64()

    sizes = [enter(entry, epoll.fd, room, 2, 0, mask, size) for size in (0, SIGSET - 1, SIGSET + 1, 128)]

    assert sizes == [refused(EINVAL)] * 4
    assert enter(entry, epoll.fd, room, 2, 0, memory.before_end(bytes(7))) == refused(EFAULT)
    assert enter(entry, epoll.fd, room, 2, 0, mask) == returned(1)
    assert enter(entry, epoll.fd, room, 2, 0, None, 3) == returned(1)


@clause(since="5.11", level="documented", refs=[*PWAIT, "man:signal(7)"], covers=["file:epoll"])
@entries
@pytest.mark.parametrize("restart", [False, True], ids=["plain", "SA_RESTART"])
def test_wait_is_never_restarted(epoll, entry, restart):
    """A handler ends a wait with EINTR, with SA_RESTART, too."""
    room = (epoll_event * 2)()

    with Interrupted(lambda: enter(entry, epoll.fd, room, 2, None), restart) as blocked:
        blocked.interrupt(entry)
        assert blocked.result() == refused(EINTR)


@clause(since="5.11", level="documented", refs=PWAIT, covers=["file:epoll"])
@with_mask
def test_pwait_has_its_mask_while_it_waits(epoll, pair, entry):
    """A pending signal that the mask lets through ends a wait with EINTR unless events are there; the old mask returns.

    A wait of no time at all does not look for signals.
    """
    left, right = pair
    epoll.add(left.fd, EPOLLIN)
    room, none = (epoll_event * 2)(), ctypes.c_uint64(0)
    every = ctypes.c_uint64(2**64 - 1)

    def run():
        handled = []
        signal.signal(signal.SIGUSR1, lambda *_: handled.append(1))
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        signal.raise_signal(signal.SIGUSR1)
        seen = [enter(entry, epoll.fd, room, 2, 0.001, every), len(handled)]
        seen += [enter(entry, epoll.fd, room, 2, 0, none), len(handled)]
        must(right.send(b"x"))
        seen += [enter(entry, epoll.fd, room, 2, None, none), len(handled)]
        must(left.recv(bytearray(1), 1))
        seen += [enter(entry, epoll.fd, room, 2, None, none), len(handled)]
        signal.raise_signal(signal.SIGUSR1)  # blocked again
        return [*seen, len(handled), signal.SIGUSR1 in signal.sigpending()]

    expected = [SUCCESS, 0, SUCCESS, 0, returned(1), 0, refused(EINTR), 1, 1, True]
    assert process.in_child(run) == expected
