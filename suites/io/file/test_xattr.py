"""Extended attributes of a socket: its protocol's name, and other names."""

from errno import EAGAIN, ENODATA, EOPNOTSUPP, ERANGE

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.memory import Buffer
from helpers.syscall import refused, returned
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_RAW

PROTOCOL_NAME = b"system.sockprotoname"
GET = ["man:getxattr(2)", "src:net/socket.c:sockfs_xattr_get"]
LIST = ["man:listxattr(2)", "src:net/socket.c:sockfs_listxattr"]


def get(socket, name, room=256):
    """Return the Result of fgetxattr(2) and the bytes that it wrote, or None if it wrote none."""
    buffer = Buffer(room + 8)
    result = syscall.call("fgetxattr", socket.fd, name + b"\0", buffer.array, room)
    size = max(result.value, 0)
    assert buffer.untouched(size if room else 0)
    return result, buffer[:size] if room else None


def put(socket, name):
    return syscall.call("fsetxattr", socket.fd, name + b"\0", b"value", 5, 0)


def remove(socket, name):
    return syscall.call("fremovexattr", socket.fd, name + b"\0")


def names(socket, room=256):
    """Return the Result of flistxattr(2) and the names."""
    buffer = Buffer(room + 8)
    result = syscall.call("flistxattr", socket.fd, buffer.array, room)
    assert buffer.untouched(room)
    return result, buffer[: max(result.value, 0)].split(b"\0")[:-1] if room else None


@clause(since="3.5", level="source", refs=GET, covers=["file:getxattr"])
@pytest.mark.parametrize(
    ("family", "kind", "value"),
    [(AF_PACKET, SOCK_RAW, b"PACKET"), (AF_UNIX, SOCK_DGRAM, b"UNIX"), (AF_INET, SOCK_DGRAM, b"UDP")],
    ids=["packet", "unix", "udp"],
)
def test_attribute_tells_the_protocol(sockets, family, kind, value):
    """system.sockprotoname is the name of the socket's protocol with its NUL, and not a byte beyond is written."""
    socket = sockets.open(family, kind)

    assert get(socket, PROTOCOL_NAME) == (returned(len(value) + 1), value + b"\0")


@clause(since="3.5", level="documented", refs=GET, covers=["file:getxattr"])
@pytest.mark.parametrize(
    ("room", "result"), [(0, returned(7)), (1, refused(ERANGE)), (6, refused(ERANGE)), (7, returned(7))]
)
def test_attribute_needs_its_room(sockets, room, result):
    """With size 0 the call returns the attribute's size; a buffer too small is ERANGE, and nothing is written."""
    written = (b"PACKET\0" if result.ok else b"") if room else None

    assert get(sockets.packet(), PROTOCOL_NAME, room) == (result, written)


@clause(since="3.5", level="source", refs=GET, covers=["file:getxattr"])
@pytest.mark.parametrize("name", [PROTOCOL_NAME[:-1], PROTOCOL_NAME + b"s", b"system.", b"plain"])
def test_other_attribute_is_eopnotsupp(sockets, name):
    """An attribute of any other name is EOPNOTSUPP."""
    assert get(sockets.packet(), name) == (refused(EOPNOTSUPP), b"")


@clause(since="3.5", level="documented", refs=["man:xattr(7)", *GET], covers=["file:getxattr"])
def test_trusted_attribute_is_hidden(sockets):
    """A trusted attribute is ENODATA to a process without CAP_SYS_ADMIN."""
    name = b"trusted.x"

    assert process.in_child(get, sockets.packet(), name, without=["CAP_SYS_ADMIN"]) == (refused(ENODATA), b"")


@clause(since="3.5", level="source", refs=GET, covers=["file:setxattr", "file:removexattr"])
def test_protocol_cannot_be_changed(sockets):
    """The name of the protocol can neither be set nor removed: EOPNOTSUPP."""
    socket = sockets.packet()

    assert put(socket, PROTOCOL_NAME) == refused(EOPNOTSUPP)
    assert remove(socket, PROTOCOL_NAME) == refused(EOPNOTSUPP)
    assert get(socket, PROTOCOL_NAME) == (returned(7), b"PACKET\0")


@clause(since="4.8", level="source", refs=["man:xattr(7)", "src:net/socket.c:sockfs_security_xattr_set"],
        covers=["file:setxattr", "file:removexattr"])  # fmt: skip
def test_security_attribute_is_left_to_security_modules(sockets, initial_user_namespace):
    """A security attribute that no module knows cannot be set (EOPNOTSUPP), nor removed (EAGAIN)."""
    socket = sockets.packet()

    assert put(socket, b"security.sockproof") == refused(EOPNOTSUPP)
    assert remove(socket, b"security.sockproof") == refused(EAGAIN)


@clause(since="3.5", level="documented", refs=LIST, covers=["file:listxattr"])
def test_list_names_the_protocol_attribute_last(sockets):
    """The list of attributes ends with the name of the protocol's; with size 0 the call returns the list's size."""
    socket = sockets.packet()

    result, told = names(socket)

    assert told[-1] == PROTOCOL_NAME
    assert not [name for name in told[:-1] if not name.startswith(b"security.")]
    assert (result, names(socket, 0)[0]) == (returned(sum(len(name) + 1 for name in told)),) * 2


@clause(since="3.5", level="documented", refs=LIST, covers=["file:listxattr"])
def test_list_needs_its_room(sockets):
    """A list buffer one byte too small is ERANGE; one of the list's size succeeds."""
    socket = sockets.packet()
    size = names(socket)[0].value

    assert names(socket, size - 1)[0] == refused(ERANGE)
    assert names(socket, size) == names(socket)
