"""setsockopt(2): SO_ATTACH_FILTER, SO_DETACH_FILTER and SO_LOCK_FILTER."""

from errno import EINVAL, ENOENT, EPERM

from fixtures.clauses import clause
from helpers.net import frames
from helpers.option_calls import answer, get, put
from helpers.options import covers, option
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import (
    BPF_K,
    BPF_RET,
    BPF_STMT,
    program,
)
from helpers.uapi.socket import AF_INET, SOCK_STREAM

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
ATTACHING = "src:net/core/filter.c:__get_filter"
DETACHING = "src:net/core/filter.c:sk_detach_filter"
MAN = "man:socket(7)"
ATTACH, DETACH, LOCK = map(option, ("SO_ATTACH_FILTER", "SO_DETACH_FILTER", "SO_LOCK_FILTER"))
RETURN_ALL, RETURN_NONE = BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF), BPF_STMT(BPF_RET | BPF_K, 0)
ALL, NONE = program([RETURN_ALL]), program([RETURN_NONE])


def _hears(end, socket, witness):
    """Return whether a frame that is sent now gets through the socket's filter; the *witness* has none."""
    frame = frames.ethernet()
    end.inject(frame)
    witness.receive(frame.marker)
    return socket.received_markers([frame]) == [frame.marker]


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, SET, ATTACHING, DETACHING],
    covers=covers([ATTACH.name, DETACH.name], "set", "effect"),
)
def test_a_filter_decides_what_is_heard_until_it_is_detached(loopback):
    """A filter that returns 0 drops every frame; a later one replaces it, and without one all are received again."""
    # of two sockets the one that was bound first receives last
    witness, socket = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(protocol=frames.OWN)

    seen = [(put(socket, call, value), _hears(loopback, socket, witness)) for call, value in [
        (ATTACH, NONE), (ATTACH, ALL), (ATTACH, NONE), (DETACH, 0),
    ]]  # fmt: skip

    assert seen == [(SUCCESS, False), (SUCCESS, True), (SUCCESS, False), (SUCCESS, True)]


@clause(since="7.2", level="source", refs=[SET], covers=["errno:EPERM", *covers([ATTACH.name], "error")])
def test_a_filter_on_tcp_needs_cap_net_admin(sockets):
    """Without CAP_NET_ADMIN SO_ATTACH_FILTER is refused with EPERM on a TCP socket, not on a packet socket."""
    kinds = sockets.open(AF_INET, SOCK_STREAM), sockets.packet()

    results = in_child(lambda: [put(socket, ATTACH, ALL) for socket in kinds], without=["CAP_NET_ADMIN"])

    assert results == [refused(EPERM), SUCCESS]
    assert put(kinds[0], ATTACH, ALL) == SUCCESS


@clause(since="2.2", level="source", refs=[DETACHING], covers=["errno:ENOENT", *covers([DETACH.name], "error")])
def test_there_is_one_filter_to_detach(sockets):
    """SO_DETACH_FILTER without a filter is ENOENT, and one detach removes it however often one was attached."""
    socket = sockets.packet()
    without = put(socket, DETACH, 0)
    for _ in range(2):
        must(put(socket, ATTACH, ALL))

    results = [put(socket, DETACH, 0), put(socket, DETACH, 0)]

    assert without == refused(ENOENT)
    assert results == [SUCCESS, refused(ENOENT)]


@clause(since="2.2", level="source", refs=[SET], covers=["errno:EINVAL", *covers([DETACH.name], "error")])
def test_so_detach_filter_wants_an_int_that_it_ignores(sockets):
    """SO_DETACH_FILTER refuses fewer than four bytes with EINVAL and keeps the filter."""
    socket = sockets.packet()
    must(put(socket, ATTACH, ALL))

    results = [put(socket, DETACH, bytes(3)), put(socket, DETACH, -1)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(
    since="3.9",
    level="documented",
    refs=[MAN, SET],
    covers=["errno:EPERM", *covers([LOCK.name], "set", "get", "effect", "error")],
)
def test_a_locked_filter_cannot_be_changed_or_unlocked(sockets):
    """SO_LOCK_FILTER is off on a new socket and cannot be undone: EPERM, as is attaching and detaching after it."""
    socket = sockets.packet()
    must(put(socket, ATTACH, ALL))

    before = [(put(socket, LOCK, 0), get(socket, LOCK))]
    locked = [(put(socket, LOCK, value), get(socket, LOCK)) for value in (256, 1)]
    results = [put(socket, LOCK, 0), put(socket, ATTACH, NONE), put(socket, DETACH, 0)]

    assert before == [(SUCCESS, answer(0))]
    assert locked == [(SUCCESS, answer(1))] * 2
    assert results == [refused(EPERM)] * 3
    assert get(socket, LOCK) == answer(1)
    assert get(socket, ATTACH, 0).length == 1
