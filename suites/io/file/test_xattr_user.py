"""Attributes user.* of a socket: what a program may write on it, since Linux 7.1."""

import os
from errno import E2BIG, EACCES, EEXIST, EINVAL, ENODATA, ENOSPC, ERANGE
from os import XATTR_CREATE, XATTR_REPLACE

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.memory import Buffer
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM

REFS = ["man:xattr(7)", "src:net/socket.c:sockfs_user_xattr_set", "src:net/socket.c:sockfs_user_xattr_get"]
PROTOCOL_NAME = b"system.sockprotoname"
LARGEST, MOST, MOST_BYTES = 65536, 128, 128 << 10


def get(socket, name, room=256):
    """Return the Result of fgetxattr(2) and what it wrote."""
    buffer = Buffer(room + 8)
    result = syscall.call("fgetxattr", socket.fd, name + b"\0", buffer.array, room)
    written = max(result.value, 0) if room else 0
    assert buffer.untouched(written)
    return result, buffer[:written]


def put(socket, name, value=b"value", flags=0):
    """Return the Result of fsetxattr(2)."""
    return syscall.call("fsetxattr", socket.fd, name + b"\0", value, len(value), flags)


def remove(socket, name):
    """Return the Result of fremovexattr(2)."""
    return syscall.call("fremovexattr", socket.fd, name + b"\0")


def names(socket, room=8192):
    """Return the Result of flistxattr(2) and the names but for those of security modules."""
    buffer = bytearray(room or 1)
    result = syscall.call("flistxattr", socket.fd, buffer, room)
    told = bytes(buffer[: max(result.value, 0)]).split(b"\0")[:-1]
    return result, [name for name in told if not name.startswith(b"security.")]


@clause(since="7.1", level="source", refs=REFS, covers=["file:setxattr", "file:getxattr"])
@pytest.mark.parametrize("value", [b"v", b"", b"v" * 256], ids=["one", "empty", "long"])
def test_attribute_holds_its_value(sockets, value):
    """An attribute user.* that was set reads back; one that was not is ENODATA."""
    socket = sockets.packet()

    assert get(socket, b"user.x") == (refused(ENODATA), b"")
    assert put(socket, b"user.x", value) == SUCCESS
    assert get(socket, b"user.x") == (returned(len(value)), value)
    assert get(socket, b"user.y") == (refused(ENODATA), b"")


@clause(since="7.1", level="source", refs=REFS, covers=["file:getxattr"])
@pytest.mark.parametrize(("room", "result"), [(0, returned(5)), (4, refused(ERANGE)), (5, returned(5))])
def test_attribute_needs_its_room(sockets, room, result):
    """With size 0 the call returns the attribute's size; a buffer too small is ERANGE, and nothing is written."""
    socket = sockets.packet()
    put(socket, b"user.x")

    assert get(socket, b"user.x", room) == (result, b"value" if result.ok and room else b"")


@clause(since="7.1", level="source", refs=REFS, covers=["file:setxattr"])
def test_flags_tell_whether_the_attribute_must_be_there(sockets):
    """XATTR_REPLACE of what is not there is ENODATA, XATTR_CREATE of what is there EEXIST; without flag both work."""
    socket = sockets.packet()

    assert put(socket, b"user.x", b"1", XATTR_REPLACE) == refused(ENODATA)
    assert put(socket, b"user.x", b"2", XATTR_CREATE) == SUCCESS
    assert put(socket, b"user.x", b"3", XATTR_CREATE) == refused(EEXIST)
    assert get(socket, b"user.x")[1] == b"2"
    assert put(socket, b"user.x", b"4", XATTR_REPLACE) == SUCCESS
    assert put(socket, b"user.x", b"5", 4) == refused(EINVAL)
    assert get(socket, b"user.x")[1] == b"4"
    assert put(socket, b"user.x", b"6") == SUCCESS
    assert get(socket, b"user.x")[1] == b"6"


@clause(since="7.1", level="source", refs=REFS, covers=["file:removexattr"])
def test_attribute_is_removed(sockets):
    """An attribute is removed once, then it is ENODATA; the others stay."""
    socket = sockets.packet()
    put(socket, b"user.x")
    put(socket, b"user.y")

    assert remove(socket, b"user.x") == SUCCESS
    assert remove(socket, b"user.x") == refused(ENODATA)
    assert names(socket)[1] == [b"user.y", PROTOCOL_NAME]


@clause(since="7.1", level="source", refs=[*REFS, "src:net/socket.c:sockfs_listxattr"], covers=["file:listxattr"])
def test_list_names_user_attributes_and_then_the_protocol(sockets):
    """The list has the attributes user.* and then the protocol's; a buffer too small for all of it is ERANGE."""
    socket = sockets.packet()
    put(socket, b"user.x")
    put(socket, b"user.longer")

    result, told = names(socket)

    assert (sorted(told[:-1]), told[-1]) == ([b"user.longer", b"user.x"], PROTOCOL_NAME)
    assert (names(socket, 0)[0], names(socket, result.value)) == (result, (result, told))
    for room in (1, len(b"user.x\0"), len(b"user.x\0user.longer\0"), result.value - 1):
        assert names(socket, room)[0] == refused(ERANGE)


@clause(since="7.1", level="source", refs=REFS, covers=["file:setxattr"])
def test_there_is_room_for_128_attributes(sockets):
    """A socket holds 128 attributes user.*: one more is ENOSPC, until one is removed; another socket has its own."""
    socket, other = sockets.packet(), sockets.packet()

    results = {put(socket, b"user.%d" % number) for number in range(MOST)}

    assert results == {SUCCESS}
    assert put(socket, b"user.more") == refused(ENOSPC)
    assert put(other, b"user.more") == SUCCESS
    assert remove(socket, b"user.0") == SUCCESS
    assert put(socket, b"user.more") == SUCCESS


@clause(since="7.1", level="source", refs=REFS, covers=["file:setxattr"])
def test_there_is_room_for_128_kib_of_values(sockets):
    """A value has at most 64 KiB (E2BIG), all of a socket's 128 KiB (ENOSPC); what is refused changes nothing."""
    socket = sockets.packet()

    assert put(socket, b"user.0", bytes(LARGEST + 1)) == refused(E2BIG)
    assert [put(socket, b"user.%d" % number, bytes(LARGEST)) for number in range(2)] == [SUCCESS] * 2
    assert put(socket, b"user.2", b"x") == refused(ENOSPC)
    assert put(socket, b"user.2", b"") == SUCCESS
    assert remove(socket, b"user.0") == SUCCESS
    assert put(socket, b"user.3", bytes(LARGEST)) == SUCCESS


@clause(since="7.1", level="source", refs=REFS, covers=["file:setxattr", "file:getxattr"])
def test_attribute_belongs_to_the_socket_and_not_to_a_descriptor(sockets):
    """Another descriptor of the socket sees the attribute, its peer does not."""
    left, right = sockets.pair()
    spare = sockets.adopt(os.dup(left.fd))
    put(left, b"user.x")

    assert get(spare, b"user.x") == (returned(5), b"value")
    assert get(right, b"user.x") == (refused(ENODATA), b"")


@clause(since="7.1", level="source", refs=REFS, covers=["file:setxattr"])
def test_another_user_may_write_too(sockets, other_uid):
    """The mode of a socket lets everyone write: another user who holds it may set attributes."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    assert process.in_child(put, socket, b"user.x", uid=other_uid) == SUCCESS
    os.fchmod(socket.fd, 0o700)
    assert process.in_child(put, socket, b"user.y", uid=other_uid) == refused(EACCES)
    assert names(socket)[1] == [b"user.x", PROTOCOL_NAME]
