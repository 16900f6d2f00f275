"""recvmsg(2): descriptors that arrive as SCM_RIGHTS."""

import struct

import pytest

from fixtures.clauses import clause
from helpers import descriptors, process
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.passed_descriptors import files_of, send_descriptors
from helpers.syscall import returned
from helpers.uapi.socket import (
    MSG_CMSG_CLOEXEC,
    MSG_CTRUNC,
    MSG_PEEK,
    SCM_RIGHTS,
    SOCK_DGRAM,
    SOCK_STREAM,
    SOL_SOCKET,
    cmsghdr,
)

SYSCALL = "recvmsg"
DETACH = "src:net/core/scm.c:scm_detach_fds"
GENERIC = "src:net/socket.c:____sys_recvmsg"


def unpack(data):
    return list(struct.unpack(f"={len(data) // 4}i", data))


@clause(
    since="2.6.23",
    level="documented",
    refs=["man:recvmsg(2)", "man:unix(7)", DETACH, GENERIC],
    covers=["msg:MSG_CMSG_CLOEXEC"],
)
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])
@pytest.mark.parametrize("flag", [0, MSG_CMSG_CLOEXEC], ids=["plain", "MSG_CMSG_CLOEXEC"])
def test_descriptors_arrive_with_close_on_exec_as_asked(sockets, kind, flag):
    """Passed files get new descriptors here, close-on-exec exactly with MSG_CMSG_CLOEXEC, which msg_flags repeats."""
    sender, receiver = sockets.pair(kind)
    file = send_descriptors(sender, 2)
    message = Message([16], control=64)

    result = receiver.recvmsg(message.header, flag)

    ((level, type_, data),) = message.control_messages()
    assert result == returned(1)
    assert (level, type_, len(data)) == (SOL_SOCKET, SCM_RIGHTS, 8)
    assert files_of(unpack(data)) == [(file, bool(flag))] * 2
    assert (message.header.msg_controllen, message.header.msg_flags) == (24, flag)


@clause(since="2.2", level="documented", refs=["man:unix(7)", "man:cmsg(3)", DETACH], covers=["msg:MSG_CTRUNC"])
@pytest.mark.parametrize(
    ("room", "count", "controllen"),
    [(28, 3, 28), (27, 2, 24), (23, 1, 23)],
)
def test_as_many_descriptors_arrive_as_there_is_room_for(sockets, room, count, controllen):
    """Descriptors that do not fit msg_control are closed and MSG_CTRUNC is set; cmsg_len counts those that came."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    file = send_descriptors(sender, 3)
    control = Buffer(64)
    message = Message([16], control=1)
    message.header.msg_control, message.header.msg_controllen = control.address, room

    result = receiver.recvmsg(message.header)

    received = unpack(control[16 : 16 + 4 * count])
    assert result == returned(1)
    assert control[:16] == bytes(cmsghdr(16 + 4 * count, SOL_SOCKET, SCM_RIGHTS))
    assert files_of(received) == [(file, False)] * count
    assert control.untouched(16 + 4 * count)
    flags = MSG_CTRUNC if count < 3 else 0
    assert (message.header.msg_controllen, message.header.msg_flags) == (controllen, flags)


@clause(since="2.2", level="documented", refs=["man:unix(7)", DETACH], covers=["msg:MSG_CTRUNC"])
@pytest.mark.parametrize("room", [None, 16, 19], ids=["null", "header-only", "three-bytes"])
def test_without_room_for_a_descriptor_none_arrives(sockets, room):
    """With room for no descriptor there is no control message at all, only MSG_CTRUNC."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    send_descriptors(sender, 1)
    control = Buffer(64)
    message = Message([16])
    if room is not None:
        message.header.msg_control, message.header.msg_controllen = control.address, room

    result = receiver.recvmsg(message.header)

    assert result == returned(1)
    assert control.untouched()
    assert (message.header.msg_controllen, message.header.msg_flags) == (0, MSG_CTRUNC)


@clause(since="2.2", level="documented", refs=["man:unix(7)", DETACH], covers=["msg:MSG_CTRUNC"])
def test_as_many_descriptors_arrive_as_the_limit_allows(sockets):
    """Descriptors beyond RLIMIT_NOFILE are closed and MSG_CTRUNC is set; the data and the others come."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    file = send_descriptors(sender, 3)
    message = Message([16], control=64)

    def receive():
        descriptors.leave_free(2)
        result = receiver.recvmsg(message.header)
        ((_, _, data),) = message.control_messages()
        return result, files_of(unpack(data)), message.header.msg_flags

    assert process.in_child(receive) == (returned(1), [(file, False)] * 2, MSG_CTRUNC)


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_peek_fds"], covers=["msg:MSG_PEEK"])
def test_peeking_brings_descriptors_each_time(sockets):
    """MSG_PEEK opens the passed file too, and the call that takes the message does so again."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    file = send_descriptors(sender, 1)
    received = []

    for flags in (MSG_PEEK, 0):
        message = Message([16], control=64)
        assert receiver.recvmsg(message.header, flags) == returned(1)
        ((_, _, data),) = message.control_messages()
        received += unpack(data)

    assert len(set(received)) == 2
    assert files_of(received) == [(file, False)] * 2
