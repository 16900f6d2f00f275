"""Packet sockets whose link was removed: another link in its place, another bind."""

from errno import ENETDOWN, ENODEV

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.link_changes import attached, errors_of, remove
from helpers.packet.packet_socket import address
from helpers.packet.procfs import row_of
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from suites.packet.links.support import LO, on_lo

NOTIFIER = ["man:packet(7)", "src:net/packet/af_packet.c:packet_notifier"]


@pytest.fixture
def end(wire):
    """The right end of a wire, in whose namespace lo is up; the link goes with its peer."""
    wire.right.links.up("lo")
    return wire.right


@clause(since="2.6.36", level="source", refs=NOTIFIER)
def test_a_link_in_its_place_is_not_heard(wire, end, sockets):
    """A link that gets the old index and name delivers nothing to the socket, nor ENETDOWN when it goes down."""
    socket = attached(end, protocol=ETH_P_ALL)  # only such sockets receive a frame that leaves
    remove(wire)
    assert errors_of(socket) == [ENETDOWN]

    end.links.add("right", "bridge", index=end.ifindex)
    end.links.up("right")
    sender, witness = attached(end, protocol=0), attached(end, protocol=ETH_P_ALL)
    frame = frames.ethernet()
    sender.must.send(frame.data)
    witness.receive(frame.marker)
    end.links.down("right")

    assert end.links.index("right") == end.ifindex
    assert errors_of(socket, witness) == [0, ENETDOWN]
    assert socket.take() is None
    assert row_of(socket, end.namespace).interface == -1


@clause(since="2.2", level="source", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_do_bind"])
@pytest.mark.parametrize(
    ("ifindex", "protocol"),
    [(LO, frames.OTHER), (LO, 0), (0, frames.OTHER)],
    ids=["link-and-protocol", "link", "protocol"],
)
def test_another_bind_gives_it_a_new_place(wire, end, ifindex, protocol):
    """A socket whose link was removed can be bound again, and receives; with protocol 0 it keeps its protocol."""
    socket = attached(end)
    remove(wire)
    errors = errors_of(socket)

    result = socket.bind(address(ifindex, protocol))

    assert (errors, result) == ([ENETDOWN], SUCCESS)
    frame = on_lo(end, protocol or frames.OWN)
    assert socket.receive(frame.marker).address.sll_ifindex == LO
    assert row_of(socket, end.namespace).interface == ifindex


@clause(since="3.19", level="disputed", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_do_bind"])
@pytest.mark.parametrize("protocol", [0, frames.OWN], ids=["none", "the-same"])
def test_a_bind_to_every_link_alone_has_no_effect(wire, end, protocol):
    """After its link was removed a bind to index 0 with the same protocol succeeds, and the socket receives nothing.

    packet(7) has index 0 match every link. The kernel compares with the binding that is left, none and the same
    protocol, finds nothing to change and does not register the hook; the index stays -1.
    """
    socket, witness = attached(end), end.packet_socket(protocol=frames.OWN, bound=False)
    remove(wire)
    errors = errors_of(socket)

    result = socket.bind(address(0, protocol))

    assert (errors, result) == ([ENETDOWN], SUCCESS)
    row = row_of(socket, end.namespace)
    assert (row.interface, row.running) == (-1, 0)
    assert witness.receive(on_lo(end).marker)
    assert socket.take() is None


@clause(since="2.6.36", level="source", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_do_bind"])
def test_its_old_index_cannot_be_bound(wire, end):
    """A bind to the index of the removed link, or to the -1 of the socket's name, is refused with ENODEV."""
    socket = attached(end)
    remove(wire)

    results = [socket.bind(address(ifindex, frames.OTHER)) for ifindex in (end.ifindex, -1)]

    assert results == [refused(ENODEV)] * 2
    row = row_of(socket, end.namespace)
    assert (row.interface, row.protocol) == (-1, f"{frames.OWN:04x}")
