"""Transmit rings: sends that bypass the queue of the link, by PACKET_QDISC_BYPASS."""

from errno import ENOBUFS

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net.frames import OWN
from helpers.net.qdiscs import no_room, passed, unsent
from helpers.packet.link_changes import without_carrier
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS, TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
from suites.packet.rings.transmit.support import EFFECT, SND, request, statuses

XMIT = "src:net/packet/af_packet.c:packet_xmit"
DONE, REQUEST = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
DROPPED = ["errno:sendto:ENOBUFS", *EFFECT]
BYPASS = ["option:PACKET_QDISC_BYPASS:effect", *EFFECT]


@clause(since="3.14", level="documented", refs=["man:packet(7)", XMIT], covers=BYPASS)
@all_versions
def test_with_qdisc_bypass_slots_pass_the_queue_by(wire, rings, version):
    """With PACKET_QDISC_BYPASS slots are sent although the queue has no room, unseen by the sending side's taps."""
    ring = rings.transmit(wire.left, version, options={PACKET_QDISC_BYPASS: 1})
    tap, far = wire.left.packet_socket(protocol=ETH_P_ALL), wire.right.packet_socket(protocol=OWN)
    no_room(wire.left)
    sent = request(ring, 3)

    result = ring.kick()

    assert (result, statuses(ring)) == (returned(1200), [DONE] * 4)
    assert [packet.data for packet in far.heard_until(sent[-1])] == [frame.data for frame in sent]
    assert passed(wire.left).drops == 0
    assert tap.received_markers(sent) == []


@clause(since="3.14", level="source", refs=[XMIT, SND], covers=[*BYPASS, *DROPPED])
@all_versions
def test_with_qdisc_bypass_a_refused_slot_is_still_requested(wire, rings, version):
    """With PACKET_QDISC_BYPASS a send without carrier fails with ENOBUFS; its slot stays requested and leaves later."""
    ring = rings.transmit(wire.left, version, options={PACKET_QDISC_BYPASS: 1})
    sent = request(ring, 2)

    with without_carrier(wire):
        result, after, left = ring.kick(), statuses(ring), unsent(ring.socket)

    assert (result, after, left) == (refused(ENOBUFS), [REQUEST, REQUEST, DONE, DONE], 0)
    far = wire.right.packet_socket(protocol=OWN)
    assert ring.kick() == returned(800)
    assert [packet.data for packet in far.heard_until(sent[1])] == [frame.data for frame in sent]
