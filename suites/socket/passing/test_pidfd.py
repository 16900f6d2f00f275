"""SO_PASSPIDFD: a pidfd of the sender beside each message."""

import os
import struct
from errno import EMFILE

import pytest

from fixtures.clauses import clause
from helpers import descriptors, process
from helpers.messages import Message
from helpers.options import covers
from helpers.pidfd import pid_of
from helpers.syscall import returned
from helpers.uapi.socket import MSG_CTRUNC, SCM_PIDFD, SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_PASSPIDFD
from suites.socket.passing.support import UNIX_TYPES

SYSCALL = "recvmsg"
RECEIVE = "src:net/core/scm.c:scm_pidfd_recv"
EFFECT = covers(["SO_PASSPIDFD"], "effect")
LENGTH = 20  # of the control message: a cmsghdr of 16 bytes and an int


def receiving(sockets, type_, on=1):
    """Return the ends of a pair: the sender, and the receiver with SO_PASSPIDFD."""
    sender, receiver = sockets.pair(type_)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSPIDFD, on)
    return sender, receiver


@clause(since="6.5", level="source", refs=[RECEIVE], covers=EFFECT)
@UNIX_TYPES
def test_a_message_brings_a_pidfd_of_its_sender(sockets, type_):
    """With SO_PASSPIDFD each message brings a close-on-exec pidfd of the sending process in SCM_PIDFD."""
    sender, receiver = receiving(sockets, type_)
    reader, writer = (sockets.adopt(fd) for fd in os.pipe())

    def send():
        writer.must.close()
        sender.must.send(b"data")
        return os.read(reader.fd, 1)  # alive until the test is over

    message = Message([16], control=64)
    with process.start(send) as child:
        result = receiver.recvmsg(message.header)
        ((level, number, data),) = message.control_messages()
        pidfd = sockets.adopt(struct.unpack("=i", data)[0]).fd
        found = pid_of(pidfd)
        expected = child.pid

    assert (result, message.data(4), message.header.msg_flags) == (returned(4), b"data", 0)
    assert (level, number, found) == (SOL_SOCKET, SCM_PIDFD, expected)
    assert not os.get_inheritable(pidfd)


@clause(since="6.5", level="source", refs=[RECEIVE], covers=EFFECT)
@UNIX_TYPES
def test_without_the_option_a_message_brings_no_pidfd(sockets, type_):
    """With SO_PASSPIDFD off a message has no control message; with it on for the sender only, neither."""
    sender, receiver = receiving(sockets, type_, on=0)
    sender.must.setsockopt(SOL_SOCKET, SO_PASSPIDFD, 1)
    sender.must.send(b"data")
    message = Message([16], control=64)

    result, opened = descriptors.opened_by(lambda: receiver.recvmsg(message.header))

    assert (result, opened, message.header.msg_controllen, message.header.msg_flags) == (returned(4), [], 0, 0)


@clause(since="6.5", level="source", refs=[RECEIVE], covers=[*EFFECT, "msg:MSG_CTRUNC"])
@pytest.mark.parametrize("room", [0, 16, LENGTH - 1, LENGTH])
def test_without_room_for_all_of_it_no_pidfd_is_opened(sockets, room):
    """With room for less than SCM_PIDFD the message comes with MSG_CTRUNC, and no descriptor is opened."""
    sender, receiver = receiving(sockets, SOCK_DGRAM)
    sender.must.send(b"data")
    message = Message([16], control=64)
    message.header.msg_controllen = room

    result, opened = descriptors.opened_by(lambda: receiver.recvmsg(message.header))

    whole = room >= LENGTH
    assert (result, message.data(4)) == (returned(4), b"data")
    assert message.header.msg_flags == (0 if whole else MSG_CTRUNC)
    assert (len(opened), message.header.msg_controllen) == ((1, LENGTH) if whole else (0, 0))
    for fd in opened:
        sockets.adopt(fd)


@clause(since="6.5", level="source", refs=[RECEIVE], covers=EFFECT)
def test_without_a_free_descriptor_the_message_carries_the_errno(sockets):
    """Without a free descriptor SCM_PIDFD holds -EMFILE instead; the data arrive, and MSG_CTRUNC is not set."""
    sender, receiver = receiving(sockets, SOCK_DGRAM)

    def receive():
        free = descriptors.leave_free(1)
        found = []
        for _ in range(2):
            sender.must.send(b"data")
            message = Message([16], control=64)
            result = receiver.recvmsg(message.header)
            found.append((result, message.header.msg_flags, message.control_messages()))
        return free, found

    free, found = process.in_child(receive)

    assert found == [
        (returned(4), 0, [(SOL_SOCKET, SCM_PIDFD, struct.pack("=i", number))]) for number in (free, -EMFILE)
    ]


@clause(since="6.5", level="source", refs=[RECEIVE], covers=EFFECT)
def test_no_pidfd_is_left_open_that_could_not_be_reported(sockets, memory):
    """Where msg_control cannot be written the data arrive all the same, and no descriptor is left open."""
    sender, receiver = receiving(sockets, SOCK_DGRAM)
    sender.must.send(b"data")
    message = Message([16], control=64)
    message.header.msg_control = memory.unmapped

    result, opened = descriptors.opened_by(lambda: receiver.recvmsg(message.header))

    assert (result, message.data(4), opened) == (returned(4), b"data", [])
