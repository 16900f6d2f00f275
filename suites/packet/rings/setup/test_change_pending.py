"""Removing a transmit ring whose frames the link has not sent yet."""

from errno import EBUSY

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.qdiscs import hold_frames
from helpers.packet.ring_requests import BUSY, RING
from helpers.rings import Geometry
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.if_packet import TP_STATUS_SENDING
from helpers.uapi.socket import MSG_DONTWAIT

GOOD = Geometry()
RELEASE = "src:net/packet/af_packet.c:packet_release"
SEND = "src:net/packet/af_packet.c:tpacket_snd"


def waiting(wire, rings, version):
    """Return mapped transmit rings with frames in the link's queue, those frames, and what empties the queue."""
    made = rings.on(wire.left.packet_socket(protocol=0), version, tx=GOOD).setup()
    empty = hold_frames(wire.left)
    sent = [frames.ethernet(size=400) for _ in range(3)]
    ring = made.tx
    for frame in sent:
        ring.put(frame.data)
    assert ring.kick(MSG_DONTWAIT) == returned(1200)
    return made, sent, empty


@clause(since="2.6.31", level="source", refs=[RING, SEND], covers=["option:PACKET_TX_RING:error", *BUSY])
@all_versions
def test_a_ring_whose_frames_wait_in_the_link_stays(wire, rings, version):
    """A transmit ring with frames in the link's queue cannot be removed: EBUSY until the last is gone.

    Its socket may get and lose a receive ring meanwhile.
    """
    made, _, empty = waiting(wire, rings, version)
    statuses = [made.tx.slot(index).status for index in (1, 2)]
    made.must.unmap()

    results = [made.remove_tx(), made.set_rx(GOOD), made.remove_rx(), made.remove_tx()]
    made.must.map()
    empty()
    made.tx.wait_available(*(made.tx.slot(index) for index in range(3)))
    made.must.unmap()

    assert statuses == [TP_STATUS_SENDING] * 2
    assert results == [refused(EBUSY), SUCCESS, SUCCESS, refused(EBUSY)]
    assert made.remove_tx() == SUCCESS


@clause(
    since="2.6.31", level="source", refs=[RING, SEND, RELEASE], covers=["option:PACKET_TX_RING:effect", "file:close"]
)
@all_versions
def test_frames_that_wait_in_the_link_outlive_their_ring(wire, rings, version):
    """Frames that wait in the link's queue leave whole even if their ring is unmapped and its socket closed."""
    made, sent, _ = waiting(wire, rings, version)
    far = wire.right.packet_socket(protocol=frames.OWN)
    made.must.unmap()

    result = made.socket.close()
    wire.left.links.netlink.tc("change", "tbf", wire.left.ifindex, rate=10**9, burst=10**6, limit=10**6)
    wire.left.inject(frames.ethernet())  # runs the queue again

    assert result == SUCCESS
    assert [far.receive(frame.marker).data for frame in sent[1:]] == [frame.data for frame in sent[1:]]
