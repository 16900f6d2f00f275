"""recvmsg(2): waiting for a message, and what ends the wait."""

import fcntl
import os
from errno import EAGAIN, EINTR

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.interruption import Interrupted
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_RAW, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVTIMEO_NEW
from helpers.uapi.time_types import __kernel_sock_timeval as sock_timeval

GENERIC = "src:net/socket.c:____sys_recvmsg"
WAIT = "src:net/core/datagram.c:__skb_wait_for_more_packets"


def receive(socket):
    """Receive in a child: the result, the bytes, what came back in the header."""
    message = Message([64], sockaddr_ll(), control=64)
    result = socket.recvmsg(message.header)
    return result, message.data(64), (message.header.msg_namelen, message.header.msg_controllen)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", WAIT])
def test_waits_for_a_frame(loopback):
    """On an empty queue the call blocks until a frame comes, and returns it with its source."""
    frame = frames.ethernet()
    socket = loopback.packet_socket(SOCK_RAW, OWN)

    with process.start(receive, socket) as child:
        child.wait_blocked("recvmsg")
        loopback.inject(frame)
        result, data, lengths = child.result()

    assert result == returned(46)
    assert data[:46] == frame.data
    assert lengths == (20, 0)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", GENERIC], covers=["errno:EAGAIN", "msg:MSG_DONTWAIT"])
@pytest.mark.parametrize("how", ["MSG_DONTWAIT", "O_NONBLOCK"])
def test_does_not_wait_when_told_not_to(sockets, how):
    """With MSG_DONTWAIT, or on a descriptor that does not block, an empty queue is EAGAIN."""
    socket = sockets.packet()
    if how == "O_NONBLOCK":
        fcntl.fcntl(socket.fd, fcntl.F_SETFL, os.O_NONBLOCK)
    message = Message([16])

    result = socket.recvmsg(message.header, MSG_DONTWAIT if how == "MSG_DONTWAIT" else 0)

    assert result == refused(EAGAIN)


@clause(
    since="5.1",
    level="documented",
    refs=["man:recvmsg(2)", "man:socket(7)"],
    covers=["errno:EAGAIN", "option:SO_RCVTIMEO_NEW:effect"],
)
def test_a_receive_timeout_ends_the_wait_with_eagain(sockets):
    """With SO_RCVTIMEO the wait for a frame ends with EAGAIN, not before the time is over."""
    socket = sockets.packet()
    socket.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_NEW, sock_timeval(0, 12_000))
    message = Message([16])

    result, seconds = wait.timed(lambda: socket.recvmsg(message.header), 0.012)

    assert result == refused(EAGAIN)
    assert seconds >= 0.012


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:signal(7)", WAIT], covers=["errno:EINTR"])
def test_a_signal_handler_interrupts_the_wait_with_eintr(sockets):
    """A handler without SA_RESTART ends a blocked call with EINTR; the header stays as it was."""
    socket = sockets.packet()

    with Interrupted(lambda: receive(socket), restart=False) as blocked:
        blocked.interrupt("recvmsg")
        result, data, lengths = blocked.result()

    assert result == refused(EINTR)
    assert data == b"\xa5" * 64
    assert lengths == (20, 64)


@clause(since="2.2", level="documented", refs=["man:signal(7)", "src:include/net/sock.h:sock_intr_errno"])
def test_the_wait_goes_on_after_a_handler_with_sa_restart(sockets):
    """A handler with SA_RESTART runs and the call goes on waiting."""
    sender, receiver = messages_for(sockets, kind=SOCK_STREAM)

    with Interrupted(lambda: receive(receiver), restart=True) as blocked:
        blocked.interrupt("recvmsg")
        blocked.child.wait_blocked("recvmsg")
        sender.must.send(b"after the signal")
        result, data, lengths = blocked.result()

    assert result == returned(16)
    assert data[:16] == b"after the signal"
    assert lengths == (0, 0)
