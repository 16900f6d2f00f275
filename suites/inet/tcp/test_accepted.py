"""accept(2): which options an accepted TCP socket has of its listener."""

import struct

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.option_calls import answer, get, put
from helpers.options import option
from helpers.sockets import must
from helpers.syscall import SUCCESS

SYSCALL = "accept"
CLONE = "src:net/ipv4/inet_connection_sock.c:inet_csk_clone_lock"
CHILD = "src:net/ipv4/tcp_minisocks.c:tcp_create_openreq_child"
# option: what its listener has, and what the accepted socket has of it
INHERITED = {
    "SO_KEEPALIVE": (1, 1), "SO_REUSEADDR": (1, 1), "SO_OOBINLINE": (1, 1), "SO_PRIORITY": (5, 0),
    "SO_RCVLOWAT": (9, 9), "SO_BROADCAST": (1, 1), "SO_DONTROUTE": (1, 1), "TCP_NODELAY": (1, 1),
    "TCP_KEEPIDLE": (77, 77), "TCP_KEEPINTVL": (33, 33), "TCP_KEEPCNT": (5, 5), "TCP_SYNCNT": (3, 3),
    "TCP_LINGER2": (20, 20), "TCP_USER_TIMEOUT": (4000, 4000), "TCP_NOTSENT_LOWAT": (100, 100),
    "TCP_THIN_LINEAR_TIMEOUTS": (1, 1), "TCP_INQ": (1, 1), "TCP_SAVE_SYN": (1, 1), "TCP_CORK": (1, 1),
    "TCP_WINDOW_CLAMP": (5000, None), "TCP_DEFER_ACCEPT": (0, 0), "TCP_FASTOPEN": (5, 0),
    "SO_ACCEPTCONN": (None, 0),
}  # fmt: skip


def accepted_from(sockets, namespace, kind, set_up):
    """Return the accepted socket of a listener on which ``set_up(listener)`` was done."""
    listener, name = kind.named(sockets, namespace)
    set_up(listener)
    listener.must.listen(1)
    client = kind.open(sockets, namespace)
    client.must.connect(name)
    return sockets.adopt(listener.must.accept()), listener


@clause(since="5.10", level="source", refs=["man:accept(2)", "man:tcp(7)", CLONE, CHILD])
@of_kinds(INET_TCP, INET6_TCP)
def test_an_accepted_socket_has_its_listeners_options(loopback, sockets, kind):
    """An accepted TCP socket has its listener's options but for priority and fast open, and does not listen."""

    def set_up(listener):
        for name, (value, _) in INHERITED.items():
            if value is not None:
                must(put(listener, option(name), value), name)

    accepted, _ = accepted_from(sockets, loopback.namespace, kind, set_up)

    told = {name: get(accepted, option(name)) for name, (_, expected) in INHERITED.items() if expected is not None}

    assert told == {name: answer(expected) for name, (_, expected) in INHERITED.items() if expected is not None}


@clause(since="2.6.12", level="source", refs=["man:accept(2)", "man:socket(7)", CLONE])
@pytest.mark.parametrize("size", [20000, 50000])
def test_an_accepted_socket_has_its_listeners_buffers(loopback, sockets, size):
    """An accepted TCP socket has the SO_RCVBUF and SO_SNDBUF that were set on its listener, and its SO_LINGER."""
    linger = struct.pack("=ii", 1, 7)

    def set_up(listener):
        for name in ("SO_RCVBUF", "SO_SNDBUF"):
            listener.must.setsockopt(option(name).level, option(name).number, size)
        must(put(listener, option("SO_LINGER"), linger), "SO_LINGER")

    accepted, _ = accepted_from(sockets, loopback.namespace, INET_TCP, set_up)

    assert [get(accepted, option(name)) for name in ("SO_RCVBUF", "SO_SNDBUF")] == [answer(2 * size)] * 2
    assert get(accepted, option("SO_LINGER"), 8) == answer(linger, 8)


@clause(since="2.6.12", level="source", refs=["man:accept(2)", CLONE])
@of_kinds(INET_TCP, INET6_TCP)
def test_what_is_set_on_an_accepted_socket_is_its_own(loopback, sockets, kind):
    """An option that is set on an accepted socket leaves its listener's as it was, and the other way round."""
    accepted, listener = accepted_from(sockets, loopback.namespace, kind, lambda listener: None)
    chosen = option("TCP_KEEPIDLE")

    results = [put(accepted, chosen, 11), put(listener, chosen, 22)]

    assert results == [SUCCESS] * 2
    assert (get(accepted, chosen), get(listener, chosen)) == (answer(11), answer(22))
