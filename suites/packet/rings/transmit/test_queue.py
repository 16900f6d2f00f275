"""Transmit rings: frames that the queue of the link drops."""

from errno import ENOBUFS

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import egress
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_newest, no_room, passed, remove, unsent
from helpers.packet.link_changes import without_carrier
from helpers.rings import V2, Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import (
    PACKET_LOSS,
    TP_STATUS_AVAILABLE,
    TP_STATUS_SEND_REQUEST,
    TP_STATUS_SENDING,
)
from helpers.uapi.socket import MSG_DONTWAIT
from suites.packet.rings.transmit.support import DOC, EFFECT, SND, begun, request, statuses

XMIT = "src:net/packet/af_packet.c:packet_xmit"
DONE, REQUEST, SENDING = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST, TP_STATUS_SENDING
DROPPED = ["errno:sendto:ENOBUFS", *EFFECT]
BYPASS = ["option:PACKET_QDISC_BYPASS:effect", *EFFECT]
flags = pytest.mark.parametrize("flags", [0, MSG_DONTWAIT], ids=["waiting", "dontwait"])


@clause(since="2.6.31", level="documented", refs=["man:packet(7)", SND], covers=DROPPED)
@all_versions
@flags
@pytest.mark.parametrize("loss", [0, 1], ids=["", "loss"])
def test_a_slot_whose_frame_is_dropped_is_still_requested(wire, rings, version, flags, loss):
    """A frame that the link's queue drops fails with ENOBUFS, even with PACKET_LOSS; it and the next stay requested.

    The next send begins with it.
    """
    ring = rings.transmit(wire.left, version, options={PACKET_LOSS: loss})
    far = wire.right.packet_socket(protocol=OWN)
    sent = request(ring, 2)
    no_room(wire.left)

    results = [ring.kick(flags) for _ in range(2)]
    after, dropped, left = statuses(ring), passed(wire.left).drops, unsent(ring.socket)
    remove(wire.left)
    control = ring.kick()

    assert results == [refused(ENOBUFS)] * 2
    assert (after, dropped, left) == ([REQUEST, REQUEST, DONE, DONE], 2, 0)
    assert control == returned(800)
    assert [packet.data for packet in far.heard_until(sent[1])] == [frame.data for frame in sent]


@clause(since="2.6.31", level="source", refs=[SND], covers=DROPPED)
@flags
def test_a_drop_hides_what_was_sent_before(wire, rings, flags):
    """A send of which the queue takes some frames and drops one fails with ENOBUFS; those it took are on their way."""
    ring = rings.transmit(wire.left, V2, Geometry(block_nr=3))
    wire.left.links.queue("left", "tbf", rate=100, burst=400, limit=800)  # one passes, two wait
    request(ring, 5)

    result, after = ring.kick(flags), begun(ring)
    remove(wire.left)

    assert result == refused(ENOBUFS)
    assert after == [DONE, SENDING, SENDING, REQUEST, REQUEST, DONE]
    assert statuses(ring) == [DONE] * 3 + [REQUEST] * 2 + [DONE]
    assert ring.kick() == returned(800)


@clause(since="2.6.31", level="source", refs=[SND, "src:include/linux/netdevice.h:net_xmit_errno"], covers=EFFECT)
def test_a_queue_that_drops_an_older_frame_is_no_error(wire, rings):
    """Where a full queue drops its oldest frame, the slot of that one is available and the new one is sent."""
    ring = rings.transmit(wire.left, V2)
    hold_newest(wire.left)
    request(ring, 4)

    result, after = ring.kick(MSG_DONTWAIT), begun(ring)
    remove(wire.left)

    assert (result, after) == (returned(1600), [DONE, DONE, DONE, SENDING])
    assert statuses(ring) == [DONE] * 4


@clause(since="2.6.31", level="source", refs=[SND, "src:net/sched/sch_generic.c:noop_enqueue"], covers=EFFECT)
@all_versions
def test_without_carrier_a_frame_vanishes(wire, rings, version):
    """On a link without carrier a send succeeds, the slots are available, and nothing is sent or kept."""
    ring = rings.transmit(wire.left, version)
    wire.left.links.netlink.tc("add", "pfifo", wire.left.ifindex, limit=10)
    request(ring, 2)

    with without_carrier(wire):
        result, after, left = ring.kick(), statuses(ring), unsent(ring.socket)
    (frame,) = request(ring, 1)

    assert (result, after, left) == (returned(800), [DONE] * 4, 0)
    far = wire.right.packet_socket(protocol=OWN)
    assert ring.kick() == returned(400)
    assert [packet.data for packet in far.heard_until(frame)] == [frame.data]


@clause(since="4.1", level="documented", refs=[DOC, SND], covers=DROPPED)
@all_versions
def test_a_slot_whose_frame_a_program_drops_is_still_requested(wire, rings, version, initial_user_namespace):
    """When a program on the link's egress drops a frame, the send fails with ENOBUFS and the slot stays requested."""
    ring = rings.transmit(wire.left, version)
    request(ring, 1)
    egress.drop_all(wire.left)

    assert (ring.kick(), ring.slot(0).status) == (refused(ENOBUFS), REQUEST)
    wire.left.links.netlink.tc("del", "clsact", wire.left.ifindex)
    assert (ring.kick(), ring.slot(0).status) == (returned(400), DONE)
