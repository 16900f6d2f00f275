"""recvmmsg(2): waiting for messages, and what ends the wait."""

import fcntl
import os
from errno import EAGAIN, EINTR

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.interruption import Interrupted
from helpers.messages import UNTOUCHED, Message, vector
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_WAITFORONE, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR, SO_RCVTIMEO_OLD
from helpers.uapi.time_types import __kernel_timespec as timespec
from helpers.uapi.time_types import timeval

LOOP = "src:net/socket.c:do_recvmmsg"


def receive(socket, count, flags=0, timeout=None):
    """Receive in a child: the result and the msg_len of each entry, None where it is untouched."""
    entries = vector([Message([64]) for _ in range(count)])
    result = socket.recvmmsg(entries, count, flags, timeout)
    return result, [None if entry.msg_len == UNTOUCHED else entry.msg_len for entry in entries]


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP])
def test_waits_until_all_messages_have_come(loopback):
    """A blocking call returns when vlen frames have come, not sooner."""
    sent = [frames.ethernet(size=60), frames.ethernet(size=61)]
    socket = queued(loopback, sent[0])

    with process.start(receive, socket, 2) as child:
        child.wait_blocked("recvmmsg")
        loopback.inject(sent[1])
        result, lengths = child.result()

    assert result == returned(2)
    assert lengths == [60, 61]


@clause(since="2.6.34", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_WAITFORONE"])
def test_msg_waitforone_waits_for_the_first_message_only(loopback):
    """With MSG_WAITFORONE the call blocks while there is no frame, and returns with what is there once one came."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)

    with process.start(receive, socket, 2, MSG_WAITFORONE) as child:
        child.wait_blocked("recvmmsg")
        loopback.inject(frames.ethernet(size=60))
        result, lengths = child.result()

    assert result == returned(1)
    assert lengths == [60, None]


@clause(since="2.6.34", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_WAITFORONE"])
def test_msg_waitforone_takes_all_that_is_queued(loopback):
    """With MSG_WAITFORONE all queued frames are returned, and the missing one leaves no pending error."""
    socket = queued(loopback, *[frames.ethernet(size=60 + number) for number in range(2)])

    result, lengths = receive(socket, 3, MSG_WAITFORONE)

    assert result == returned(2)
    assert lengths == [60, 61, None]
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", LOOP], covers=["errno:EAGAIN"])
@pytest.mark.parametrize("flags", [0, MSG_WAITFORONE], ids=["plain", "MSG_WAITFORONE"])
def test_a_nonblocking_descriptor_never_waits(sockets, flags):
    """On a descriptor with O_NONBLOCK an empty queue is EAGAIN, MSG_WAITFORONE or not."""
    socket = sockets.packet()
    fcntl.fcntl(socket.fd, fcntl.F_SETFL, os.O_NONBLOCK)

    assert receive(socket, 2, flags) == (refused(EAGAIN), [None, None])


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:socket(7)", LOOP], covers=["errno:EAGAIN"])
def test_a_receive_timeout_ends_the_wait_for_the_next_message(sockets):
    """When SO_RCVTIMEO ends the wait for the next message the call returns those received, and no error is pending."""
    _, receiver = messages_for(sockets, b"1")
    receiver.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(0, 10_000))

    assert receive(receiver, 2) == (returned(1), [1, None])
    assert receiver.option(SOL_SOCKET, SO_ERROR) == 0
    assert receive(receiver, 2) == (refused(EAGAIN), [None, None])


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:signal(7)", LOOP], covers=["errno:EINTR"])
def test_a_signal_handler_interrupts_the_wait_with_eintr(sockets):
    """A handler without SA_RESTART ends a call that has received nothing with EINTR."""
    socket = sockets.packet()

    with Interrupted(lambda: receive(socket, 2), restart=False) as blocked:
        blocked.interrupt("recvmmsg")

        assert blocked.result() == (refused(EINTR), [None, None])


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:signal(7)", LOOP])
@pytest.mark.parametrize("restart", [False, True], ids=["plain", "SA_RESTART"])
def test_a_signal_handler_ends_a_call_that_has_messages_with_their_number(sockets, restart):
    """A handler, with SA_RESTART or without, ends a call that has received messages with their number."""
    _, receiver = messages_for(sockets, b"1")

    with Interrupted(lambda: receive(receiver, 2), restart) as blocked:
        blocked.interrupt("recvmmsg")

        assert blocked.result() == (returned(1), [1, None])


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:signal(7)", LOOP], covers=["errno:EINTR"])
def test_with_a_receive_timeout_the_interruption_is_reported_by_the_next_call(sockets):
    """With SO_RCVTIMEO set an EINTR that ended a call after some messages is reported by the next call."""
    _, receiver = messages_for(sockets, b"1")
    receiver.must.setsockopt(SOL_SOCKET, SO_RCVTIMEO_OLD, timeval(60, 0))

    with Interrupted(lambda: receive(receiver, 2), restart=True) as blocked:
        blocked.interrupt("recvmmsg")
        first = blocked.result()

    assert first == (returned(1), [1, None])
    assert [receive(receiver, 2, MSG_DONTWAIT)[0] for _ in range(2)] == [refused(EINTR), refused(EAGAIN)]


@clause(since="2.6.33", level="disputed", refs=["man:signal(7)", LOOP])
def test_the_wait_goes_on_after_a_handler_with_sa_restart_even_with_a_timeout(sockets):
    """A handler with SA_RESTART runs and a call that has received nothing goes on waiting, timeout or not.

    signal(7) says that recvmmsg(2) with a timeout always fails with EINTR; only SO_RCVTIMEO makes it so.
    """
    sender, receiver = messages_for(sockets)

    with Interrupted(lambda: receive(receiver, 1, 0, timespec(60, 0)), restart=True) as blocked:
        blocked.interrupt("recvmmsg")
        blocked.child.wait_blocked("recvmmsg")
        sender.must.send(b"after the signal")

        assert blocked.result() == (returned(1), [16])
