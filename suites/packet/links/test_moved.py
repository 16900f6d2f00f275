"""Packet sockets and a link that is renamed, or moved to another network namespace."""

from contextlib import ExitStack
from errno import ENETDOWN, ENXIO

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.addresses import raw
from helpers.net.hardware import link_address
from helpers.net.links import Links
from helpers.net.namespaces import Namespace
from helpers.packet.link_changes import attached, errors_of, up
from helpers.packet.packet_socket import address
from helpers.packet.procfs import row_of
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_arp import ARPHRD_ETHER
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW
from helpers.value_result import address_from
from suites.packet.links.support import heard

NOTIFIER = ["man:packet(7)", "src:net/packet/af_packet.c:packet_notifier"]
MOVED = ["man:network_namespaces(7)", *NOTIFIER]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])


@pytest.fixture
def elsewhere():
    """Another network namespace, with its links."""
    with ExitStack() as undo:
        made = Namespace.create()
        undo.callback(made.close)
        links = Links(made)
        undo.callback(links.close)
        yield links


def move(wire, elsewhere):
    """Move the right end into the namespace *elsewhere*, where it is down."""
    wire.right.links.set("right", net_ns_fd=elsewhere.namespace.fd)


def move_back(wire, elsewhere):
    """Move the right end into its first namespace again and set it up."""
    elsewhere.set("right", net_ns_fd=wire.right.namespace.fd)
    up(wire)


@clause(since="2.2", level="source", refs=NOTIFIER)
@TYPES
def test_a_renamed_link_is_heard_as_before(wire, type_):
    """A socket is bound to the link, not to its name: a renamed link delivers to it as before, without an error."""
    end = wire.right
    socket = attached(end, type_)
    end.links.down("right")
    end.links.rename("right", "renamed")
    assert errors_of(socket) == [ENETDOWN]

    end.links.up("renamed")
    wire.left.links.wait_running("left")
    end.links.wait_running("renamed")

    assert heard(wire, socket) == [1]
    assert errors_of(socket) == [0]


@clause(since="2.2", level="source", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_do_bind"])
def test_the_old_name_of_a_renamed_link_is_free(wire):
    """A SOCK_PACKET socket finds a device by the name that it has now."""
    end = wire.right
    end.links.down("right")
    end.links.rename("right", "renamed")
    end.links.rename("lo", "right")
    sockets = [end.packet_socket(SOCK_PACKET, frames.OWN, bound=False) for _ in range(2)]

    results = [
        socket.bind(raw(AF_PACKET, name.ljust(14, b"\0")))
        for socket, name in zip(sockets, (b"right", b"renamed"), strict=True)
    ]

    assert results == [SUCCESS] * 2
    assert [row_of(socket, end.namespace).interface for socket in sockets] == [1, end.ifindex]


@clause(since="2.6.36", level="source", refs=MOVED)
@TYPES
def test_a_link_that_moves_away_is_gone(wire, elsewhere, type_):
    """For the sockets of its old namespace a link that moves to another is removed: ENETDOWN once, interface -1."""
    end = wire.right
    socket = attached(end, type_)

    move(wire, elsewhere)

    assert elsewhere.index("right") == end.ifindex
    assert errors_of(socket, socket) == [ENETDOWN, 0]
    assert row_of(socket, end.namespace).interface == -1
    if type_ != SOCK_PACKET:
        assert address_from(socket.getsockname) == link_address(-1, 0)
        assert socket.send(frames.ethernet().data) == refused(ENXIO)
    else:
        assert address_from(socket.getsockname) == bytes(raw(AF_PACKET, bytes(14)))


@clause(since="2.6.24", level="documented", refs=MOVED)
def test_a_link_is_heard_where_it_is(wire, elsewhere, sockets):
    """Only sockets of its new namespace receive from a moved link: those of no link, and those bound after the move."""
    end = wire.right
    unbound = sockets.packet(protocol=frames.OWN, namespace=elsewhere.namespace)
    bound = sockets.packet(namespace=elsewhere.namespace)
    left_behind = [end.packet_socket(protocol=frames.OWN, bound=False), attached(end)]
    frame = frames.ethernet()

    move(wire, elsewhere)
    result = bound.bind(address(end.ifindex, frames.OWN))
    errors = errors_of(unbound, bound, *left_behind)
    elsewhere.up("right")
    wire.left.links.wait_running("left")
    elsewhere.wait_running("right")
    wire.left.inject(frame)

    assert result == SUCCESS
    assert errors == [0, ENETDOWN, 0, ENETDOWN]
    assert [socket.receive(frame.marker).address.sll_ifindex for socket in (unbound, bound)] == [end.ifindex] * 2
    assert [socket.take() for socket in left_behind] == [None, None]


@clause(since="2.6.36", level="source", refs=MOVED)
def test_a_link_that_comes_back_is_another(wire, elsewhere):
    """A socket does not receive from its former link that moved away and came back, with index and name of old."""
    end = wire.right
    socket, of_none = attached(end), end.packet_socket(protocol=frames.OWN, bound=False)
    move(wire, elsewhere)
    assert errors_of(socket) == [ENETDOWN]

    move_back(wire, elsewhere)

    assert end.links.index("right") == end.ifindex
    assert heard(wire, socket, of_none) == [0, 1]
    assert row_of(socket, end.namespace).interface == -1
    assert socket.bind(address(end.ifindex, 0)) == SUCCESS
    assert heard(wire, socket) == [1]
    name = link_address(end.ifindex, ARPHRD_ETHER, end.mac)
    assert address_from(socket.getsockname) == name


@clause(since="2.6.24", level="documented", refs=["man:network_namespaces(7)", "src:net/packet/af_packet.c:packet_rcv"])
@TYPES
def test_the_same_index_in_another_namespace_is_another_link(wire, type_):
    """A socket bound to the loopback device of one namespace does not receive from another's, with the same index."""
    for end in (wire.left, wire.right):
        end.links.up("lo")
    ears = [end.packet_socket(type_, frames.OWN, bound=False) for end in (wire.left, wire.right)]
    for ear in ears:
        ear.must.bind(raw(AF_PACKET, b"lo".ljust(14, b"\0")) if type_ == SOCK_PACKET else address(1, frames.OWN))
    sender, first, second = wire.right.packet_socket(protocol=0, bound=False), frames.ethernet(), frames.ethernet()
    sender.attach(1, 0)

    for frame in (first, second):
        sender.must.send(frame.data)

    assert [first.marker in ears[1].receive(first.marker).data, bool(ears[1].receive(second.marker))] == [True, True]
    assert ears[0].take() is None
