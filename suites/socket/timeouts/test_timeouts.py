"""setsockopt(2): SO_RCVTIMEO and SO_SNDTIMEO, in their two layouts (the same on 64 bits)."""

import ctypes
from errno import EAGAIN, EDOM, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import times, wait
from helpers.option_calls import answer, get, put, put_at
from helpers.options import covers, option, options
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM
from helpers.uapi.time_types import timeval

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sock_set_timeout"
READ = "src:net/core/sock.c:sock_copy_user_timeval"
GET = "src:net/core/sock.c:sock_get_timeout"
MAN = "man:socket(7)"
NAMES = ("SO_RCVTIMEO_OLD", "SO_SNDTIMEO_OLD", "SO_RCVTIMEO_NEW", "SO_SNDTIMEO_NEW")
SIZE = ctypes.sizeof(timeval)

every = pytest.mark.parametrize("chosen", options(*NAMES), ids=str)


def _time(seconds, micro=0):
    return bytes(timeval(seconds, micro))


def _micro(reply):
    """Return the timeout of a reply in microseconds."""
    seconds, micro = times.words(timeval, reply.data)
    return seconds * 1_000_000 + micro


@clause(since="5.1", level="documented", refs=[MAN, SET, GET], covers=covers(NAMES, "set", "get"))
@every
def test_a_timeout_of_whole_seconds_reads_back(sockets, chosen):
    """A timeout is zero, for none, on a new socket; whole seconds read back exactly, and so does zero again."""
    socket = sockets.packet()
    before = get(socket, chosen, SIZE)

    results = [(put(socket, chosen, _time(value)), get(socket, chosen, SIZE)) for value in (1, 86_400, 0)]

    assert before == answer(_time(0), SIZE)
    assert results == [(SUCCESS, answer(_time(value), SIZE)) for value in (1, 86_400, 0)]


@clause(since="5.1", level="source", refs=[SET, GET], covers=covers(NAMES, "set", "get"))
@pytest.mark.parametrize("way", ["RCV", "SND"])
def test_both_layouts_are_one_timeout_and_both_ways_are_two(sockets, way):
    """What is set in one layout reads back in the other, and the other direction's timeout is not touched."""
    socket = sockets.packet()
    old, new = options(f"SO_{way}TIMEO_OLD", f"SO_{way}TIMEO_NEW")
    others = options(*(name for name in NAMES if way not in name))

    results = [
        (put(socket, one, _time(value)), get(socket, other, SIZE))
        for one, other, value in [(old, new, 3), (new, old, 4)]
    ]

    assert results == [(SUCCESS, answer(_time(3), SIZE)), (SUCCESS, answer(_time(4), SIZE))]
    assert [get(socket, other, SIZE) for other in others] == [answer(_time(0), SIZE)] * 2


@clause(since="5.1", level="source", refs=[SET, GET], covers=covers(NAMES, "set", "get"))
@every
def test_a_timeout_is_rounded_up_to_the_kernels_tick(sockets, chosen):
    """Microseconds are rounded up to whole ticks of the kernel: one makes a tick, one more than a tick makes two."""
    socket = sockets.packet()

    def kept(micro):
        assert put(socket, chosen, _time(0, micro)) == SUCCESS
        return _micro(get(socket, chosen, SIZE))

    tick = kept(1)

    hertz = 1_000_000 // tick
    assert 10 <= hertz <= 10_000
    step = 1_000_000 // hertz
    assert [kept(step), kept(step + 1), kept(2 * step)] == [tick, 2_000_000 // hertz, 2_000_000 // hertz]
    assert kept(999_999) == 1_000_000


@clause(since="5.1", level="source", refs=[SET], covers=["errno:EDOM", *covers(NAMES, "error")])
@every
def test_microseconds_that_are_no_part_of_a_second_are_refused_with_edom(sockets, chosen):
    """Microseconds below 0 or from a million on are refused with EDOM, also when the seconds are negative."""
    socket = sockets.packet()
    assert put(socket, chosen, _time(7)) == SUCCESS

    results = [put(socket, chosen, _time(seconds, micro)) for seconds in (0, -1) for micro in (-1, 1_000_000)]

    assert results == [refused(EDOM)] * 4
    assert get(socket, chosen, SIZE) == answer(_time(7), SIZE)


@clause(since="5.1", level="source", refs=[SET, GET], covers=covers(NAMES, "set", "get"))
@every
def test_a_timeout_beyond_the_kernels_clock_is_none(sockets, chosen):
    """A number of seconds that the kernel's clock cannot hold means no timeout, and reads back as zero."""
    socket = sockets.packet()
    assert put(socket, chosen, _time(7)) == SUCCESS

    result = put(socket, chosen, _time(2**63 - 1, 999_999))

    assert result == SUCCESS
    assert get(socket, chosen, SIZE) == answer(_time(0), SIZE)


@clause(
    since="5.1",
    level="documented",
    refs=["man:setsockopt(2)", READ],
    covers=["errno:EINVAL", "errno:EFAULT", *covers(NAMES, "error")],
)
@every
def test_a_timeout_is_a_whole_timeval(sockets, memory, chosen):
    """A timeval that is a byte short is EINVAL, one that cannot be read to its end is EFAULT, a longer one will do."""
    socket = sockets.packet()
    value = _time(7)

    results = [put(socket, chosen, value, 15), put_at(socket, chosen, memory.before_end(value[:15]), SIZE)]

    assert results == [refused(EINVAL), refused(EFAULT)]
    assert get(socket, chosen, SIZE) == answer(_time(0), SIZE)
    assert put_at(socket, chosen, memory.before_end(value), SIZE + 1) == SUCCESS
    assert get(socket, chosen, SIZE + 4) == answer(value, SIZE + 4)


@clause(since="5.1", level="documented", refs=[MAN, SET], covers=covers(NAMES, "effect"))
@every
def test_a_call_gives_up_after_its_timeout(sockets, chosen):
    """A call that would block, to receive or to send, fails with EAGAIN when the timeout is over, to a tick."""
    reader, writer = sockets.pair(SOCK_DGRAM)
    receives = "RCV" in chosen.name
    if not receives:
        while writer.send(b"x", MSG_DONTWAIT) != refused(EAGAIN):  # until the reader's queue is full
            pass
    socket = reader if receives else writer
    assert put(socket, chosen, _time(0, 1)) == SUCCESS
    tick = _micro(get(socket, chosen, SIZE))
    assert tick > 0
    result = put(socket, chosen, _time(0, 3 * tick))

    least = 2 * tick / 1_000_000  # the tick in which the call began may have been over
    buffer = ctypes.create_string_buffer(8)
    refusal, seconds = wait.timed(lambda: socket.recv(buffer, 8) if receives else socket.send(b"x"), least)

    assert (result, refusal) == (SUCCESS, refused(EAGAIN))
    assert seconds >= least


@clause(since="2.6.31", level="source", refs=[SET], covers=covers(["SO_RCVTIMEO_OLD"], "effect", "get"))
def test_a_negative_timeout_means_not_to_wait(sockets):
    """With a negative number of seconds a blocking receive without data fails with EAGAIN at once."""
    socket, chosen, buffer = sockets.packet(), option("SO_RCVTIMEO_OLD"), (ctypes.c_char * 8)()
    assert put(socket, chosen, _time(5)) == SUCCESS

    result = put(socket, chosen, _time(-1))

    assert result == SUCCESS
    assert get(socket, chosen, SIZE) == answer(_time(0), SIZE)
    assert socket.recv(buffer, 8) == refused(EAGAIN)
