"""SO_PASSRIGHTS: an AF_UNIX socket that takes no descriptors."""

import os
import struct
from errno import EAGAIN, EPERM

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.messages import Message, cmsg
from helpers.options import covers
from helpers.passed_descriptors import files_of, send_descriptors
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SCM_RIGHTS, SOL_SOCKET
from helpers.uapi.socket_options import SO_PASSRIGHTS
from suites.socket.passing.support import UNIX_TYPES

SYSCALL = "sendmsg"
REFS = ["src:net/core/sock.c:sk_setsockopt", "src:net/unix/af_unix.c:unix_dgram_sendmsg"]
EFFECT = covers(["SO_PASSRIGHTS"], "effect")


def with_rights():
    """Return a message of one byte that passes a new file, and the descriptor of that, to close."""
    file = os.memfd_create("passed")
    return Message([b"x"], control=cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("=i", file))), file


def rights_in(message):
    """Return the descriptors that a received *message* brought."""
    return [
        fd
        for level, number, data in message.control_messages()
        if (level, number) == (SOL_SOCKET, SCM_RIGHTS)
        for (fd,) in struct.iter_unpack("=i", data)
    ]


@clause(since="6.16", level="source", refs=REFS, covers=["errno:EPERM", *EFFECT])
@UNIX_TYPES
def test_descriptors_for_a_socket_without_so_passrights_are_eperm(sockets, type_):
    """With SO_PASSRIGHTS off at the receiver sendmsg(2) with SCM_RIGHTS is EPERM, and nothing is queued."""
    sender, receiver = sockets.pair(type_)
    (message, file), buffer = with_rights(), Buffer(8)

    try:
        control = sender.sendmsg(message.header)
        receiver.must.setsockopt(SOL_SOCKET, SO_PASSRIGHTS, 0)
        result = sender.sendmsg(message.header)
        receiver.must.setsockopt(SOL_SOCKET, SO_PASSRIGHTS, 1)
        again = sender.sendmsg(message.header)
    finally:
        os.close(file)

    assert (control, result, again) == (returned(1), refused(EPERM), returned(1))
    assert [receiver.recv(buffer.array, 1, MSG_DONTWAIT) for _ in range(3)] == [
        returned(1),
        returned(1),
        refused(EAGAIN),
    ]


@clause(since="6.16", level="source", refs=REFS, covers=EFFECT)
@UNIX_TYPES
def test_plain_data_and_the_other_direction_are_not_affected(sockets, type_):
    """With SO_PASSRIGHTS off data without descriptors arrive, and the socket itself may still send descriptors."""
    sender, receiver = sockets.pair(type_)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSRIGHTS, 0)

    plain = sender.send(b"data")
    file = send_descriptors(receiver, 1)
    message = Message([16], control=64)
    back = sender.recvmsg(message.header, MSG_DONTWAIT)

    assert (plain, receiver.recv(Buffer(8).array, 8, MSG_DONTWAIT)) == (returned(4), returned(4))
    assert (back, files_of(rights_in(message))) == (returned(1), [(file, False)])


@clause(since="6.16", level="source", refs=REFS, covers=EFFECT)
@UNIX_TYPES
def test_descriptors_that_were_queued_before_still_arrive(sockets, type_):
    """Descriptors that were sent before SO_PASSRIGHTS was switched off still arrive."""
    sender, receiver = sockets.pair(type_)
    file = send_descriptors(sender, 1)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSRIGHTS, 0)
    message = Message([16], control=64)

    result = receiver.recvmsg(message.header, MSG_DONTWAIT)

    assert (result, files_of(rights_in(message))) == (returned(1), [(file, False)])
