"""accept(2) and accept4(2): the number of the new descriptor, and none left to give."""

from errno import EAGAIN, EMFILE, ENOTSOCK, EOPNOTSUPP

from fixtures.clauses import clause
from helpers.connections import are_connected
from helpers.descriptors import leave_free
from helpers.endpoints import listening
from helpers.listeners import accepted, listener
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.process import in_child
from helpers.syscall import Result, refused, returned
from helpers.uapi.socket import AF_UNIX, SOCK_NONBLOCK, SOCK_STREAM
from suites.syscalls.accept.support import BOTH, WAYS, covers

CALL = "src:net/socket.c:__sys_accept4"


@clause(since="2.2", level="documented", refs=["man:accept(2)", CALL], covers=covers("EMFILE"))
@WAYS
def test_out_of_descriptors_the_connection_is_not_lost(loopback, sockets, accept, kind):
    """At RLIMIT_NOFILE the call is EMFILE, and the connection stays queued for a call that has a descriptor left."""
    server = listener(sockets, kind, loopback.namespace)
    client = server.client()

    def attempt() -> Result:
        leave_free(0)
        return accept(server.fd)

    result = in_child(attempt)

    assert result == refused(EMFILE)
    assert are_connected(client, accepted(sockets, accept(server.fd)))


@clause(since="2.2", level="source", refs=[CALL], covers=covers())
@BOTH
def test_gives_the_lowest_free_descriptor(sockets, accept):
    """The new descriptor is the lowest number that is not open, and one below RLIMIT_NOFILE is enough."""
    server = listener(sockets)
    server.client()

    def attempt() -> tuple[int, Result]:
        return leave_free(1), accept(server.fd)

    free, result = in_child(attempt)

    assert result == returned(free)


@clause(since="5.15", level="source", refs=[CALL, "commit:d32f89da7fa8"], covers=covers("EMFILE", "EBADF"))
@BOTH
def test_looks_for_a_descriptor_before_it_looks_at_the_socket(sockets, accept):
    """Without a free fd a pipe, a packet socket and an empty nonblocking listener fail with EMFILE, -1 with EBADF."""
    idle = sockets.open(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
    listening(idle)
    descriptors = [odd_descriptor(sockets, "pipe"), sockets.packet().fd, idle.fd]

    def attempt(room: int) -> list[Result]:
        leave_free(room)
        return [accept(fd) for fd in (-1, *descriptors)]

    none, one = in_child(attempt, 0), in_child(attempt, 1)

    assert none == [refused(ODD["negative"])] + [refused(EMFILE)] * 3
    assert one == [refused(errno) for errno in (ODD["negative"], ENOTSOCK, EOPNOTSUPP, EAGAIN)]
