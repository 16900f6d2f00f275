"""setsockopt(2), SOL_SOCKET: how large a socket's buffers may grow."""

import os
from errno import EINVAL, EPERM
from pathlib import Path

import pytest

from fixtures.clauses import clause
from helpers.net.sysctl import need_buffer
from helpers.option_calls import answer, get, kept, put, round_trip
from helpers.options import covers, option
from helpers.options.option import INT_MAX, INT_MIN
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
MAN = "man:socket(7)"
BUFFERS = {"SO_RCVBUF": "rmem", "SO_SNDBUF": "wmem"}
FORCED = ("SO_RCVBUFFORCE", "SO_SNDBUFFORCE")
BUF_LOCK = option("SO_BUF_LOCK")

both = pytest.mark.parametrize("name", BUFFERS)
both_forced = pytest.mark.parametrize("name", FORCED)


def _read(socket, name):
    return socket.option(option(name).level, option(name).number)


def _set(socket, name, value):
    must(put(socket, option(name), value), name)
    return _read(socket, name)


@clause(since="2.2", level="documented", refs=[MAN, SET], covers=covers(BUFFERS, "set", "get"))
@both
def test_a_buffers_size_reads_back_doubled(sockets, name):
    """A buffer size between the limits reads back as twice what was set."""
    need_buffer(BUFFERS[name], 50_001)
    socket, chosen = sockets.packet(), option(name)

    results = [(put(socket, chosen, value), get(socket, chosen)) for value in (50_001, 10_000)]

    assert results == [(SUCCESS, answer(100_002)), (SUCCESS, answer(20_000))]


@clause(since="2.2", level="documented", refs=[MAN, SET], covers=covers(BUFFERS, "set", "get", "effect"))
@both
def test_a_buffer_starts_at_the_default_and_stops_at_the_maximum(sockets, name):
    """A buffer has the size of net.core.*mem_default, and twice net.core.*mem_max at most, whatever is asked for.

    Doubled, no size passes INT_MAX: where the maximum is more than half of that, the half counts.
    """
    sysctl = f"/proc/sys/net/core/{BUFFERS[name]}"
    if not os.path.exists(f"{sysctl}_max"):
        pytest.skip("this kernel hides net.core.*mem_max in private network namespaces")
    default, most = (int(Path(f"{sysctl}_{which}").read_text()) for which in ("default", "max"))
    socket = sockets.packet()

    before = get(socket, option(name))
    most = min(most, INT_MAX // 2)
    sizes = [_set(socket, name, value) for value in (most - 1, most, most + 1, INT_MAX)]

    assert before == answer(default)
    assert sizes == [2 * most - 2, 2 * most, 2 * most, 2 * most]


@clause(since="2.2", level="source", refs=[SET], covers=covers(BUFFERS, "set", "get"))
@both
def test_a_negative_buffer_size_means_the_maximum(sockets, name):
    """A negative buffer size is taken as unsigned, so the buffer becomes as large as the largest size makes it."""
    need_buffer(BUFFERS[name], 10_000)
    socket = sockets.packet()
    most = _set(socket, name, INT_MAX)

    sizes = [_set(socket, name, value) for value in (10_000, -1, 10_000, INT_MIN)]

    assert sizes == [20_000, most, 20_000, most]


@clause(since="4.2", level="disputed", refs=[MAN, SET], covers=covers(BUFFERS, "set", "get"))
@both
def test_a_buffer_does_not_shrink_below_the_minimum(sockets, name):
    """Every size whose double is below a minimum means that minimum, which is twice as large for sending.

    socket(7) names 256 bytes for receiving and 2048 for sending; the kernel counts a frame's whole memory.
    """
    socket = sockets.packet()
    least = _set(socket, name, 0)

    sizes = [_set(socket, name, value) for value in (1, least // 2 - 1, least // 2, least // 2 + 1)]

    assert sizes == [least, least, least, least + 2]
    assert _set(socket, "SO_SNDBUF", 0) == 2 * _set(socket, "SO_RCVBUF", 0) > 2 * 2048


@clause(since="2.6.14", level="documented", refs=[MAN, SET], covers=covers(FORCED, "set", "effect"))
@both_forced
def test_a_forced_buffer_size_passes_the_maximum(initial_user_namespace, sockets, name):
    """With CAP_NET_ADMIN a forced size is doubled even above the maximum, and kept below INT_MAX."""
    socket, plain = sockets.packet(), name.removesuffix("FORCE")
    most = min(_set(socket, plain, INT_MAX), INT_MAX // 2)

    results = [(put(socket, option(name), value), _read(socket, plain)) for value in (most, INT_MAX // 2, INT_MAX)]

    assert results == [(SUCCESS, 2 * most), (SUCCESS, INT_MAX - 1), (SUCCESS, INT_MAX - 1)]


@clause(since="4.9", level="source", refs=[SET], covers=covers(FORCED, "set"))
@both_forced
def test_a_forced_negative_size_is_the_smallest(initial_user_namespace, sockets, name):
    """A negative size that is forced means the smallest buffer, not the largest."""
    socket, plain = sockets.packet(), name.removesuffix("FORCE")
    least = _set(socket, plain, 0)
    _set(socket, plain, 10_000)

    results = [(put(socket, option(name), value), _read(socket, plain)) for value in (-1, INT_MIN)]

    assert results == [(SUCCESS, least)] * 2


@clause(since="2.6.14", level="documented", refs=[MAN, SET], covers=["errno:EPERM", *covers(FORCED, "set", "error")])
@both_forced
def test_a_forced_size_needs_cap_net_admin(sockets, name):
    """Without CAP_NET_ADMIN in the initial user namespace a forced size is refused with EPERM and changes nothing."""
    socket, plain = sockets.packet(), name.removesuffix("FORCE")
    need_buffer(BUFFERS[plain], 20_000)
    _set(socket, plain, 10_000)

    results = in_child(lambda: [put(socket, option(each), 20_000) for each in (name, plain)], without=["CAP_NET_ADMIN"])

    assert results == [refused(EPERM), SUCCESS]
    assert _read(socket, plain) == 40_000


@clause(since="5.15", level="uapi", refs=["uapi:linux/socket.h", SET], covers=covers(["SO_BUF_LOCK"], "set", "get"))
def test_so_buf_lock_reads_back(sockets):
    """SO_BUF_LOCK is 0 on a new socket and keeps its two bits in every combination."""
    socket = sockets.packet()
    before = get(socket, BUF_LOCK)

    after = round_trip(socket, BUF_LOCK)

    assert before == answer(0)
    assert after == kept(BUF_LOCK)


@clause(since="5.15", level="source", refs=[SET], covers=["errno:EINVAL", *covers(["SO_BUF_LOCK"], "effect", "error")])
def test_so_buf_lock_shows_which_buffer_was_set(sockets):
    """Setting a buffer's size locks it, bit 0 for sending and bit 1 for receiving; other bits are EINVAL."""
    socket = sockets.packet()

    locks = []
    for name in BUFFERS:
        _set(socket, name, 10_000)
        locks.append(_read(socket, "SO_BUF_LOCK"))
    results = [put(socket, BUF_LOCK, value) for value in (4, -1)]

    assert locks == [2, 3]
    assert results == [refused(EINVAL)] * 2
    assert _read(socket, "SO_BUF_LOCK") == 3
