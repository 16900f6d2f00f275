"""The route of a connected socket: looked up again when the routes change."""

import ctypes
from errno import EHOSTUNREACH

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_UDP, INET_UDP
from helpers.net import addresses
from helpers.net.tcp_peer import THERE, connected
from helpers.sockets import must
from helpers.syscall import refused, returned
from helpers.uapi.sockios import SIOCOUTQNSD

DESTINATIONS = {
    INET_UDP: ("198.51.100.1", "198.51.100.0/24", "198.51.100.1/32", addresses.inet),
    INET6_UDP: ("2001:db8::1", "2001:db8::/64", "2001:db8::1/128", addresses.inet6),
}


@clause(since="2.2", level="source", refs=["man:ip(7)", "src:net/core/sock.c:sk_dst_check"])
@of_kinds(*DESTINATIONS)
def test_a_connected_datagram_socket_follows_the_routes(loopback, kind):
    """What a connected socket sends is EHOSTUNREACH from when its route is made unreachable until that is undone."""
    host, network, alone, address = DESTINATIONS[kind]
    route = loopback.links.netlink.route
    route("add", dst=network, oif=loopback.ifindex, family=kind.family)
    socket = kind.open(loopback.sockets, loopback.namespace)
    socket.must.connect(address(9, host))

    results = [socket.send(b"data") for _ in range(2)]
    route("add", dst=alone, type="unreachable", family=kind.family)
    results += [socket.send(b"data") for _ in range(2)]
    route("del", dst=alone, type="unreachable", family=kind.family)
    results += [socket.send(b"data") for _ in range(2)]

    assert results == [returned(4)] * 2 + [refused(EHOSTUNREACH)] * 2 + [returned(4)] * 2


@clause(since="2.6.36", level="source", refs=["man:tcp(7)", "src:net/core/sock.c:__sk_dst_check"])
def test_a_connection_follows_the_routes(wire):
    """What a connection has to send stays unsent while its route is unreachable, and is sent when that is undone."""
    socket, peer = connected(wire)
    route = wire.left.links.netlink.route
    unsent = []

    def send(data):
        socket.must.send(data)
        answer = ctypes.c_int(-1)
        must(socket.ioctl(SIOCOUTQNSD, answer), "SIOCOUTQNSD")
        unsent.append(answer.value)

    send(b"data")
    peer.receive()
    peer.send()
    route("add", dst=f"{THERE}/32", type="unreachable")
    send(b"more")
    route("del", dst=f"{THERE}/32", type="unreachable")
    send(b"and more")

    assert unsent == [0, 4, 0]
