"""bind(2) of AF_INET sockets: the errnos of the page that packet sockets have no use for."""

import itertools
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.endpoints import port_of
from helpers.net.addresses import inet
from helpers.net.sysctl import set_sysctl
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, SOCK_DGRAM, SOCK_STREAM

SYSCALL = "bind"
BIND = "src:net/ipv4/af_inet.c:__inet_bind"
ANY = "0.0.0.0"
fresh = itertools.count(
    20000
)  # ports below the ephemeral ones: a socket may be closed a little later than its test ends
KINDS = pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)", BIND])
@KINDS
def test_gives_the_socket_the_port(sockets, kind):
    """A port other than 0 becomes the socket's."""
    socket, port = sockets.open(AF_INET, kind), next(fresh)

    result = socket.bind(inet(port, ANY))

    assert result == SUCCESS
    assert port_of(socket) == port


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)", BIND])
@KINDS
def test_picks_a_free_port_for_port_zero(sockets, kind):
    """For port 0 the kernel picks a port that no other socket has."""
    first, second = sockets.open(AF_INET, kind), sockets.open(AF_INET, kind)

    results = [first.bind(inet(0, ANY)), second.bind(inet(0, ANY))]

    assert results == [SUCCESS, SUCCESS]
    assert len({0, port_of(first), port_of(second)}) == 3


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)", BIND], covers=["errno:EADDRINUSE"])
@KINDS
def test_refuses_a_port_in_use_with_eaddrinuse(sockets, kind):
    """A port that another socket of the protocol has is refused with EADDRINUSE; another port is then accepted."""
    other, socket, port = sockets.open(AF_INET, kind), sockets.open(AF_INET, kind), next(fresh)
    other.must.bind(inet(port, ANY))

    result = socket.bind(inet(port, ANY))

    assert result == refused(EADDRINUSE)
    assert port_of(socket) == 0
    assert socket.bind(inet(next(fresh), ANY)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)"], covers=["errno:EADDRINUSE"])
@KINDS
def test_refuses_port_zero_with_eaddrinuse_when_all_are_in_use(sockets, namespace, kind):
    """With every port of the ephemeral range taken, port 0 is refused with EADDRINUSE."""
    set_sysctl(namespace, "ipv4/ip_local_port_range", "40000 40001")
    first, second, third = (sockets.open(AF_INET, kind, namespace=namespace) for _ in range(3))
    assert [first.bind(inet(0, ANY)), second.bind(inet(0, ANY))] == [SUCCESS, SUCCESS]
    assert {port_of(first), port_of(second)} == {40000, 40001}

    result = third.bind(inet(0, ANY))

    assert result == refused(EADDRINUSE)
    assert port_of(third) == 0
    first.must.close()
    assert third.bind(inet(0, ANY)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)", BIND], covers=["errno:EADDRNOTAVAIL"])
def test_refuses_an_address_that_is_not_local_with_eaddrnotavail(sockets, loopback):
    """An IP address that no link of the namespace has is refused with EADDRNOTAVAIL; a local one is accepted."""
    socket = sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace)

    result = socket.bind(inet(4711, "192.0.2.1"))

    assert result == refused(EADDRNOTAVAIL)
    assert port_of(socket) == 0
    assert socket.bind(inet(4711, "127.0.0.1")) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)", BIND], covers=["errno:EINVAL"])
def test_refuses_a_socket_that_is_bound_with_einval(sockets):
    """A socket that has a port cannot be bound to another one: EINVAL, and it keeps the first."""
    socket, port = sockets.open(AF_INET, SOCK_STREAM), next(fresh)
    assert socket.bind(inet(port, ANY)) == SUCCESS

    result = socket.bind(inet(next(fresh), ANY))

    assert result == refused(EINVAL)
    assert port_of(socket) == port


@clause(since="2.2", level="documented", refs=["man:bind(2)", "man:ip(7)", BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("length", [15, 0, 129])
def test_refuses_a_wrong_length_with_einval(sockets, length):
    """A length that is not that of the family's address is refused with EINVAL."""
    socket = sockets.open(AF_INET, SOCK_STREAM)
    room = bytes(inet(next(fresh), ANY)).ljust(200, b"\0")

    result = socket.bind(room, length)

    assert result == refused(EINVAL)
    assert port_of(socket) == 0
    assert socket.bind(room, 16) == SUCCESS


@clause(
    since="2.2",
    level="documented",
    refs=["man:bind(2)", "man:ip(7)", "man:capabilities(7)", BIND],
    covers=["errno:EACCES"],
)
@pytest.mark.parametrize("port", [1, 1023])
@pytest.mark.needs_capability("CAP_NET_BIND_SERVICE")
def test_refuses_a_privileged_port_without_the_capability_with_eacces(sockets, namespace, port):
    """Ports below 1024 need CAP_NET_BIND_SERVICE, without it they are refused with EACCES; 1024 needs no capability."""
    socket, privileged = (sockets.open(AF_INET, SOCK_STREAM, namespace=namespace) for _ in range(2))

    def attempt() -> list[tuple[int, int]]:
        return [tuple(socket.bind(inet(number, ANY))) for number in (port, 1024)]

    results = [syscall.Result(*result) for result in in_child(attempt, without=["CAP_NET_BIND_SERVICE"])]

    assert results == [refused(EACCES), SUCCESS]
    assert port_of(socket) == 1024
    assert privileged.bind(inet(port, ANY)) == SUCCESS
