"""SO_PEERCRED, SO_PEERNAME and SO_PEERPIDFD: the peer as it was at connect, listen or socketpair."""

import os

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.endpoints import listening, name_of, named
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET, UNIX_STREAM
from helpers.libc import libc
from helpers.net.addresses import raw
from helpers.option_calls import answer, get
from helpers.options import covers, option
from helpers.pidfd import pid_of
from helpers.process import drop_uid, in_child
from helpers.syscall import SUCCESS
from helpers.uapi.sched import CLONE_NEWUSER
from helpers.uapi.socket import AF_UNSPEC, SOL_SOCKET, ucred
from helpers.uapi.socket_options import SO_PEERCRED
from helpers.unavailable import unavailable
from helpers.unix_ends import TYPES
from suites.unix.credentials.support import me

SYSCALL = "getsockopt"
CRED, NAME, PIDFD = option("SO_PEERCRED"), option("SO_PEERNAME"), option("SO_PEERPIDFD")
CONNECT = "src:net/unix/af_unix.c:unix_stream_connect"
KINDS = pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)
EFFECT = covers([CRED.name], "effect")
OVERFLOW = 65534  # of ids that a user namespace has not: /proc/sys/kernel/overflowuid


def peer(socket):
    """Return SO_PEERCRED as (pid, uid, gid)."""
    found = socket.option(SOL_SOCKET, SO_PEERCRED, ucred)
    return found.pid, found.uid, found.gid


@clause(since="2.2", level="documented", refs=["man:unix(7)", "man:socket(7)", CONNECT], covers=EFFECT)
@KINDS
def test_each_end_sees_who_connected_and_who_listened(sockets, other_uid, kind):
    """The accepted end has the ids of who connected, whoever accepts; the other those of who listened last."""
    listener, name = kind.named(sockets)
    client = kind.open(sockets)

    def as_another(call):
        def run():
            drop_uid(other_uid)
            return call(), me()

        return in_child(run)

    first = as_another(lambda: listener.listen(1))
    second = in_child(lambda: (listener.listen(1), me()))
    connected = as_another(lambda: client.connect(name))
    server = sockets.adopt(listener.must.accept4())

    assert [result for result, _ in (first, second, connected)] == [SUCCESS] * 3
    assert (peer(client), peer(server)) == (second[1], connected[1])
    assert connected[1][1:] == (other_uid, other_uid)


@clause(since="2.2", level="documented", refs=["man:unix(7)", CONNECT], covers=EFFECT)
@KINDS
def test_they_are_the_effective_ids_at_the_time(sockets, other_uid, kind):
    """SO_PEERCRED has the effective uid and gid at the time of the call, and stays when the process changes them."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)

    def run():
        os.setresgid(other_uid, other_uid + 1, other_uid)
        os.setresuid(other_uid, other_uid, 0)
        result = client.connect(name)
        os.setresuid(0, 0, 0)
        return result, os.getpid()

    result, pid = in_child(run)
    server = sockets.adopt(listener.must.accept4())

    assert result == SUCCESS
    assert peer(server) == (pid, other_uid, other_uid + 1)


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/unix/af_unix.c:unix_socketpair"], covers=EFFECT)
@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_both_ends_of_a_socketpair_see_who_made_it(sockets, kind):
    """Both ends of a socketpair have the ids of who made it, and keep them when another process has them."""
    ends = sockets.pair(kind)

    own = [peer(end) for end in ends]
    elsewhere, pid = in_child(lambda: ([peer(end) for end in ends], os.getpid()))

    assert own == elsewhere == [(os.getpid(), os.geteuid(), os.getegid())] * 2
    assert pid != os.getpid()


@clause(since="2.2", level="source", refs=["man:unix(7)", CONNECT], covers=EFFECT)
def test_who_has_no_such_peer_sees_nobody(sockets):
    """A listener has its own ids; a socket without a connection, and a connected datagram socket, nobody's."""
    listener, name = UNIX_STREAM.named(sockets)
    before = peer(listener)
    listener.must.listen(1)
    datagram, (_, datagram_name) = UNIX_DGRAM.open(sockets), UNIX_DGRAM.named(sockets)
    datagram.must.connect(datagram_name)

    nobody = (0, 2**32 - 1, 2**32 - 1)
    assert before == peer(datagram) == peer(UNIX_STREAM.open(sockets)) == nobody
    assert peer(listener) == (os.getpid(), os.geteuid(), os.getegid())
    client = UNIX_STREAM.open(sockets)
    assert client.connect(name) == SUCCESS
    assert peer(client) == peer(listener)


@clause(since="3.5", level="documented", refs=["man:user_namespaces(7)", "src:net/core/sock.c:cred_to_ucred",
        "src:net/unix/af_unix.c:unix_socketpair"], covers=EFFECT)  # fmt: skip
def test_ids_that_a_user_namespace_has_not_are_the_overflow_ids(sockets):
    """In a user namespace without the peer's uid and gid SO_PEERCRED has the overflow ids in their place."""
    end = sockets.pair()[0]

    def run():
        if libc.unshare(CLONE_NEWUSER):
            unavailable("a user namespace may not be made here")
        return peer(end), me()

    seen, own = in_child(run)

    assert seen == (os.getpid(), OVERFLOW, OVERFLOW)
    assert own[1:] == (OVERFLOW, OVERFLOW)
    assert peer(end) == (os.getpid(), os.geteuid(), os.getegid())


@clause(
    since="6.5",
    level="source",
    refs=["src:net/core/sock.c:sk_getsockopt", CONNECT],
    covers=covers([PIDFD.name], "effect"),
)
@KINDS
def test_so_peerpidfd_is_of_who_connected_and_who_listened(sockets, kind):
    """SO_PEERPIDFD of the accepted end is of the process that connected, of the other end of the one that listened."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)

    def run():
        client.must.connect(name)
        return os.read(reader.fd, 1)  # alive until the test is over

    reader, writer = (sockets.adopt(fd) for fd in os.pipe())
    with process.start(run) as child:
        child.wait_blocked()
        server = sockets.adopt(listener.must.accept4())
        fds = [sockets.adopt(int.from_bytes(get(end, PIDFD).data[:4], "little")).fd for end in (server, client)]
        found = [pid_of(fd) for fd in fds]
        expected = [child.pid, os.getpid()]
        writer.must.close()

    assert found == expected


@clause(since="2.4", level="source", refs=["src:net/core/sock.c:sk_getsockopt", "src:net/unix/af_unix.c:unix_getname"],
        covers=covers([NAME.name], "effect"))  # fmt: skip
def test_so_peername_follows_the_peer(sockets):
    """SO_PEERNAME is that of the peer there is now: given later, of another after a new connect, none without."""
    client, (first, second) = UNIX_DGRAM.open(sockets), [UNIX_DGRAM.named(sockets) for _ in range(2)]
    listener = UNIX_STREAM.open(sockets)
    stream, name = UNIX_STREAM.open(sockets), listening(listener)
    stream.must.connect(name)
    server = sockets.adopt(listener.must.accept4())
    before = get(server, NAME, 2)
    given = named(stream)

    seen = []
    for _, target in (first, second):
        client.must.connect(target)
        seen.append(get(client, NAME, len(target)))
    client.must.connect(raw(AF_UNSPEC))

    assert before == answer(b"\1\0", 2)
    assert get(server, NAME, len(given)) == answer(bytes(given), len(given))
    assert seen == [answer(bytes(target), len(target)) for _, target in (first, second)]
    assert not get(client, NAME, 2).result.ok
    assert bytes(name_of(stream)) == bytes(given)
