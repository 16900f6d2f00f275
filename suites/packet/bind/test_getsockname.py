"""getsockname(2) of packet sockets: every byte of the sockaddr_ll."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.hardware import link_address
from helpers.packet.packet_socket import address
from helpers.syscall import SUCCESS
from helpers.uapi.if_arp import ARPHRD_ETHER, ARPHRD_LOOPBACK
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_HASH
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from helpers.value_result import ROOM, address_from, ask, filled

SYSCALL = "getsockname"
GETNAME = "src:net/packet/af_packet.c:packet_getname"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


def link_name(ifindex: int, protocol: int, hatype: int = 0, hardware: bytes = b"") -> bytes:
    """Return the name of a packet socket: a sockaddr_ll that ends with its hardware address."""
    return link_address(ifindex, hatype, hardware, protocol)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:packet(7)", GETNAME])
@pytest.mark.parametrize(
    ("type_", "protocol"),
    [(SOCK_RAW, 0), (SOCK_RAW, ETH_P_ALL), (SOCK_DGRAM, frames.OWN)],
    ids=["raw-none", "raw-all", "dgram-one"],
)
def test_a_socket_that_is_not_bound_has_a_protocol_and_no_link(sockets, type_, protocol):
    """Before bind the name is family and protocol, index 0 and no hardware address: 12 bytes, and nothing behind."""
    socket = sockets.packet(type_, protocol)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_name(0, protocol), ROOM)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:packet(7)", GETNAME])
@TYPES
def test_a_bound_socket_has_its_link_and_the_links_hardware(wire, type_):
    """After bind the name has protocol, index, hardware type, packet type 0 and the link's address: 18 bytes."""
    socket = wire.right.packet_socket(type_, frames.OWN)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_name(wire.right.ifindex, frames.OWN, ARPHRD_ETHER, wire.right.mac), ROOM)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", "man:packet(7)", GETNAME])
def test_the_loopback_device_has_a_type_of_its_own(sockets):
    """The hardware type of the loopback device is ARPHRD_LOOPBACK, its address is six zero bytes."""
    socket = sockets.packet()
    socket.attach(1, frames.OWN)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_name(1, frames.OWN, ARPHRD_LOOPBACK, bytes(6)), ROOM)


@clause(since="2.2", level="source", refs=[GETNAME])
def test_tells_the_last_binding(wire):
    """Each bind changes the name: to another link, to another protocol, and back to no link."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    names = []

    for ifindex, protocol in [(1, frames.OWN), (1, frames.OTHER), (0, 0)]:
        socket.must.bind(address(ifindex, protocol))
        names.append(address_from(socket.getsockname))

    assert names == [
        link_name(1, frames.OWN, ARPHRD_LOOPBACK, bytes(6)),
        link_name(1, frames.OTHER, ARPHRD_LOOPBACK, bytes(6)),
        link_name(0, frames.OTHER),
    ]


@clause(since="3.1", level="source", refs=[GETNAME])
def test_a_fanout_group_does_not_change_the_name(loopback):
    """A socket that joins a fanout group keeps its name."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    socket.enable(PACKET_FANOUT, PACKET_FANOUT_HASH << 16 | 2)

    result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_name(loopback.ifindex, frames.OWN, ARPHRD_LOOPBACK, bytes(6)), ROOM)


@clause(since="2.6.24", level="source", refs=["man:network_namespaces(7)", GETNAME])
def test_looks_the_link_up_in_the_namespace_of_the_socket(wire):
    """The name is that of the socket's namespace, whichever namespace the caller is in."""
    socket = wire.right.packet_socket(protocol=frames.OWN)

    with wire.left.namespace:
        result, got = ask(socket.getsockname, ROOM)

    assert result == SUCCESS
    assert got == filled(link_name(wire.right.ifindex, frames.OWN, ARPHRD_ETHER, wire.right.mac), ROOM)
