"""The file of an AF_UNIX socket is accessed when it is looked up: connect(2) and sendto(2) change its atime."""

import os
from errno import ECONNREFUSED, EPROTOTYPE

import pytest

from fixtures.clauses import clause
from helpers.libc import libc
from helpers.net.addresses import unix
from helpers.net.namespaces import unshare
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.sched import CLONE_NEWNS
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM, SOCK_STREAM
from helpers.unavailable import unavailable

SYSCALL = "connect"
FIND = "src:net/unix/af_unix.c:unix_find_bsd"
NAME = unix(b"mount/socket")
LONG_AGO = 1_000_000_000

CASES = {
    "connect-stream": (SOCK_STREAM, SOCK_STREAM, lambda client: client.connect(NAME), SUCCESS),
    "connect-dgram": (SOCK_DGRAM, SOCK_DGRAM, lambda client: client.connect(NAME), SUCCESS),
    "sendto": (SOCK_DGRAM, SOCK_DGRAM, lambda client: client.sendto(b"data", 0, NAME), returned(4)),
    "not-listening": (SOCK_STREAM, SOCK_STREAM, lambda client: client.connect(NAME), refused(ECONNREFUSED)),
    "other-type": (SOCK_DGRAM, SOCK_STREAM, lambda client: client.connect(NAME), refused(EPROTOTYPE)),
}


def accessed(server, listens, look_up):
    """Bind *server* on a file system that keeps atime; return the Result of ``look_up()`` and the file's atime then."""
    unshare(CLONE_NEWNS)
    if libc.mount(b"none", b"mount", b"tmpfs", 0, None):
        unavailable("mount(2) of a tmpfs is refused here")
    server.must.bind(NAME)
    if listens:
        server.must.listen(1)
    os.utime("mount/socket", (LONG_AGO, LONG_AGO))
    return look_up(), int(os.stat("mount/socket").st_atime)


@clause(since="2.2", level="source", refs=["man:inode(7)", FIND])
@pytest.mark.parametrize("case", CASES)
def test_who_finds_the_socket_accesses_its_file(sockets, tmp_path, monkeypatch, case):
    """A socket of the right type that is found by its path has its file's atime changed; of another type it is not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mount").mkdir()
    client_kind, server_kind, call, expected = CASES[case]
    client, server = sockets.open(AF_UNIX, client_kind), sockets.open(AF_UNIX, server_kind)
    listens = server_kind == SOCK_STREAM and case != "not-listening"

    result, atime = in_child(accessed, server, listens, lambda: call(client))

    assert result == expected
    assert (atime > LONG_AGO) == (case != "other-type")
