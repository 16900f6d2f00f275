"""connect(2) of AF_UNIX sockets: addresses that are not valid."""

from errno import EINVAL, ENOENT

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, named
from helpers.net.addresses import raw, unix
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import (
    AF_INET,
    AF_UNIX,
    SOCK_DGRAM,
    SOCK_STREAM,
)
from helpers.uapi.un import UNIX_PATH_MAX

SYSCALL = "connect"
ADDRESS = "src:net/unix/af_unix.c:unix_validate_addr"


@clause(since="2.2", level="documented", refs=["man:unix(7)", ADDRESS], covers=["errno:EINVAL", "errno:ENOENT"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])
def test_a_path_may_fill_sun_path_and_no_more(sockets, tmp_path, kind):
    """A path of 108 bytes without NUL is a name; one byte less is another name, one more is EINVAL."""
    folder = bytes(tmp_path) + b"/"
    path = folder + b"s" * (UNIX_PATH_MAX - len(folder))
    other, client = sockets.open(AF_UNIX, kind), sockets.open(AF_UNIX, kind)
    other.must.bind(unix(path))
    if kind == SOCK_STREAM:
        other.must.listen(1)

    results = [client.connect(unix(each)) for each in (path[:-1], path + b"s", path)]

    assert results == [refused(ENOENT), refused(EINVAL), SUCCESS]


@clause(since="2.2", level="source", refs=["man:unix(7)", ADDRESS], covers=["errno:EINVAL"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])
@pytest.mark.parametrize(
    "target",
    [bytes(raw(AF_UNIX)), bytes(raw(AF_INET, b"\0lo\0\0")), bytes(1)],
    ids=["no-path", "family-inet", "half-a-family"],
)
def test_refuses_what_is_no_unix_address_with_einval(sockets, kind, target):
    """An address without a path or of another family is EINVAL, and leaves the socket free to connect."""
    other, client = sockets.open(AF_UNIX, kind), sockets.open(AF_UNIX, kind)
    name = listening(other) if kind == SOCK_STREAM else named(other)

    result = client.connect(target, len(target))

    assert result == refused(EINVAL)
    assert client.connect(name) == SUCCESS
