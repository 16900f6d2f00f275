"""SO_REUSEPORT: which member of a group receives."""

import os
from errno import EAGAIN, ECONNRESET

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.arrivals import drain
from helpers.connections import are_connected
from helpers.endpoints import name_of
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP
from helpers.net.sysctl import set_sysctl
from helpers.options import covers, option
from helpers.sharing import bind_together, open_sharing
from helpers.syscall import refused
from helpers.tcp import tcp_backlog
from helpers.uapi.socket import MSG_DONTWAIT, SHUT_RDWR

SYSCALL = "setsockopt"
MAN = "man:socket(7)"
SELECT = "src:net/core/sock_reuseport.c:reuseport_select_sock"
PORT = option("SO_REUSEPORT")
EFFECT = covers([PORT.name], "effect")
MANY = 48  # ports: that one of three members gets nothing from so many is a chance of 1 to 90,000,000
tcp = of_kinds(INET_TCP, INET6_TCP)
udp = of_kinds(INET_UDP, INET6_UDP)


def _group(end, kind, size=3):
    members = open_sharing(end, kind, PORT, size)
    return members, bind_together(kind, members)


def _listening(end, kind):
    """Return a group of listeners that do not block, and their name."""
    listeners, name = _group(end, kind)
    for listener in listeners:
        listener.must.listen(MANY)
        os.set_blocking(listener.fd, False)
    return listeners, name


def _send(end, kind, name, numbers=range(MANY)):
    """Send a datagram from a port of its own for each number, and return once all are delivered."""
    for number in numbers:
        kind.open(end.sockets, end.namespace).must.sendto(b"%d" % number, 0, name)


def _received(members, count):
    """Return what each member received, once it is *count* datagrams in all."""
    got = [[] for _ in members]

    def all_of_them():
        for data, member in zip(got, members, strict=True):
            data += drain(member)
        return sum(map(len, got)) >= count

    wait.until(all_of_them, f"{count} datagrams")
    return got


@clause(since="3.9", level="documented", refs=[MAN, SELECT], covers=EFFECT)
@udp
def test_datagrams_are_spread_over_the_members(loopback, kind):
    """Each datagram is received by one member of a UDP group; of those from many ports every member receives some."""
    members, name = _group(loopback, kind)

    _send(loopback, kind, name)
    received = _received(members, MANY)

    assert sorted(int(data) for got in received for data in got) == list(range(MANY))
    assert all(received)


@clause(since="3.9", level="documented", refs=[MAN, SELECT], covers=EFFECT)
@udp
def test_a_sender_stays_with_its_member(loopback, kind):
    """All datagrams from one port are received by the same member."""
    members, name = _group(loopback, kind)
    sender = kind.open(loopback.sockets, loopback.namespace)

    for _ in range(10):
        sender.must.sendto(b"data", 0, name)
    received = _received(members, 10)

    assert sorted(map(len, received)) == [0, 0, 10]


@clause(since="4.5", level="source", refs=[MAN, "src:net/core/sock_reuseport.c:reuseport_detach_sock"], covers=EFFECT)
@udp
@pytest.mark.parametrize("place", range(3), ids=["first", "second", "third"])
def test_a_closed_member_receives_nothing(loopback, kind, place):
    """When a member is closed the others receive all that comes."""
    members, name = _group(loopback, kind)
    members.pop(place).must.close()

    _send(loopback, kind, name)
    received = _received(members, MANY)

    assert sorted(int(data) for got in received for data in got) == list(range(MANY))
    assert all(received)


@clause(
    since="5.4",
    level="source",
    refs=[MAN, "src:net/core/sock_reuseport.c:reuseport_select_sock_by_hash"],
    covers=EFFECT,
)
@udp
def test_a_connected_member_receives_from_its_peer_alone(loopback, kind):
    """A connected member of a group receives what its peer sends, all of it, and nothing from others."""
    members, name = _group(loopback, kind)
    peer, peer_name = kind.named(loopback.sockets, loopback.namespace)
    members[1].must.connect(peer_name)

    _send(loopback, kind, name)
    for _ in range(10):
        peer.must.sendto(b"1000", 0, name)
    received = _received(members, MANY + 10)

    assert received[1] == [b"1000"] * 10
    assert sorted(int(data) for got in (received[0], received[2]) for data in got) == list(range(MANY))


@clause(since="3.9", level="documented", refs=[MAN, SELECT], covers=EFFECT)
@tcp
def test_connections_are_spread_over_the_listeners(loopback, kind):
    """Each connection is accepted from one listener of a group, and of many every listener has some."""
    listeners, name = _listening(loopback, kind)

    _connect(loopback, kind, name)
    waiting = _waiting(listeners, MANY)
    accepted = [[listener.accept4() for _ in range(n)] for listener, n in zip(listeners, waiting, strict=True)]

    assert all(waiting)
    for results in accepted:
        for result in results:
            assert result.ok
            loopback.sockets.adopt(result.value)
    assert [listener.accept4() for listener in listeners] == [refused(EAGAIN)] * 3


@clause(
    since="5.14",
    level="documented",
    refs=["doc:networking/ip-sysctl.rst", MAN, "src:net/core/sock_reuseport.c:reuseport_migrate_sock"],
    covers=EFFECT,
)
@tcp
@pytest.mark.parametrize("how", ["close", "shutdown"])
def test_connections_of_a_closed_listener_migrate_where_the_sysctl_says_so(loopback, kind, how):
    """With net.ipv4.tcp_migrate_req the connections that wait at a listener that ends are accepted from the others."""
    set_sysctl(loopback.namespace, "ipv4/tcp_migrate_req", "1")
    listeners, name = _listening(loopback, kind)
    clients = _connect(loopback, kind, name)
    _waiting(listeners, MANY)

    ended, *rest = listeners
    _ = ended.must.close() if how == "close" else ended.must.shutdown(SHUT_RDWR)

    assert sum(_waiting(rest, MANY)) == MANY
    last = None
    for listener in rest:
        while (result := listener.accept4()).ok:
            last = loopback.sockets.adopt(result.value)
    peer = bytes(name_of(last, peer=True))
    (client,) = [each for each in clients if bytes(name_of(each)) == peer]
    assert are_connected(client, last)


@clause(
    since="5.14",
    level="documented",
    refs=["doc:networking/ip-sysctl.rst", MAN, "src:net/core/sock_reuseport.c:reuseport_migrate_sock"],
    covers=EFFECT,
)
@tcp
def test_without_it_they_are_reset(loopback, kind):
    """Without net.ipv4.tcp_migrate_req the connections that wait at a listener that is closed are reset."""
    listeners, name = _listening(loopback, kind)
    clients = _connect(loopback, kind, name)
    waiting = _waiting(listeners, MANY)

    listeners[0].must.close()
    results = [client.recv(bytearray(1), 1, MSG_DONTWAIT) for client in clients]

    assert results.count(refused(ECONNRESET)) == waiting[0]
    assert results.count(refused(EAGAIN)) == MANY - waiting[0]


def _connect(end, kind, name):
    """Return clients that are connected to *name*."""
    clients = [kind.open(end.sockets, end.namespace) for _ in range(MANY)]
    for client in clients:
        client.must.connect(name)
    return clients


def _waiting(listeners, count):
    """Return how many connections wait at each listener, once they are *count*."""

    def of_each():
        waiting = [tcp_backlog(listener)[0] for listener in listeners]
        return sum(waiting) == count and waiting

    return wait.until(of_each, f"{count} connections")
