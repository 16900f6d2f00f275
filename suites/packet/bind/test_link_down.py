"""bind(2) of a packet socket to a link that is down."""

import select
from contextlib import closing
from errno import ENETDOWN
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import frames
from helpers.net.links import Links
from helpers.packet.packet_socket import address
from helpers.process import start
from helpers.syscall import SUCCESS, Result, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

SYSCALL = "bind"
DO_BIND = "src:net/packet/af_packet.c:packet_do_bind"
LO = 1  # down in a namespace where nobody set it up


@clause(since="2.2", level="source", refs=["man:packet(7)", DO_BIND])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_succeeds_and_leaves_enetdown_as_the_sockets_error(sockets, namespace, type_):
    """A bind to a link that is down succeeds; the socket has an error at once, and SO_ERROR returns ENETDOWN once."""
    socket = sockets.packet(type_, namespace=namespace)

    result = socket.bind(address(LO, ETH_P_ALL))

    assert result == SUCCESS
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (LO, htons(ETH_P_ALL))
    assert wait.poll(socket.fd, select.POLLIN, 0) & select.POLLERR
    assert [socket.option(SOL_SOCKET, SO_ERROR) for _ in range(2)] == [ENETDOWN, 0]


@clause(since="2.2", level="source", refs=["man:packet(7)", DO_BIND])
@pytest.mark.parametrize("protocol", [0, ETH_P_ALL], ids=["no-protocol", "every-link"])
def test_gives_no_error_where_no_link_is_asked_to_hear(sockets, namespace, protocol):
    """A bind without a protocol, or to no particular link, sets no error: SO_ERROR stays 0."""
    socket = sockets.packet(namespace=namespace)

    result = socket.bind(address(0 if protocol else LO, protocol))

    assert result == SUCCESS
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0
    assert socket.bind(address(LO, ETH_P_ALL)) == SUCCESS
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN


@clause(since="3.19", level="source", refs=[DO_BIND])
@pytest.mark.parametrize(
    ("protocol", "error"),
    [(frames.OWN, 0), (0, 0), (frames.OTHER, ENETDOWN)],
    ids=["same", "none", "another"],
)
def test_only_a_changed_binding_gives_the_error_again(sockets, namespace, protocol, error):
    """Binding again to a link that is down sets ENETDOWN again if the protocol changes, not if it is the same."""
    socket = sockets.packet(namespace=namespace)
    socket.attach(LO, frames.OWN)
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN

    result = socket.bind(address(LO, protocol))

    assert result == SUCCESS
    assert socket.option(SOL_SOCKET, SO_ERROR) == error


@clause(since="2.2", level="source", refs=[DO_BIND, "src:net/packet/af_packet.c:packet_notifier"])
def test_hears_as_soon_as_the_link_is_up(sockets, namespace):
    """A socket bound to a link that is down receives from it once it is up, without another bind."""
    socket = sockets.packet(namespace=namespace)
    result = socket.bind(address(LO, frames.OWN))
    assert result == SUCCESS
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN
    frame = frames.ethernet()

    with closing(Links(namespace)) as links:
        links.up("lo")
    sender = sockets.packet(namespace=namespace)
    sender.attach(LO, 0)
    sender.must.send(frame.data)

    assert socket.receive(frame.marker)


@clause(since="2.2", level="source", refs=[DO_BIND])
def test_stops_hearing_the_old_link(wire):
    """A bind from a link that is up to one that is down ends the old binding all the same."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    witness = wire.right.packet_socket(protocol=frames.OWN)
    sent = [frames.ethernet(), frames.ethernet()]

    result = socket.bind(address(LO, frames.OWN))

    assert result == SUCCESS
    assert socket.option(SOL_SOCKET, SO_ERROR) == ENETDOWN
    wire.left.inject(*sent)
    assert witness.receive(sent[1].marker)
    assert socket.take() is None


@clause(since="2.2", level="source", refs=[DO_BIND])
def test_wakes_a_reader_with_enetdown(wire):
    """A reader blocked in recvfrom is woken with ENETDOWN when the socket is bound to a link that is down."""
    socket = wire.right.packet_socket(protocol=frames.OWN)

    with start(lambda: tuple(socket.recv(bytearray(64), 64))) as reader:
        reader.wait_blocked("recvfrom")
        result = socket.bind(address(LO, frames.OWN))
        woken = Result(*reader.result())

    assert result == SUCCESS
    assert woken == refused(ENETDOWN)
