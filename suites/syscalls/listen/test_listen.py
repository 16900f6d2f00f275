"""listen(2): what it does to a socket."""

from errno import ECONNREFUSED

from fixtures.clauses import clause
from fixtures.parameters import listening_kinds
from helpers.endpoints import name_of
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import (
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ACCEPTCONN

GENERIC = "src:net/socket.c:__sys_listen"
UNIX = "src:net/unix/af_unix.c:unix_listen"
INET = "src:net/ipv4/af_inet.c:inet_listen"


@clause(since="2.2", level="documented", refs=["man:listen(2)", "man:socket(7)", GENERIC, UNIX, INET])
@listening_kinds
def test_lets_others_connect(loopback, sockets, kind):
    """A bound stream or seqpacket socket refuses connections until it listens, and then they can be accepted."""
    early, listener, client = (kind.open(sockets, loopback.namespace) for _ in range(3))
    name = kind.name(listener)
    before = early.connect(name), listener.option(SOL_SOCKET, SO_ACCEPTCONN)

    result = listener.listen(1)

    assert before == (refused(ECONNREFUSED), 0)
    assert result == SUCCESS
    assert listener.option(SOL_SOCKET, SO_ACCEPTCONN) == 1
    assert client.connect(name) == SUCCESS
    server = sockets.adopt(listener.must.accept4())
    assert bytes(name_of(server, peer=True)) == bytes(name_of(client))


@clause(since="2.2", level="source", refs=[UNIX, INET])
@listening_kinds
def test_listening_again_keeps_what_is_pending(loopback, sockets, kind):
    """listen(2) on a socket that listens succeeds, and the queued connections are still there."""
    listener, client = (kind.open(sockets, loopback.namespace) for _ in range(2))
    name = kind.name(listener)
    listener.must.listen(3)
    client.must.connect(name)

    results = [listener.listen(backlog) for backlog in (0, 5)]

    assert results == [SUCCESS] * 2
    assert sockets.adopt(listener.must.accept4()).fd >= 0
