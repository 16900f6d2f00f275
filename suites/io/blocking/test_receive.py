"""Receiving on every kind of socket: what does not wait, what waits, and what ends the wait."""

import ctypes
import os
from errno import EAGAIN, EINTR
from termios import FIONBIO

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import process, wait
from helpers.interruption import Interrupted
from helpers.kinds import LISTENS, PEER, UNIX_STREAM, kinds_of
from helpers.memory import Buffer
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_WAITALL, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVTIMEO_OLD
from helpers.uapi.time_types import timeval
from suites.io.blocking.support import RECEIVE

TCP = kinds_of(having=LISTENS, lacking=PEER)
all_kinds = of_kinds(*kinds_of(having=PEER), *TCP)
streams = of_kinds(UNIX_STREAM, *TCP)
every_call = pytest.mark.parametrize("call", RECEIVE)
REFS = [
    "man:recv(2)",
    "man:socket(7)",
    "src:net/core/datagram.c:__skb_wait_for_more_packets",
    "src:include/net/sock.h:sock_rcvtimeo",
]
SIGNAL = [*REFS, "man:signal(7)", "src:include/net/sock.h:sock_intr_errno"]


@pytest.fixture
def pair(loopback, sockets, kind):
    return kind.pair(sockets, loopback.namespace)


def receive(socket, call="recvfrom", flags=0, size=256):
    """Return the Result, and the last bytes received."""
    buffer = Buffer(size)
    result = RECEIVE[call](socket, buffer, flags)
    return result, buffer[: max(result.value, 0)][-9:]


def limit(socket, microseconds):
    """Set SO_RCVTIMEO."""
    socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(*divmod(microseconds, 10**6)))


@clause(since="2.2", level="documented", refs=REFS, covers=["file:O_NONBLOCK", "file:ioctl_FIONBIO"])
@all_kinds
@every_call
def test_nonblocking_receive_is_eagain(pair, kind, call):
    """Each way not to wait makes an empty queue EAGAIN, for each call: nothing is written; then what comes is read."""
    near, far = pair
    buffer, results = Buffer(256), []
    if call.startswith("recv"):
        results.append(RECEIVE[call](near, buffer, MSG_DONTWAIT))
    for on, off in ((True, False), (ctypes.c_int(1), ctypes.c_int(0))):
        for way in (on, off):
            if isinstance(way, bool):
                os.set_blocking(near.fd, not way)
            else:
                near.must.ioctl(FIONBIO, way)
            if way is on:
                results.append(RECEIVE[call](near, buffer, 0))
    os.set_blocking(near.fd, False)
    far.must.send(b"some data")
    wait.readable(near.fd)

    assert set(results) == {refused(EAGAIN)}
    assert buffer.untouched()
    assert receive(near, call)[1] == b"some data"
    assert receive(near, call)[0] == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=REFS)
@all_kinds
def test_receive_with_a_timeout_is_eagain_after_it(pair, kind):
    """With SO_RCVTIMEO a receive without data fails with EAGAIN, when the time is over and not before."""
    near, _ = pair
    limit(near, 12_000)

    (result, _), seconds = wait.timed(lambda: receive(near), 0.012)

    assert result == refused(EAGAIN)
    assert seconds >= 0.012


@clause(since="2.2", level="documented", refs=REFS)
@all_kinds
@pytest.mark.parametrize("microseconds", [0, 3_600_000_000], ids=["forever", "hour"])
def test_receive_waits_for_data(pair, kind, microseconds):
    """A receive without data waits, without a timeout or within a long one, and returns what comes."""
    near, far = pair
    limit(near, microseconds)

    with process.start(receive, near) as child:
        child.wait_blocked("recvfrom")
        far.must.send(b"late data")
        assert child.result()[1] == b"late data"


@clause(since="2.2", level="documented", refs=SIGNAL)
@all_kinds
@pytest.mark.parametrize(("microseconds", "restart"), [(0, False), (60_000_000, True)], ids=["plain", "timeout"])
def test_handler_ends_a_receive(pair, kind, microseconds, restart):
    """A handler ends a receive with EINTR; with SA_RESTART only where SO_RCVTIMEO is set."""
    limit(pair[0], microseconds)

    with Interrupted(lambda: receive(pair[0]), restart) as blocked:
        blocked.interrupt("recvfrom")
        assert blocked.result() == (refused(EINTR), b"")


@clause(since="2.2", level="documented", refs=SIGNAL)
@all_kinds
def test_receive_goes_on_after_a_handler_with_sa_restart(pair, kind):
    """A handler with SA_RESTART does not end a receive without a timeout: it returns what comes later."""
    near, far = pair

    with Interrupted(lambda: receive(near), restart=True) as blocked:
        blocked.interrupt("recvfrom")
        blocked.child.wait_blocked("recvfrom")
        far.must.send(b"late data")
        assert blocked.result()[1] == b"late data"


@clause(since="2.2", level="documented", refs=SIGNAL)
@streams
@pytest.mark.parametrize("restart", [False, True], ids=["plain", "SA_RESTART"])
def test_handler_ends_a_receive_for_all_with_what_is_there(pair, kind, restart):
    """A receive with MSG_WAITALL that a handler ends returns the bytes that have come, SA_RESTART or not."""
    near, far = pair
    far.must.send(b"data")

    with Interrupted(lambda: receive(near, flags=MSG_WAITALL), restart) as blocked:
        blocked.interrupt("recvfrom")
        assert blocked.result() == (returned(4), b"data")


@clause(since="2.2", level="documented", refs=REFS)
@streams
def test_timeout_ends_a_receive_for_all_with_what_is_there(pair, kind):
    """A receive with MSG_WAITALL returns the bytes that have come when SO_RCVTIMEO is over, and EAGAIN without any."""
    near, far = pair
    limit(near, 12_000)
    far.must.send(b"data")
    wait.readable(near.fd)

    (first, second), seconds = wait.timed(lambda: [receive(near, flags=MSG_WAITALL) for _ in range(2)], 0.012)

    assert second == (refused(EAGAIN), b"")
    assert first in [(returned(4), b"data"), (refused(EAGAIN), b"")]
    assert seconds >= 0.012
