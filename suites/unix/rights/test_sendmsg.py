"""sendmsg(2): SCM_RIGHTS, descriptors that go along with a message."""

import os
import struct
from errno import EBADF, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import messages
from helpers.arrivals import drain
from helpers.descriptors import need_descriptors
from helpers.messages import Message, cmsg
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_CMSG_CLOEXEC, SCM_MAX_FD, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET

SYSCALL = "sendmsg"
COPY = "src:net/core/scm.c:scm_fp_copy"


def rights(*fds):
    return cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack(f"={len(fds)}i", *fds))


def receive_rights(sockets, receiver):
    """Receive one message; return its data and the inodes of the descriptors with it."""
    received = messages.receive(receiver.fd, control=2048, flags=MSG_CMSG_CLOEXEC)
    fds = [fd for _, _, data in received.controls for (fd,) in struct.iter_unpack("=i", data)]
    return received.data, [os.fstat(sockets.adopt(fd).fd).st_ino for fd in fds]


@clause(since="2.2", level="documented", refs=["man:unix(7)", "man:cmsg(3)", COPY])
@pytest.mark.parametrize("count", [0, 2, SCM_MAX_FD])
def test_descriptors_go_along(sockets, count):
    """SCM_RIGHTS passes descriptors of the very files, in their order: none, some, or 253."""
    need_descriptors(count)
    sender, receiver = sockets.pair(SOCK_DGRAM)
    files = [sender.fd, receiver.fd] * count
    message = Message([b"data"], control=rights(*files[:count]))

    result = sender.sendmsg(message.header)

    assert result == returned(4)
    inodes = [os.fstat(fd).st_ino for fd in files[:count]]
    assert receive_rights(sockets, receiver) == (b"data", inodes)


@clause(since="2.6.38", level="documented", refs=["man:unix(7)", COPY], covers=["errno:EINVAL", "errno:EBADF"])
@pytest.mark.parametrize(
    ("more", "errno"), [([-1], EBADF), ([2**31 - 1], EBADF), (None, EINVAL)], ids=["negative", "not-open", "254"]
)
def test_bad_rights_are_refused_and_nothing_is_sent(sockets, more, errno):
    """A number that is no open descriptor is refused with EBADF, more than 253 with EINVAL, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    good = [sender.fd] if more else [sender.fd] * SCM_MAX_FD
    bad = [*good, *(more or [sender.fd])]

    assert sender.sendmsg(Message([b"lost"], control=rights(*bad)).header) == refused(errno)
    assert drain(receiver) == []
    assert sender.sendmsg(Message([b"data"], control=rights(*good)).header) == returned(4)
    assert receive_rights(sockets, receiver)[0] == b"data"
