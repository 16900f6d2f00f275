"""CVE-2016-8655: the version of a ring could be changed while the ring was being made."""

from errno import EBUSY

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.packet.ring_requests import RING, SET, ready
from helpers.rings import BLOCK_HEADER, V1, V3, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_VERSION
from helpers.uapi.socket import SOL_PACKET

REFS = ["cve:CVE-2016-8655", "commit:84ac7260236a", RING, SET]
COVERS = ["option:PACKET_VERSION:error", "errno:setsockopt:EBUSY"]


@clause(since="4.9", level="source", refs=REFS, covers=COVERS)
def test_the_version_is_fixed_while_there_is_a_ring(sockets, rings):
    """PACKET_VERSION fails with EBUSY as soon as there is a ring, and reads back as before."""
    made = ready(rings, sockets, V3)
    made.must.set_rx(Geometry())

    assert made.socket.setsockopt(SOL_PACKET, PACKET_VERSION, V1.number) == refused(EBUSY)
    assert made.socket.option(SOL_PACKET, PACKET_VERSION) == V3.number


@pytest.mark.race
@clause(since="4.9", level="source", refs=REFS, covers=COVERS)
def test_a_ring_has_the_version_of_its_socket(sockets, rings):
    """When setting a version races with a ring request the version comes first and applies, or fails with EBUSY."""
    seen = set()

    for lag in race.rounds():
        made = ready(rings, sockets, V3)
        ring, version = race.at_once(
            lambda: made.set_rx(Geometry()),  # noqa: B023
            lambda: made.socket.setsockopt(SOL_PACKET, PACKET_VERSION, V1.number),  # noqa: B023
            lag=lag,
        )
        made.must.map()
        blocks = int.from_bytes(made.mapping.bytes[4:8].tobytes(), "little") == BLOCK_HEADER  # offset_to_priv
        seen.add((ring, version, made.socket.option(SOL_PACKET, PACKET_VERSION), blocks))
        rings.release()
        made.socket.close()

    assert seen <= {(SUCCESS, refused(EBUSY), V3.number, True), (SUCCESS, SUCCESS, V1.number, False)}
