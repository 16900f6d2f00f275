"""Packet sockets and a link that goes down: which of them get an error."""

from errno import ENETDOWN

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.link_changes import attached, errors_of, events_of, up
from helpers.packet.procfs import row_of
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_HASH
from helpers.uapi.socket import SOCK_DGRAM
from suites.packet.links.support import heard

NOTIFIER = ["man:packet(7)", "src:net/packet/af_packet.c:packet_notifier"]


@clause(since="2.2", level="source", refs=NOTIFIER)
def test_every_socket_of_the_link_is_told(wire):
    """Every running socket on a link that goes down gets ENETDOWN, the first and the last."""
    all_of_them = [attached(wire.right), attached(wire.right, protocol=ETH_P_ALL), attached(wire.right, SOCK_DGRAM)]

    wire.right.links.down("right")

    assert errors_of(*all_of_them) == [ENETDOWN] * 3


@clause(since="2.2", level="source", refs=NOTIFIER)
@pytest.mark.parametrize("where", ["no-link", "other-link", "no-protocol", "other-namespace"])
def test_others_are_not_told(wire, where):
    """Sockets bound to no link or another, without a protocol, or of another namespace get no error."""
    wire.right.links.up("lo")
    if where == "other-namespace":  # whose loopback device has the same index as the one that goes down
        wire.left.links.up("lo")
        socket, link = wire.left.packet_socket(protocol=0, bound=False), "lo"
        socket.attach(1, frames.OWN)
    else:
        socket, link = wire.right.packet_socket(protocol=0, bound=False), "right"
        ifindex = {"no-link": 0, "other-link": 1, "no-protocol": wire.right.ifindex}[where]
        socket.attach(ifindex, 0 if where == "no-protocol" else frames.OWN)
    witness = wire.right.packet_socket(protocol=0, bound=False)
    witness.attach(wire.right.links.index(link), frames.OWN)

    wire.right.links.down(link)

    assert events_of(socket) == 0
    assert errors_of(socket, witness) == [0, ENETDOWN]


@clause(since="2.2", level="source", refs=NOTIFIER)
def test_a_socket_of_no_link_hears_on(wire):
    """An unbound socket receives from the other links while one is down, and from that one when it is up again."""
    socket = wire.right.packet_socket(protocol=frames.OWN, bound=False)
    wire.right.links.up("lo")
    on_lo, frame = wire.right.packet_socket(protocol=0, bound=False), frames.ethernet()
    on_lo.attach(1, 0)
    wire.right.links.down("right")

    on_lo.must.send(frame.data)
    got = socket.receive(frame.marker)
    up(wire)

    assert got.address.sll_ifindex == 1
    assert heard(wire, socket) == [1]


@clause(since="2.2", level="source", refs=NOTIFIER)
def test_a_socket_without_a_protocol_stays_deaf(wire):
    """A socket bound to a link without a protocol receives nothing, before and after the link was down."""
    socket = attached(wire.right, protocol=0)

    wire.right.links.down("right")
    up(wire)

    assert heard(wire, socket) == [0]
    assert errors_of(socket) == [0]
    assert row_of(socket, wire.right.namespace).running == 0


@clause(since="3.1", level="source", refs=NOTIFIER)
def test_a_fanout_group_hears_again(wire):
    """Members of a fanout group get ENETDOWN like others, and receive in their group again when the link is up."""
    members = [attached(wire.right) for _ in range(2)]
    for member in members:
        member.enable(PACKET_FANOUT, PACKET_FANOUT_HASH << 16 | 7)

    wire.right.links.down("right")
    errors = errors_of(*members)
    up(wire)

    assert errors == [ENETDOWN] * 2
    assert sum(heard(wire, *members)) == 1
