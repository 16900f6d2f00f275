"""connect(2) to an AF_UNIX listener that is full: EAGAIN, waiting, timeouts and signals."""

import signal
from errno import EAGAIN, EINTR

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.connections import wait_at_most
from helpers.endpoints import listening
from helpers.process import Child, start
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, Result, refused
from helpers.uapi.socket import AF_UNIX, SOCK_NONBLOCK, SOCK_SEQPACKET, SOCK_STREAM

SYSCALL = "connect"
STREAM = "src:net/unix/af_unix.c:unix_stream_connect"
KINDS = pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])


def full(sockets, kind: int = SOCK_STREAM) -> tuple[Socket, bytes]:
    """Return a listener that has no room left, and its name."""
    listener = sockets.open(AF_UNIX, kind)
    name = listening(listener, backlog=0)
    sockets.open(AF_UNIX, kind).must.connect(name)
    return listener, name


def connecting(client: Socket, name: bytes, restart: bool) -> Child:
    """Have a child connect that handles SIGUSR1, with SA_RESTART or not; it returns the Result and the signals seen."""

    def connect() -> tuple[Result, int]:
        seen = []
        signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
        signal.siginterrupt(signal.SIGUSR1, not restart)
        return client.connect(name), len(seen)

    child = start(connect)
    child.wait_blocked("connect")
    return child


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:unix(7)", STREAM], covers=["errno:EAGAIN"])
@KINDS
def test_refuses_a_nonblocking_socket_with_eagain(sockets, kind):
    """A nonblocking AF_UNIX connect to a full listener fails with EAGAIN, and succeeds as soon as there is room."""
    listener, name = full(sockets, kind)
    client = sockets.open(AF_UNIX, kind | SOCK_NONBLOCK)

    result = client.connect(name)

    assert result == refused(EAGAIN)
    sockets.adopt(listener.must.accept4())
    assert client.connect(name) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM])
@KINDS
def test_waits_until_there_is_room(sockets, kind):
    """A blocking AF_UNIX connect waits while the listener is full, and succeeds when a connection is accepted."""
    listener, name = full(sockets, kind)
    client = sockets.open(AF_UNIX, kind)

    with start(client.connect, name) as child:
        child.wait_blocked("connect")
        sockets.adopt(listener.must.accept4())
        result = child.result()

    assert result == SUCCESS


@clause(since="2.2", level="documented", refs=["man:socket(7)", STREAM], covers=["errno:EAGAIN"])
def test_waits_as_long_as_so_sndtimeo_says(sockets):
    """An AF_UNIX connect waits for room as long as SO_SNDTIMEO, then fails with EAGAIN."""
    _, name = full(sockets)
    client = sockets.open(AF_UNIX, SOCK_STREAM)
    wait_at_most(client, 0.03)

    result, seconds = wait.timed(lambda: client.connect(name), 0.03)

    assert result == refused(EAGAIN)
    assert 0.03 <= seconds < wait.scaled(5)


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:signal(7)", STREAM], covers=["errno:EINTR"])
@pytest.mark.parametrize(
    ("restart", "timeout"), [(False, 0), (False, 5), (True, 5)], ids=["no-restart", "no-restart-timeout", "timeout"]
)
def test_a_signal_ends_the_wait_with_eintr(sockets, restart, timeout):
    """A handled signal ends a waiting connect with EINTR, unless the handler restarts and there is no SO_SNDTIMEO."""
    _, name = full(sockets)
    client = sockets.open(AF_UNIX, SOCK_STREAM)
    wait_at_most(client, timeout)

    with connecting(client, name, restart) as child:
        child.signal(signal.SIGUSR1)
        outcome = child.result()

    assert outcome == (refused(EINTR), 1)


@clause(since="2.2", level="documented", refs=["man:signal(7)", STREAM])
def test_goes_on_waiting_after_a_handler_that_restarts(sockets):
    """Under SA_RESTART and without SO_SNDTIMEO a blocked connect goes on after the handler, and connects in time."""
    listener, name = full(sockets)
    client = sockets.open(AF_UNIX, SOCK_STREAM)

    with connecting(client, name, restart=True) as child:
        child.signal(signal.SIGUSR1)
        child.wait_blocked("connect")
        early = child.finished()
        sockets.adopt(listener.must.accept4())
        outcome = child.result()

    assert not early
    assert outcome == (SUCCESS, 1)
