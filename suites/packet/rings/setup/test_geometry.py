"""PACKET_RX_RING and PACKET_TX_RING: the rules of a ring's geometry, each at its boundary."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings
from helpers.memory import PAGE
from helpers.packet.ring_requests import DOC, EFFECTS, ERRORS, INVALID, RING, ready
from helpers.rings import V1, V2, V3, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_RESERVE

GOOD = Geometry(block_size=2 * PAGE, block_nr=3, frame_size=PAGE // 2)  # 12 frames

# For each rule: what keeps it to the byte, and what just breaks it.
RULES = {
    "block-of-whole-pages": (
        GOOD.but(block_size=3 * PAGE),
        [GOOD.but(block_size=3 * PAGE + more) for more in (1, -1, 16, -16, PAGE // 2)],
    ),
    "block-of-a-page": (
        GOOD.but(block_size=PAGE, frame_size=PAGE // 4),
        [GOOD.but(block_size=size, frame_size=PAGE // 4) for size in (PAGE // 4, PAGE // 2, PAGE - 16)],
    ),
    "frames-on-16-bytes": (
        GOOD.but(frame_size=1040),
        [GOOD.but(frame_size=1040 + more) for more in (1, 2, 4, 8, 15, -1, -8)],
    ),
    "frame-within-a-block": (
        GOOD.but(frame_size=2 * PAGE),
        [GOOD.but(frame_size=2 * PAGE + 16), GOOD.but(frame_size=2 * PAGE + 16, frame_nr=3)],
    ),
    "all-frames-counted": (
        GOOD.but(frame_nr=12),
        [GOOD.but(frame_nr=number) for number in (11, 13, 0, 1, 24)],
    ),
    "frames-only-where-they-fit": (
        GOOD.but(frame_size=3072, frame_nr=6),
        [GOOD.but(frame_size=3072, frame_nr=number) for number in (5, 7, 8)],
    ),
}


@clause(since="4.11", level="documented", refs=["man:packet(7)", DOC, RING], covers=INVALID)
@all_versions
@both_rings
@pytest.mark.parametrize("rule", RULES)
def test_geometry_on_one_side_of_a_rule_makes_a_ring_and_on_the_other_none(sockets, rings, version, ring, rule):
    """A geometry that just breaks one rule is refused with EINVAL; one that just keeps it makes a ring of its size."""
    made, (good, broken) = ready(rings, sockets, version), RULES[rule]

    refusals = [made.set_ring(ring, geometry) for geometry in broken]
    result = made.set_ring(ring, good)

    assert refusals == [refused(EINVAL)] * len(broken)
    assert result == SUCCESS
    assert made.map(good.size - PAGE) == refused(EINVAL)
    assert made.map(good.size).ok


@clause(since="4.11", level="documented", refs=[DOC, RING], covers=[*INVALID, "option:PACKET_RESERVE:effect"])
@both_rings
@pytest.mark.parametrize(("version", "least"), [(V1, 64), (V2, 64), (V3, 80)], ids=["v1", "v2", "v3"])
@pytest.mark.parametrize(("reserve", "more"), [(12, 0), (13, 16)], ids=["reserve-12", "reserve-13"])
def test_a_frame_has_room_for_header_address_and_reserve(sockets, rings, ring, version, least, reserve, more):
    """The smallest frame holds the slot's header, the sockaddr_ll and PACKET_RESERVE, in steps of 16 bytes.

    V1 and V2: 32 + 20 bytes, V3: 48 + 20 bytes.
    """
    made, smallest = ready(rings, sockets, version, {PACKET_RESERVE: reserve}), least + more

    refusals = [made.set_ring(ring, Geometry(frame_size=size)) for size in (smallest - 16, 16, 0)]
    result = made.set_ring(ring, Geometry(frame_size=smallest))

    assert refusals == [refused(EINVAL)] * 3
    assert result == SUCCESS


@clause(since="4.11", level="source", refs=[RING], covers=[*EFFECTS, *ERRORS, "option:PACKET_RESERVE:effect"])
@both_rings
@pytest.mark.parametrize(
    ("version", "most"), [(V1, PAGE - 52), (V2, PAGE - 52), (V3, PAGE - 48 - 68)], ids=["v1", "v2", "v3"]
)
def test_the_reserve_may_take_all_of_a_block(sockets, rings, ring, version, most):
    """PACKET_RESERVE may fill a frame of a whole block to the byte; in V3 it leaves room for the block's header."""
    geometry = Geometry(frame_size=PAGE)
    good, bad = (ready(rings, sockets, version, {PACKET_RESERVE: most + more}) for more in (0, 1))

    results = good.set_ring(ring, geometry), bad.set_ring(ring, geometry)

    assert results == (SUCCESS, refused(EINVAL))
    assert bad.set_ring(ring, Geometry(block_size=2 * PAGE, frame_size=2 * PAGE)) == SUCCESS


@clause(since="4.13", level="source", refs=[RING, "cve:CVE-2017-7308"], covers=INVALID)
@both_rings
@all_versions
def test_a_reserve_beyond_every_frame_leaves_no_geometry(sockets, rings, version, ring):
    """With PACKET_RESERVE beyond the frame size, up to INT_MAX, a ring request fails with EINVAL: no sum wraps."""
    made, results = ready(rings, sockets, version), []

    for reserve in (PAGE, 0x7FFFFFFF - 68, 0x7FFFFFFF):
        made.socket.enable(PACKET_RESERVE, reserve)
        results.append(made.set_ring(ring, Geometry(frame_size=PAGE)))

    assert results == [refused(EINVAL)] * 3
    made.socket.enable(PACKET_RESERVE, 0)
    assert made.set_ring(ring, Geometry(frame_size=PAGE)) == SUCCESS
