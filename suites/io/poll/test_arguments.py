"""poll(2), ppoll(2): descriptors, counts, memory."""

import resource
from errno import EFAULT, EINVAL
from select import POLLIN, POLLNVAL, POLLOUT

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.descriptors import OWN, need_descriptors
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.poll.support import ANY, ENTRIES, SIZE, UNTOUCHED, by_ppoll, entries, revents

REFS = ["man:poll(2)", "src:fs/select.c:do_sys_poll", "src:fs/select.c:do_pollfd"]
each_entry = pytest.mark.parametrize("poll", ENTRIES.values(), ids=ENTRIES)


@pytest.fixture
def pair(sockets):
    return sockets.pair(SOCK_DGRAM)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
def test_negative_descriptors_are_passed_over(pair, poll):
    """An entry with a negative descriptor is passed over: its revents are zero, whatever is asked."""
    fds = entries((-1, ANY), (pair[0].fd, POLLOUT), (~pair[0].fd, POLLOUT), (-(2**31), 0))

    assert poll(fds, 4, 0) == returned(1)
    assert revents(fds) == [0, POLLOUT, 0, 0]
    assert [(entry.fd, entry.events) for entry in fds] == [
        (-1, ANY), (pair[0].fd, POLLOUT), (~pair[0].fd, POLLOUT), (-(2**31), 0)
    ]  # fmt: skip


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
def test_closed_descriptor_is_pollnval_and_counts(pair, poll):
    """A descriptor that is not open is POLLNVAL, asked for or not; it ends a wait, and counts."""
    fds = entries((1 << 20, 0), (pair[0].fd, POLLIN), (1 << 20, ANY), (pair[0].fd, POLLOUT))

    assert poll(fds, 4, None) == returned(3)
    assert revents(fds) == [POLLNVAL, 0, POLLNVAL, POLLOUT]


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
def test_one_descriptor_may_come_several_times(pair, poll):
    """A descriptor may stand in several entries: each has its own events and counts for itself."""
    pair[1].must.send(b"x")
    fds = entries((pair[0].fd, POLLIN), (pair[0].fd, POLLOUT), (pair[0].fd, 0), (pair[0].fd, POLLIN | POLLOUT))

    assert poll(fds, 4, None) == returned(3)
    assert revents(fds) == [POLLIN, POLLOUT, 0, POLLIN | POLLOUT]


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
@pytest.mark.parametrize("count", [1, 29, 30, 31, 540, 541, 542, 1100])
def test_every_entry_is_looked_at(pair, poll, count):
    """However many entries there are each is looked at and answered, and nothing beyond the last."""
    near = pair[0].fd
    fds = entries(
        *[(near if number % 3 else -1, POLLIN if number % 2 else POLLOUT) for number in range(count)], (near, ANY)
    )

    def run():
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(count, 64), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        return poll(fds, count, 0), revents(fds)

    expected = [POLLOUT if number % 3 and number % 2 == 0 else 0 for number in range(count)]
    need_descriptors(max(0, count - OWN))
    assert process.in_child(run) == (returned(expected.count(POLLOUT)), [*expected, UNTOUCHED])


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
def test_more_entries_than_descriptors_may_be_open_are_einval(pair, poll):
    """More entries than RLIMIT_NOFILE are EINVAL and stay as they are, just as many are not."""

    def run():
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        fds = entries(*[(pair[0].fd, POLLOUT)] * 41)
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
        first = poll(fds, 41, 0), revents(fds)
        return first, poll(fds, 2**32 - 1, 0), poll(fds, 40, 0), revents(fds)

    untouched = (refused(EINVAL), [UNTOUCHED] * 41)
    assert process.in_child(run) == (untouched, refused(EINVAL), returned(40), [*[POLLOUT] * 40, UNTOUCHED])


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
def test_no_entries_is_a_wait(memory, poll):
    """Without entries nothing is read or written, and the call returns 0 when its time is over."""
    assert [poll(where, 0, 0.001) for where in (None, memory.unmapped)] == [SUCCESS] * 2


@clause(since="2.2", level="documented", refs=REFS, covers=["file:poll"])
@each_entry
@pytest.mark.parametrize("count", [1, 3, 40, 700])
def test_entries_that_cannot_be_read_or_written_are_efault(pair, memory, poll, count):
    """Entries that cannot be read to the last byte, or not be written, are EFAULT."""
    need_descriptors(count)
    whole = bytes(entries(*[(pair[0].fd, POLLOUT)] * count))

    assert poll(memory.before_end(whole[:-1]), count, 0) == refused(EFAULT)
    assert poll(memory.before_end(whole[:-SIZE]), count, 0) == refused(EFAULT)
    assert poll(memory.unmapped, count, 0) == poll(memory.KERNEL, count, 0) == refused(EFAULT)
    assert poll(memory.readonly(whole), count, 0) == refused(EFAULT)
    where = memory.before_end(whole)
    assert poll(where, count, 0) == returned(count)
    assert memory.read(where, count * SIZE) == bytes(_answered(whole, POLLOUT))


def _answered(whole, told):
    fds = (type(entries((0, 0))[0]) * (len(whole) // SIZE)).from_buffer_copy(whole)
    for entry in fds:
        entry.revents = told
    return fds


@clause(since="2.2", level="source", refs=REFS, covers=["file:poll"])
def test_result_stands_at_revents_alone(pair, memory):
    """Of an entry only revents are written: the descriptor and the events may lie in read-only memory."""
    whole = bytes(entries((pair[0].fd, POLLOUT)))
    where = memory.readonly_until(whole, SIZE - 2)

    assert by_ppoll(where, 1, 0) == returned(1)
    assert memory.read(where, SIZE) == bytes(_answered(whole, POLLOUT))
    assert syscall.call("ppoll", memory.readonly_from(whole, SIZE - 2), 1, None, None, 0) == refused(EFAULT)
