"""connect(2) of AF_UNIX datagram sockets: the peer may change and be dissolved, or refuse."""

from errno import EAGAIN, ECONNREFUSED, ENOTCONN, EPERM

import pytest

from fixtures.clauses import clause
from helpers.endpoints import name_of, named
from helpers.memory import Buffer
from helpers.net.addresses import raw, unix
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, AF_UNSPEC, MSG_DONTWAIT, SOCK_DGRAM

SYSCALL = "connect"
DGRAM = "src:net/unix/af_unix.c:unix_dgram_connect"


@clause(since="2.2", level="documented", refs=["man:connect(2)", DGRAM])
def test_may_connect_again_to_another(sockets):
    """Each connect of a datagram socket changes where its datagrams go; connecting to the same peer is fine."""
    first, second, client = (sockets.open(AF_UNIX, SOCK_DGRAM) for _ in range(3))
    names = [named(first), named(second)]

    results = [(client.connect(name), client.send(b"data")) for name in (names[0], names[1], names[1])]

    assert results == [(SUCCESS, returned(4))] * 3
    assert bytes(name_of(client, peer=True)) == bytes(names[1])
    queued = [[end.recv(Buffer(8).array, 8, MSG_DONTWAIT) for _ in range(3)] for end in (first, second)]
    assert queued == [
        [returned(4), refused(EAGAIN), refused(EAGAIN)],
        [returned(4), returned(4), refused(EAGAIN)],
    ]


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:unix(7)", DGRAM])
def test_unspec_dissolves_the_association(sockets):
    """A connect to AF_UNSPEC leaves a datagram socket without a peer, and then it may connect again."""
    other, client = sockets.open(AF_UNIX, SOCK_DGRAM), sockets.open(AF_UNIX, SOCK_DGRAM)
    name = named(other)
    client.must.connect(name)

    result = client.connect(raw(AF_UNSPEC))

    assert result == SUCCESS
    assert client.send(b"data") == refused(ENOTCONN)
    assert client.connect(name) == SUCCESS
    assert client.send(b"data") == returned(4)


@clause(since="2.2", level="source", refs=["man:connect(2)", DGRAM], covers=["errno:EPERM"])
def test_refuses_a_peer_that_is_connected_elsewhere_with_eperm(sockets):
    """A connected datagram socket refuses others than its peer: their connect is EPERM until it is dissolved."""
    peer, other, client = (sockets.open(AF_UNIX, SOCK_DGRAM) for _ in range(3))
    name = named(other)
    other.must.connect(named(peer))

    result = client.connect(name)

    assert result == refused(EPERM)
    assert peer.connect(name) == SUCCESS
    other.must.connect(raw(AF_UNSPEC))
    assert client.connect(name) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:unix(7)", DGRAM], covers=["errno:ECONNREFUSED"])
@pytest.mark.parametrize("where", ["abstract", "path"])
def test_refuses_a_name_that_no_one_has_with_econnrefused(sockets, tmp_path, where):
    """A connect to a name that no open socket has is ECONNREFUSED and leaves the association as it was."""
    gone, other, client = (sockets.open(AF_UNIX, SOCK_DGRAM) for _ in range(3))
    target = unix(b"\0gone" if where == "abstract" else bytes(tmp_path / "gone"))
    gone.must.bind(target)
    gone.must.close()
    name = named(other)
    client.must.connect(name)

    result = client.connect(target)

    assert result == refused(ECONNREFUSED)
    assert bytes(name_of(client, peer=True)) == bytes(name)
