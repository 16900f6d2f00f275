"""epoll_wait(2), epoll_pwait(2), epoll_pwait2(2): arguments, timeouts, signals, and who comes first."""

import ctypes
from errno import EBADF, EFAULT, EINVAL
from select import EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.memory import Buffer
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.eventpoll import epoll_event
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.epoll.support import ENTRIES, Epoll, enter

SIZE = ctypes.sizeof(epoll_event)
REFS = ["man:epoll_wait(2)", "src:fs/eventpoll.c:do_epoll_wait"]
entries = pytest.mark.parametrize("entry", ENTRIES)


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@pytest.fixture
def pairs(sockets):
    """Five pairs of datagram sockets, of which each is writable."""
    return [sockets.pair(SOCK_DGRAM) for _ in range(5)]


@clause(since="5.11", level="documented", refs=REFS, covers=["file:epoll"])
@entries
def test_wait_refuses_what_is_no_instance(sockets, epoll, pairs, entry):
    """A closed descriptor is EBADF, one that is no epoll instance EINVAL."""
    epoll.add(pairs[0][0].fd, EPOLLOUT)
    room = (epoll_event * 2)()

    assert enter(entry, -1, room, 2) == refused(EBADF)
    assert enter(entry, pairs[0][0].fd, room, 2) == refused(EINVAL)
    assert enter(entry, epoll.fd, room, 2) == returned(1)


@clause(since="5.11", level="documented", refs=[*REFS, "src:fs/eventpoll.c:ep_check_params"], covers=["file:epoll"])
@entries
def test_wait_takes_a_count_above_zero_and_up_to_its_limit(epoll, pairs, entry):
    """A count of zero, below, or of more events than INT_MAX bytes hold is EINVAL; nothing is written."""
    epoll.add(pairs[0][0].fd, EPOLLOUT, 1)
    most = (2**31 - 1) // SIZE
    room = Buffer(4 * SIZE)

    results = [enter(entry, epoll.fd, room.array, count) for count in (0, -1, -(2**31), most + 1, 2**31 - 1)]

    assert results == [refused(EINVAL)] * 5
    assert room.untouched()
    assert [enter(entry, epoll.fd, room.array, count) for count in (1, most)] == [returned(1)] * 2
    assert (room[:SIZE], room.untouched(SIZE)) == (bytes(epoll_event(EPOLLOUT, 1)), True)


@clause(since="2.6.12", level="documented", refs=[*REFS, "src:fs/eventpoll.c:ep_deliver_event"], covers=["file:epoll"])
@pytest.mark.parametrize("flags", [0, EPOLLET, EPOLLONESHOT], ids=["level", "edge", "one-shot"])
def test_wait_into_bad_memory_loses_no_event(epoll, pairs, memory, flags):
    """Events that cannot be written are EFAULT and reported later; of several those that fit are."""
    for number in range(3):
        epoll.add(pairs[number][0].fd, EPOLLOUT | flags, number)

    assert epoll.pwait(memory.unmapped, 3) == refused(EFAULT)
    assert epoll.pwait(memory.KERNEL, 3) == refused(EFAULT)
    assert epoll.pwait(memory.readonly(bytes(3 * SIZE)), 3) == refused(EFAULT)
    assert epoll.pwait(memory.before_end(bytes(2 * SIZE - 1)), 3) == returned(1)
    rest = epoll.ready(count=3)

    assert sorted(rest) == [(EPOLLOUT, number) for number in range(0 if flags == 0 else 1, 3)]


@clause(since="2.6.12", level="documented", refs=[*REFS, "src:fs/eventpoll.c:ep_send_events"], covers=["file:epoll"])
def test_wait_goes_round_when_more_is_ready_than_fits(epoll, pairs):
    """Where more is ready than there is room for, the calls go round: each is reported before any comes again."""
    for number, (left, _) in enumerate(pairs):
        epoll.add(left.fd, EPOLLOUT, number)

    told = [data for _ in range(5) for _, data in epoll.ready(count=2)]

    assert told == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]


@clause(since="2.6.12", level="source", refs=[*REFS, "src:fs/eventpoll.c:ep_poll_callback"], covers=["file:epoll"])
def test_events_come_in_the_order_in_which_they_came_up(epoll, pairs):
    """Sockets are reported in the order in which they became ready."""
    for number, (left, _) in enumerate(pairs):
        epoll.add(left.fd, EPOLLIN, number)
    order = [3, 0, 4, 1, 2]

    for number in order:
        pairs[number][1].must.send(b"x")

    assert [data for _, data in epoll.ready()] == order


@clause(since="5.11", level="documented", refs=REFS, covers=["file:epoll"])
@entries
def test_wait_ends_with_its_time(epoll, pairs, entry):
    """A wait without an event returns 0 when its time is over and not before, and at once with a time of zero."""
    epoll.add(pairs[0][0].fd, EPOLLIN)
    room = Buffer(2 * SIZE)

    assert enter(entry, epoll.fd, room.array, 2) == SUCCESS
    result, seconds = wait.timed(lambda: enter(entry, epoll.fd, room.array, 2, 0.012), 0.012)

    assert (result, room.untouched()) == (SUCCESS, True)
    assert seconds >= 0.012


@clause(since="5.11", level="documented", refs=REFS, covers=["file:epoll"])
@entries
@pytest.mark.parametrize("seconds", [None, 3600], ids=["forever", "hour"])
def test_wait_is_ended_by_an_event(epoll, pairs, entry, seconds):
    """A wait, without an end or with one far away, goes on until an event comes, and reports it."""
    (left, right), room = pairs[0], (epoll_event * 2)()
    epoll.add(left.fd, EPOLLIN, 7)

    def run():
        return enter(entry, epoll.fd, room, 2, seconds), room[0].events, room[0].data

    with process.start(run) as child:
        child.wait_blocked(entry)
        right.must.send(b"x")
        assert child.result() == (returned(1), EPOLLIN, 7)
