"""setsockopt(2), SOL_SOCKET: options that hold a number or a small structure."""

import struct
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, keeps_its_values, put, put_at
from helpers.options import covers, option, options
from helpers.options.option import INT_MAX
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import linger

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
LINGER, PACING = option("SO_LINGER"), option("SO_MAX_PACING_RATE")
OLD = ("SO_PRIORITY", "SO_MARK", "SO_RCVLOWAT")


@clause(since="2.6.25", level="documented", refs=[MAN, SET, GET], covers=covers(OLD, "set", "get"))
@pytest.mark.parametrize("chosen", options(*OLD), ids=str)
def test_a_number_reads_back(sockets, chosen):
    """A new socket has priority 0, mark 0 and low-water mark 1; valid values read back, a low-water mark of 0 as 1."""
    keeps_its_values(sockets.packet(), chosen)


@clause(since="4.4", level="documented", refs=[MAN, SET, GET], covers=covers(["SO_INCOMING_CPU"], "set", "get"))
def test_so_incoming_cpu_reads_back(sockets):
    """SO_INCOMING_CPU is -1 on a socket that has received nothing, and keeps any number, of a CPU or not."""
    keeps_its_values(sockets.packet(), option("SO_INCOMING_CPU"))


def _linger(onoff, seconds):
    return bytes(linger(onoff, seconds))


@clause(since="2.2", level="documented", refs=[MAN, SET, GET], covers=covers(["SO_LINGER"], "set", "get"))
def test_so_linger_reads_back(sockets):
    """SO_LINGER is off on a new socket, keeps whole seconds and a flag of 0 or 1; while off, its seconds stay."""
    socket = sockets.packet()
    before = get(socket, LINGER, 8)

    values = [_linger(256, 7), _linger(0, 9), _linger(1, INT_MAX), _linger(-1, 0)]
    results = [(put(socket, LINGER, value), get(socket, LINGER, 8)) for value in values]

    assert before == answer(_linger(0, 0), 8)
    expected = [_linger(1, 7), _linger(0, 7), _linger(1, INT_MAX), _linger(1, 0)]
    assert results == [(SUCCESS, answer(value, 8)) for value in expected]


@clause(
    since="2.2",
    level="documented",
    refs=["man:setsockopt(2)", SET],
    covers=["errno:EINVAL", "errno:EFAULT", *covers(["SO_LINGER"], "error")],
)
def test_so_linger_is_a_whole_structure(sockets, memory):
    """A linger structure that is a byte short is EINVAL, one that cannot be read is EFAULT, a longer one will do."""
    socket, value = sockets.packet(), _linger(1, 7)

    results = [put(socket, LINGER, value, 7), put_at(socket, LINGER, memory.before_end(value[:7]), 8)]

    assert results == [refused(EINVAL), refused(EFAULT)]
    assert get(socket, LINGER, 8) == answer(_linger(0, 0), 8)
    assert put_at(socket, LINGER, memory.before_end(value), 9) == SUCCESS
    assert get(socket, LINGER, 8) == answer(value, 8)


WORD, LONG = struct.Struct("=I").pack, struct.Struct("=Q").pack
ALL32, ALL64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF


@clause(since="5.3", level="source", refs=[SET, GET], covers=covers(["SO_MAX_PACING_RATE"], "set", "get"))
@pytest.mark.parametrize(
    ("value", "short", "long"),
    [
        (WORD(1), 1, 1),
        (WORD(0x80000000), 0x80000000, 0x80000000),
        (WORD(ALL32), ALL32, ALL64),
        (WORD(7) + b"\1\0\0", 7, 7),
        (LONG(7), 7, 7),
        (LONG(ALL32), ALL32, ALL32),
        (LONG(1 << 40), ALL32, 1 << 40),
        (LONG(ALL64), ALL32, ALL64),
    ],
    ids=["word", "unsigned-word", "unlimited-word", "seven-bytes", "long", "32-bit-long", "longer-long", "unlimited"],
)  # fmt: skip
def test_so_max_pacing_rate_reads_back_in_both_sizes(sockets, value, short, long):
    """SO_MAX_PACING_RATE has 64 bits where eight bytes are given, else 32, of which all ones mean no limit."""
    socket = sockets.packet()
    before = [get(socket, PACING, 4), get(socket, PACING, 8)]
    must(put(socket, PACING, 5))

    result = put(socket, PACING, value)

    assert before == [answer(ALL32), answer(LONG(ALL64), 8)]
    assert result == SUCCESS
    assert [get(socket, PACING, 4), get(socket, PACING, 7)] == [answer(short), answer(short, 7)]
    assert get(socket, PACING, 12) == answer(LONG(long), 12)


@clause(since="5.3", level="source", refs=[SET], covers=["errno:EFAULT", *covers(["SO_MAX_PACING_RATE"], "error")])
def test_so_max_pacing_rate_is_read_to_its_end(sockets, memory):
    """Eight bytes of SO_MAX_PACING_RATE of which only seven can be read are EFAULT, and the old rate stays."""
    socket = sockets.packet()

    result = put_at(socket, PACING, memory.before_end(LONG(5)[:7]), 8)

    assert result == refused(EFAULT)
    assert get(socket, PACING, 8) == answer(LONG(ALL64), 8)
