"""setsockopt(2), SOL_SOCKET: what takes a capability, in the socket's user namespace or in the initial one."""

from errno import EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, kept, put, round_trip
from helpers.options import covers, option
from helpers.options.option import INT_MAX, INT_MIN
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
BOTH = ("CAP_NET_ADMIN", "CAP_NET_RAW")
PRIORITY, MARK, BUSY_POLL, BUDGET = map(option, ("SO_PRIORITY", "SO_MARK", "SO_BUSY_POLL", "SO_BUSY_POLL_BUDGET"))
PREFER = option("SO_PREFER_BUSY_POLL")


def _put_all(socket, chosen, values, without):
    """Set each of *values* in a child without some capabilities, and return the results."""
    return in_child(lambda: [put(socket, chosen, value) for value in values], without=without)


@clause(
    since="2.2", level="documented", refs=[MAN, SET], covers=["errno:EPERM", *covers(["SO_PRIORITY"], "set", "error")]
)
def test_a_priority_beyond_6_needs_a_capability(sockets):
    """Priorities 0 to 6 need no capability; others are refused with EPERM without one, and the old one stays."""
    socket = sockets.packet()

    results = _put_all(socket, PRIORITY, [0, 6, 7, -1, INT_MIN], BOTH)

    assert results == [SUCCESS, SUCCESS, *[refused(EPERM)] * 3]
    assert get(socket, PRIORITY) == answer(6)


@clause(since="5.17", level="disputed", refs=[MAN, SET], covers=covers(["SO_PRIORITY", "SO_MARK"], "set"))
@pytest.mark.parametrize("capability", BOTH)
@pytest.mark.parametrize("chosen", [PRIORITY, MARK], ids=str)
def test_either_network_capability_is_enough(sockets, chosen, capability):
    """CAP_NET_RAW alone, or CAP_NET_ADMIN alone, allows any priority and mark; socket(7) names only the second."""
    socket = sockets.packet()

    results = _put_all(socket, chosen, [7, -1], [name for name in BOTH if name != capability])

    assert results == [SUCCESS] * 2
    assert get(socket, chosen) == answer(-1)


@clause(
    since="2.6.25", level="documented", refs=[MAN, SET], covers=["errno:EPERM", *covers(["SO_MARK"], "set", "error")]
)
def test_a_mark_needs_a_capability(sockets):
    """Any mark, even the one that the socket has, is refused with EPERM without capabilities."""
    socket = sockets.packet()
    must(put(socket, MARK, 5))

    results = _put_all(socket, MARK, [5, 0, 6], BOTH)

    assert results == [refused(EPERM)] * 3
    assert get(socket, MARK) == answer(5)


@clause(
    since="3.11",
    level="documented",
    refs=[MAN, SET, GET],
    covers=["errno:EINVAL", *covers(["SO_BUSY_POLL"], "set", "get")],
)
def test_so_busy_poll_reads_back(initial_user_namespace, sockets):
    """A privileged process can set SO_BUSY_POLL to any time from 0 on; a negative one is EINVAL and changes nothing."""
    socket = sockets.packet()

    results = [(put(socket, BUSY_POLL, value), get(socket, BUSY_POLL)) for value in (50, INT_MAX, 0, 7, -1)]

    assert results[:4] == [(SUCCESS, answer(value)) for value in (50, INT_MAX, 0, 7)]
    assert results[4] == (refused(EINVAL), answer(7))


@clause(since="6.12", level="disputed", refs=[MAN, SET], covers=covers(["SO_BUSY_POLL"], "set", "error"))
def test_so_busy_poll_needs_no_capability(sockets):
    """SO_BUSY_POLL may be increased without capabilities.

    socket(7) asks for CAP_NET_ADMIN, as kernels up to 6.1 at least did.
    """
    socket = sockets.packet()

    results = _put_all(socket, BUSY_POLL, [0, 50, 60, -1], BOTH)

    assert results == [SUCCESS, SUCCESS, SUCCESS, refused(EINVAL)]
    assert get(socket, BUSY_POLL) == answer(60)


@clause(since="5.11", level="source", refs=[SET, GET], covers=covers(["SO_PREFER_BUSY_POLL"], "set", "get"))
def test_so_prefer_busy_poll_reads_back(initial_user_namespace, sockets):
    """SO_PREFER_BUSY_POLL is off on a new socket, and a privileged process can switch it on and off."""
    socket = sockets.packet()
    before = get(socket, PREFER)

    after = round_trip(socket, PREFER)

    assert before == answer(0)
    assert after == kept(PREFER)


@clause(
    since="5.11", level="source", refs=[SET], covers=["errno:EPERM", *covers(["SO_PREFER_BUSY_POLL"], "set", "error")]
)
def test_so_prefer_busy_poll_needs_privilege_to_be_switched_on(sockets):
    """Without CAP_NET_ADMIN in the initial user namespace SO_PREFER_BUSY_POLL cannot be set (EPERM), except to 0."""
    socket = sockets.packet()

    results = _put_all(socket, PREFER, [1, 0], ["CAP_NET_ADMIN"])

    assert results == [refused(EPERM), SUCCESS]
    assert get(socket, PREFER) == answer(0)


@clause(
    since="5.11", level="source", refs=[SET], covers=["errno:EINVAL", *covers(["SO_BUSY_POLL_BUDGET"], "set", "effect")]
)
def test_so_busy_poll_budget_is_of_16_bits(initial_user_namespace, sockets):
    """A privileged process can set SO_BUSY_POLL_BUDGET to 0 to 65535; others cannot raise it."""
    socket = sockets.packet()

    before = _put_all(socket, BUDGET, [0, 1], ["CAP_NET_ADMIN"])
    results = [put(socket, BUDGET, value) for value in (0x10000, -1, 0xFFFF, 100)]
    after = _put_all(socket, BUDGET, [101, 100, 99, 100], ["CAP_NET_ADMIN"])

    assert before == [SUCCESS, refused(EPERM)]
    assert results == [refused(EINVAL), refused(EINVAL), SUCCESS, SUCCESS]
    assert after == [refused(EPERM), SUCCESS, SUCCESS, refused(EPERM)]


@clause(
    since="5.11",
    level="source",
    refs=[SET],
    covers=["errno:EPERM", "errno:EINVAL", *covers(["SO_BUSY_POLL_BUDGET"], "error")],
)
def test_so_busy_poll_budget_needs_privilege_to_grow(sockets):
    """Without CAP_NET_ADMIN in the initial user namespace SO_BUSY_POLL_BUDGET cannot grow: EPERM before EINVAL."""
    socket = sockets.packet()

    results = _put_all(socket, BUDGET, [1, 0x10000, -1, 0], ["CAP_NET_ADMIN"])

    assert results == [refused(EPERM), refused(EPERM), refused(EINVAL), SUCCESS]
