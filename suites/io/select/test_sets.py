"""select(2): the sets, for every state of every kind of socket, at every size."""

import os
import resource
from errno import EBADF, EFAULT, EINVAL
from fcntl import F_DUPFD_CLOEXEC, fcntl
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDBAND, POLLRDNORM, POLLWRBAND, POLLWRNORM

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.readiness import DISTINCT
from helpers.syscall import SUCCESS, refused, returned
from helpers.transitions import TRANSITIONS
from helpers.uapi.socket import SOCK_DGRAM
from helpers.unavailable import unavailable
from suites.io.select.support import ENTRIES, WORD, bits, enter, members

REFS = ["man:select(2)", "src:fs/select.c:core_sys_select", "src:fs/select.c:do_select"]
SETS = [  # what puts a descriptor into each of the sets
    POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR | POLLNVAL,
    POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR | POLLNVAL,
    POLLPRI | POLLNVAL,
]
each_entry = pytest.mark.parametrize("entry", ENTRIES)


@pytest.fixture
def pair(sockets):
    return sockets.pair(SOCK_DGRAM)


def high(fd, least):
    """Return a duplicate of *fd* from *least* on; skips where there may be none."""
    try:
        return fcntl(fd, F_DUPFD_CLOEXEC, least)
    except OSError:
        unavailable(f"RLIMIT_NOFILE allows no descriptor {least}")


@clause(since="5.15", level="documented", refs=REFS, covers=["file:select"])
@pytest.mark.parametrize("state", DISTINCT, ids=str)
def test_sets_of_a_state(loopback, state):
    """A socket stays in the sets for reading, writing and exceptions by the events of poll(2), and counts in each."""
    socket = state.make(loopback)
    expected = [bool(state.events & events) for events in SETS]

    sets = [bits([socket.fd]) for _ in SETS]
    result = enter("pselect6", socket.fd + 1, sets)
    alone = []
    for number in range(3):
        words = bits([socket.fd])
        alone.append((enter("pselect6", socket.fd + 1, [words if number == k else None for k in range(3)]), any(words)))

    assert (result, [any(words) for words in sets]) == (returned(sum(expected)), expected)
    assert alone == [(returned(1) if there else SUCCESS, there) for there in expected]


@clause(since="5.15", level="source", refs=[*REFS, "src:fs/select.c:select_poll_one"], covers=["file:select"])
@pytest.mark.parametrize(
    "transition", [each for each in TRANSITIONS if each.name in ("data", "room", "urgent", "frame", "error")], ids=str
)
def test_what_happens_ends_a_wait(loopback, transition):
    """A select for what a socket is not ready for waits, and ends when that happens."""
    socket, act = transition.make(loopback)
    kind = 2 if transition.name == "urgent" else 1 if transition.name == "room" else 0
    sets = [bits([socket.fd]) if number == kind else None for number in range(3)]

    def run():
        return enter("pselect6", socket.fd + 1, sets, 30), members(sets[kind])

    with process.start(run) as child:
        child.wait_blocked("pselect6")
        act()
        assert child.result() == (returned(1), [socket.fd])


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
@pytest.mark.parametrize("least", [0, 63, 64, 127, 128, 300, 700])
def test_count_is_the_highest_descriptor_and_one(pair, entry, least):
    """Descriptors below the count are looked at, those from it on are not, and their bits beyond its word are kept."""
    fd = high(pair[0].fd, least)
    try:
        words = bits([fd])
        looked_at = enter(entry, fd + 1, [None, words, None]), members(words)
        beyond = bits([fd, 1023])
        left_out = enter(entry, fd, [None, beyond, None]), members(beyond)
    finally:
        os.close(fd)

    assert looked_at == (returned(1), [fd])
    same_word = fd % WORD  # the word of the last descriptor is written as a whole
    assert left_out == (SUCCESS, [1023] if same_word else [fd, 1023])


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
def test_several_descriptors_in_several_sets(sockets, entry):
    """Each descriptor stays in a set for itself, whatever word it lies in, and the result counts all of them."""
    pairs = [sockets.pair(SOCK_DGRAM) for _ in range(40)]
    for _, right in pairs[::3]:
        right.must.send(b"x")
    left = [near.fd for near, _ in pairs]

    sets = [bits(left), bits(left[::2]), bits(left)]
    result = enter(entry, max(left) + 1, sets)

    assert [members(words) for words in sets] == [left[::3], left[::2], []]
    assert result == returned(len(left[::3]) + len(left[::2]))


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
def test_count_below_zero_is_einval(pair, entry):
    """A count below zero is EINVAL, and the sets stay; of zero the call only waits."""
    words = bits([pair[0].fd])

    assert [enter(entry, count, [None, words, None]) for count in (-1, -(2**31))] == [refused(EINVAL)] * 2
    assert enter(entry, 0, [None, words, None], 0.001) == SUCCESS
    assert members(words) == [pair[0].fd]
    assert enter(entry, 0, [None] * 3, 0.001) == SUCCESS


@clause(since="2.2", level="source", refs=REFS, covers=["file:select"])
@each_entry
def test_count_beyond_the_descriptor_table_is_cut(pair, entry):
    """A count beyond the room of the descriptor table is cut to that: no bit beyond it is looked at."""
    room = 1 << 17
    words = bits([pair[0].fd, room - 1], room)

    def run():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        return enter(entry, 2**31 - 1, [None, words, None]), members(words)

    assert process.in_child(run) == (returned(1), [pair[0].fd, room - 1])


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
@pytest.mark.parametrize("kind", range(3), ids=["read", "write", "except"])
def test_closed_descriptor_is_ebadf(pair, entry, kind):
    """A descriptor that is closed is EBADF in any set, in whatever word it lies, and no set is changed."""
    results = []
    for least in (3, 64, 200):
        closed = high(pair[0].fd, least)
        os.close(closed)
        top = high(pair[0].fd, closed + 1)
        sets = [bits([pair[0].fd]) for _ in range(3)]
        sets[kind][closed // WORD] |= 1 << closed % WORD
        before = [members(words) for words in sets]
        results.append((enter(entry, closed + 1, sets), [members(words) for words in sets] == before))
        results.append((enter(entry, top + 1, sets), [members(words) for words in sets] == before))
        os.close(top)

    assert results == [(refused(EBADF), True)] * 6


@clause(since="2.2", level="documented", refs=REFS, covers=["file:select"])
@each_entry
@pytest.mark.parametrize("kind", range(3), ids=["read", "write", "except"])
def test_set_that_cannot_be_read_or_written_is_efault(pair, memory, entry, kind):
    """A set that cannot be read or written to the end of its last word is EFAULT; no more of it is touched."""
    count = pair[0].fd + 1
    size = -(-count // WORD) * WORD // 8
    whole = bytes(bits([pair[0].fd]))[:size]

    def at(where):
        sets = [None, bits([pair[0].fd]), None]
        sets[kind] = where
        return enter(entry, count, sets)

    where = memory.before_end(whole)
    assert at(memory.unmapped) == at(memory.before_end(whole[:-1])) == at(memory.readonly(whole)) == refused(EFAULT)
    assert at(where).ok
    assert memory.read(where, size) == (whole if kind == 1 else bytes(size))
