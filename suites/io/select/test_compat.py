"""select, poll and epoll by the 32-bit entry: words of 32 bits, both sizes of time, old_select's structure."""

import ctypes
import struct
from errno import EBADF, EFAULT, EINVAL, ENOSYS
from select import EPOLLOUT, POLLIN, POLLOUT

import pytest

from fixtures.clauses import clause
from helpers.compat32 import NUMBERS, syscall
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.compat import old_timespec32, old_timeval32
from helpers.uapi.eventpoll import EPOLL_CTL_ADD, epoll_event
from helpers.uapi.poll import pollfd
from helpers.uapi.socket import SOCK_DGRAM
from helpers.uapi.time_types import __kernel_timespec
from helpers.unavailable import unavailable

REFS = ["man:select(2)", "src:fs/select.c:do_compat_select", "src:fs/select.c:compat_core_sys_select"]
PSELECT = ["man:select(2)", "src:fs/select.c:do_compat_pselect"]
PPOLL = ["man:poll(2)", "src:fs/select.c:do_sys_poll"]
EPOLL = ["man:epoll_wait(2)", "src:fs/eventpoll.c:do_compat_epoll_pwait"]
TIMES = {"time32": old_timespec32, "time64": __kernel_timespec}
each_time = pytest.mark.parametrize("time", TIMES)


def enter(name, *arguments):
    """Return the Result of a call of the i386 table; skips where it has none with 32-bit time."""
    result = syscall(NUMBERS[name], *arguments)
    if result == refused(ENOSYS):
        unavailable("this kernel is built without calls for 32-bit time")
    return result


@pytest.fixture
def pair(sockets):
    return sockets.pair(SOCK_DGRAM)


class Words:
    """A set of 32-bit words with one descriptor, guarded behind the last."""

    def __init__(self, lowmem, fd):
        self.lowmem, self.size = lowmem, (fd // 32 + 1) * 4
        words = [0] * (self.size // 4)
        words[-1] = 1 << fd % 32
        self.full = struct.pack(f"={len(words)}I", *words)
        self.address = lowmem.before_end(self.full)

    def stays(self):
        """Return whether the descriptor is in the set; else that is empty."""
        now = self.lowmem.read(self.address, self.size)
        assert now in (self.full, bytes(self.size))
        return now == self.full


@clause(since="5.1", level="source", refs=REFS, covers=["file:select"])
@pytest.mark.parametrize("entry", ["_newselect", "old_select"])
def test_select_with_32_bit_words(lowmem, pair, entry):
    """The sets have words of 32 bits, the time is an old_timeval32, and what is left of it is written back."""
    fd = pair[0].fd

    def select(count, sets, time):
        arguments = (count, *[words.address if words else 0 for words in sets], time)
        if entry == "old_select":
            arguments = (lowmem.before_end(struct.pack("=i4I", *arguments)),)
        return enter(entry, *arguments)

    read, write, other = (Words(lowmem, fd) for _ in range(3))
    time = lowmem.place(old_timeval32(100, 7))
    assert select(fd + 1, (read, write, other), time) == returned(1)
    assert [words.stays() for words in (read, write, other)] == [False, True, False]
    left = old_timeval32.from_buffer_copy(lowmem.read(time, 8))
    assert (90, 0) < (left.tv_sec, left.tv_usec) < (100, 7)
    assert left.tv_usec < 10**6
    over = lowmem.place(old_timeval32(0, 2000))
    assert select(fd + 1, (Words(lowmem, fd), None, None), over) == SUCCESS
    assert lowmem.read(over, 8) == bytes(8)
    assert select(fd + 1, (None, write, None), lowmem.place(old_timeval32(0, 2_000_000))) == returned(1)
    for bad in (old_timeval32(-1, 0), old_timeval32(0, -1)):
        assert select(fd + 1, (None, write, None), lowmem.place(bad)) == refused(EINVAL)
    assert select(fd + 1, (None, write, None), lowmem.before_end(bytes(7))) == refused(EFAULT)
    assert select(-1, (None, write, None), 0) == refused(EINVAL)
    assert select(fd + 1, (None, write, None), lowmem.readonly(bytes(old_timeval32(5, 0)))) == returned(1)


@clause(since="2.2", level="source", refs=["src:fs/select.c:compat_sel_arg_struct"], covers=["file:select"])
def test_old_select_reads_its_structure(lowmem):
    """A structure that cannot be read to its end is EFAULT."""
    whole = struct.pack("=i4I", 0, 0, 0, 0, lowmem.place(old_timeval32(0, 0)))

    assert enter("old_select", lowmem.before_end(whole)) == SUCCESS
    assert enter("old_select", lowmem.before_end(whole[:-1])) == refused(EFAULT)


@clause(since="2.2", level="source", refs=REFS, covers=["file:select"])
def test_select_refuses_with_32_bit_words(lowmem, pair, sockets):
    """A set that cannot be read or written is EFAULT, a closed descriptor EBADF; no set changes."""
    closed = sockets.pair()[0]
    fd = closed.fd
    closed.must.close()
    time = lowmem.place(old_timeval32(0, 0))

    for place in range(3):
        sets = [0, 0, 0]
        sets[place] = lowmem.before_end(bytes(3))
        assert enter("_newselect", pair[0].fd + 1, *sets, time) == refused(EFAULT)
        good = Words(lowmem, pair[0].fd)
        sets[place] = lowmem.readonly(good.full)
        assert enter("_newselect", pair[0].fd + 1, *sets, time) == refused(EFAULT)
        bad = Words(lowmem, fd)
        sets[place] = bad.address
        assert enter("_newselect", fd + 1, *sets, time) == refused(EBADF)
        assert bad.stays()


@clause(since="5.1", level="source", refs=PSELECT, covers=["file:select"])
@each_time
def test_pselect_with_either_time(lowmem, pair, time):
    """pselect6 takes a 32-bit or a 64-bit timespec and a mask through 32-bit words, and writes the time left back."""
    kind, fd = TIMES[time], pair[0].fd
    entry = "pselect6" if time == "time32" else "pselect6_time64"
    write = Words(lowmem, fd)
    mask = lowmem.place(bytes(8))

    def pselect(when, sixth=0):
        return enter(entry, fd + 1, 0, write.address, 0, when, sixth)

    def packed(pointer, size):
        return lowmem.before_end(struct.pack("=II", pointer, size))

    where = lowmem.place(kind(100, 7))
    assert pselect(where, packed(mask, 8)) == returned(1)
    left = kind.from_buffer_copy(lowmem.read(where, ctypes.sizeof(kind)))
    assert (90 < left.tv_sec < 100, 0 <= left.tv_nsec < 10**9, write.stays()) == (True, True, True)
    assert [pselect(lowmem.place(kind(*bad))) for bad in ((-1, 0), (0, -1), (0, 10**9))] == [refused(EINVAL)] * 3
    assert pselect(lowmem.before_end(bytes(ctypes.sizeof(kind) - 1))) == refused(EFAULT)
    assert [pselect(where, packed(mask, size)) for size in (4, 7, 9)] == [refused(EINVAL)] * 3
    assert pselect(where, packed(lowmem.unmapped, 8)) == refused(EFAULT)
    assert pselect(where, lowmem.before_end(struct.pack("=II", mask, 8)[:7])) == refused(EFAULT)
    assert pselect(0, packed(0, 3)) == returned(1)


@clause(since="5.1", level="source", refs=PPOLL, covers=["file:poll"])
@each_time
def test_ppoll_with_either_time(lowmem, pair, time):
    """Ppoll takes a 32-bit or a 64-bit timespec and a mask of 8 bytes, and writes the time left back."""
    kind = TIMES[time]
    entry = "ppoll" if time == "time32" else "ppoll_time64"
    mask = lowmem.place(bytes(8))

    def ppoll(events, when, where=0, size=8):
        fds = lowmem.place(pollfd(pair[0].fd, events, 0x5A5A))
        return enter(entry, fds, 1, when, where, size), lowmem.view(pollfd, fds).revents

    where = lowmem.place(kind(100, 7))
    assert ppoll(POLLOUT, where, mask) == (returned(1), POLLOUT)
    left = kind.from_buffer_copy(lowmem.read(where, ctypes.sizeof(kind)))
    assert (90 < left.tv_sec < 100, 0 <= left.tv_nsec < 10**9) == (True, True)
    assert ppoll(POLLIN, lowmem.place(kind(0, 1000))) == (SUCCESS, 0)
    bad = [ppoll(POLLOUT, lowmem.place(kind(*each))) for each in ((-1, 0), (0, -1), (0, 10**9))]
    assert bad == [(refused(EINVAL), 0x5A5A)] * 3
    assert ppoll(POLLOUT, lowmem.before_end(bytes(ctypes.sizeof(kind) - 1))) == (refused(EFAULT), 0x5A5A)
    assert ppoll(POLLOUT, where, mask, 4) == (refused(EINVAL), 0x5A5A)
    assert ppoll(POLLOUT, where, lowmem.before_end(bytes(7))) == (refused(EFAULT), 0x5A5A)
    assert ppoll(POLLOUT, 0, 0, 3) == (returned(1), POLLOUT)


@clause(since="5.11", level="source", refs=EPOLL, covers=["file:epoll"])
@pytest.mark.parametrize("entry", ["epoll_wait", "epoll_pwait", "epoll_pwait2"])
def test_epoll_by_the_32_bit_entry(lowmem, sockets, pair, entry):
    """epoll_ctl and each way to wait read and write the same packed event; time and mask are checked as ever."""
    epoll = sockets.adopt(must(syscall(NUMBERS["epoll_create1"], 0o2000000), "epoll_create1")).fd
    event = lowmem.place(epoll_event(EPOLLOUT, 2**64 - 2))
    room = lowmem.place(bytes(24))
    zero = lowmem.place(__kernel_timespec(0, 0)) if entry == "epoll_pwait2" else 0
    mask = lowmem.place(bytes(8))

    def wait(time=zero, where=0, size=8):
        return enter(entry, epoll, room, 2, time, where, size)

    before = wait()
    added = syscall(NUMBERS["epoll_ctl"], epoll, EPOLL_CTL_ADD, pair[0].fd, event)

    assert (before, added, wait()) == (SUCCESS, SUCCESS, returned(1))
    assert lowmem.read(room, 24) == bytes(epoll_event(EPOLLOUT, 2**64 - 2)) + bytes(12)
    if entry != "epoll_wait":
        assert [wait(zero, mask, size) for size in (8, 4, 9)] == [returned(1), refused(EINVAL), refused(EINVAL)]
        assert wait(zero, lowmem.unmapped) == refused(EFAULT)
    if entry == "epoll_pwait2":
        assert wait(lowmem.place(__kernel_timespec(0, 10**9))) == refused(EINVAL)
        assert wait(lowmem.before_end(bytes(15))) == refused(EFAULT)
        assert wait(0) == returned(1)
