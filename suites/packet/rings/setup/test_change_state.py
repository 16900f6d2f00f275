"""Making and removing rings: which state of the socket is reset, and which is kept."""

import os
from errno import ENETDOWN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings, slot_versions
from helpers.net import frames
from helpers.packet.ring_requests import EFFECTS, RING, arrived
from helpers.rings import Geometry
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import (
    PACKET_COPY_THRESH,
    PACKET_FANOUT,
    PACKET_FANOUT_LB,
    PACKET_RX_RING,
    PACKET_TX_RING,
    TP_STATUS_COPY,
)
from helpers.uapi.socket import SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

RX, TX = "option:PACKET_RX_RING:effect", "option:PACKET_TX_RING:effect"
GOOD, RECEIVE = Geometry(), Geometry(retire_blk_tov=10)


def running(namespace, socket):
    """Return the column R of the socket's row in the namespace's table: 1 if it is running."""
    with namespace, open("/proc/thread-self/net/packet") as table:
        rows = [line.split() for line in table]
    [row] = [row for row in rows if row[-1] == str(os.fstat(socket.fd).st_ino)]
    return int(row[5])


@clause(since="2.6.31", level="source", refs=[RING], covers=[RX])
@slot_versions
def test_a_new_receive_ring_has_its_own_length(wire, rings, version):
    """Each receive ring of a socket wraps after its own last slot, whatever the one before it had."""
    made = rings.on(wire.right.packet_socket(protocol=frames.OWN), version)
    made.must.set_version()

    for blocks in (1, 3, 2):
        made.must.set_rx(GOOD.but(block_nr=blocks))
        made.must.map()
        ring, used = made.rx, []
        for _ in range(2 * blocks + 1):
            frame = frames.ethernet()
            wire.left.inject(frame)
            slot = ring.receive(frame.marker)
            used.append(slot.index)
            slot.hand_back()
        made.must.unmap()
        made.must.remove_rx()
        assert used == [*range(2 * blocks), 0]


@clause(since="4.20", level="source", refs=[RING], covers=[RX])
@slot_versions
def test_copies_of_long_frames_go_with_the_ring(wire, rings, version):
    """Copies of frames that no slot holds stay in the queue, and are dropped when the receive ring is removed."""
    made = rings.on(wire.right.packet_socket(protocol=frames.OWN), version, rx=GOOD.but(frame_size=256))
    made.socket.enable(PACKET_COPY_THRESH)
    made.setup()
    kept, dropped = frames.ethernet(size=1000), frames.ethernet(size=1000)

    wire.left.inject(kept, dropped)
    ring = made.rx
    slots = [ring.receive(frame.marker) for frame in (kept, dropped)]

    assert [slot.status & TP_STATUS_COPY for slot in slots] == [TP_STATUS_COPY] * 2
    assert made.socket.receive(kept.marker).data == kept.data
    made.must.unmap()
    assert made.remove_rx() == SUCCESS
    assert made.socket.take() is None


@clause(since="2.6.31", level="source", refs=[RING], covers=EFFECTS)
@all_versions
@both_rings
def test_a_socket_on_a_link_that_is_down_stays_deaf_and_hears_later(wire, rings, version, ring):
    """A ring does not set a socket running: bound to a link that is down it receives once the link is up."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    made = rings.on(socket, version)
    wire.right.links.set(wire.right.name, state="down")
    made.must.set_version()

    down = running(wire.right.namespace, socket)
    made.must.set_ring(ring, GOOD if ring == PACKET_TX_RING else RECEIVE)
    with_ring = running(wire.right.namespace, socket)
    wire.right.links.up(wire.right.name)
    wire.left.links.wait_running(wire.left.name)
    lost = socket.option(SOL_SOCKET, SO_ERROR)

    assert (down, with_ring, lost, running(wire.right.namespace, socket)) == (0, 0, ENETDOWN, 1)
    frame = frames.ethernet()
    made.must.map()
    wire.left.inject(frame)
    heard = made.rx if ring == PACKET_RX_RING else socket
    assert heard.receive(frame.marker).data == frame.data


@clause(since="2.6.31", level="source", refs=[RING], covers=EFFECTS)
@all_versions
@both_rings
@pytest.mark.parametrize("bound", [True, False], ids=["bound-to-link", "never-bound"])
def test_a_socket_without_a_protocol_stays_deaf_until_it_has_one(wire, rings, version, ring, bound):
    """A ring made, removed and made again does not make a socket of protocol 0 receive; a bind to a protocol does."""
    socket = wire.right.packet_socket(protocol=0, bound=bound)
    made, frame = rings.on(socket, version, rx=RECEIVE, tx=GOOD), frames.ethernet()
    made.must.set_version()
    states = []

    for step in (made.set_ring, made.remove, made.set_ring):
        assert step(ring) == SUCCESS
        states.append((running(wire.right.namespace, socket), socket.name().sll_protocol))
    made.must.map()
    socket.attach(wire.right.ifindex, frames.OWN)
    wire.left.inject(frame)

    assert states == [(0, 0)] * 3
    heard = made.rx if ring == PACKET_RX_RING else socket
    assert heard.receive(frame.marker).data == frame.data


@clause(since="3.1", level="source", refs=[RING], covers=[RX, "option:PACKET_FANOUT:effect"])
@all_versions
def test_a_member_of_a_fanout_group_stays_one(wire, rings, version):
    """A socket that gets a receive ring stays in its fanout group: its ring and the other member share frames."""
    first, second = (wire.right.packet_socket(protocol=frames.OWN) for _ in range(2))
    for socket in (first, second):
        socket.enable(PACKET_FANOUT, PACKET_FANOUT_LB << 16 | 77)
    made = rings.on(first, version)
    made.must.set_version()

    made.must.set_rx(RECEIVE)
    made.must.map()
    sent = [frames.ethernet() for _ in range(4)]
    wire.left.inject(*sent)

    by_ring = arrived(made.rx, 2)
    by_queue = [second.receive(frame.marker).data for frame in sent if frame.data not in by_ring]
    assert len(by_ring) == len(by_queue) == 2
    assert first.option(SOL_PACKET, PACKET_FANOUT) == PACKET_FANOUT_LB << 16 | 77
    assert first.take() is None
