"""bind(2) of a packet socket that is bound already: what the new binding replaces and what it keeps."""

from errno import EINVAL, ENXIO
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_HASH

SYSCALL = "bind"
DO_BIND = "src:net/packet/af_packet.c:packet_do_bind"
LO = 1


@pytest.fixture
def two_links(wire):
    """The right end of the wire, whose namespace has a second link that is up: lo."""
    wire.right.links.up("lo")
    return wire.right


@clause(since="2.2", level="source", refs=["man:packet(7)", DO_BIND])
def test_frames_go_out_by_the_link_of_the_last_bind(wire, two_links):
    """A frame sent without address leaves by the link bound last; after a bind to index 0 the send fails with ENXIO."""
    receiver = wire.left.packet_socket(protocol=frames.OWN)
    socket = two_links.packet_socket(protocol=0, bound=False)
    socket.attach(LO, 0)
    frame = frames.ethernet()

    result = socket.bind(address(two_links.ifindex, frames.OTHER))

    assert result == SUCCESS
    socket.must.send(frame.data)
    assert receiver.receive(frame.marker)
    socket.must.bind(address(0, frames.OWN))
    assert socket.send(frame.data) == refused(ENXIO)


@clause(since="2.2", level="documented", refs=["man:packet(7)", DO_BIND])
def test_protocol_zero_on_a_socket_without_one_hears_nothing(loopback):
    """A socket opened and bound with protocol 0 receives no frame; bound to a protocol it receives the next."""
    witness = loopback.packet_socket(protocol=frames.OWN)  # its hook is the oldest, so it receives last
    socket = loopback.packet_socket(protocol=0, bound=False)
    before, after = frames.ethernet(), frames.ethernet()

    result = socket.bind(address(loopback.ifindex, 0))

    assert result == SUCCESS
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (loopback.ifindex, 0)
    loopback.inject(before)
    witness.receive(before.marker)
    socket.must.bind(address(loopback.ifindex, frames.OWN))
    loopback.inject(after)
    assert after.marker in socket.receive(b"SOCK").data


@clause(since="2.2", level="source", refs=[DO_BIND])
def test_frames_heard_before_stay_in_the_queue(loopback):
    """Frames received under the old binding stay in the queue after a new bind."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()
    loopback.inject(frame)
    assert wait.readable(socket.fd)  # or it would still be on its way

    result = socket.bind(address(loopback.ifindex, frames.OTHER))

    assert result == SUCCESS
    assert socket.receive(frame.marker)


@clause(since="3.1", level="source", refs=[DO_BIND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("ifindex", [LO, 4711], ids=["known-link", "unknown-link"])
def test_refuses_a_member_of_a_fanout_group_with_einval(loopback, ifindex):
    """A member of a fanout group cannot be bound: EINVAL, even before the link is looked up; it receives as before."""
    socket = loopback.packet_socket(protocol=0, bound=False)
    assert socket.bind(address(loopback.ifindex, frames.OWN)) == SUCCESS
    socket.enable(PACKET_FANOUT, PACKET_FANOUT_HASH << 16 | 1)
    frame = frames.ethernet()

    result = socket.bind(address(ifindex, ETH_P_ALL))

    assert result == refused(EINVAL)
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (loopback.ifindex, htons(frames.OWN))
    loopback.inject(frame)
    assert socket.receive(frame.marker)
