"""getsockname(2) of AF_UNIX and AF_INET sockets: the forms that their names have."""

from errno import EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import syscall
from helpers.endpoints import listening, port_of
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP
from helpers.net.addresses import abstract, inet, inet6, unix
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, AF_UNIX, AF_XDP, SOCK_RAW, SOCK_STREAM
from helpers.uapi.un import UNIX_PATH_MAX
from helpers.value_result import ROOM, address_from, ask, filled, untouched

UNIX = "src:net/unix/af_unix.c:unix_getname"
INET = "src:net/ipv4/af_inet.c:inet_getname"
INET6 = "src:net/ipv6/af_inet6.c:inet6_getname"


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:unix(7)", UNIX])
@pytest.mark.parametrize("how", ["socket", "socketpair"])
def test_an_unnamed_unix_socket_has_its_family_only(sockets, how):
    """The name of an AF_UNIX socket that was never bound is its family, 2 bytes."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM) if how == "socket" else sockets.pair()[0]

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(bytes(unix(b"")), ROOM)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:unix(7)", UNIX])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"socket", b"socket\0"),
        (b"socket\0", b"socket\0"),
        (b"socket\0rubbish", b"socket\0"),
        (b"p" * UNIX_PATH_MAX, b"p" * UNIX_PATH_MAX + b"\0"),
        (b"\0abstract\0name", b"\0abstract\0name"),
    ],
    ids=["without-nul", "with-nul", "behind-the-nul", "longest-path", "abstract"],
)
def test_a_unix_path_ends_with_its_nul_an_abstract_name_with_its_length(sockets, tmp_path, monkeypatch, given, told):
    """A path comes with one NUL behind it, 111 bytes in all for the longest; an abstract name as it was given."""
    monkeypatch.chdir(tmp_path)
    socket = sockets.open(AF_UNIX, SOCK_STREAM)
    socket.must.bind(unix(given))

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(bytes(unix(told)), ROOM)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:ip(7)", INET])
@of_kinds(INET_TCP, INET_UDP)
def test_an_inet_socket_has_address_and_port_and_zeros(loopback, sockets, kind):
    """The name of an AF_INET socket is family, port, address and 8 zero bytes, all but the family 0 before bind."""
    socket = kind.open(sockets, loopback.namespace)
    before = address_from(socket.getsockname)
    socket.must.bind(inet(4711))

    result, got = ask(socket.getsockname, ROOM)

    assert before == bytes(inet(0, "0.0.0.0"))
    assert result == SUCCESS
    assert got == filled(bytes(inet(4711, "127.0.0.1")), ROOM)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:ip(7)", INET, INET6])
@of_kinds(INET_TCP, INET_UDP, INET6_TCP, INET6_UDP)
def test_connecting_gives_an_inet_socket_the_address_it_sends_from(loopback, sockets, kind):
    """A socket that is connected without a bind has the route's local address and a port that the kernel picked."""
    (listener, name), socket = kind.ready(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)
    socket.must.connect(name)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(bytes((inet if kind.family == AF_INET else inet6)(port_of(socket))), ROOM)
    assert port_of(socket) not in (0, port_of(listener))


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:unix(7)", UNIX])
def test_tells_the_own_name_and_not_the_peers(sockets):
    """Each of two connected sockets with names returns its own."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    own = abstract()
    client.must.bind(own)
    client.must.connect(listening(listener))

    result, got = ask(client.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(bytes(own), ROOM)


@clause(
    since="4.18",
    level="source",
    refs=["man:getsockname(2)", "src:net/core/sock.c:sock_no_getname"],
    covers=["errno:EOPNOTSUPP"],
)
def test_a_family_without_names_refuses_with_eopnotsupp(sockets):
    """Sockets of a family that has no names (AF_XDP) refuse with EOPNOTSUPP, and nothing is written."""
    opened = syscall.socket(AF_XDP, SOCK_RAW, 0)
    if not opened.ok:
        pytest.skip("needs AF_XDP (CONFIG_XDP_SOCKETS)")
    socket = sockets.adopt(opened.value)

    answers = [ask(socket.getsockname, ROOM), ask(socket.getsockname, -1)]

    assert answers == [(refused(EOPNOTSUPP), untouched(given)) for given in (ROOM, -1)]
