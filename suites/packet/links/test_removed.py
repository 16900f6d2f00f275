"""Packet sockets and a link that is removed."""

import select
from errno import ENETDOWN, ENXIO

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.net import frames
from helpers.packet.link_changes import attached, errors_of, events_of, remove
from helpers.packet.procfs import row_of
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_HASH, PACKET_RX_RING, tpacket_req
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_PACKET
from suites.packet.links.support import LO, on_lo

NOTIFIER = ["man:packet(7)", "src:net/packet/af_packet.c:packet_notifier"]


@pytest.fixture
def end(wire):
    """The right end of a wire, in whose namespace lo is up; the link goes with its peer."""
    wire.right.links.up("lo")
    return wire.right


@clause(since="2.6.36", level="documented", refs=NOTIFIER)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_the_socket_is_in_error_once(wire, end, type_):
    """When its link is removed a running socket gets ENETDOWN once, and its interface becomes -1."""
    socket = attached(end, type_)

    remove(wire)

    assert events_of(socket) == select.POLLERR
    assert errors_of(socket, socket) == [ENETDOWN, 0]
    row = row_of(socket, end.namespace)
    assert (row.interface, row.running, row.protocol) == (-1, 0, f"{frames.OWN:04x}")


@clause(since="2.6.36", level="source", refs=NOTIFIER)
@pytest.mark.parametrize("why", ["down-before", "no-protocol"])
def test_a_socket_that_did_not_hear_it_loses_it_without_an_error(wire, end, why):
    """A socket whose link was down already, or that has no protocol, gets no (further) error and interface -1."""
    socket = attached(end, protocol=0 if why == "no-protocol" else frames.OWN)
    if why == "down-before":
        end.links.down("right")
        assert errors_of(socket) == [ENETDOWN]

    remove(wire)

    assert errors_of(socket) == [0]
    assert row_of(socket, end.namespace).interface == -1


@clause(since="2.6.36", level="source", refs=NOTIFIER)
def test_others_are_left_alone(wire, end):
    """Unbound sockets and those of another link keep their binding, receive as before and get no error."""
    of_none = end.packet_socket(protocol=frames.OWN, bound=False)
    of_lo = end.packet_socket(protocol=0, bound=False)
    of_lo.attach(LO, frames.OWN)

    remove(wire)
    frame = on_lo(end)

    assert errors_of(of_none, of_lo) == [0, 0]
    assert [row_of(socket, end.namespace).interface for socket in (of_none, of_lo)] == [0, LO]
    assert [socket.receive(frame.marker).address.sll_ifindex for socket in (of_none, of_lo)] == [LO, LO]


@clause(since="2.2", level="source", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_cached_dev_reset"])
def test_nothing_can_be_sent_any_more(wire, end):
    """A send on a socket whose link was removed fails with ENXIO, with ENETDOWN on a link that is only down."""
    socket, frame = attached(end, protocol=0), frames.ethernet()
    end.links.down("right")
    while_down = socket.send(frame.data)

    remove(wire)

    assert (while_down, socket.send(frame.data)) == (refused(ENETDOWN), refused(ENXIO))


@clause(since="2.6.36", level="source", refs=NOTIFIER)
@pytest.mark.parametrize("what", ["fanout", "ring"])
def test_a_socket_with_a_ring_or_in_a_group_survives(wire, end, what):
    """A socket with a ring, or in a fanout group, loses its link like others and can be closed."""
    socket, witness = attached(end), attached(end)
    if what == "ring":
        socket.must.setsockopt(SOL_PACKET, PACKET_RX_RING, tpacket_req(PAGE, 2, PAGE, 2))
    else:
        for member in (socket, witness):
            member.enable(PACKET_FANOUT, PACKET_FANOUT_HASH << 16 | 9)

    remove(wire)

    assert errors_of(socket, witness) == [ENETDOWN] * 2
    assert [row_of(each, end.namespace).interface for each in (socket, witness)] == [-1, -1]
    assert socket.close() == SUCCESS
    assert row_of(witness, end.namespace).running == 0
