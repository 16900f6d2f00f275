"""bind(2) of AF_UNIX sockets: what a name is, and that it is taken once."""

import os
import stat
from errno import EADDRINUSE, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net import addresses
from helpers.net.addresses import unix
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM
from helpers.uapi.un import UNIX_PATH_MAX
from helpers.value_result import address_from

SYSCALL = "bind"
BIND = "src:net/unix/af_unix.c:unix_bind"
UNNAMED = bytes(unix(b""))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory is an empty one of the test's own: a path shall be short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:unix(7)", BIND])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET], ids=["stream", "dgram", "seqpacket"])
def test_makes_a_socket_file_at_the_path(sockets, here, kind):
    """A bind to a path makes a socket file there, with the permissions that the umask leaves."""
    socket = sockets.open(AF_UNIX, kind)
    before = os.umask(0o027)

    result = socket.bind(unix(b"socket"))

    os.umask(before)
    assert result == SUCCESS
    mode = os.lstat("socket").st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o750)
    assert address_from(socket.getsockname) == bytes(unix(b"socket\0"))


@clause(since="2.2", level="documented", refs=["man:unix(7)", BIND])
@pytest.mark.parametrize(
    "name", [b"\0abstract", b"\0", b"\0\0two\0nul\0", b"\0".ljust(UNIX_PATH_MAX, b"n")],
    ids=["short", "empty", "with-nul", "longest"],
)  # fmt: skip
def test_an_abstract_name_is_all_the_bytes_behind_its_nul(sockets, namespace, name):
    """A name that starts with NUL makes no file; all its bytes count, NULs too, and its prefix is another name."""
    first, second, third = (sockets.open(AF_UNIX, SOCK_STREAM, namespace=namespace) for _ in range(3))

    result = first.bind(unix(name))

    assert result == SUCCESS
    assert address_from(first.getsockname) == bytes(unix(name))
    assert second.bind(unix(name)) == refused(EADDRINUSE)
    assert third.bind(unix(name[:-1] if len(name) > 1 else name + b"\0")) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/unix/af_unix.c:unix_autobind"])
def test_an_address_of_the_family_alone_gets_a_name_of_five_digits(sockets):
    """An address that is nothing but its family is given an abstract name of five hexadecimal digits."""
    first, second = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)

    results = [first.bind(unix(b"")), second.bind(unix(b""))]

    assert results == [SUCCESS, SUCCESS]
    names = [address_from(socket.getsockname) for socket in (first, second)]
    assert [(len(name), name[:3]) for name in names] == [(8, bytes(unix(b"\0")))] * 2
    assert all(byte in b"0123456789abcdef" for name in names for byte in name[3:])
    assert names[0] != names[1]


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:unix(7)", BIND], covers=["errno:EADDRINUSE"])
@pytest.mark.parametrize("what", ["bound", "stale", "file", "directory", "symlink"])
def test_refuses_a_path_that_exists_with_eaddrinuse(sockets, here, what):
    """A path at which there is anything, even the file of a closed socket, is refused with EADDRINUSE."""
    other, socket = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    if what in ("bound", "stale"):
        other.must.bind(unix(b"taken"))
    if what == "stale":
        other.must.close()
    make = {"file": (here / "taken").touch, "directory": (here / "taken").mkdir}
    make.get(what, lambda: None)()
    if what == "symlink":
        (here / "taken").symlink_to("nowhere")

    result = socket.bind(unix(b"taken"))

    assert result == refused(EADDRINUSE)
    assert address_from(socket.getsockname) == UNNAMED
    assert socket.bind(unix(b"free")) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:unix(7)", BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("name", [b"second", b"\0second", b""], ids=["path", "abstract", "automatic"])
def test_a_socket_keeps_its_first_name(sockets, here, name):
    """A bound socket cannot be bound again: EINVAL and no file is left; a bind to the family alone changes nothing."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM)
    assert socket.bind(unix(b"first")) == SUCCESS

    result = socket.bind(unix(name))

    assert result == (refused(EINVAL) if name else SUCCESS)
    assert address_from(socket.getsockname) == bytes(unix(b"first\0"))
    assert os.listdir() == ["first"]


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:unix(7)", BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize(
    ("address", "length"),
    [
        (addresses.raw(AF_INET, b"name"), 6),
        (unix(b"name"), 1),
        (unix(b"name"), 0),
        (unix(b"name".ljust(200, b"\0")), 2 + UNIX_PATH_MAX + 1),
    ],
    ids=["family", "half-a-family", "empty", "over-sockaddr_un"],
)
def test_refuses_another_family_or_length_with_einval(sockets, here, address, length):
    """Another family, or a length that no sockaddr_un has, is refused with EINVAL and makes no file."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    result = socket.bind(address, length)

    assert result == refused(EINVAL)
    assert (address_from(socket.getsockname), os.listdir()) == (UNNAMED, [])
    assert socket.bind(unix(b"name"), 6) == SUCCESS
