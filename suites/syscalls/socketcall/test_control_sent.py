"""socketcall(2) and the 32-bit calls beside it: control messages that are sent have 12-byte headers."""

import functools
import os
import struct
from errno import EFAULT, EINVAL, ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers import messages
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage, cmsg
from helpers.syscall import refused, returned
from helpers.uapi.socket import SCM_CREDENTIALS, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET, ucred
from helpers.uapi.socket_options import SO_PASSCRED

BOTH = pytest.mark.parametrize("entry", [SocketCall, Direct], ids=["socketcall", "direct"])
FROM_USER = "src:net/compat.c:cmsghdr_from_user_compat_to_kern"
clause32 = functools.partial(clause, since="2.6.12", level="source", refs=["man:socketcall(2)", FROM_USER])


def rights(*fds, length=None):
    return cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack(f"={len(fds)}i", *fds), length)


def inodes(sockets, data):
    """Adopt the descriptors that a control message brought, and return their inodes."""
    arrived = [sockets.adopt(fd) for fd in struct.unpack(f"={len(data) // 4}i", data)]
    return [os.fstat(end.fd).st_ino for end in arrived]


@pytest.fixture
def pair(sockets):
    return sockets.pair(SOCK_DGRAM)


@clause32()
@BOTH
@pytest.mark.parametrize("count", [1, 2, 40])
def test_descriptors_go_behind_a_12_byte_header(lowmem, sockets, pair, entry, count):
    """The descriptors behind a 12-byte header arrive, few or many."""
    left, right = pair
    message = CompatMessage(lowmem, [b"x"], control=rights(*[left.fd, right.fd][:count], *[left.fd] * (count - 2)))

    result = entry.sendmsg(left.fd, message.address)

    assert result == returned(1)
    [(level, kind, data)] = messages.receive(right.fd).controls
    assert (level, kind) == (SOL_SOCKET, SCM_RIGHTS)
    sent = [os.fstat(end.fd).st_ino for end in pair]
    assert inodes(sockets, data) == sent[:count] + sent[:1] * (count - 2)


@clause32()
@BOTH
def test_control_messages_follow_at_multiples_of_4(lowmem, sockets, pair, entry):
    """A second control message starts at the next multiple of 4, where a native one would at one of 8."""
    left, right = pair
    right.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    who = bytes(ucred(os.getpid(), os.getuid(), os.getgid()))
    control = rights(left.fd, right.fd) + cmsg(SOL_SOCKET, SCM_CREDENTIALS, who)
    message = CompatMessage(lowmem, [b"x"], control=control)

    result = entry.sendmsg(left.fd, message.address)

    assert (result, len(control)) == (returned(1), 20 + 24)
    arrived = {kind: data for _, kind, data in messages.receive(right.fd).controls}
    assert arrived[SCM_CREDENTIALS] == who
    assert inodes(sockets, arrived[SCM_RIGHTS]) == [os.fstat(end.fd).st_ino for end in pair]


@clause32()
@BOTH
@pytest.mark.parametrize(
    "length", [0, 11, 17, 2**31, 2**32 - 1], ids=["zero", "less-than-header", "beyond-room", "2GiB", "max"]
)
def test_control_length_out_of_bounds_is_einval(lowmem, sockets, pair, entry, length):
    """A cmsg_len of less than a 12-byte header or more than the room is EINVAL, and nothing is sent."""
    left, right = pair
    bad = CompatMessage(lowmem, [b"x"], control=rights(left.fd, length=length))
    good = CompatMessage(lowmem, [b"x"], control=rights(left.fd))

    assert entry.sendmsg(left.fd, bad.address) == refused(EINVAL)
    assert messages.receive(right.fd) is None
    assert entry.sendmsg(left.fd, good.address) == returned(1)
    assert inodes(sockets, messages.receive(right.fd).controls[0][2]) == [os.fstat(left.fd).st_ino]


@clause32()
def test_second_control_message_is_checked_too(lowmem, pair):
    """A second control message whose cmsg_len is beyond what the first left is EINVAL, and nothing is sent."""
    left, right = pair
    bad = CompatMessage(lowmem, [b"x"], control=rights(left.fd) + rights(left.fd, length=17))

    assert SocketCall.sendmsg(left.fd, bad.address) == refused(EINVAL)
    assert messages.receive(right.fd) is None


@clause32()
@BOTH
@pytest.mark.parametrize("room", [1, 11])
def test_control_without_room_for_a_header_is_einval(lowmem, pair, entry, room):
    """A msg_controllen of less than a 12-byte header is EINVAL, where the native call ignores one that is too short."""
    left, right = pair
    message = CompatMessage(lowmem, [b"x"], control=rights(left.fd)[:room])
    native = messages.Message([b"x"], control=messages.cmsg(SOL_SOCKET, SCM_RIGHTS, bytes(4))[:room])

    assert entry.sendmsg(left.fd, message.address) == refused(EINVAL)
    assert messages.receive(right.fd) is None
    message.header.msg_controllen = 0
    assert entry.sendmsg(left.fd, message.address) == returned(1)
    assert left.sendmsg(native.header) == returned(1)


@clause32()
@pytest.mark.parametrize(
    ("room", "errno"), [(2**31 - 1, EFAULT), (2**31, ENOBUFS), (2**32 - 1, ENOBUFS)], ids=["int-max", "2GiB", "max"]
)
def test_control_room_beyond_int_max_is_enobufs(lowmem, pair, room, errno):
    """A msg_controllen above INT_MAX is ENOBUFS before the control messages are read; they are EFAULT up to it."""
    left, right = pair
    message = CompatMessage(lowmem, [b"x"])
    message.header.msg_control, message.header.msg_controllen = lowmem.unmapped, room

    assert SocketCall.sendmsg(left.fd, message.address) == refused(errno)
    assert messages.receive(right.fd) is None
    message.header.msg_controllen = 0
    assert SocketCall.sendmsg(left.fd, message.address) == returned(1)


@clause32()
@pytest.mark.parametrize("readable", [0, 4, 12, 15], ids=["none", "length", "header", "all-but-one"])
def test_control_that_cannot_be_read_is_efault(lowmem, pair, readable):
    """A control message that cannot be read to its end is EFAULT, and nothing is sent."""
    left, right = pair
    message = CompatMessage(lowmem, [b"x"])
    message.header.msg_control = lowmem.before_end(rights(left.fd)[:readable])
    message.header.msg_controllen = 16

    assert SocketCall.sendmsg(left.fd, message.address) == refused(EFAULT)
    assert messages.receive(right.fd) is None
