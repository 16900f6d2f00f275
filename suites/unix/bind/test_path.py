"""bind(2) of AF_UNIX sockets: the errnos of the path."""

import os
from errno import EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS

import pytest

from fixtures.clauses import clause
from helpers.libc import libc
from helpers.net.addresses import unix
from helpers.net.namespaces import unshare
from helpers.process import in_child
from helpers.syscall import SUCCESS, Result, refused
from helpers.uapi.mount import MS_RDONLY
from helpers.uapi.sched import CLONE_NEWNS
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM
from helpers.unavailable import unavailable
from helpers.value_result import address_from

SYSCALL = "bind"
BIND = "src:net/unix/af_unix.c:unix_bind_bsd"
UNNAMED = bytes(unix(b""))
OVERRIDES = ["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory is an empty one of the test's own: a path shall be short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@clause(
    since="2.2",
    level="documented",
    refs=["man:bind(2)", "man:path_resolution(7)", BIND],
    covers=["errno:ENOENT", "errno:ENOTDIR", "errno:ELOOP", "errno:ENAMETOOLONG"],
)
@pytest.mark.parametrize(
    ("path", "errno"),
    [
        (b"missing/socket", ENOENT),
        (b"socket/", ENOENT),
        (b"file/socket", ENOTDIR),
        (b"loop/socket", ELOOP),
        (b"long/socket", ENAMETOOLONG),
    ],
    ids=["no-directory", "slash-at-end", "not-a-directory", "symlink-loop", "component-of-256"],
)
def test_refuses_a_path_that_does_not_resolve(sockets, here, path, errno):
    """The errors of path resolution are bind's: the socket stays without a name and no file is made."""
    (here / "file").touch()
    (here / "loop").symlink_to("loop")
    (here / "long").symlink_to("n" * 256)  # a name that itself does not fit into a sockaddr_un
    (here / "directory").mkdir()
    before = sorted(os.listdir())
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    result = socket.bind(unix(path))

    assert result == refused(errno)
    assert (address_from(socket.getsockname), sorted(os.listdir())) == (UNNAMED, before)
    assert socket.bind(unix(b"directory/socket")) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:path_resolution(7)", BIND])
@pytest.mark.parametrize("target", ["directory", "n" * 255], ids=["short", "component-of-255"])
def test_follows_symbolic_links_to_the_directory(sockets, here, target):
    """A symbolic link on the way to the socket's directory is followed, a name of 255 bytes is no hindrance."""
    (here / target).mkdir()
    (here / "link").symlink_to(target)
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    result = socket.bind(unix(b"link/socket"))

    assert result == SUCCESS
    assert os.listdir(target) == ["socket"]


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:unix(7)", BIND], covers=["errno:EACCES"])
@pytest.mark.parametrize("mode", [0o500, 0o600], ids=["not-writable", "not-searchable"])
def test_refuses_a_directory_without_permission_with_eacces(sockets, here, mode):
    """A directory that the caller may not search, or not write to, is refused with EACCES; with both it is accepted."""
    (here / "directory").mkdir()
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    def attempt() -> list[tuple[int, int]]:
        results = []
        for permissions in (mode, 0o700):
            os.chmod("directory", permissions)
            results.append(tuple(socket.bind(unix(b"directory/socket"))))
        return results

    results = [Result(*result) for result in in_child(attempt, without=OVERRIDES)]

    assert results == [refused(EACCES), SUCCESS]


def bind_on_mount(socket, kind: bytes, flags: int) -> tuple[int, int]:
    """Mount a file system at "mount", where no other process sees it, and bind the socket to a name there."""
    unshare(CLONE_NEWNS)
    if libc.mount(b"none", b"mount", kind, flags, None):
        unavailable(f"mount(2) of a {kind.decode()} is refused here")
    return tuple(socket.bind(unix(b"mount/socket")))


@clause(since="2.2", level="documented", refs=["man:bind(2)", BIND], covers=["errno:EROFS", "errno:EPERM"])
@pytest.mark.parametrize(
    ("kind", "flags", "expected"),
    [(b"tmpfs", 0, SUCCESS), (b"tmpfs", MS_RDONLY, refused(EROFS)), (b"devpts", 0, refused(EPERM))],
    ids=["writable", "read-only", "without-socket-files"],
)
def test_needs_a_file_system_that_can_be_written_to(sockets, here, kind, flags, expected):
    """A path on a read-only file system is refused with EROFS, on one that has no socket files with EPERM."""
    (here / "mount").mkdir()
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    result = Result(*in_child(bind_on_mount, socket, kind, flags))

    assert result == expected
    assert address_from(socket.getsockname) == (bytes(unix(b"mount/socket\0")) if result == SUCCESS else UNNAMED)
