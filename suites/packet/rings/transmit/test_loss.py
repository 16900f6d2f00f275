"""PACKET_LOSS: a transmit ring skips slots that cannot be sent."""

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import unsent
from helpers.rings import Geometry
from helpers.syscall import returned
from helpers.uapi.if_packet import PACKET_LOSS, PACKET_TX_HAS_OFF, TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDTIMEO
from helpers.uapi.time_types import timeval
from suites.packet.rings.transmit.support import (
    DOC,
    EFFECT,
    FILL,
    HEADER,
    SND,
    above_mtu,
    faults,
    statuses,
    three,
    too_long,
    too_short,
)

DONE, REQUEST = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
LOSS = ["option:PACKET_LOSS:effect", *EFFECT]


@clause(since="3.8", level="documented", refs=[DOC, SND, HEADER, FILL], covers=LOSS)
@all_versions
@faults
def test_with_packet_loss_a_wrong_slot_is_passed_over(wire, rings, version, fault):
    """With PACKET_LOSS a slot that cannot be sent is available again, unsent and not counted, and the send goes on."""
    ring = rings.transmit(wire.left, version, options={PACKET_TX_HAS_OFF: 1, PACKET_LOSS: 1})
    far, good = wire.right.packet_socket(protocol=OWN), [frames.ethernet() for _ in range(2)]
    three(ring, fault, good)

    result = ring.kick()

    assert (result, statuses(ring)) == (returned(2 * len(good[0])), [DONE] * 4)
    assert [packet.data for packet in far.heard_until(good[1])] == [frame.data for frame in good]
    assert unsent(ring.socket) == 0


def all_wrong(ring):
    """Request three slots from the first one on, each invalid in another way."""
    for index, fault in enumerate((above_mtu, too_long, too_short)):
        fault(ring, index)
        ring.slot(index).status = REQUEST


@clause(since="2.6.31", level="source", refs=[SND], covers=LOSS)
@all_versions
def test_with_packet_loss_nothing_but_wrong_slots_is_no_error(wire, rings, version):
    """With PACKET_LOSS a send of nothing but invalid slots returns 0, and the slots are available.

    The next send begins after the last of them.
    """
    ring = rings.transmit(wire.left, version, options={PACKET_LOSS: 1})
    far, frame = wire.right.packet_socket(protocol=OWN), frames.ethernet()
    all_wrong(ring)

    result, after = ring.kick(MSG_DONTWAIT), statuses(ring)
    ring.fill(3, frame.data).status = REQUEST

    assert (result, after) == (returned(0), [DONE] * 4)
    assert ring.kick() == returned(len(frame))
    assert far.receive(frame.marker).data == frame.data


@clause(since="6.17", level="source", refs=[SND], covers=LOSS)
@all_versions
def test_with_packet_loss_there_is_no_waiting_for_wrong_slots(wire, rings, version):
    """Without MSG_DONTWAIT a send that skips nothing but invalid slots does not wait for them either."""
    ring = rings.transmit(wire.left, version, options={PACKET_LOSS: 1})
    ring.socket.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(1))
    all_wrong(ring)

    assert (ring.kick(), statuses(ring)) == (returned(0), [DONE] * 4)


@clause(since="2.6.31", level="source", refs=[SND, "src:net/packet/af_packet.c:packet_increment_head"], covers=LOSS)
@all_versions
def test_with_packet_loss_a_wrong_slot_at_the_end_leads_to_the_first(wire, rings, version):
    """With PACKET_LOSS the slot after an invalid last one is the first."""
    ring = rings.transmit(wire.left, version, Geometry(block_nr=1), options={PACKET_LOSS: 1})
    far, good = wire.right.packet_socket(protocol=OWN), [frames.ethernet() for _ in range(2)]

    ring.send(good[0].data)
    too_short(ring, 1)
    ring.slot(1).status = REQUEST
    ring.fill(0, good[1].data).status = REQUEST
    result = ring.kick()

    assert (result, statuses(ring)) == (returned(len(good[1])), [DONE] * 2)
    assert [packet.data for packet in far.heard_until(good[1])] == [frame.data for frame in good]
