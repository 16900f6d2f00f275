"""CVE-2017-1000111: the reserve of a ring could be changed while the ring was being made."""

from errno import EBUSY, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.packet.ring_requests import RING, SET, ready
from helpers.rings import V2, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_RESERVE
from helpers.uapi.socket import SOL_PACKET

REFS = ["cve:CVE-2017-1000111", "commit:c27927e372f0", RING, SET]
COVERS = ["option:PACKET_RESERVE:error", "errno:setsockopt:EBUSY"]
TIGHT = Geometry(frame_size=64)  # room for no reserve


@clause(since="4.13", level="source", refs=REFS, covers=COVERS)
def test_the_reserve_is_fixed_while_there_is_a_ring(sockets, rings):
    """PACKET_RESERVE fails with EBUSY as soon as there is a ring, and reads back as before."""
    made = ready(rings, sockets, V2)
    made.must.set_rx(TIGHT)

    assert made.socket.setsockopt(SOL_PACKET, PACKET_RESERVE, 1000) == refused(EBUSY)
    assert made.socket.option(SOL_PACKET, PACKET_RESERVE) == 0


@pytest.mark.race
@clause(since="4.13", level="source", refs=REFS, covers=COVERS)
def test_the_slots_of_a_ring_have_room_for_its_reserve(sockets, rings):
    """Of a ring and a reserve that do not fit together, set at the same time, one is refused."""
    seen = set()

    for lag in race.rounds():
        made = ready(rings, sockets, V2)
        ring, reserve = race.at_once(
            lambda: made.set_rx(TIGHT),  # noqa: B023
            lambda: made.socket.setsockopt(SOL_PACKET, PACKET_RESERVE, 1000),  # noqa: B023
            lag=lag,
        )
        seen.add((ring, reserve, made.socket.option(SOL_PACKET, PACKET_RESERVE)))
        made.socket.close()

    assert seen <= {(SUCCESS, refused(EBUSY), 0), (refused(EINVAL), SUCCESS, 1000)}
