"""getsockopt(2), SOL_SOCKET: what a socket reports about itself."""

from errno import ENETDOWN
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import addresses, frames
from helpers.option_calls import answer, get
from helpers.options import covers, option
from helpers.packet.packet_socket import address
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.socket import (
    AF_INET,
    AF_PACKET,
    AF_UNIX,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)

SYSCALL = "getsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
TYPE, DOMAIN, PROTOCOL, ERROR, ACCEPTCONN, SNDLOWAT = map(
    option, ("SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ERROR", "SO_ACCEPTCONN", "SO_SNDLOWAT")
)
LO = 1


@clause(since="2.6.32", level="documented", refs=[MAN, GET], covers=covers([TYPE.name, DOMAIN.name], "get"))
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_a_packet_socket_tells_its_domain_and_type(sockets, kind):
    """SO_DOMAIN is AF_PACKET, and SO_TYPE the type that the socket was created with, without flags."""
    socket = sockets.packet(kind | SOCK_NONBLOCK)

    replies = get(socket, DOMAIN), get(socket, TYPE)

    assert replies == (answer(AF_PACKET), answer(kind))


@clause(
    since="2.6.32", level="documented", refs=[MAN, GET], covers=covers([TYPE.name, DOMAIN.name, PROTOCOL.name], "get")
)
@pytest.mark.parametrize(
    ("domain", "kind", "protocol"),
    [(AF_INET, SOCK_DGRAM, IPPROTO_UDP), (AF_INET, SOCK_STREAM, IPPROTO_TCP), (AF_UNIX, SOCK_SEQPACKET, 0)],
)
def test_other_sockets_tell_domain_type_and_protocol(sockets, domain, kind, protocol):
    """SO_PROTOCOL is the protocol in use, also where the socket was created with protocol 0."""
    socket = sockets.open(domain, kind)

    replies = get(socket, DOMAIN), get(socket, TYPE), get(socket, PROTOCOL)

    assert replies == (answer(domain), answer(kind), answer(protocol))


@clause(since="2.6.32", level="disputed", refs=[MAN, "man:packet(7)", GET], covers=covers([PROTOCOL.name], "get"))
@pytest.mark.parametrize("protocol", [0, ETH_P_ALL, frames.OWN], ids=["none", "all", "own"])
def test_so_protocol_of_a_packet_socket_is_0(sockets, protocol):
    """SO_PROTOCOL is 0 on a packet socket, whatever protocol it was made with.

    socket(7) promises the socket's protocol; it is found in the address that getsockname(2) gives.
    """
    socket = sockets.packet(protocol=protocol)

    reply = get(socket, PROTOCOL)

    assert reply == answer(0)
    assert socket.name().sll_protocol == htons(protocol)


@clause(since="2.2", level="documented", refs=[MAN, GET], covers=covers([ERROR.name], "get"))
@pytest.mark.parametrize("room", [4, 2, 0])
def test_so_error_is_read_once(sockets, room):
    """SO_ERROR gives the pending error, here that of a bind to a link that is down, and clears it."""
    socket = sockets.packet()
    before = get(socket, ERROR)
    socket.must.bind(address(LO, frames.OWN))

    replies = get(socket, ERROR, room), get(socket, ERROR)

    assert before == answer(0)
    assert replies == (answer(ENETDOWN, room), answer(0))


@clause(since="2.2", level="documented", refs=[MAN, GET], covers=covers([ACCEPTCONN.name, SNDLOWAT.name], "get"))
def test_a_packet_socket_does_not_listen_and_sends_from_one_byte_on(sockets):
    """SO_ACCEPTCONN is 1 for a socket that listens and 0 for every packet socket; SO_SNDLOWAT is always 1."""
    packet, listener = sockets.packet(), sockets.open(AF_UNIX, SOCK_STREAM)
    listener.must.bind(addresses.abstract())
    before = get(listener, ACCEPTCONN)
    listener.must.listen(1)

    replies = [(get(socket, ACCEPTCONN), get(socket, SNDLOWAT)) for socket in (packet, listener)]

    assert before == answer(0)
    assert replies == [(answer(0), answer(1)), (answer(1), answer(1))]
