"""setsockopt(2): SO_TXTIME, the clock and the flags of transmit times."""

import time
from errno import EFAULT, EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, put, put_at
from helpers.options import covers, option
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.net_tstamp import SOF_TXTIME_DEADLINE_MODE, SOF_TXTIME_REPORT_ERRORS, sock_txtime

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
HEADER = "uapi:linux/net_tstamp.h"
TXTIME = option("SO_TXTIME")
ERROR = covers([TXTIME.name], "error")
BOTH = SOF_TXTIME_DEADLINE_MODE | SOF_TXTIME_REPORT_ERRORS


def _txtime(clock, flags=0):
    return bytes(sock_txtime(clock, flags))


@clause(since="4.19", level="uapi", refs=[HEADER, SET, GET], covers=covers([TXTIME.name], "set", "get"))
@pytest.mark.parametrize("clock", [time.CLOCK_MONOTONIC, time.CLOCK_REALTIME, time.CLOCK_TAI])
def test_so_txtime_reads_back(sockets, clock):
    """SO_TXTIME is all zeros on a new socket and keeps each of its three clocks with any of its two flags."""
    socket = sockets.packet()
    before = get(socket, TXTIME, 8)

    values = [_txtime(clock, flags) for flags in (SOF_TXTIME_DEADLINE_MODE, BOTH, SOF_TXTIME_REPORT_ERRORS, 0)]
    results = [(put(socket, TXTIME, value), get(socket, TXTIME, 8)) for value in values]

    assert before == answer(_txtime(0), 8)
    assert results == [(SUCCESS, answer(value, 8)) for value in values]


@clause(since="4.19", level="source", refs=[SET], covers=["errno:EINVAL", *ERROR])
@pytest.mark.parametrize("flags", [4, 0x80000000])
def test_so_txtime_refuses_unknown_flags(sockets, flags):
    """SO_TXTIME refuses a flag that it does not know with EINVAL and keeps what it has."""
    socket = sockets.packet()
    kept = _txtime(time.CLOCK_MONOTONIC, BOTH)
    must(put(socket, TXTIME, kept))

    result = put(socket, TXTIME, _txtime(time.CLOCK_MONOTONIC, flags))

    assert result == refused(EINVAL)
    assert get(socket, TXTIME, 8) == answer(kept, 8)


@clause(since="6.12", level="source", refs=[SET], covers=["errno:EINVAL", *ERROR])
@pytest.mark.parametrize("clock", [time.CLOCK_BOOTTIME, -1, 4711])
def test_so_txtime_refuses_other_clocks(sockets, clock):
    """SO_TXTIME refuses a clock other than CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_TAI with EINVAL."""
    socket = sockets.packet()
    kept = _txtime(time.CLOCK_TAI, BOTH)
    must(put(socket, TXTIME, kept))

    result = put(socket, TXTIME, _txtime(clock))

    assert result == refused(EINVAL)
    assert get(socket, TXTIME, 8) == answer(kept, 8)


@clause(since="4.19", level="source", refs=[SET], covers=["errno:EPERM", *ERROR])
def test_so_txtime_needs_a_capability_for_other_clocks_than_the_monotonic(sockets):
    """Without CAP_NET_ADMIN every clock but CLOCK_MONOTONIC is refused with EPERM, also one that does not exist."""
    socket = sockets.packet()
    clocks = (time.CLOCK_MONOTONIC, time.CLOCK_TAI, time.CLOCK_REALTIME, 4711)

    results = in_child(
        lambda: [put(socket, TXTIME, _txtime(clock, clock % 2)) for clock in clocks], without=["CAP_NET_ADMIN"]
    )

    assert results == [SUCCESS, *[refused(EPERM)] * 3]
    assert get(socket, TXTIME, 8) == answer(_txtime(time.CLOCK_MONOTONIC, 1), 8)


@clause(since="4.19", level="source", refs=[SET], covers=["errno:EINVAL", "errno:EFAULT", *ERROR])
def test_so_txtime_is_exactly_its_structure(sockets, memory):
    """SO_TXTIME refuses any length but eight bytes with EINVAL, and bytes that cannot be read with EFAULT."""
    socket = sockets.packet()
    value = _txtime(time.CLOCK_MONOTONIC, BOTH)

    results = [put(socket, TXTIME, value + b"\0", length) for length in (4, 7, 9)]
    results.append(put_at(socket, TXTIME, memory.before_end(value[:7]), 8))

    assert results == [*[refused(EINVAL)] * 3, refused(EFAULT)]
    assert get(socket, TXTIME, 8) == answer(_txtime(0), 8)
    assert put_at(socket, TXTIME, memory.before_end(value), 8) == SUCCESS
