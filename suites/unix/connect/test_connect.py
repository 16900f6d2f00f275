"""connect(2) of AF_UNIX stream and seqpacket sockets: who may connect, and who is refused."""

from errno import ECONNREFUSED, EINVAL, EISCONN, EPROTOTYPE

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, name_of, named
from helpers.memory import Buffer
from helpers.net.addresses import raw, unix
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import (
    AF_UNIX,
    AF_UNSPEC,
    MSG_DONTWAIT,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)

SYSCALL = "connect"
STREAM = "src:net/unix/af_unix.c:unix_stream_connect"
FIND = "src:net/unix/af_unix.c:unix_find_bsd"
KINDS = pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:unix(7)", STREAM])
@KINDS
@pytest.mark.parametrize("where", ["abstract", "path"])
def test_connects_to_a_listener(sockets, tmp_path, kind, where):
    """A connect to a listening AF_UNIX socket succeeds; its peer has the listener's name, and data goes both ways."""
    listener, client = sockets.open(AF_UNIX, kind), sockets.open(AF_UNIX, kind)
    if where == "path":
        listener.must.bind(unix(bytes(tmp_path / "socket")))
    else:
        named(listener)
    listener.must.listen(1)

    result = client.connect(name_of(listener))

    assert result == SUCCESS
    assert bytes(name_of(client, peer=True)) == bytes(name_of(listener))
    server = sockets.adopt(listener.must.accept4())
    for sender, receiver in ((client, server), (server, client)):
        assert sender.send(b"data") == returned(4)
        assert receiver.recv(Buffer(8).array, 8, MSG_DONTWAIT) == returned(4)


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM], covers=["errno:ECONNREFUSED"])
@pytest.mark.parametrize("where", ["nobody", "not-listening", "stale", "file", "other-type"])
def test_refuses_when_no_one_listens_with_econnrefused(sockets, tmp_path, where):
    """A connect to a name where no stream socket listens is ECONNREFUSED, and the socket may try again."""
    other, listener, client = (sockets.open(AF_UNIX, SOCK_STREAM) for _ in range(3))
    target = unix(bytes(tmp_path / "socket"))
    if where == "nobody":
        target = unix(b"\0no one has this name")
    elif where == "not-listening":
        target = named(other)
    elif where == "stale":
        other.must.bind(target)
        other.must.close()
    elif where == "file":
        (tmp_path / "socket").touch()
    else:
        target = listening(sockets.open(AF_UNIX, SOCK_SEQPACKET))

    result = client.connect(target)

    assert result == refused(ECONNREFUSED)
    assert client.connect(listening(listener)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:unix(7)", FIND], covers=["errno:EPROTOTYPE"])
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(SOCK_DGRAM, SOCK_STREAM), (SOCK_STREAM, SOCK_DGRAM), (SOCK_STREAM, SOCK_SEQPACKET)],
    ids=["dgram-to-stream", "stream-to-dgram", "stream-to-seqpacket"],
)
def test_refuses_a_path_of_another_type_with_eprototype(sockets, tmp_path, mine, theirs):
    """A connect to the path of a socket of another type is EPROTOTYPE, and one of its own type succeeds."""
    other = sockets.open(AF_UNIX, theirs)
    other.must.bind(unix(bytes(tmp_path / "socket")))
    if theirs != SOCK_DGRAM:
        other.must.listen(1)

    result = sockets.open(AF_UNIX, mine).connect(name_of(other))

    assert result == refused(EPROTOTYPE)
    assert sockets.open(AF_UNIX, theirs).connect(name_of(other)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:connect(2)", STREAM], covers=["errno:EISCONN"])
@KINDS
def test_refuses_a_second_connection_with_eisconn(sockets, kind):
    """A second connect of an AF_UNIX stream or seqpacket socket is EISCONN, and the first connection stays."""
    first, second, client = (sockets.open(AF_UNIX, kind) for _ in range(3))
    name = listening(first)
    client.must.connect(name)

    results = [client.connect(target) for target in (listening(second), name)]

    assert results == [refused(EISCONN)] * 2
    assert bytes(name_of(client, peer=True)) == bytes(name)


@clause(since="2.2", level="source", refs=["man:unix(7)", STREAM], covers=["errno:EINVAL"])
@KINDS
def test_neither_a_listener_nor_no_family_is_taken(sockets, kind):
    """A listening AF_UNIX socket cannot connect, and AF_UNSPEC dissolves no stream or seqpacket connection: EINVAL."""
    first, second, client = (sockets.open(AF_UNIX, kind) for _ in range(3))
    listening(first)
    name = listening(second)
    client.must.connect(name)

    results = [first.connect(name), client.connect(raw(AF_UNSPEC))]

    assert results == [refused(EINVAL)] * 2
    assert bytes(name_of(client, peer=True)) == bytes(name)
