"""Where a name of an AF_UNIX socket is valid, for which types, and how long."""

import os
from errno import EADDRINUSE, ECONNREFUSED, ENOENT

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, name_of, named
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET, UNIX_STREAM
from helpers.net.addresses import abstract, unix
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_TYPE
from helpers.uapi.un import UNIX_PATH_MAX
from helpers.unix_ends import TYPES, got

SYSCALL = "bind"
MAN = "man:unix(7)"
FIND = "src:net/unix/af_unix.c:unix_find_bsd"
ABSTRACT = "src:net/unix/af_unix.c:unix_find_abstract"
BIND = "src:net/unix/af_unix.c:unix_bind_bsd"
RELEASE = "src:net/unix/af_unix.c:unix_release_sock"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory is an empty one of the test's own: a path shall be short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@clause(since="2.2", level="source", refs=[MAN, "src:net/unix/af_unix.c:unix_abstract_hash"])
def test_each_type_has_abstract_names_of_its_own(sockets):
    """The same abstract name may be bound once by each type, and each finds the socket of its own."""
    name = abstract()
    bound = [sockets.open(AF_UNIX, kind) for kind in TYPES.values()]

    results = [socket.bind(name) for socket in bound]

    assert results == [SUCCESS] * 3
    assert [sockets.open(AF_UNIX, kind).bind(name) for kind in TYPES.values()] == [refused(EADDRINUSE)] * 3
    for socket in (bound[0], bound[2]):
        socket.must.listen(1)
    assert [sockets.open(AF_UNIX, kind).connect(name) for kind in TYPES.values()] == [SUCCESS] * 3


@clause(since="2.2", level="source", refs=[MAN, RELEASE])
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_DGRAM, UNIX_SEQPACKET], ids=str)
def test_an_abstract_name_is_free_when_its_socket_is_closed(sockets, kind):
    """An abstract name can be bound again as soon as its socket is closed, though it had connections; a path not."""
    socket, name = kind.ready(sockets)
    client = kind.open(sockets)
    client.must.connect(name)
    assert kind.open(sockets).bind(name) == refused(EADDRINUSE)

    socket.must.close()

    assert kind.open(sockets).connect(name) == refused(ECONNREFUSED)
    assert kind.open(sockets).bind(name) == SUCCESS


@clause(since="3.8", level="documented", refs=["man:network_namespaces(7)", ABSTRACT])
def test_abstract_names_belong_to_a_network_namespace(sockets, namespace):
    """An abstract name of one network namespace is not found in another one, and may be bound there once more."""
    name = abstract()
    here, there = UNIX_DGRAM.open(sockets), UNIX_DGRAM.open(sockets, namespace)
    here.must.bind(name)
    inside = UNIX_DGRAM.open(sockets, namespace)

    assert inside.connect(name) == refused(ECONNREFUSED)
    assert there.bind(name) == SUCCESS
    assert inside.connect(name) == SUCCESS
    assert (inside.send(b"data"), got(there), got(here).errno != 0) == (returned(4), b"data", True)


@clause(since="2.6.24", level="documented", refs=["man:network_namespaces(7)", FIND])
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_DGRAM, UNIX_SEQPACKET], ids=str)
def test_paths_are_valid_across_network_namespaces(sockets, namespace, here, kind):
    """A socket bound to a path is found from every network namespace, and so is one that is passed there."""
    server, client = kind.open(sockets), kind.open(sockets, namespace)
    server.must.bind(unix(b"socket"))
    if kind is not UNIX_DGRAM:
        server.must.listen(1)

    result = client.connect(unix(b"socket"))

    assert result == SUCCESS
    assert client.send(b"data") == returned(4)
    receiver = server if kind is UNIX_DGRAM else sockets.adopt(server.must.accept4())
    assert got(receiver) == b"data"


@clause(since="2.2", level="documented", refs=[MAN, FIND])
def test_a_socket_is_found_by_its_file_whatever_that_is_called(sockets, here):
    """A socket is found by a symbolic link to its file, a hard link to it, and a new name; its own name stays."""
    server, name = UNIX_DGRAM.open(sockets), unix(b"socket\0")
    server.must.bind(name)
    os.symlink("socket", "symlink")
    os.link("socket", "hardlink")

    found = [UNIX_DGRAM.open(sockets).connect(unix(path)) for path in (b"socket", b"symlink", b"hardlink")]
    os.rename("socket", "renamed")
    after = [UNIX_DGRAM.open(sockets).connect(unix(path)) for path in (b"socket", b"symlink", b"hardlink", b"renamed")]

    assert found == [SUCCESS] * 3
    assert after == [refused(ENOENT), refused(ENOENT), SUCCESS, SUCCESS]
    assert bytes(name_of(server)) == bytes(name)


@clause(since="2.2", level="documented", refs=[MAN, FIND, RELEASE])
def test_a_path_that_is_unlinked_may_be_bound_by_another(sockets, here):
    """When its file is unlinked a socket is not found any more, and another that is bound to the path is; both live."""
    first, second, client = (UNIX_DGRAM.open(sockets) for _ in range(3))
    first.must.bind(unix(b"socket"))
    client.must.connect(unix(b"socket"))

    os.unlink("socket")
    gone = UNIX_DGRAM.open(sockets).connect(unix(b"socket"))
    second.must.bind(unix(b"socket"))
    new = UNIX_DGRAM.open(sockets)
    new.must.connect(unix(b"socket"))

    assert gone == refused(ENOENT)
    assert [client.send(b"old"), new.send(b"new")] == [returned(3)] * 2
    assert [got(first), got(second)] == [b"old", b"new"]
    second.must.close()
    assert UNIX_DGRAM.open(sockets).connect(unix(b"socket")) == refused(ECONNREFUSED)


@clause(since="2.2", level="documented", refs=[MAN, "src:net/unix/af_unix.c:unix_mkname_bsd", FIND])
@pytest.mark.parametrize("length", [1, UNIX_PATH_MAX - 1, UNIX_PATH_MAX])
def test_a_path_needs_no_nul(sockets, here, length):
    """A path ends with the length of its address, even where that leaves no room for a NUL, or with its first NUL."""
    server, path = UNIX_DGRAM.open(sockets), b"p" * length

    result = server.bind(unix(path))

    assert result == SUCCESS
    assert os.listdir() == [path.decode()]
    assert UNIX_DGRAM.open(sockets).connect(unix(path)) == SUCCESS
    if length < UNIX_PATH_MAX:
        assert UNIX_DGRAM.open(sockets).connect(unix((path + b"\0more")[:UNIX_PATH_MAX])) == SUCCESS


@clause(since="2.2", level="source", refs=[BIND])
@pytest.mark.parametrize(("mode", "umask", "expected"), [(0o600, 0, 0o600), (0o777, 0o77, 0o700), (0o640, 0o22, 0o640)])
def test_the_file_has_the_mode_of_the_socket(sockets, here, mode, umask, expected):
    """The file that bind makes has the mode that fchmod(2) gave the socket, less the umask."""
    socket = UNIX_STREAM.open(sockets)
    os.fchmod(socket.fd, mode)
    before = os.umask(umask)

    result = socket.bind(unix(b"socket"))

    os.umask(before)
    assert result == SUCCESS
    assert os.lstat("socket").st_mode & 0o7777 == expected


@clause(since="2.2", level="source", refs=[MAN, "src:net/unix/af_unix.c:unix_create"])
def test_sock_raw_is_a_datagram_socket(sockets):
    """A socket of type SOCK_RAW is one of SOCK_DGRAM: SO_TYPE says so, and its datagrams reach one."""
    raw, (receiver, name) = sockets.open(AF_UNIX, SOCK_RAW), UNIX_DGRAM.named(sockets)

    assert raw.option(SOL_SOCKET, SO_TYPE) == SOCK_DGRAM
    assert raw.sendto(b"data", 0, name) == returned(4)
    assert got(receiver) == b"data"
    assert receiver.connect(named(raw)) == SUCCESS


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_stream_connect"])
def test_a_socket_cannot_connect_to_itself(sockets):
    """A datagram socket may connect to itself and receives what it sends; a bound stream is refused ECONNREFUSED."""
    datagram, name = UNIX_DGRAM.named(sockets)
    stream, stream_name = UNIX_STREAM.named(sockets)

    assert datagram.connect(name) == SUCCESS
    assert (datagram.send(b"data"), got(datagram)) == (returned(4), b"data")
    assert stream.connect(stream_name) == refused(ECONNREFUSED)
    assert stream.connect(listening(UNIX_STREAM.open(sockets))) == SUCCESS
