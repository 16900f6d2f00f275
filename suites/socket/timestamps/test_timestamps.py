"""setsockopt(2): SO_TIMESTAMP and SO_TIMESTAMPNS, old and new, and how they exclude each other."""

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, put
from helpers.options import covers, option, options
from helpers.sockets import must
from helpers.syscall import SUCCESS

SYSCALL = "setsockopt"
SIMPLE = "src:net/core/sock.c:sock_set_timestamp"
SET = "src:net/core/sock.c:sock_set_timestamping"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
FLAGS = ("SO_TIMESTAMP_OLD", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_NEW")
OLD, NEW = option("SO_TIMESTAMPING_OLD"), option("SO_TIMESTAMPING_NEW")
BOTH = (OLD.name, NEW.name)
# What the four flags read after one of them was switched on: SO_TIMESTAMP_NEW is on under SO_TIMESTAMPNS_NEW too.
AFTER = {
    "SO_TIMESTAMP_OLD": [1, 0, 0, 0],
    "SO_TIMESTAMPNS_OLD": [0, 1, 0, 0],
    "SO_TIMESTAMP_NEW": [0, 0, 1, 0],
    "SO_TIMESTAMPNS_NEW": [0, 0, 1, 1],
}
NONE = [0, 0, 0, 0]


def _read(socket):
    return [get(socket, flag) for flag in options(*FLAGS)]


def _answers(values):
    return [answer(value) for value in values]


@clause(since="5.1", level="documented", refs=[MAN, SIMPLE, GET], covers=covers(FLAGS, "set", "get"))
@pytest.mark.parametrize("name", FLAGS)
def test_the_last_time_stamp_that_was_switched_on_is_the_one(sockets, name):
    """One form of time stamp is in force, the one switched on last, and any form's 0 switches it off."""
    socket = sockets.packet()
    readings = [_read(socket)]

    results = []
    for other in options(*FLAGS):
        results += [put(socket, other, 1), put(socket, option(name), 256)]
        readings.append(_read(socket))
        results.append(put(socket, other, 0))
        readings.append(_read(socket))

    assert results == [SUCCESS] * 12
    assert readings == [_answers(NONE), *[_answers(AFTER[name]), _answers(NONE)] * 4]


@clause(since="5.1", level="source", refs=[SET, GET], covers=covers(BOTH, "set"))
def test_so_timestamping_decides_the_form_of_other_stamps_too(sockets):
    """A time stamp that is on takes the layout, old or new, of the last SO_TIMESTAMPING that was set."""
    socket = sockets.packet()
    must(put(socket, option("SO_TIMESTAMP_OLD"), 1))

    results = [(put(socket, chosen, 0), _read(socket)) for chosen in (NEW, OLD)]

    assert results == [(SUCCESS, _answers(AFTER[name])) for name in ("SO_TIMESTAMP_NEW", "SO_TIMESTAMP_OLD")]
