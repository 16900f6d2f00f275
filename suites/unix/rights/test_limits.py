"""SCM_RIGHTS: how many descriptors may be on their way, and of which files."""

import itertools
import os
import resource
from errno import EBADF, EINVAL, ETOOMANYREFS

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.arrivals import drain
from helpers.descriptors import need_descriptors
from helpers.kinds import NETLINK
from helpers.messages import Message, cmsg, receive
from helpers.passed_descriptors import descriptors_in, files_of, rights
from helpers.process import drop_uid
from helpers.syscall import open_path, refused, returned
from helpers.uapi.socket import SCM_CREDENTIALS, SCM_MAX_FD, SOL_SOCKET, ucred
from helpers.unix_ends import TYPES
from helpers.user_namespace import has_id

SYSCALL = "sendmsg"
COPY = "src:net/core/scm.c:scm_fp_copy"
ATTACH = "src:net/unix/af_unix.c:too_many_unix_fds"
KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)


def send(sender, control, data=b"x"):
    """Send one message with *control* and return the Result."""
    return sender.sendmsg(Message([data], control=control).header)


def count(receiver):
    """Receive one message and return how many descriptors came, which are closed."""
    return len(files_of(descriptors_in(receive(receiver.fd, control=4096))))


@clause(since="2.6.38", level="documented", refs=["man:unix(7)", COPY], covers=["errno:EINVAL"])
@KINDS
def test_all_of_one_message_together_are_at_most_253(sockets, kind):
    """The descriptors of several SCM_RIGHTS of one message come together, at most 253; more are EINVAL."""
    need_descriptors(SCM_MAX_FD)
    sender, receiver = sockets.pair(kind)
    most = rights(*[sender.fd] * 200) + rights(*[sender.fd] * (SCM_MAX_FD - 200))

    assert send(sender, most + rights(sender.fd)) == refused(EINVAL)
    assert drain(receiver) == []
    assert send(sender, most) == returned(1)
    assert count(receiver) == SCM_MAX_FD


@clause(since="2.2", level="source", refs=[COPY])
def test_several_come_in_one_message_in_order(sockets):
    """Descriptors of several SCM_RIGHTS come in the order in which they were given; an empty one adds none."""
    sender, receiver = sockets.pair()

    assert send(sender, rights(sender.fd) + rights() + rights(receiver.fd, sender.fd)) == returned(1)

    found = [file for file, _ in files_of(descriptors_in(receive(receiver.fd)))]
    expected = [(os.fstat(end.fd).st_dev, os.fstat(end.fd).st_ino) for end in (sender, receiver, sender)]
    assert found == expected


@clause(since="2.2", level="source", refs=[COPY])
@pytest.mark.parametrize("rest", [1, 2, 3])
def test_bytes_that_make_no_descriptor_do_not_count(sockets, rest):
    """SCM_RIGHTS whose length is no multiple of 4 passes the descriptors that are whole."""
    sender, receiver = sockets.pair()
    whole = rights(sender.fd, sender.fd)
    cut = (16 + 4 + rest).to_bytes(8, "little") + whole[8:]

    assert send(sender, cut) == returned(1)
    assert count(receiver) == 1


@clause(since="2.6.39", level="documented", refs=["man:unix(7)", "man:open(2)", COPY])
def test_a_descriptor_of_a_path_alone_may_be_passed(sockets, tmp_path):
    """A descriptor that was opened with O_PATH is passed, and the received one is one with O_PATH, too."""
    sender, receiver = sockets.pair()
    path = sockets.adopt(open_path(str(tmp_path)))

    assert send(sender, rights(path.fd)) == returned(1)

    received = sockets.adopt(descriptors_in(receive(receiver.fd))[0])
    assert os.path.sameopenfile(received.fd, path.fd)
    with open(f"/proc/self/fdinfo/{received.fd}") as info:
        assert int(info.read().split("flags:")[1].split()[0], 8) & os.O_PATH


@clause(since="2.2", level="source", refs=[COPY], covers=["errno:EBADF"])
def test_after_a_bad_one_none_is_held(sockets):
    """When one of several descriptors is bad, EBADF, the files of those before it are let go."""
    sender, receiver = sockets.pair()
    reader, writer = (sockets.adopt(fd) for fd in os.pipe())

    assert send(sender, rights(writer.fd, -1)) == refused(EBADF)
    writer.must.close()

    assert os.read(reader.fd, 1) == b""
    assert send(sender, rights(reader.fd)) == returned(1)
    assert count(receiver) == 1


@clause(since="2.2", level="source", refs=["src:net/core/scm.c:__scm_send"], covers=["errno:EINVAL"])
def test_a_netlink_socket_passes_none(sockets):
    """SCM_RIGHTS on a netlink socket, which has credentials alone, is EINVAL."""
    socket, (_, name) = NETLINK.open(sockets), NETLINK.named(sockets)
    credentials = cmsg(SOL_SOCKET, SCM_CREDENTIALS, bytes(ucred(os.getpid(), os.getuid(), os.getgid())))

    results = [socket.sendmsg(Message([b"x"], name, control).header) for control in (rights(socket.fd), credentials)]

    assert results == [refused(EINVAL), returned(1)]


_users = itertools.count()


@pytest.fixture
def nobody(other_uid):
    """A uid that no other process has: what is on its way is counted for the user, wherever its processes run."""
    uid = 2_000_000 + 8 * os.getpid() + next(_users) % 8
    if not (has_id("uid", uid) and has_id("gid", uid)):
        pytest.skip("needs a uid of its own: this user namespace has not all")
    return uid


@clause(since="4.5", level="documented", refs=["man:unix(7)", "man:getrlimit(2)", ATTACH])
@KINDS
def test_a_user_may_have_as_many_on_their_way_as_rlimit_nofile(sockets, nobody, kind):
    """Once a user has more descriptors on their way than RLIMIT_NOFILE a send of more is ETOOMANYREFS, until some come.

    CAP_SYS_RESOURCE and CAP_SYS_ADMIN of the initial user namespace set this aside.
    """
    limit = 20
    ends = [sockets.pair(kind) for _ in range(4)]

    def run():
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit + 200, limit + 200))
        drop_uid(nobody)
        file = ends[0][0].fd
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        results = [send(near, rights(*[file] * number)) for (near, _), number in zip(ends, (10, 10, 1, 1), strict=True)]
        plain = ends[3][0].send(b"y")
        return results, plain

    results, plain = process.in_child(run)

    assert results == [*[returned(1)] * 3, refused(ETOOMANYREFS)]
    held = [count(far) for _, far in ends[:3]]
    again, _ = process.in_child(run)

    assert (plain, held) == (returned(1), [10, 10, 1])
    assert again[0] == returned(1)
