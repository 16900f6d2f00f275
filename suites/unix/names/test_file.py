"""SIOCUNIXFILE: a descriptor of the file to whose path an AF_UNIX socket is bound."""

import os
from errno import ENOENT, EPERM

import pytest

from fixtures.clauses import clause
from helpers.capabilities import ALL
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET, UNIX_STREAM
from helpers.net.addresses import unix
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.un import SIOCUNIXFILE

REFS = ["uapi:linux/un.h", "src:net/unix/af_unix.c:unix_open_file"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory is an empty one of the test's own: a path shall be short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@clause(since="4.11", level="source", refs=REFS)
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_DGRAM, UNIX_SEQPACKET], ids=str)
@pytest.mark.parametrize("unlinked", [False, True], ids=["there", "unlinked"])
def test_returns_a_path_descriptor_of_the_socket_file(sockets, namespace, here, kind, unlinked):
    """SIOCUNIXFILE returns a close-on-exec O_PATH descriptor of the socket's file, also after that was unlinked."""
    socket = kind.open(sockets, namespace)
    socket.must.bind(unix(b"socket"))
    inode = os.lstat("socket").st_ino
    if unlinked:
        os.unlink("socket")

    result = socket.ioctl(SIOCUNIXFILE)

    file = sockets.adopt(result.value)
    assert (os.fstat(file.fd).st_ino, os.path.lexists("socket")) == (inode, not unlinked)
    assert not os.get_inheritable(file.fd)
    with open(f"/proc/self/fdinfo/{file.fd}") as info:
        assert int(info.read().split("flags:")[1].split()[0], 8) & os.O_PATH


@clause(since="4.11", level="source", refs=REFS)
def test_an_accepted_socket_has_the_file_of_its_listener(sockets, namespace, here):
    """SIOCUNIXFILE of an accepted socket is its listener's file; of the socket that connected it is ENOENT."""
    listener, client = UNIX_STREAM.open(sockets, namespace), UNIX_STREAM.open(sockets, namespace)
    listener.must.bind(unix(b"socket"))
    listener.must.listen(1)
    client.must.connect(unix(b"socket"))
    server = sockets.adopt(listener.must.accept4())

    result = server.ioctl(SIOCUNIXFILE)

    assert os.fstat(sockets.adopt(result.value).fd).st_ino == os.lstat("socket").st_ino
    assert client.ioctl(SIOCUNIXFILE) == refused(ENOENT)


@clause(since="4.11", level="source", refs=REFS)
def test_a_socket_without_a_file_is_enoent(sockets, namespace):
    """SIOCUNIXFILE of a socket without name, or with an abstract one, is ENOENT."""
    unnamed, (abstract, _) = UNIX_STREAM.open(sockets, namespace), UNIX_STREAM.named(sockets, namespace)

    assert [socket.ioctl(SIOCUNIXFILE) for socket in (unnamed, abstract)] == [refused(ENOENT)] * 2


@clause(since="4.11", level="source", refs=REFS)
def test_takes_cap_net_admin(sockets, namespace, here):
    """SIOCUNIXFILE without CAP_NET_ADMIN over the network namespace is EPERM; with it alone it succeeds."""
    socket = UNIX_STREAM.open(sockets, namespace)
    socket.must.bind(unix(b"socket"))

    assert in_child(socket.ioctl, SIOCUNIXFILE, without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert in_child(socket.ioctl, SIOCUNIXFILE, without=[name for name in ALL if name != "CAP_NET_ADMIN"]).ok
