"""CVE-2021-22600: a V1 or V2 ring after a V3 ring took that one's state for its slot map, and freed it again."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.ring_requests import RING
from helpers.rings import V1, V2, V3, Geometry


@clause(since="5.16", level="source", refs=["cve:CVE-2021-22600", "commit:ec6af094ea28", RING])
@pytest.mark.parametrize("version", [V1, V2], ids=str)
def test_a_socket_may_change_between_rings_of_blocks_and_of_slots(wire, rings, version):
    """A socket whose ring of blocks is replaced by one of slots, and that by one of blocks again, receives in each."""
    made = rings.on(wire.right.packet_socket(protocol=frames.OWN), rx=Geometry())

    for kind in (V3, version, V3, version, V3):
        made.version = kind
        made.setup()
        frame = frames.ethernet()
        wire.left.inject(frame)
        assert made.rx.receive(frame.marker).data == frame.data
        made.must.unmap()
        made.must.remove_rx()
