"""accept(2) and accept4(2) without flags: the socket that they give."""

import fcntl
import os
import stat
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import listening_kinds
from helpers import syscall, wait
from helpers.connections import are_connected
from helpers.kinds import INET6_TCP, INET_TCP, UNIX_SEQPACKET, UNIX_STREAM
from helpers.listeners import accepted, listener
from helpers.memory import Buffer
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET, linger
from helpers.uapi.socket_options import SO_ACCEPTCONN, SO_ERROR, SO_LINGER
from helpers.value_result import ROOM, address_from, ask, filled
from suites.syscalls.accept.support import BOTH, WAYS, covers

ACCEPT = "src:net/socket.c:do_accept"
FILE = [ACCEPT, "src:net/socket.c:sock_alloc_file"]


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers())
@BOTH
@listening_kinds
def test_gives_a_new_socket_that_is_connected_to_the_client(loopback, sockets, accept, kind):
    """The descriptor is a new connected socket: data goes both ways, its names are the listener's and client's."""
    server = listener(sockets, kind, loopback.namespace, blocking=True)
    client = server.client()

    taken = accepted(sockets, accept(server.fd))

    assert taken.fd not in (server.fd, client.fd)
    assert address_from(taken.getsockname) == bytes(server.name)
    assert address_from(taken.getpeername) == address_from(client.getsockname)
    assert taken.option(SOL_SOCKET, SO_ACCEPTCONN) == 0
    assert are_connected(client, taken)


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers())
@WAYS
def test_takes_one_connection_after_the_other(loopback, sockets, accept, kind):
    """Each call takes the oldest connection from the queue, and the listener goes on listening."""
    server = listener(sockets, kind, loopback.namespace)
    clients = [server.client() for _ in range(3)]

    taken = [accepted(sockets, accept(server.fd)) for _ in clients]
    clients.append(server.client())
    taken.append(accepted(sockets, accept(server.fd)))

    assert [address_from(one.getpeername) for one in taken] == [address_from(one.getsockname) for one in clients]
    assert len({one.fd for one in taken}) == 4
    assert server.socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 1


@clause(since="2.2", level="documented", refs=["man:accept(2)", "man:fcntl(2)", ACCEPT], covers=covers())
@WAYS
def test_passes_on_no_flag_of_the_listener(loopback, sockets, accept, kind):
    """The new descriptor is open for reading and writing and has no flag, whatever flags the listener has."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_APPEND
    fcntl.fcntl(server.fd, fcntl.F_SETFL, flags)
    assert fcntl.fcntl(server.fd, fcntl.F_GETFD) == fcntl.FD_CLOEXEC

    taken = accepted(sockets, accept(server.fd))

    assert (fcntl.fcntl(taken.fd, fcntl.F_GETFL), fcntl.fcntl(taken.fd, fcntl.F_GETFD)) == (os.O_RDWR, 0)
    assert fcntl.fcntl(server.fd, fcntl.F_GETFL) == flags
    assert are_connected(client, taken)


def new_file(loopback, sockets, kind):
    """Return of the accepted file: is it a socket, has it its own inode, its and the listener's protocol name."""
    server = listener(sockets, kind, loopback.namespace)
    server.client()
    taken = accepted(sockets, syscall.accept(server.fd))

    return (
        stat.S_ISSOCK(os.fstat(taken.fd).st_mode),
        os.fstat(taken.fd).st_ino != os.fstat(server.fd).st_ino,
        *(os.getxattr(fd, "system.sockprotoname") for fd in (taken.fd, server.fd)),
    )


@clause(since="2.6.36", level="source", refs=FILE)
@pytest.mark.parametrize(("kind", "name"), [(UNIX_SEQPACKET, b"UNIX\0"), (INET_TCP, b"TCP\0"), (INET6_TCP, b"TCPv6\0")])
def test_the_new_file_is_a_socket_of_the_same_protocol(loopback, sockets, kind, name):
    """The new file is a socket with an inode of its own, whose protocol name is that of the listener."""
    assert new_file(loopback, sockets, kind) == (True, True, name, name)


@clause(since="5.15", level="source", refs=[*FILE, "commit:94531cfcbe79"])
def test_the_protocol_of_a_unix_stream_has_its_own_name(loopback, sockets):
    """The new file of an AF_UNIX stream is a socket with an inode of its own; its protocol is UNIX-STREAM."""
    assert new_file(loopback, sockets, UNIX_STREAM) == (True, True, b"UNIX-STREAM\0", b"UNIX-STREAM\0")


@clause(since="2.6.36", until="5.14", level="source", refs=FILE)
def test_the_protocol_of_a_unix_stream_was_called_unix(loopback, sockets):
    """The new file of an AF_UNIX stream is a socket with an inode of its own; its protocol is UNIX."""
    assert new_file(loopback, sockets, UNIX_STREAM) == (True, True, b"UNIX\0", b"UNIX\0")


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT])
@WAYS
def test_the_connection_outlives_the_listener(loopback, sockets, accept, kind):
    """Closing the listener leaves what it had accepted connected."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()

    taken = accepted(sockets, accept(server.fd))
    server.socket.must.close()

    assert are_connected(client, taken)


@clause(since="2.2", level="source", refs=["man:accept(2)", ACCEPT])
@WAYS
def test_gives_a_connection_whose_client_has_closed_already(loopback, sockets, accept, kind):
    """What the client sent before it closed can be read, then comes end of file; the client's address is returned."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()
    name = address_from(client.getsockname)
    client.must.send(b"farewell")
    client.must.close()
    buffer = Buffer(16)

    result, got = ask(lambda address, length: accept(server.fd, address, length), ROOM)

    taken = accepted(sockets, result)
    assert got == filled(name, ROOM)
    assert wait.readable(taken.fd)
    assert taken.recv(buffer.array, 16, MSG_DONTWAIT) == returned(8)
    assert buffer[:8] == b"farewell"
    assert wait.readable(taken.fd)
    assert taken.recv(buffer.array, 16, MSG_DONTWAIT) == SUCCESS


@clause(since="2.6.26", level="source", refs=["man:accept(2)", ACCEPT, "src:net/ipv4/af_inet.c:inet_getname"])
@BOTH
def test_gives_a_connection_that_was_reset_already_with_its_address(loopback, sockets, accept):
    """A TCP connection that was reset while it was queued is still accepted, and the client's address returned."""
    server = listener(sockets, INET_TCP, loopback.namespace)
    client = server.client()
    name = address_from(client.getsockname)
    client.must.setsockopt(SOL_SOCKET, SO_LINGER, linger(1, 0))
    client.must.close()
    other = server.client()

    result, got = ask(lambda address, length: accept(server.fd, address, length), ROOM)

    taken = accepted(sockets, result)
    assert got == filled(name, ROOM)
    assert wait.until(lambda: taken.option(SOL_SOCKET, SO_ERROR), "the reset")
    assert are_connected(other, accepted(sockets, accept(server.fd)))


@clause(since="2.2", level="source", refs=[ACCEPT, "src:net/unix/af_unix.c:unix_accept"], covers=covers("EINVAL"))
@pytest.mark.parametrize(
    ("accept", "kind"),
    [(syscall.accept, UNIX_STREAM), (syscall.accept4, UNIX_SEQPACKET)],
    ids=["stream", "seqpacket"],
)
def test_the_new_socket_is_of_the_listeners_type_but_does_not_listen(sockets, accept, kind):
    """accept(2) on an accepted socket fails with EINVAL, not EOPNOTSUPP: it could listen, but it does not."""
    server = listener(sockets, kind)
    server.client()
    taken = accepted(sockets, accept(server.fd))

    result = accept(taken.fd)

    assert result == refused(EINVAL)
