"""fstat(2), fstatfs(2), fchown(2) and fchmod(2): a socket as a file."""

import ctypes
import os
import stat
from errno import EPERM

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, refused
from helpers.uapi.magic import SOCKFS_MAGIC
from helpers.uapi.socket import AF_PACKET, AF_UNIX, SOCK_RAW, SOCK_STREAM

ALLOC, SETATTR = "src:net/socket.c:sock_alloc", "src:net/socket.c:sockfs_setattr"
KEEP = 0xFFFFFFFF  # of fchown: not to be changed
FAMILIES = pytest.mark.parametrize(
    ("family", "kind"), [(AF_PACKET, SOCK_RAW), (AF_UNIX, SOCK_STREAM)], ids=["packet", "unix"]
)


def owner(fd):
    """Return uid and gid of the file."""
    found = os.fstat(fd)
    return found.st_uid, found.st_gid


def user_of(socket):
    """Return the uid in /proc/net/packet for a packet socket: that of its sock."""
    inode = str(os.fstat(socket.fd).st_ino)
    with open("/proc/thread-self/net/packet") as table:
        [row] = [line.split() for line in table if line.split()[-1] == inode]
    return int(row[-2])


@clause(since="2.2", level="source", refs=["man:fstat(2)", ALLOC], covers=["file:fstat"])
@FAMILIES
def test_fstat_tells_a_socket_of_its_maker(sockets, family, kind):
    """A socket is a file of type socket, mode 0777 and size 0 with the ids of its creator."""
    found = os.fstat(sockets.open(family, kind).fd)

    assert (stat.S_ISSOCK(found.st_mode), stat.S_IMODE(found.st_mode), found.st_size) == (True, 0o777, 0)
    assert (found.st_uid, found.st_gid) == (os.geteuid(), os.getegid())


@clause(since="2.2", level="source", refs=["man:fstat(2)", ALLOC], covers=["file:fstat"])
def test_fstat_of_a_socket_of_another_user(other_uid):
    """A socket that another user makes carries that user's ids."""

    def run():
        socket = Socket(syscall.socket(AF_UNIX, SOCK_STREAM, 0).value)
        return owner(socket.fd)

    assert process.in_child(run, uid=other_uid) == (other_uid, other_uid)


@clause(since="2.2", level="source", refs=["man:fstat(2)", ALLOC], covers=["file:fstat"])
def test_inode_is_the_sockets_own(sockets):
    """Two sockets, of a pair too, have two inodes on one device; two descriptors of a socket have the same."""
    left, right = sockets.pair()
    packet, spare = sockets.packet(), sockets.adopt(os.dup(left.fd))

    places = [(os.fstat(end.fd).st_dev, os.fstat(end.fd).st_ino) for end in (left, right, packet, spare)]

    assert len({inode for _, inode in places}) == 3
    assert len({device for device, _ in places}) == 1
    assert places[0] == places[3]


@clause(since="2.6.12", level="uapi", refs=["man:statfs(2)", "uapi:linux/magic.h"], covers=["file:fstatfs"])
def test_fstatfs_tells_the_file_system_of_sockets(sockets):
    """The file system type of a socket is SOCKFS_MAGIC."""
    answer = (ctypes.c_long * 32)()

    assert syscall.call("fstatfs", sockets.packet().fd, answer) == SUCCESS
    assert answer[0] == SOCKFS_MAGIC


@clause(since="4.10", level="source", refs=["man:fchown(2)", SETATTR], covers=["file:fchown"])
@pytest.mark.needs_capability("CAP_CHOWN")
def test_fchown_changes_the_owner_of_file_and_socket(sockets, other_uid):
    """fstat(2) returns the new owner, and /proc/net/packet shows it as the socket's own uid."""
    socket = sockets.packet()

    assert syscall.call("fchown", socket.fd, other_uid, KEEP) == SUCCESS
    assert (owner(socket.fd), user_of(socket)) == ((other_uid, os.getegid()), other_uid)


@clause(since="4.10", level="source", refs=["man:fchown(2)", SETATTR], covers=["file:fchown"])
@pytest.mark.needs_capability("CAP_CHOWN")
def test_fchown_of_the_group_leaves_the_user(sockets, other_uid):
    """fstat(2) returns the new group; the user stays, the socket's own too."""
    socket = sockets.packet()

    assert syscall.call("fchown", socket.fd, KEEP, other_uid) == SUCCESS
    assert (owner(socket.fd), user_of(socket)) == ((os.geteuid(), other_uid), os.geteuid())


@clause(since="2.2", level="documented", refs=["man:fchown(2)", SETATTR], covers=["file:fchown"])
@pytest.mark.needs_capability("CAP_CHOWN")
def test_fchown_needs_cap_chown(sockets, other_uid):
    """Without CAP_CHOWN another owner is EPERM, and the old one stays."""
    socket = sockets.packet()

    def run():
        return syscall.call("fchown", socket.fd, other_uid, KEEP)

    assert process.in_child(run, without=["CAP_CHOWN"]) == refused(EPERM)
    assert (owner(socket.fd), user_of(socket)) == ((os.geteuid(), os.getegid()), os.geteuid())
    assert process.in_child(run) == SUCCESS


@clause(since="2.2", level="source", refs=["man:fchmod(2)", SETATTR], covers=["file:fchmod"])
def test_fchmod_changes_the_mode_and_nothing_that_counts(sockets):
    """fstat(2) returns the new mode; a socket without any permission works as before, and its user stays."""
    left, right = sockets.pair()

    assert syscall.call("fchmod", left.fd, 0) == SUCCESS
    found = os.fstat(left.fd)
    assert (stat.S_ISSOCK(found.st_mode), stat.S_IMODE(found.st_mode)) == (True, 0)
    assert owner(left.fd) == (os.geteuid(), os.getegid())
    left.must.send(b"data")
    assert os.read(right.fd, 8) == b"data"
