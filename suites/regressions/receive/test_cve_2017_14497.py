"""CVE-2017-14497: a virtio header was written behind a slot that has no room for it."""

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import V2, Geometry
from helpers.uapi.if_packet import PACKET_VNET_HDR

SLOT = 64  # tp_mac, with a header of 10 bytes before it, is beyond that


@clause(
    since="4.14",
    level="source",
    refs=["cve:CVE-2017-14497", "commit:edbd58be15a9", "src:net/packet/af_packet.c:tpacket_rcv"],
    covers=["option:PACKET_VNET_HDR:effect"],
)
def test_no_virtio_header_is_written_behind_its_slot(wire, rings):
    """A frame for a slot that ends before the virtio header leaves the next slot as it is."""
    ring = rings.receive(wire.right, V2, Geometry(frame_size=SLOT), protocol=frames.OWN, options={PACKET_VNET_HDR: 1})
    ring.slot(1).write(4, b"\xa5" * (SLOT - 4))  # all but the status
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    slot = ring.receive(b"")

    assert (slot.index, slot.header.tp_len, slot.header.tp_snaplen) == (0, len(frame), 0)
    assert slot.header.tp_mac > SLOT
    assert ring.slot(1).at(4, SLOT - 4) == b"\xa5" * (SLOT - 4)
