"""SO_BINDTODEVICE and SO_BINDTOIFINDEX: what a socket receives, and where it sends."""

from errno import EADDRINUSE, ECONNREFUSED, ENETUNREACH

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals
from helpers.endpoints import port_of
from helpers.kinds import INET_TCP, INET_UDP
from helpers.net import addresses
from helpers.option_calls import packed, put
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused, returned

SYSCALL = "setsockopt"
MAN = "man:socket(7)"
DEVICE, IFINDEX = option("SO_BINDTODEVICE"), option("SO_BINDTOIFINDEX")
EFFECT = covers([DEVICE.name, IFINDEX.name], "effect")
NEAR, FAR = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def addressed(wire):
    """A wire whose ends have addresses, and whose left namespace has a loopback device that is up, too."""
    for end, host in ((wire.left, NEAR), (wire.right, FAR)):
        end.links.netlink.addr("add", index=end.ifindex, address=host, prefixlen=24)
    wire.left.links.up("lo")
    return wire


def _bind(socket, chosen, end, name):
    must(put(socket, chosen, name.encode() if chosen is DEVICE else packed(end.links.index(name))))


both = pytest.mark.parametrize("chosen", [DEVICE, IFINDEX], ids=str)


@clause(since="5.1", level="documented", refs=[MAN, "src:net/ipv4/udp.c:compute_score"], covers=EFFECT)
@both
def test_only_what_comes_in_by_the_device_is_received(addressed, chosen):
    """Of datagrams to one port a socket bound to a device receives those of that device, another socket the rest."""
    receivers = {}
    for name in ("left", "lo"):
        receivers[name] = INET_UDP.open(addressed.left.sockets, addressed.left.namespace)
        _bind(receivers[name], chosen, addressed.left, name)
        receivers[name].must.bind(addresses.inet(4711, "0.0.0.0"))
    for end, data, host in ((addressed.right, b"from the wire", NEAR), (addressed.left, b"from lo", "127.0.0.1")):
        sender = INET_UDP.open(end.sockets, end.namespace)
        sender.must.sendto(data, 0, addresses.inet(4711, host))

    received = {name: arrivals(receiver, b"from") for name, receiver in receivers.items()}

    assert received == {"left": [b"from the wire"], "lo": [b"from lo"]}


@clause(since="5.1", level="documented", refs=[MAN, "src:net/ipv4/udp.c:udp_sendmsg"], covers=EFFECT)
@both
def test_what_it_sends_leaves_by_the_device(addressed, chosen):
    """A destination without a route is reached by the device that the socket is bound to, and by no other way."""
    socket = INET_UDP.open(addressed.left.sockets, addressed.left.namespace)
    witness = addressed.right.packet_socket()
    addressed.left.links.netlink.neigh(
        "add",
        ifindex=addressed.left.ifindex,
        dst="198.51.100.1",
        lladdr=addressed.right.mac.hex(":"),
        state="permanent",
    )
    beyond = addresses.inet(9, "198.51.100.1")
    before = socket.sendto(b"lost", 0, beyond)

    _bind(socket, chosen, addressed.left, "left")
    result = socket.sendto(b"by the device", 0, beyond)

    assert before == refused(ENETUNREACH)
    assert result == returned(13)
    assert witness.receive(b"by the device").data.endswith(b"by the device")


@clause(
    since="5.1", level="source", refs=[MAN, "src:net/ipv4/inet_connection_sock.c:inet_bind_conflict"], covers=EFFECT
)
@both
@pytest.mark.parametrize("kind", [INET_UDP, INET_TCP], ids=str)
def test_a_port_is_free_on_another_device(addressed, chosen, kind):
    """A port in use by a socket of one device may be bound by that of another, by one of the same it is EADDRINUSE."""
    devices = ["left", "lo", "left", None]
    results = []
    for name in devices:
        socket = kind.open(addressed.left.sockets, addressed.left.namespace)
        if name:
            _bind(socket, chosen, addressed.left, name)
        results.append(socket.bind(addresses.inet(4711, "0.0.0.0")))

    assert results == [SUCCESS, SUCCESS, refused(EADDRINUSE), refused(EADDRINUSE)]


@clause(since="5.1", level="documented", refs=[MAN, "src:net/ipv4/inet_hashtables.c:compute_score"], covers=EFFECT)
@both
def test_a_listener_takes_connections_of_its_device(addressed, chosen):
    """A listener bound to the wire's end accepts a connection from there, and refuses one by lo.

    A connection from the same host to the address of a device counts as one by that device.
    """
    listener = INET_TCP.open(addressed.left.sockets, addressed.left.namespace)
    _bind(listener, chosen, addressed.left, "left")
    listener.must.bind(addresses.inet(0, "0.0.0.0"))
    listener.must.listen(8)
    port = port_of(listener)

    results = [
        INET_TCP.open(end.sockets, end.namespace).connect(addresses.inet(port, host))
        for end, host in ((addressed.right, NEAR), (addressed.left, "127.0.0.1"), (addressed.left, NEAR))
    ]

    assert results == [SUCCESS, refused(ECONNREFUSED), SUCCESS]
