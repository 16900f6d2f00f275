"""io_uring(7): polling."""

from errno import ECANCELED, ENOENT
from select import POLLIN, POLLOUT

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.io_uring import Ring
from helpers.readiness import DISTINCT, WRITE
from helpers.syscall import SUCCESS, refused, returned
from helpers.transitions import TRANSITIONS
from helpers.uapi import io_uring as uapi
from helpers.uapi.socket import SOCK_DGRAM

REFS = ["man:io_uring(7)", "src:io_uring/poll.c"]
ANY = 0x7FFF
LEFT_OUT = (
    *("connect done", "connect refused"),  # a new TCP socket is writable before anything happens
    "urgent",  # io_poll_wake passes over who waits for POLLPRI alone
)


@pytest.fixture
def ring():
    with Ring() as made:
        yield made


@clause(since="5.15", level="source", refs=REFS)
@pytest.mark.parametrize("state", DISTINCT, ids=str)
def test_poll_of_a_state(loopback, ring, state):
    """A poll by a request completes with the events of poll(2), at once if there are any."""
    socket = state.make(loopback)

    number = ring.submit(uapi.IORING_OP_POLL_ADD, socket.fd, rw_flags=ANY)
    completion = ring.take(wait.DEADLINE if state.events else 0)

    if state.events:
        assert (completion.request, completion.result, completion.flags) == (number, returned(state.events), 0)
        assert ring.call(uapi.IORING_OP_POLL_REMOVE, addr=number) == refused(ENOENT)
    else:
        assert completion is None
        removal = ring.submit(uapi.IORING_OP_POLL_REMOVE, addr=number)
        done = {each.request: each.result for each in (ring.take(wait.DEADLINE), ring.take(wait.DEADLINE))}
        assert done == {number: refused(ECANCELED), removal: SUCCESS}


@clause(since="5.15", level="source", refs=[*REFS, "src:io_uring/poll.c:io_poll_wake"])
@pytest.mark.parametrize("transition", [each for each in TRANSITIONS if each.name not in LEFT_OUT], ids=str)
def test_what_happens_completes_a_poll(loopback, ring, transition):
    """A poll for what a socket is not ready for completes when that happens."""
    socket, act = transition.make(loopback)
    wanted = transition.events & ~WRITE or POLLOUT  # room is there already, unless that is what comes
    number = ring.submit(uapi.IORING_OP_POLL_ADD, socket.fd, rw_flags=wanted)
    before = ring.take()

    act()
    result = ring.result(number)

    assert before is None
    assert result.value & wanted
    assert result.value & ~transition.events == 0


@clause(since="5.13", level="documented", refs=REFS)
def test_multishot_poll_goes_on(sockets, ring):
    """A multishot poll completes for each arrival with IORING_CQE_F_MORE, until it is removed: ECANCELED without it."""
    left, right = sockets.pair(SOCK_DGRAM)
    number = ring.submit(uapi.IORING_OP_POLL_ADD, left.fd, rw_flags=POLLIN, len=uapi.IORING_POLL_ADD_MULTI)
    seen = []

    for _ in range(3):
        right.must.send(b"x")
        seen.append(ring.take(wait.DEADLINE))
        assert ring.take() is None
    removal = ring.submit(uapi.IORING_OP_POLL_REMOVE, addr=number)
    last = {each.request: (each.result, each.flags) for each in (ring.take(wait.DEADLINE), ring.take(wait.DEADLINE))}

    assert [tuple(each) for each in seen] == [(number, returned(1), uapi.IORING_CQE_F_MORE)] * 3
    assert last == {number: (refused(ECANCELED), 0), removal: (SUCCESS, 0)}
