"""A slot of a transmit ring was available while a receiver on this machine still had to read its data."""

from fixtures.clauses import clause
from helpers.net import frames
from helpers.rings import V2
from helpers.syscall import returned

REFS = ["commit:5cd8d46ea156", "src:net/packet/af_packet.c:tpacket_snd"]


@clause(since="4.20", level="source", refs=REFS, covers=["option:PACKET_TX_RING:effect"])
def test_what_was_sent_stays_when_its_slot_is_filled_anew(wire, rings):
    """Once a slot is available again the program may write to it: receivers still read the frame as it was sent."""
    receiver, copier = wire.right.packet_socket(protocol=frames.OWN), wire.left.packet_socket()
    ring, frame = rings.transmit(wire.left, V2), frames.ethernet(size=1000)

    result = (ring.put(frame.data), ring.kick())[1]
    ring.wait_available(ring.slot(0))
    ring.slot(0).write(ring.data_offset, b"\xee" * len(frame))

    assert result == returned(len(frame))
    assert [socket.receive(b"").data for socket in (receiver, copier)] == [frame.data] * 2
