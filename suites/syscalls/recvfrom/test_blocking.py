"""recvfrom(2): waiting for a message, and what ends the wait."""

import fcntl
import os
from errno import EAGAIN, EINTR

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.interruption import Interrupted
from helpers.memory import Buffer
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    AF_PACKET,
    MSG_DONTWAIT,
    SHUT_RD,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_RCVTIMEO_OLD
from helpers.uapi.time_types import timeval

GENERIC = "src:net/socket.c:__sys_recvfrom"
WAIT = "src:net/core/datagram.c:__skb_wait_for_more_packets"


def receive(socket, size=64):
    """Receive in a child: the result and the bytes."""
    buffer = Buffer(size)
    result = socket.recvfrom(buffer.array, size)
    return result, bytes(buffer)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", WAIT])
def test_waits_for_a_frame(loopback):
    """On an empty queue the call blocks until a frame comes, and returns it."""
    frame = frames.ethernet()
    socket = loopback.packet_socket(SOCK_RAW, OWN)

    with process.start(receive, socket) as child:
        child.wait_blocked("recvfrom")
        loopback.inject(frame)
        result, data = child.result()

    assert result == returned(46)
    assert data[:46] == frame.data


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", GENERIC], covers=["errno:EAGAIN", "msg:MSG_DONTWAIT"])
@pytest.mark.parametrize("how", ["MSG_DONTWAIT", "SOCK_NONBLOCK", "O_NONBLOCK"])
def test_does_not_wait_when_told_not_to(sockets, how):
    """With MSG_DONTWAIT, or on a descriptor that does not block, an empty queue is EAGAIN."""
    kind = SOCK_RAW | SOCK_CLOEXEC | (SOCK_NONBLOCK if how == "SOCK_NONBLOCK" else 0)
    socket = sockets.adopt(syscall.socket(AF_PACKET, kind, 0).value)
    if how == "O_NONBLOCK":
        fcntl.fcntl(socket.fd, fcntl.F_SETFL, os.O_NONBLOCK)
    buffer = Buffer(16)

    result = socket.recvfrom(buffer.array, 16, MSG_DONTWAIT if how == "MSG_DONTWAIT" else 0)

    assert result == refused(EAGAIN)
    assert buffer.untouched()


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:fcntl(2)", GENERIC])
def test_a_descriptor_made_blocking_again_waits(sockets):
    """O_NONBLOCK is looked at in each call: once it is cleared the call blocks."""
    sender, receiver = messages_for(sockets)
    fcntl.fcntl(receiver.fd, fcntl.F_SETFL, os.O_NONBLOCK)
    before = receiver.recvfrom(Buffer(16).array, 16)
    fcntl.fcntl(receiver.fd, fcntl.F_SETFL, 0)

    with process.start(receive, receiver) as child:
        child.wait_blocked("recvfrom")
        sender.must.send(b"late")
        after, data = child.result()

    assert (before, after) == (refused(EAGAIN), returned(4))
    assert data[:4] == b"late"


@clause(
    since="2.2",
    level="documented",
    refs=["man:recvfrom(2)", "man:socket(7)"],
    covers=["errno:EAGAIN", "option:SO_RCVTIMEO_OLD:effect"],
)
def test_a_receive_timeout_ends_the_wait_with_eagain(sockets):
    """With SO_RCVTIMEO the wait for a frame ends with EAGAIN, not before the time is over."""
    socket = sockets.packet()
    socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(0, 12_000))
    buffer = Buffer(16)

    result, seconds = wait.timed(lambda: socket.recvfrom(buffer.array, 16), 0.012)

    assert result == refused(EAGAIN)
    assert buffer.untouched()
    assert seconds >= 0.012


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:signal(7)", WAIT], covers=["errno:EINTR"])
def test_a_signal_handler_interrupts_the_wait_with_eintr(sockets):
    """A handler without SA_RESTART ends a blocked call with EINTR."""
    socket = sockets.packet()

    with Interrupted(lambda: receive(socket), restart=False) as blocked:
        blocked.interrupt("recvfrom")
        result, data = blocked.result()

    assert result == refused(EINTR)
    assert data == b"\xa5" * 64


@clause(since="2.2", level="documented", refs=["man:signal(7)", "src:include/net/sock.h:sock_intr_errno"])
def test_the_wait_goes_on_after_a_handler_with_sa_restart(sockets):
    """A handler with SA_RESTART runs and the call goes on waiting."""
    sender, receiver = messages_for(sockets)

    with Interrupted(lambda: receive(receiver), restart=True) as blocked:
        blocked.interrupt("recvfrom")
        blocked.child.wait_blocked("recvfrom")
        sender.must.send(b"after the signal")
        result, data = blocked.result()

    assert result == returned(16)
    assert data[:16] == b"after the signal"


@clause(
    since="2.2",
    level="documented",
    refs=["man:signal(7)", "src:include/net/sock.h:sock_intr_errno"],
    covers=["errno:EINTR", "option:SO_RCVTIMEO_OLD:effect"],
)
def test_a_wait_with_a_receive_timeout_is_never_restarted(sockets):
    """With SO_RCVTIMEO set a handler ends the call with EINTR, SA_RESTART or not."""
    socket = sockets.packet()
    socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(60, 0))

    with Interrupted(lambda: receive(socket), restart=True) as blocked:
        blocked.interrupt("recvfrom")
        result, _ = blocked.result()

    assert result == refused(EINTR)


@clause(since="2.2", level="source", refs=["man:shutdown(2)", WAIT])
@pytest.mark.parametrize("kind", [SOCK_DGRAM, SOCK_SEQPACKET], ids=["dgram", "seqpacket"])
def test_a_shutdown_ends_the_wait_with_zero(sockets, kind):
    """A shutdown for receiving ends a blocked call, which returns 0."""
    _, receiver = messages_for(sockets, kind=kind)

    with process.start(receive, receiver) as child:
        child.wait_blocked("recvfrom")
        receiver.must.shutdown(SHUT_RD)
        result, data = child.result()

    assert result == returned(0)
    assert data == b"\xa5" * 64
