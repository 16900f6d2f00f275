"""SO_INCOMING_CPU: which of several sockets on a port receives, and where what a socket received came in."""

import os
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.arrivals import arrivals
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP
from helpers.option_calls import answer, get, put
from helpers.options import covers, option
from helpers.sharing import bind_together, open_sharing
from helpers.sockets import must
from helpers.syscall import refused
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK

SYSCALL = "setsockopt"
MAN = "man:socket(7)"
UPDATE = "src:include/net/sock.h:sk_incoming_cpu_update"
INCOMING, REUSEADDR, REUSEPORT = map(option, ("SO_INCOMING_CPU", "SO_REUSEADDR", "SO_REUSEPORT"))
EFFECT = covers([INCOMING.name], "effect")
PORTS = 6  # of senders: as many hashes, each of which would choose any of three sockets


@pytest.fixture
def cpu():
    """Run the test on one CPU, whose number this is: what it sends on lo is received there."""
    allowed = os.sched_getaffinity(0)
    chosen = max(allowed)
    os.sched_setaffinity(0, {chosen})
    yield chosen
    os.sched_setaffinity(0, allowed)


def _sharing(loopback, kind, shared, cpus):
    """Return sockets that share a port by the option *shared*, each with its SO_INCOMING_CPU (None: unset)."""
    members = open_sharing(loopback, kind, shared, len(cpus))
    for member, number in zip(members, cpus, strict=True):
        if number is not None:
            must(put(member, INCOMING, number))
    return members, bind_together(kind, members)


def _send_from_many_ports(loopback, kind, name):
    for number in range(PORTS):
        kind.open(loopback.sockets, loopback.namespace).must.sendto(b"%d" % number, 0, name)
    return [b"%d" % number for number in range(PORTS)]


@clause(
    since="6.2",
    level="documented",
    refs=[MAN, "src:net/core/sock_reuseport.c:reuseport_select_sock_by_hash"],
    covers=EFFECT,
)
@pytest.mark.parametrize("when", ["before-bind", "after-bind"])
@pytest.mark.parametrize("place", range(3), ids=["first", "second", "third"])
def test_the_member_of_the_cpu_receives(loopback, cpu, place, when):
    """Of a SO_REUSEPORT group the member whose SO_INCOMING_CPU a datagram came in on receives it, from any port."""
    wanted = [cpu if number == place else cpu + 1 for number in range(3)]
    members, name = _sharing(loopback, INET_UDP, REUSEPORT, wanted if when == "before-bind" else [None] * 3)
    if when == "after-bind":
        for member, number in zip(members, wanted, strict=True):
            must(put(member, INCOMING, number))

    sent = _send_from_many_ports(loopback, INET_UDP, name)

    assert arrivals(members[place], sent[-1]) == sent


@clause(
    since="6.2",
    level="source",
    refs=[MAN, "src:net/core/sock_reuseport.c:reuseport_select_sock_by_hash"],
    covers=EFFECT,
)
@pytest.mark.parametrize("kind", [INET_TCP, INET6_TCP], ids=str)
def test_the_listener_of_the_cpu_accepts(loopback, cpu, kind):
    """Of listeners that share a port the one whose SO_INCOMING_CPU is that of the connections gets them all."""
    listeners, name = _sharing(loopback, kind, REUSEPORT, [cpu + 1, cpu, cpu + 1])
    for listener in listeners:
        listener.must.listen(8)

    for _ in range(PORTS):
        kind.open(loopback.sockets, loopback.namespace).must.connect(name)

    for _ in range(PORTS):
        loopback.sockets.adopt(listeners[1].must.accept4(flags=os.O_NONBLOCK))
    assert [wait.poll(listener.fd, seconds=0) for listener in listeners] == [0] * 3


@clause(since="4.4", level="source", refs=[MAN, "src:net/ipv4/udp.c:compute_score"], covers=EFFECT)
@pytest.mark.parametrize("kind", [INET_UDP, INET6_UDP], ids=str)
@pytest.mark.parametrize("place", range(2), ids=["first", "second"])
def test_of_sockets_that_share_an_address_that_of_the_cpu_is_chosen(loopback, cpu, kind, place):
    """Of UDP sockets that share a port by SO_REUSEADDR the one whose SO_INCOMING_CPU is the CPU receives."""
    members, name = _sharing(loopback, kind, REUSEADDR, [cpu if number == place else None for number in range(2)])

    sent = _send_from_many_ports(loopback, kind, name)

    assert arrivals(members[place], sent[-1]) == sent


@clause(since="4.4", level="documented", refs=[MAN, UPDATE], covers=EFFECT)
@pytest.mark.parametrize("kind", [INET_UDP, INET6_UDP, INET_TCP, INET6_TCP], ids=str)
def test_a_connected_socket_reports_where_its_data_came_in(loopback, cpu, kind):
    """After a connected socket has received, SO_INCOMING_CPU reads the number of the CPU that did it."""
    near, far = kind.pair(loopback.sockets, loopback.namespace)
    must(put(far, INCOMING, cpu + 1))

    near.must.send(b"data")
    far.must.recv(bytearray(4), 4, MSG_PEEK)

    assert get(far, INCOMING) == answer(cpu)


@clause(since="4.4", level="source", refs=[MAN, "src:net/ipv4/udp.c:__udp_queue_rcv_skb"], covers=EFFECT)
@pytest.mark.parametrize("kind", [INET_UDP, INET6_UDP], ids=str)
def test_one_without_a_peer_keeps_its_number(loopback, cpu, kind):
    """SO_INCOMING_CPU of a UDP socket that is not connected stays as it was set, whatever it receives."""
    receiver, name = kind.named(loopback.sockets, loopback.namespace)
    must(put(receiver, INCOMING, cpu + 1))

    kind.open(loopback.sockets, loopback.namespace).must.sendto(b"data", 0, name)

    assert arrivals(receiver, b"data") == [b"data"]
    assert receiver.recv(bytearray(4), 4, MSG_DONTWAIT) == refused(EAGAIN)
    assert get(receiver, INCOMING) == answer(cpu + 1)
