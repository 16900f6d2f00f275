"""connect(2) to an AF_UNIX path: the permissions of the file and of the directories before it."""

from errno import EACCES

import pytest

from fixtures.clauses import clause
from helpers.net.addresses import unix
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM, SOCK_STREAM

SYSCALL = "connect"
FIND = "src:net/unix/af_unix.c:unix_find_bsd"
NO_OVERRIDE = ["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"]


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:unix(7)", FIND], covers=["errno:EACCES"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])
@pytest.mark.parametrize(
    ("folder", "file", "errno"),
    [(0o700, 0o555, EACCES), (0o600, 0o777, EACCES), (0o100, 0o200, 0)],
    ids=["file-not-writable", "folder-not-searchable", "just-enough"],
)
def test_needs_write_permission_and_search_permission(sockets, tmp_path, kind, folder, file, errno):
    """A path needs write permission on the file and search permission on its directories, no more; else EACCES."""
    other, client = sockets.open(AF_UNIX, kind), sockets.open(AF_UNIX, kind)
    path = tmp_path / "folder" / "socket"
    path.parent.mkdir()
    name = unix(bytes(path))
    other.must.bind(name)
    if kind == SOCK_STREAM:
        other.must.listen(2)
    path.chmod(file)
    path.parent.chmod(folder)

    result = in_child(client.connect, name, without=NO_OVERRIDE)

    path.parent.chmod(0o700)
    assert result == (refused(errno) if errno else SUCCESS)
