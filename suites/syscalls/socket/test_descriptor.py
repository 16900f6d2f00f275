"""socket(2): the descriptor that it returns and the file behind it."""

import os
import stat

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.libc import libc
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import returned
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM

ALLOC = "src:net/socket.c:sock_alloc"
MAP = "src:net/socket.c:sock_map_fd"
FAMILIES = pytest.mark.parametrize(
    ("family", "kind"), [(AF_PACKET, SOCK_RAW), (AF_UNIX, SOCK_DGRAM)], ids=["packet", "unix"]
)


@clause(since="2.2", level="documented", refs=["man:socket(2)", MAP])
@FAMILIES
def test_returns_the_lowest_free_descriptor(family, kind):
    """The descriptor returned is the lowest that was free, and the next socket gets the next one."""

    def fill_and_make() -> tuple[int, int, list[syscall.Result]]:
        fds = [os.dup(0) for _ in range(4)]
        os.close(fds[3])
        os.close(fds[1])
        return fds[1], fds[3], [syscall.socket(family, kind, 0) for _ in range(2)]

    first, second, results = in_child(fill_and_make)

    assert results == [returned(first), returned(second)]


@clause(since="2.2", level="documented", refs=["man:proc(5)", "src:net/socket.c:sockfs_dname", ALLOC])
@FAMILIES
def test_the_descriptor_is_a_socket_file_of_its_own(sockets, family, kind):
    """The descriptor refers to a socket file of mode 0777, named socket:[inode]; each socket has its own inode."""
    results = [syscall.socket(family, kind, 0) for _ in range(2)]

    assert [result.ok for result in results] == [True, True]
    fds = [sockets.adopt(result.value).fd for result in results]
    files = [os.fstat(fd) for fd in fds]
    assert [file.st_mode for file in files] == [stat.S_IFSOCK | 0o777] * 2
    assert [os.readlink(f"/proc/self/fd/{fd}") for fd in fds] == [f"socket:[{file.st_ino}]" for file in files]
    assert files[0].st_ino != files[1].st_ino


@clause(since="3.7", level="source", refs=["src:net/socket.c:sockfs_xattr_get", "src:net/socket.c:sock_alloc_file"])
@pytest.mark.parametrize(
    ("family", "kind", "name"),
    [
        (AF_PACKET, SOCK_RAW, b"PACKET"),
        (AF_INET, SOCK_STREAM, b"TCP"),
        (AF_INET, SOCK_DGRAM, b"UDP"),
        (AF_UNIX, SOCK_DGRAM, b"UNIX"),
    ],
    ids=["packet", "tcp", "udp", "unix"],
)
def test_the_file_has_the_name_of_the_protocol(sockets, family, kind, name):
    """The extended attribute system.sockprotoname of the socket file is the name of its protocol."""
    result = syscall.socket(family, kind, 0)

    assert result.ok
    assert os.getxattr(sockets.adopt(result.value).fd, "system.sockprotoname").rstrip(b"\0") == name


@clause(since="2.2", level="source", refs=[ALLOC])
def test_the_file_belongs_to_its_maker(sockets):
    """The socket file belongs to the user and group that created it."""
    result = syscall.socket(AF_PACKET, SOCK_RAW, 0)

    assert result.ok
    file = os.fstat(sockets.adopt(result.value).fd)
    assert (file.st_uid, file.st_gid) == (os.geteuid(), os.getegid())


@clause(since="2.2", level="source", refs=[ALLOC, "man:setfsuid(2)"])
def test_the_owner_is_the_file_system_uid_of_the_maker(other_uid):
    """The socket file belongs to the file system uid and gid of its creator, whatever the effective ones are."""

    def make() -> list[tuple[int, int]]:
        libc.setfsgid(other_uid + 1)
        libc.setfsuid(other_uid)
        owned = [os.fstat(must(syscall.socket(AF_UNIX, SOCK_DGRAM, 0)))]
        libc.setfsuid(os.geteuid())
        owned.append(os.fstat(must(syscall.socket(AF_UNIX, SOCK_DGRAM, 0))))
        return [(file.st_uid, file.st_gid) for file in owned]

    owners = in_child(make)

    assert owners == [(other_uid, other_uid + 1), (os.geteuid(), other_uid + 1)]
