"""poll(2): the events of every state of every kind of socket."""

from select import POLLERR, POLLHUP

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.readiness import STATES
from helpers.syscall import SUCCESS, returned
from helpers.uapi.poll import pollfd
from helpers.uapi.time_types import timespec

ANY = 0x7FFF
REFS = [
    "man:poll(2)",
    "src:net/socket.c:sock_poll",
    "src:net/core/datagram.c:datagram_poll",
    "src:net/unix/af_unix.c:unix_poll",
    "src:net/unix/af_unix.c:unix_dgram_poll",
    "src:net/ipv4/tcp.c:tcp_poll",
]


def poll(fd, events=ANY):
    """Return the Result of one ppoll(2) that does not wait, and revents."""
    entry = pollfd(fd, events, 0x5A5A)
    return syscall.call("ppoll", entry, 1, timespec(0, 0), None, 0), entry.revents


def ready(events):
    """Return what ``poll`` gives for a descriptor that is ready for *events*."""
    return (returned(1) if events else SUCCESS), events


@clause(since="5.15", level="source", refs=REFS, covers=["file:poll"])
@pytest.mark.parametrize("state", STATES, ids=str)
def test_events_of_a_state(loopback, state):
    """A socket reports the events of its state and no others: those requested, and POLLERR and POLLHUP always."""
    socket = state.make(loopback)

    observed = poll(socket.fd)
    single = [poll(socket.fd, 1 << bit)[1] for bit in range(15)]
    unasked = poll(socket.fd, 0)

    assert observed == ready(state.events)
    assert single == [state.events & (1 << bit | POLLERR | POLLHUP) for bit in range(15)]
    assert unasked == ready(state.events & (POLLERR | POLLHUP))
