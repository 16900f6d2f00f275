"""recvmsg(2): how control messages are laid out in msg_control, and what happens where it is too small."""

import os

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.messages import Message, cmsg
from helpers.syscall import returned
from helpers.uapi.socket import (
    CMSG_LEN,
    CMSG_SPACE,
    MSG_CTRUNC,
    SCM_CREDENTIALS,
    SOCK_DGRAM,
    SOL_SOCKET,
    cmsghdr,
    ucred,
)
from helpers.uapi.socket_options import SO_PASSCRED, SO_TIMESTAMP_OLD

PUT = "src:net/core/scm.c:put_cmsg"
GENERIC = "src:net/socket.c:____sys_recvmsg"
HEADER = 16  # of a control message: size_t, int, int


def credentials():
    """Return this process's credentials as bytes."""
    return bytes(ucred(os.getpid(), os.getuid(), os.getgid()))


def receiving_credentials(sockets, *more):
    """Return a datagram socket with SO_PASSCRED (and the options *more*) that has one message in its queue."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    for option in (*more, SO_PASSCRED):
        receiver.must.setsockopt(SOL_SOCKET, option, 1)
    sender.must.send(b"data")
    return receiver


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:unix(7)", "man:cmsg(3)", PUT, GENERIC])
@pytest.mark.parametrize("room", [28, 29, 32, 33])
def test_a_control_message_that_fits_is_whole(sockets, room):
    """With room for CMSG_LEN or more a control message is whole; msg_controllen counts it with what padding fits."""
    receiver = receiving_credentials(sockets)
    control = Buffer(80)
    message = Message([16], control=1)
    message.header.msg_control, message.header.msg_controllen = control.address, room

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    assert control[:28] == cmsg(SOL_SOCKET, SCM_CREDENTIALS, credentials())[:28]
    assert control.untouched(28)  # padding is not written
    assert (message.header.msg_controllen, message.header.msg_flags) == (min(room, 32), 0)
    assert message.header.msg_control == control.address


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:cmsg(3)", PUT], covers=["msg:MSG_CTRUNC"])
@pytest.mark.parametrize("room", [16, 17, 27])
def test_a_control_message_that_does_not_fit_is_cut_and_flagged(sockets, room):
    """With less than CMSG_LEN of room the message is cut, its cmsg_len says so, and MSG_CTRUNC is set."""
    receiver = receiving_credentials(sockets)
    control = Buffer(80)
    message = Message([16], control=1)
    message.header.msg_control, message.header.msg_controllen = control.address, room

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    head = bytes(cmsghdr(cmsg_len=room, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS))
    assert control[:room] == (head + credentials())[:room]
    assert control.untouched(room)
    assert (message.header.msg_controllen, message.header.msg_flags) == (room, MSG_CTRUNC)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:cmsg(3)", PUT], covers=["msg:MSG_CTRUNC"])
@pytest.mark.parametrize("room", [0, 15])
def test_without_room_for_a_control_header_nothing_is_written(sockets, room):
    """With less room than a cmsghdr takes msg_controllen becomes 0 and MSG_CTRUNC is set; the data is received."""
    receiver = receiving_credentials(sockets)
    control = Buffer(80)
    message = Message([16], control=1)
    message.header.msg_control, message.header.msg_controllen = control.address, room

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    assert message.data(4) == b"data"
    assert control.untouched()
    assert (message.header.msg_controllen, message.header.msg_flags) == (0, MSG_CTRUNC)


@clause(since="2.2", level="source", refs=["man:recvmsg(2)", PUT], covers=["msg:MSG_CTRUNC"])
@pytest.mark.parametrize("given", [0, 64])
def test_a_null_control_pointer_discards_control_messages(sockets, given):
    """With a null msg_control the control messages are discarded with MSG_CTRUNC, and msg_controllen becomes 0."""
    receiver = receiving_credentials(sockets)
    message = Message([16])
    message.header.msg_controllen = given

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    assert (message.header.msg_controllen, message.header.msg_flags) == (0, MSG_CTRUNC)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:cmsg(3)", PUT])
def test_control_messages_follow_each_other_aligned(sockets):
    """A second control message starts at CMSG_SPACE of the first, and msg_controllen counts both."""
    receiver = receiving_credentials(sockets, SO_TIMESTAMP_OLD)
    message = Message([16], control=128)

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    heads = [cmsghdr.from_buffer_copy(bytes(message.control), at) for at in (0, CMSG_SPACE(16))]
    assert [(head.cmsg_len, head.cmsg_level, head.cmsg_type) for head in heads] == [
        (CMSG_LEN(16), SOL_SOCKET, SO_TIMESTAMP_OLD),
        (CMSG_LEN(12), SOL_SOCKET, SCM_CREDENTIALS),
    ]
    assert message.header.msg_controllen == CMSG_SPACE(16) + CMSG_SPACE(12)
    assert message.header.msg_flags == 0


@clause(since="2.2", level="source", refs=[PUT], covers=["msg:MSG_CTRUNC"])
def test_the_first_message_stays_whole_when_the_second_is_cut(sockets):
    """With room for one message and a part of the next, the first is whole and the second one cut."""
    receiver = receiving_credentials(sockets, SO_TIMESTAMP_OLD)
    message = Message([16], control=CMSG_SPACE(16) + HEADER + 4)

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    found = message.control_messages()
    assert [(level, kind, len(data)) for level, kind, data in found] == [
        (SOL_SOCKET, SO_TIMESTAMP_OLD, 16),
        (SOL_SOCKET, SCM_CREDENTIALS, 4),
    ]
    assert found[1][2] == credentials()[:4]
    assert (message.header.msg_controllen, message.header.msg_flags) == (CMSG_SPACE(16) + HEADER + 4, MSG_CTRUNC)


@clause(since="2.2", level="source", refs=[PUT])
@pytest.mark.parametrize("how", ["unmapped", "readonly"])
def test_a_control_buffer_that_cannot_be_written_loses_its_messages_silently(sockets, memory, how):
    """Where msg_control cannot be written the data is received all the same; only msg_controllen 0 shows it."""
    receiver = receiving_credentials(sockets)
    message = Message([16], control=64)
    message.header.msg_control = memory.unmapped if how == "unmapped" else memory.readonly(bytes(64))

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    assert message.data(4) == b"data"
    assert (message.header.msg_controllen, message.header.msg_flags) == (0, 0)
