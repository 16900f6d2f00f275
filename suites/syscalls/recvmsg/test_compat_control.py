"""recvmsg(2) as a 32-bit program calls it: room for control messages, and descriptors."""

import os
import struct

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct
from helpers.compat_messages import CompatMessage
from helpers.passed_descriptors import files_of, send_descriptors
from helpers.syscall import returned
from helpers.uapi.compat import compat_cmsghdr
from helpers.uapi.socket import (
    MSG_CMSG_CLOEXEC,
    MSG_CTRUNC,
    SCM_CREDENTIALS,
    SCM_RIGHTS,
    SOCK_DGRAM,
    SOL_SOCKET,
    ucred,
)
from helpers.uapi.socket_options import (
    SO_PASSCRED,
)

PUT = "src:net/compat.c:put_cmsg_compat"
DETACH = "src:net/compat.c:scm_detach_fds_compat"


@clause(since="2.2", level="source", refs=["man:cmsg(3)", PUT], covers=["msg:MSG_CTRUNC"])
@pytest.mark.parametrize("room", [11, 12, 23, 24, 25])
def test_a_control_message_is_cut_to_its_room(sockets, lowmem, room):
    """Below CMSG_LEN of room, 24 bytes here, a control message is cut and flagged; below a header's 12 it is lost."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    sender.must.send(b"data")
    message = CompatMessage(lowmem, [16], control=32)
    message.header.msg_controllen = room

    result = Direct.recvmsg(receiver.fd, message.address)

    written = min(room, 24) if room >= 12 else 0
    whole = bytes(compat_cmsghdr(written, SOL_SOCKET, SCM_CREDENTIALS))
    whole += bytes(ucred(os.getpid(), os.getuid(), os.getgid()))
    assert result == returned(4)
    assert message.control() == whole[:written].ljust(32, b"\xa5")
    flags = MSG_CTRUNC if room < 24 else 0
    assert (message.header.msg_controllen, message.header.msg_flags) == (written, flags)


@clause(
    since="2.6.23", level="documented", refs=["man:unix(7)", DETACH], covers=["msg:MSG_CMSG_CLOEXEC", "msg:MSG_CTRUNC"]
)
@pytest.mark.parametrize(("room", "count", "flag"), [(64, 3, 0), (64, 3, MSG_CMSG_CLOEXEC), (23, 2, 0), (16, 1, 0)])
def test_descriptors_arrive_as_there_is_room_for_them(sockets, lowmem, room, count, flag):
    """Each passed descriptor takes 4 bytes after a header of 12, close-on-exec as asked; the others are closed."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    file = send_descriptors(sender, 3)
    message = CompatMessage(lowmem, [16], control=64)
    message.header.msg_controllen = room

    result = Direct.recvmsg(receiver.fd, message.address, flag)

    ((length, level, kind, data),) = message.controls()
    assert result == returned(1)
    assert files_of(struct.unpack(f"={count}i", data)) == [(file, bool(flag))] * count
    assert (length, level, kind) == (12 + 4 * count, SOL_SOCKET, SCM_RIGHTS)
    flags = flag | (MSG_CTRUNC if count < 3 else 0)
    assert (message.header.msg_controllen, message.header.msg_flags) == (12 + 4 * count, flags)
