"""accept(2) and accept4(2): waiting for a connection, and what ends the wait."""

from errno import EAGAIN, EINTR, EINVAL

from fixtures.clauses import clause
from helpers import wait
from helpers.interruption import Interrupted
from helpers.listeners import listener
from helpers.process import start
from helpers.syscall import Result, refused
from helpers.uapi.socket import SHUT_RD, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVTIMEO_OLD
from helpers.uapi.time_types import timeval
from helpers.value_result import ROOM, Filled, address_from, ask, filled
from suites.syscalls.accept.support import WAYS, covers

ACCEPT = "src:net/socket.c:do_accept"
TICK = 0.01  # seconds, of a kernel with HZ=100: a wait may be shorter by less than one


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers())
@WAYS
def test_waits_for_a_connection(loopback, sockets, accept, kind):
    """Without a connection the call blocks until one arrives, and returns its address."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)

    def attempt() -> tuple[Result, Filled]:
        return ask(lambda address, length: accept(server.fd, address, length), ROOM)

    with start(attempt) as child:
        child.wait_blocked(accept.__name__)
        client = server.client()
        result, got = child.result()

    assert result.ok, result
    assert got == filled(address_from(client.getsockname), ROOM)


@clause(since="2.2", level="documented", refs=["man:accept(2)", "man:signal(7)", ACCEPT], covers=covers("EINTR"))
@WAYS
def test_a_signal_handler_ends_the_wait_with_eintr(loopback, sockets, accept, kind):
    """A handler without SA_RESTART ends the wait with EINTR."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)

    with Interrupted(lambda: accept(server.fd), restart=False) as child:
        child.interrupt(accept.__name__)
        result = child.result()

    assert result == refused(EINTR)


@clause(since="2.2", level="documented", refs=["man:signal(7)", ACCEPT], covers=covers())
@WAYS
def test_a_signal_handler_with_sa_restart_does_not_end_the_wait(loopback, sockets, accept, kind):
    """With SA_RESTART the call goes on waiting after the handler, and takes the connection that comes then."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)

    with Interrupted(lambda: accept(server.fd), restart=True) as child:
        child.interrupt(accept.__name__)
        server.client()
        result = child.result()

    assert result.ok, result


@clause(since="2.2", level="documented", refs=["man:signal(7)", "man:socket(7)", ACCEPT], covers=covers("EINTR"))
@WAYS
def test_with_a_receive_timeout_even_sa_restart_is_eintr(loopback, sockets, accept, kind):
    """A wait that has a time limit (SO_RCVTIMEO) is not restarted: EINTR, SA_RESTART or not."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)
    server.socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(3600, 0))

    with Interrupted(lambda: accept(server.fd), restart=True) as child:
        child.interrupt(accept.__name__)
        result = child.result()

    assert result == refused(EINTR)


@clause(
    since="2.6",
    level="documented",
    refs=["man:socket(7)", ACCEPT],
    covers=[*covers("EAGAIN"), "option:SO_RCVTIMEO_OLD:effect"],
)
@WAYS
def test_a_receive_timeout_ends_the_wait_with_eagain(loopback, sockets, accept, kind):
    """With SO_RCVTIMEO the wait ends with EAGAIN when the time is over and not before."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)
    server.socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(0, 30_000))

    result, seconds = wait.timed(lambda: accept(server.fd), 0.030 - TICK)

    assert result == refused(EAGAIN)
    assert seconds >= 0.030 - TICK


@clause(since="2.2", level="source", refs=["man:shutdown(2)", ACCEPT], covers=covers("EINVAL"))
@WAYS
def test_shutting_the_listener_down_ends_the_wait_with_einval(loopback, sockets, accept, kind):
    """shutdown(SHUT_RD) of the listener ends a blocked accept with EINVAL."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)

    with start(lambda: accept(server.fd)) as child:
        child.wait_blocked(accept.__name__)
        server.socket.must.shutdown(SHUT_RD)
        result = child.result()

    assert result == refused(EINVAL)
