"""bind(2) of packet sockets: the address."""

import ctypes
from errno import EINVAL, ENODEV
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.capabilities import ALL
from helpers.net import frames
from helpers.net.addresses import raw
from helpers.options.option import INT_MAX, INT_MIN
from helpers.packet.packet_socket import address
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_ARP
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, AF_UNSPEC, SOCK_DGRAM, SOCK_RAW

SYSCALL = "bind"
BIND = "src:net/packet/af_packet.c:packet_bind"
DO_BIND = "src:net/packet/af_packet.c:packet_do_bind"
LL = ctypes.sizeof(sockaddr_ll)
LO = 1  # the loopback device of every namespace


@clause(since="2.2", level="documented", refs=["man:packet(7)", DO_BIND])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_binds_a_packet_socket_to_link_and_protocol(loopback, type_):
    """A packet socket bound to a link and a protocol has both in its name and receives that protocol from that link."""
    socket = loopback.packet_socket(type_, protocol=0, bound=False)
    frame = frames.ethernet()

    result = socket.bind(address(loopback.ifindex, frames.OWN))

    assert result == SUCCESS
    name = socket.name()
    assert (name.sll_ifindex, name.sll_protocol) == (loopback.ifindex, htons(frames.OWN))
    loopback.inject(frame)
    assert socket.receive(frame.marker).address.sll_ifindex == loopback.ifindex


@clause(since="2.2", level="documented", refs=["man:packet(7)", DO_BIND])
def test_interface_index_zero_binds_to_every_link(wire):
    """A packet socket bound to interface index 0 receives its protocol from every link of its namespace."""
    wire.right.links.up("lo")
    socket = wire.right.packet_socket(protocol=0, bound=False)
    over_wire, over_lo = frames.ethernet(), frames.ethernet()
    on_lo = wire.right.packet_socket(protocol=0, bound=False)
    on_lo.attach(LO, 0)

    result = socket.bind(address(0, frames.OWN))

    assert result == SUCCESS
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (0, htons(frames.OWN))
    wire.left.inject(over_wire)
    assert socket.receive(over_wire.marker).address.sll_ifindex == wire.right.ifindex
    on_lo.must.send(over_lo.data)
    assert socket.receive(over_lo.marker).address.sll_ifindex == LO


@clause(since="2.2", level="source", refs=["man:packet(7)", BIND])
@pytest.mark.parametrize("length", [LL, LL + 1, 128], ids=["exact", "one-more", "storage"])
def test_takes_any_length_from_a_sockaddr_ll_to_a_sockaddr_storage(sockets, length):
    """An address of 20 to 128 bytes binds a packet socket; what follows the sockaddr_ll is ignored."""
    socket = sockets.packet()
    long = raw(AF_PACKET, (bytes(address(LO, ETH_P_ARP))[2:]).ljust(126, b"\xff"))

    result = socket.bind(long, length)

    assert result == SUCCESS
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (LO, htons(ETH_P_ARP))


@clause(since="2.2", level="documented", refs=["man:bind(2)", BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize(
    "length",
    [LL - 1, 1, 0, 129, INT_MAX, -1, INT_MIN],
    ids=["one-short", "one", "empty", "over-storage", "int-max", "minus-one", "int-min"],
)
def test_refuses_a_wrong_length_with_einval(sockets, length):
    """A length below a sockaddr_ll's or above a sockaddr_storage's fails with EINVAL and changes nothing."""
    socket = sockets.packet()
    room = raw(AF_PACKET, bytes(address(LO, ETH_P_ARP))[2:].ljust(254, b"\0"))

    result = socket.bind(room, length)

    assert result == refused(EINVAL)
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (0, 0)
    assert socket.bind(room, LL) == SUCCESS
    assert socket.name().sll_ifindex == LO


@clause(since="2.2", level="source", refs=["man:packet(7)", BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize(
    ("type_", "family"),
    [(SOCK_RAW, AF_UNSPEC), (SOCK_DGRAM, AF_UNIX), (SOCK_RAW, AF_INET), (SOCK_RAW, AF_PACKET + 256)],
    ids=["raw-unspec", "dgram-unix", "raw-inet", "raw-high-byte"],
)
def test_refuses_another_family_with_einval(sockets, type_, family):
    """An address that is not AF_PACKET is refused with EINVAL and leaves the packet socket unbound."""
    socket = sockets.packet(type_)

    result = socket.bind(address(LO, ETH_P_ARP, family=family))

    assert result == refused(EINVAL)
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (0, 0)
    assert socket.bind(address(LO, ETH_P_ARP)) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:packet(7)", DO_BIND], covers=["errno:ENODEV"])
@pytest.mark.parametrize("ifindex", [-1, INT_MIN, INT_MAX, 4711])
def test_refuses_an_interface_that_does_not_exist_with_enodev(loopback, ifindex):
    """An interface index that no link has is refused with ENODEV; the socket stays bound as it was, and receives."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()

    result = socket.bind(address(ifindex, frames.OTHER))

    assert result == refused(ENODEV)
    name = socket.name()
    assert (name.sll_ifindex, name.sll_protocol) == (loopback.ifindex, htons(frames.OWN))
    loopback.inject(frame)
    assert socket.receive(frame.marker)


@clause(since="2.6.24", level="source", refs=["man:network_namespaces(7)", DO_BIND], covers=["errno:ENODEV"])
def test_looks_the_interface_up_in_the_namespace_of_the_socket(wire):
    """The interface index is looked up in the socket's namespace, whichever namespace the caller is in."""
    socket = wire.right.packet_socket(protocol=0, bound=False)

    with wire.left.namespace:
        foreign = socket.bind(address(wire.left.ifindex, ETH_P_ALL))
        own = socket.bind(address(wire.right.ifindex, ETH_P_ALL))

    assert foreign == refused(ENODEV)
    assert own == SUCCESS
    assert socket.name().sll_ifindex == wire.right.ifindex


@clause(since="2.2", level="documented", refs=["man:packet(7)", BIND])
def test_ignores_the_fields_that_describe_a_received_frame(sockets):
    """Family, protocol and index are read; hardware type, packet type, address and its length are ignored."""
    socket = sockets.packet()
    odd = address(LO, ETH_P_ARP, hardware=b"\xee" * 8, halen=255)
    odd.sll_hatype, odd.sll_pkttype = 0xEEEE, 0xEE

    result = socket.bind(odd)

    assert result == SUCCESS
    name = socket.name()
    assert (name.sll_ifindex, name.sll_protocol, name.sll_pkttype, name.sll_halen) == (LO, htons(ETH_P_ARP), 0, 6)


@clause(since="2.2", level="source", refs=["man:packet(7)", "man:capabilities(7)", DO_BIND])
def test_needs_no_capability(sockets):
    """bind(2) of a packet socket needs no capability: CAP_NET_RAW is checked only when the socket is created."""
    socket = sockets.packet()

    result = in_child(lambda: tuple(socket.bind(address(LO, ETH_P_ARP))), without=ALL)

    assert syscall.Result(*result) == SUCCESS
    assert socket.name().sll_ifindex == LO
