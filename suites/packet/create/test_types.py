"""socket(2): packet sockets, their types, protocol and namespace."""

from errno import ESOCKTNOSUPPORT
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net import frames
from helpers.packet.packet_socket import PacketSocket
from helpers.sockets import Socket
from helpers.syscall import refused
from helpers.uapi.socket import (
    AF_INET,
    AF_PACKET,
    AF_UNIX,
    SOCK_DCCP,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_RDM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_DOMAIN, SO_PROTOCOL, SO_TYPE

SYSCALL = "socket"
CREATE = "src:net/packet/af_packet.c:packet_create"
GENERIC = "src:net/socket.c:__sock_create"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])


def identity(socket: Socket) -> tuple[int, int, int]:
    """Return family, type and protocol as SOL_SOCKET reports them."""
    return tuple(socket.option(SOL_SOCKET, name) for name in (SO_DOMAIN, SO_TYPE, SO_PROTOCOL))


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:socket(2)", CREATE])
@TYPES
def test_makes_a_packet_socket_of_each_type(sockets, type_):
    """The family AF_PACKET has sockets of type SOCK_RAW, SOCK_DGRAM and SOCK_PACKET."""
    result = syscall.socket(AF_PACKET, type_, 0)

    assert result.ok
    assert identity(sockets.adopt(result.value)) == (AF_PACKET, type_, 0)


@clause(since="2.2", level="disputed", refs=["man:socket(2)", CREATE], covers=["errno:ESOCKTNOSUPPORT"])
@pytest.mark.parametrize(
    "type_",
    [0, SOCK_STREAM, SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP, 7, 8, 9],
    ids=["none", "stream", "rdm", "seqpacket", "dccp", "7", "8", "9"],
)
def test_refuses_a_type_that_packet_sockets_have_not_with_esocktnosupport(sockets, type_):
    """A type in range that AF_PACKET does not support is refused with ESOCKTNOSUPPORT.

    socket(2) has EPROTONOSUPPORT for an unsupported protocol type and does not mention ESOCKTNOSUPPORT.
    """
    result = syscall.socket(AF_PACKET, type_, 0)

    assert result == refused(ESOCKTNOSUPPORT)
    assert sockets.open(AF_PACKET, SOCK_RAW).fd >= 0


@clause(since="2.2", level="documented", refs=["man:packet(7)", CREATE, "src:net/packet/af_packet.c:packet_rcv_spkt"])
@TYPES
def test_the_protocol_given_at_creation_is_heard_at_once(loopback, sockets, type_):
    """A packet socket created with a protocol receives it without a bind; one created with protocol 0 receives none."""
    frame = frames.ethernet()
    with loopback.namespace:
        hearing = syscall.socket(AF_PACKET, type_, htons(frames.OWN))
        other = syscall.socket(AF_PACKET, type_, htons(frames.OTHER))
        deaf = syscall.socket(AF_PACKET, type_, 0)

    assert (hearing.ok, other.ok, deaf.ok) == (True, True, True)
    hearing, other, deaf = (PacketSocket(sockets.adopt(result.value).fd) for result in (hearing, other, deaf))
    loopback.inject(frame)
    assert hearing.receive(frame.marker).data == frame.bytes_for(type_)
    assert (other.take(), deaf.take()) == (None, None)


@clause(since="2.2", level="source", refs=[CREATE])
@pytest.mark.parametrize("above", [0, 0x10000, 0x7FFF0000, -0x10000], ids=["none", "lowest", "all", "sign"])
def test_the_protocol_is_the_low_16_bits(sockets, above):
    """The protocol of a packet socket is the low 16 bits of the argument, in network order; higher bits are ignored."""
    result = syscall.socket(AF_PACKET, SOCK_RAW, above | htons(frames.OWN))

    assert result.ok
    socket = PacketSocket(sockets.adopt(result.value).fd)
    name = socket.name()
    assert (name.sll_family, name.sll_protocol, name.sll_ifindex) == (AF_PACKET, htons(frames.OWN), 0)


@clause(since="2.2", level="source", refs=["man:packet(7)", GENERIC])
def test_inet_with_sock_packet_is_a_packet_socket(loopback, sockets):
    """The obsolete pair of AF_INET and SOCK_PACKET makes an AF_PACKET socket of that type and protocol."""
    frame = frames.ethernet()
    with loopback.namespace:
        result = syscall.socket(AF_INET, SOCK_PACKET, htons(frames.OWN))

    assert result.ok
    socket = PacketSocket(sockets.adopt(result.value).fd)
    assert identity(socket) == (AF_PACKET, SOCK_PACKET, 0)
    loopback.inject(frame)
    assert socket.receive(frame.marker).data == frame.data


@clause(since="2.2", level="source", refs=["man:packet(7)", GENERIC], covers=["errno:ESOCKTNOSUPPORT"])
def test_sock_packet_makes_no_packet_socket_of_another_family(sockets):
    """SOCK_PACKET stands for AF_PACKET with AF_INET only: AF_UNIX refuses it as a type that it does not support."""
    result = syscall.socket(AF_UNIX, SOCK_PACKET, 0)

    assert result == refused(ESOCKTNOSUPPORT)
    assert sockets.open(AF_INET, SOCK_PACKET).fd >= 0
