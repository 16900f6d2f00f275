"""SO_REUSEADDR and SO_REUSEPORT: which sockets may be bound to one address."""

from errno import EADDRINUSE
from socket import inet_ntop

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_RAW, INET6_TCP, INET6_UDP, INET_TCP, INET_UDP
from helpers.net import addresses
from helpers.option_calls import put
from helpers.options import covers, option
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import sockaddr_in6
from helpers.uapi.socket import AF_INET6

SYSCALL = "bind"
MAN = "man:socket(7)"
TCP = "src:net/ipv4/inet_connection_sock.c:inet_bind_conflict"
UDP = "src:net/ipv4/udp.c:udp_lib_lport_inuse"
ADDR, PORT = option("SO_REUSEADDR"), option("SO_REUSEPORT")
EFFECT = covers([ADDR.name, PORT.name], "effect")
NONE, BOTH = frozenset(), frozenset({ADDR, PORT})
SETTINGS = {"none": NONE, "addr": frozenset({ADDR}), "port": frozenset({PORT}), "both": BOTH}
tcp = of_kinds(INET_TCP, INET6_TCP)
udp = of_kinds(INET_UDP, INET6_UDP)
every = of_kinds(INET_TCP, INET6_TCP, INET_UDP, INET6_UDP)


def _open(end, kind, settings):
    socket = kind.open(end.sockets, end.namespace)
    for setting in settings:
        must(put(socket, setting, 1))
    return socket


def _table(loopback, kind, listening=False):
    """Return what the second socket of two gets that is bound to the address of the first, by the options of both."""
    results = {}
    for first, earlier in SETTINGS.items():
        for second, later in SETTINGS.items():
            holder = _open(loopback, kind, earlier)
            name = kind.name(holder)
            if listening:
                holder.must.listen(1)
            results[first, second] = _open(loopback, kind, later).bind(name)
    return results


def _rule(*shared):
    """Return the table in which two sockets share an address if both have one of the options *shared*."""
    return {
        (first, second): SUCCESS if earlier & later & set(shared) else refused(EADDRINUSE)
        for first, earlier in SETTINGS.items()
        for second, later in SETTINGS.items()
    }


@clause(since="3.9", level="documented", refs=[MAN, TCP, UDP], covers=["errno:bind:EADDRINUSE", *EFFECT])
@every
def test_two_that_have_an_option_in_common_share_an_address(loopback, kind):
    """Two sockets may have one address if both have SO_REUSEADDR or both SO_REUSEPORT; else it is EADDRINUSE."""
    assert _table(loopback, kind) == _rule(ADDR, PORT)


@clause(since="3.9", level="documented", refs=[MAN, TCP], covers=["errno:bind:EADDRINUSE", *EFFECT])
@tcp
def test_the_address_of_a_listener_is_shared_by_so_reuseport_alone(loopback, kind):
    """The address of a TCP socket that listens may be had only by one that has SO_REUSEPORT, as the listener has."""
    assert _table(loopback, kind, listening=True) == _rule(PORT)


@clause(
    since="3.9", level="source", refs=[MAN, "src:net/ipv4/inet_connection_sock.c:inet_csk_listen_start"], covers=EFFECT
)
@tcp
@pytest.mark.parametrize(("setting", "second"), [(ADDR, refused(EADDRINUSE)), (PORT, SUCCESS)], ids=str)
def test_who_shares_an_address_need_not_be_able_to_listen(loopback, kind, setting, second):
    """Of sockets that share an address by SO_REUSEADDR one may listen (EADDRINUSE), by SO_REUSEPORT each of them."""
    sockets = [_open(loopback, kind, [setting]) for _ in range(2)]
    name = kind.name(sockets[0])
    sockets[1].must.bind(name)

    results = [socket.listen(1) for socket in sockets]

    assert results == [SUCCESS, second]


@clause(since="3.9", level="source", refs=[MAN, TCP, UDP], covers=EFFECT)
@every
def test_when_the_options_of_the_first_count(loopback, kind):
    """The options of the first UDP socket count as they are when the second is bound, of TCP as when the first was."""
    holder = _open(loopback, kind, BOTH)
    name = kind.name(holder)
    for setting in BOTH:
        must(put(holder, setting, 0))
    results = [_open(loopback, kind, BOTH).bind(name)]
    if kind in (INET_UDP, INET6_UDP):
        must(put(holder, ADDR, 1))
        results.append(_open(loopback, kind, BOTH).bind(name))

    assert results == ([SUCCESS] if kind in (INET_TCP, INET6_TCP) else [refused(EADDRINUSE), SUCCESS])


@clause(since="3.9", level="documented", refs=[MAN, TCP, UDP], covers=["errno:bind:EADDRINUSE", *EFFECT])
@every
def test_so_reuseport_is_for_sockets_of_one_user(loopback, kind, other_uid):
    """A socket of another user may not share an address by SO_REUSEPORT (EADDRINUSE), but by SO_REUSEADDR."""
    results = {}
    for setting in (PORT, ADDR):
        name = kind.name(_open(loopback, kind, [setting]))

        def bind(setting=setting, name=name):
            socket = kind.open(loopback.sockets)
            must(put(socket, setting, 1))
            return socket.bind(name)

        results[setting.name] = [
            in_child(bind, namespace=loopback.namespace, **who) for who in ({"uid": other_uid}, {})
        ]

    assert results == {PORT.name: [refused(EADDRINUSE), SUCCESS], ADDR.name: [SUCCESS, SUCCESS]}


def _hosts(end, kind):
    """Return two addresses of this host and the wildcard, each with the same port."""
    if kind.family != AF_INET6:
        return [addresses.inet(4711, host) for host in ("127.0.0.1", "127.0.0.2", "0.0.0.0")]
    _, second = INET6_RAW.named(end.sockets, end.namespace)
    host = inet_ntop(AF_INET6, sockaddr_in6.from_buffer_copy(second).sin6_addr)
    return [addresses.inet6(4711, host) for host in ("::1", host, "::")]


@clause(since="3.9", level="documented", refs=["man:ip(7)", TCP, UDP], covers=["errno:bind:EADDRINUSE"])
@every
def test_the_wildcard_is_every_address(loopback, kind):
    """Sockets of two addresses may have one port, but not one of an address and one of the wildcard, in any order."""
    here, there, anywhere = _hosts(loopback, kind)
    results = []
    for order in ([here, there, anywhere], [anywhere, here]):
        sockets = [_open(loopback, kind, NONE) for _ in order]
        results.append([socket.bind(name) for socket, name in zip(sockets, order, strict=True)])
        for socket in sockets:
            socket.must.close()

    assert results == [[SUCCESS, SUCCESS, refused(EADDRINUSE)], [SUCCESS, refused(EADDRINUSE)]]


@clause(since="3.9", level="source", refs=[MAN, "src:net/ipv4/inet_connection_sock.c:inet_csk_get_port"], covers=EFFECT)
@every
def test_a_port_that_the_kernel_picks_is_nobody_s(loopback, kind):
    """Sockets with both options that bind to port 0 get a port each, and none the port of another."""
    ports = {bytes(kind.name(_open(loopback, kind, BOTH))) for _ in range(20)}

    assert len(ports) == 20
