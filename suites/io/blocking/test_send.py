"""Sending where there is no room: what does not wait, what waits, what ends the wait, and how much was sent."""

import os
from errno import EAGAIN, EINTR, EPIPE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import process, socket_states, wait
from helpers.interruption import Interrupted
from helpers.kinds import RECORDS, RELIABLE, kinds_of
from helpers.syscall import refused, returned
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SHUT_RD, SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDTIMEO_OLD
from helpers.uapi.time_types import timeval
from suites.io.blocking.support import SEND

REFS = [
    "man:send(2)",
    "man:socket(7)",
    "src:net/core/sock.c:sock_alloc_send_pskb",
    "src:net/core/stream.c:sk_stream_wait_memory",
]
SIGNAL = [*REFS, "man:signal(7)", "src:include/net/sock.h:sock_intr_errno"]
all_kinds = of_kinds(*kinds_of(having=RELIABLE))
streams = of_kinds(*kinds_of(having=RELIABLE, lacking=RECORDS))
LARGE = bytes(4 << 20)


@pytest.fixture
def full(loopback, kind):
    """A connected socket that has no room to send."""
    return socket_states.full(loopback, kind)


@pytest.fixture
def waiting(loopback, sockets, kind):
    """Two connected sockets, and what the first sends only when the second reads."""
    if kind.has(RECORDS):
        return *socket_states.full_pair(loopback, kind), bytes(1000)
    return *kind.pair(sockets, loopback.namespace), LARGE


def limit(socket, microseconds):
    """Set SO_SNDTIMEO."""
    socket.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO_OLD, timeval(*divmod(microseconds, 10**6)))


@clause(since="2.2", level="documented", refs=REFS, covers=["file:O_NONBLOCK"])
@all_kinds
@pytest.mark.parametrize("call", SEND)
def test_nonblocking_send_is_eagain(loopback, sockets, full, kind, call):
    """Each way not to wait makes a send without room EAGAIN; with room it sends."""
    results = [SEND[call](full, bytes(1000), MSG_DONTWAIT)] if call != "write" else []
    os.set_blocking(full.fd, False)
    results.append(SEND[call](full, bytes(1000), 0))
    other = kind.pair(sockets, loopback.namespace)[0]
    os.set_blocking(other.fd, False)

    assert set(results) == {refused(EAGAIN)}
    assert SEND[call](other, bytes(1000), 0) == returned(1000)


@clause(since="2.2", level="documented", refs=REFS)
@all_kinds
def test_send_with_a_timeout_is_eagain_after_it(full, kind):
    """With SO_SNDTIMEO a send without room fails with EAGAIN, when the time is over and not before."""
    limit(full, 12_000)

    result, seconds = wait.timed(lambda: full.send(bytes(1000)), 0.012)

    assert result == refused(EAGAIN)
    assert seconds >= 0.012


@clause(since="2.2", level="documented", refs=REFS)
@all_kinds
@pytest.mark.parametrize("microseconds", [0, 3_600_000_000], ids=["forever", "hour"])
def test_send_waits_for_room(waiting, kind, microseconds):
    """A send without room waits, without a timeout or within a long one, and sends when there is room."""
    near, far, data = waiting
    limit(near, microseconds)

    with process.start(near.send, data) as child:
        child.wait_blocked("sendto")
        wait.until(lambda: socket_states.drain(far) or child.finished(), "room")
        assert child.result() == returned(len(data))


@clause(since="2.2", level="documented", refs=SIGNAL)
@all_kinds
@pytest.mark.parametrize(("microseconds", "restart"), [(0, False), (60_000_000, True)], ids=["plain", "timeout"])
def test_handler_ends_a_send(full, kind, microseconds, restart):
    """A handler ends a send with EINTR; with SA_RESTART only where SO_SNDTIMEO is set."""
    limit(full, microseconds)

    with Interrupted(lambda: full.send(bytes(1000)), restart) as blocked:
        blocked.interrupt("sendto")
        assert blocked.result() == refused(EINTR)


@clause(since="2.2", level="documented", refs=SIGNAL)
@of_kinds(*kinds_of(AF_UNIX, having=RELIABLE))  # TCP may take a part meanwhile
def test_send_goes_on_after_a_handler_with_sa_restart(loopback, kind):
    """A handler with SA_RESTART does not end a send without a timeout that has sent nothing."""
    near, far = socket_states.full_pair(loopback, kind)

    with Interrupted(lambda: near.send(bytes(1000)), restart=True) as blocked:
        blocked.interrupt("sendto")
        blocked.child.wait_blocked("sendto")
        wait.until(lambda: socket_states.drain(far) or blocked.child.finished(), "room")
        assert blocked.result() == returned(1000)


@clause(since="2.2", level="documented", refs=[*REFS, "man:shutdown(2)"])
@all_kinds
def test_shutdown_of_its_own_end_ends_a_send(full, kind):
    """A send that waits for room fails with EPIPE when its own socket is shut down for sending, and goes on before."""
    with process.start(full.send, bytes(1000), MSG_NOSIGNAL) as child:
        child.wait_blocked("sendto")
        full.must.shutdown(SHUT_RD)
        waits = not child.finished()
        full.must.shutdown(SHUT_WR)
        assert (waits, child.result()) == (True, refused(EPIPE))


@clause(since="2.2", level="documented", refs=SIGNAL)
@streams
@pytest.mark.parametrize("how", ["handler", "SA_RESTART", "timeout", "nonblocking"])
def test_part_that_was_sent_is_returned(loopback, sockets, kind, how):
    """A stream with room for a part only returns that part when a handler, a timeout or MSG_DONTWAIT ends the send."""
    near, far = kind.pair(sockets, loopback.namespace)
    if how == "timeout":
        limit(near, 20_000)
    if how in ("timeout", "nonblocking"):
        result = near.send(LARGE, MSG_DONTWAIT if how == "nonblocking" else 0)
    else:
        with Interrupted(lambda: near.send(LARGE), how == "SA_RESTART") as blocked:
            blocked.interrupt("sendto")
            result = blocked.result()

    assert 0 < result.value < len(LARGE)
    near.must.shutdown(1)
    got = 0
    while (more := far.must.recv(bytearray(1 << 16), 1 << 16)) > 0:
        got += more
    assert got == result.value
