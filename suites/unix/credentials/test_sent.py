"""SCM_CREDENTIALS of sendmsg(2): the ids that a sender may give for its own."""

import os
from errno import EINVAL, EPERM, ESRCH

import pytest

from fixtures.clauses import clause
from helpers import capabilities, process, user_namespace
from helpers.arrivals import drain
from helpers.messages import cmsg
from helpers.syscall import refused, returned
from helpers.uapi.socket import SCM_CREDENTIALS, SOL_IP, SOL_SOCKET, ucred
from helpers.unavailable import unavailable
from helpers.unix_ends import TYPES
from suites.unix.credentials.support import credentials, me, receiving, send, told

SYSCALL = "sendmsg"
MAN = "man:unix(7)"
CHECK = "src:net/core/scm.c:scm_check_creds"
SEND = "src:net/core/scm.c:__scm_send"
KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
IDS = ["CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN"]


@clause(since="2.2", level="documented", refs=[MAN, SEND, CHECK])
@KINDS
def test_the_own_ids_may_be_given(sockets, kind):
    """A sender without capabilities may give its own pid, uid and gid, and the receiver gets just these."""
    sender, receiver = receiving(sockets, kind)

    def run():
        return send(sender, credentials()), me()

    result, own = process.in_child(run, without=IDS)

    assert (result, told(receiver)) == (returned(4), (b"data", [own]))


@clause(since="2.2", level="documented", refs=[MAN, "man:capabilities(7)", CHECK], covers=["errno:EPERM"])
@pytest.mark.parametrize(
    ("which", "capability"), [("pid", "CAP_SYS_ADMIN"), ("uid", "CAP_SETUID"), ("gid", "CAP_SETGID")]
)
def test_an_id_of_another_needs_its_capability(sockets, other_uid, which, capability):
    """Another's pid needs CAP_SYS_ADMIN, a uid CAP_SETUID, a gid CAP_SETGID: else EPERM and nothing is sent."""
    if which == "pid" and not user_namespace.initial():
        unavailable("needs CAP_SYS_ADMIN in the user namespace that the PID namespace belongs to")
    sender, receiver = receiving(sockets, TYPES["dgram"])
    forged = {which: os.getppid() if which == "pid" else other_uid}

    def run():
        return send(sender, credentials(**forged)), me()

    refusal, _ = process.in_child(run, without=[capability])
    nothing = drain(receiver)
    result, own = process.in_child(run, without=[one for one in IDS if one != capability])

    expected = [forged.get(name, one) for name, one in zip(("pid", "uid", "gid"), own, strict=True)]
    assert (refusal, nothing) == (refused(EPERM), [])
    assert (result, told(receiver)) == (returned(4), (b"data", [tuple(expected)]))


@clause(since="2.2", level="documented", refs=[MAN, CHECK])
@pytest.mark.parametrize("place", [0, 1, 2], ids=["real", "effective", "saved"])
@pytest.mark.parametrize("which", ["uid", "gid"])
def test_real_effective_and_saved_ids_may_be_given(sockets, other_uid, which, place):
    """A sender without capabilities may give its real, effective or saved uid and gid, and no other: EPERM."""
    sender, receiver = receiving(sockets, TYPES["dgram"])
    ids = [0, 0, 0]
    ids[place] = other_uid

    def run():
        (os.setresuid if which == "uid" else os.setresgid)(*ids)
        capabilities.drop(IDS)
        return [send(sender, credentials(**{"uid": 0, "gid": 0, which: one})) for one in (other_uid, 0, 7)]

    results = process.in_child(run)

    assert results == [returned(4), returned(4), refused(EPERM)]
    seen = [told(receiver)[1][0][1:] for _ in range(2)]
    assert seen == [(other_uid, 0) if which == "uid" else (0, other_uid), (0, 0)]


@clause(since="2.2", level="source", refs=[SEND])
def test_a_pid_of_no_process_is_esrch(sockets):
    """A pid that no process has is ESRCH, with the capability for any, and nothing is sent."""
    sender, receiver = receiving(sockets, TYPES["dgram"])
    if not process.in_child(lambda: send(sender, credentials(pid=os.getppid())).ok):
        pytest.skip("needs CAP_SYS_ADMIN over its PID namespace")
    drain(receiver)

    assert send(sender, credentials(pid=2**22 + 1)) == refused(ESRCH)
    assert drain(receiver) == []
    assert send(sender, credentials()) == returned(4)


@clause(since="2.2", level="source", refs=[CHECK, SEND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("which", ["uid", "gid"])
def test_an_id_that_the_user_namespace_has_not_is_einval(sockets, which):
    """A uid or gid of -1, which no user namespace has, is EINVAL, and nothing is sent."""
    sender, receiver = receiving(sockets, TYPES["dgram"])

    assert send(sender, credentials(**{which: 2**32 - 1})) == refused(EINVAL)
    assert drain(receiver) == []
    assert send(sender, credentials()) == returned(4)


@clause(since="2.2", level="source", refs=[SEND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("size", [0, 11, 13, 16])
def test_another_length_is_einval(sockets, size):
    """SCM_CREDENTIALS of another size than a struct ucred's 12 bytes is EINVAL, and nothing is sent."""
    sender, receiver = receiving(sockets, TYPES["dgram"])
    given = bytes(ucred(os.getpid(), os.getuid(), os.getgid())).ljust(16, b"\0")

    assert send(sender, cmsg(SOL_SOCKET, SCM_CREDENTIALS, given[:size])) == refused(EINVAL)
    assert drain(receiver) == []
    assert send(sender, cmsg(SOL_SOCKET, SCM_CREDENTIALS, given[:12])) == returned(4)


@clause(since="2.2", level="source", refs=[SEND], covers=["errno:EINVAL"])
@KINDS
def test_of_the_socket_level_only_two_types_are_known(sockets, kind):
    """A control message of SOL_SOCKET of another type is EINVAL and nothing is sent; of another level it is ignored."""
    sender, receiver = receiving(sockets, kind)

    for unknown in (0, 3, 4, 255):
        assert send(sender, cmsg(SOL_SOCKET, unknown, bytes(4))) == refused(EINVAL)
    assert drain(receiver) == []
    assert send(sender, cmsg(SOL_IP, 255, bytes(4))) == returned(4)


@clause(since="2.2", level="source", refs=[SEND])
def test_of_two_the_last_counts(sockets, other_uid):
    """Of two SCM_CREDENTIALS the last one is what the receiver gets, once."""
    sender, receiver = receiving(sockets, TYPES["dgram"])

    result = send(sender, credentials(uid=other_uid, gid=other_uid) + credentials())

    assert (result, told(receiver)) == (returned(4), (b"data", [me()]))


@clause(since="2.2", level="source", refs=["src:net/core/scm.c:scm_recv_unix", SEND])
@KINDS
def test_who_has_not_asked_gets_none(sockets, kind):
    """Credentials that a sender gives come only to a receiver with SO_PASSCRED; another gets the bytes alone."""
    sender, receiver = sockets.pair(kind)

    assert send(sender, credentials()) == returned(4)
    assert told(receiver) == (b"data", [])
