"""Rings that are made, mapped, polled and removed under traffic."""

import select
from errno import EBUSY, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import race, wait
from helpers.net import frames
from helpers.packet.races import still_fills, still_hears
from helpers.packet.ring_requests import RING
from helpers.rings import V1, V2, V3, VERSIONS, Geometry, map_socket
from helpers.syscall import SUCCESS, refused, returned

pytestmark = pytest.mark.race
POLL = "src:net/packet/af_packet.c:packet_poll"
MMAP = "src:net/packet/af_packet.c:packet_mmap"
SND = "src:net/packet/af_packet.c:tpacket_snd"
versions = pytest.mark.parametrize("version", VERSIONS, ids=str)
SLOT, WORDS = 65536, 12000  # a frame of 60 KB: it takes a while to write
QUICK = Geometry(retire_blk_tov=1)


@clause(since="2.6.27", level="source", refs=[RING, "src:net/packet/af_packet.c:tpacket_rcv", POLL])
@versions
def test_a_ring_comes_and_goes_while_frames_arrive(wire, rings, version):
    """A ring can be made and removed while frames arrive and the socket is polled; the next ring works."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    made = rings.on(socket, version, rx=QUICK)
    made.must.set_version()
    flood = [frames.ethernet(size=100) for _ in range(8)]

    def replace():
        made.must.set_rx()
        made.must.remove_rx()

    race.contest(
        replace,
        lambda: wire.left.inject(*flood),
        lambda: wait.poll(socket.fd, select.POLLIN | select.POLLOUT, 0) & select.POLLNVAL,
    )

    assert still_fills(made, wire.left)


@clause(since="2.6.27", level="source", refs=[RING, MMAP])
@versions
def test_a_ring_is_mapped_or_removed(wire, rings, version):
    """When a mapping races with a removal one comes first: a mapped ring stays, and a removed one cannot be mapped."""
    made = rings.on(wire.right.packet_socket(protocol=frames.OWN), version, rx=QUICK)
    made.must.set_version()
    seen = set()

    for lag in race.rounds():
        made.must.set_rx()
        (mapped, mapping), removed = race.at_once(
            lambda: map_socket(made.socket.fd, QUICK.size), made.remove_rx, lag=lag
        )
        seen.add((mapped.ok or mapped, removed))
        if mapping:
            mapping.close()
        if not removed.ok:
            made.must.remove_rx()

    assert seen <= {(True, refused(EBUSY)), (refused(EINVAL), SUCCESS)}
    assert still_fills(made, wire.left)


@clause(since="5.14", level="source", refs=["commit:32d3182cd2cd", RING, SND], covers=["option:PACKET_TX_RING:effect"])
@versions
def test_a_transmit_ring_is_used_or_removed(wire, rings, version):
    """When a send races with a removal one comes first: all requested frames leave, or none."""
    receiver = wire.right.packet_socket(protocol=frames.OWN)
    made = rings.on(wire.left.packet_socket(protocol=0), version, tx=Geometry())
    made.must.set_version()
    frame = frames.ethernet(size=300)
    seen, sent, came = set(), 0, []

    for lag in race.rounds():
        made.must.set_tx()
        made.must.map()
        ring = made.tx
        for _ in range(4):
            ring.put(frame.data)
        made.must.unmap()
        kicked, removed = race.at_once(lambda ring=ring: ring.kick(), made.remove_tx, lag=lag)
        seen.add((kicked, removed))
        sent += 4 * kicked.ok
        came += receiver.received_markers([frame])
        if not removed.ok:
            wait.until(lambda: made.remove_tx().ok, "the ring removed")

    assert {kicked for kicked, _ in seen} <= {returned(4 * len(frame)), refused(EBUSY), refused(EINVAL)}
    assert {removed for _, removed in seen} <= {SUCCESS, refused(EBUSY)}
    while len(came) < sent:
        came.append(receiver.receive(frame.marker).data)
    assert (len(came), receiver.take()) == (sent, None)


@clause(since="5.6", level="source", refs=["commit:61fad6816fc1", "src:net/packet/af_packet.c:tpacket_rcv"])
@pytest.mark.parametrize("version", [V1, V2], ids=str)
def test_a_slot_has_one_writer(loopback, rings, version):
    """Frames that two senders send at the same time to a ring of one slot are delivered whole and in order."""
    ring = rings.receive(loopback, version, Geometry(SLOT, 1, SLOT), protocol=frames.OWN)
    sockets = [loopback.packet_socket(protocol=0) for _ in range(2)]
    header = frames.BROADCAST + frames.STRANGER + frames.OWN.to_bytes(2, "big")
    numbers, heard, broken = [0, 0], [[], []], []

    def send(number):
        numbers[number] += 1
        sockets[number].must.send(header + (bytes([number]) + numbers[number].to_bytes(4, "big")) * WORDS)

    def take():
        slot = ring.take()
        if slot is not None:
            body = slot.payload
            if body != body[:5] * WORDS:
                broken.append(body[:5])
            else:
                heard[body[0]].append(int.from_bytes(body[1:5], "big"))
            slot.hand_back()

    race.contest(lambda: send(0), lambda: send(1), take)

    assert broken == []
    assert all(found == sorted(set(found)) for found in heard)
    assert all(heard)


@clause(since="3.2", level="source", refs=[RING, "src:net/packet/af_packet.c:prb_shutdown_retire_blk_timer"])
def test_a_ring_with_a_timer_goes_with_its_socket(wire, rings):
    """A socket can be closed while its V3 ring fills and its timer runs; other sockets go on receiving."""
    witness = wire.right.packet_socket(protocol=frames.OWN)
    flood = [frames.ethernet(size=100) for _ in range(8)]

    def come_and_go():
        made = rings.on(wire.right.packet_socket(protocol=frames.OWN), V3, rx=QUICK)
        made.must.set_version()
        made.must.set_rx()
        made.socket.close()

    race.contest(come_and_go, lambda: wire.left.inject(*flood), lambda: witness.take() and None)

    assert still_hears(witness, wire.left)
