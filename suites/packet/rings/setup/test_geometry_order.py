"""PACKET_RX_RING and PACKET_TX_RING: a request while there is a ring, and which refusal comes first."""

from errno import EBUSY, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings
from helpers.memory import PAGE
from helpers.packet.ring_requests import BOTH, BUSY, DOC, EFFECTS, ERRORS, INVALID, RING, SET, SETS, other, ready
from helpers.rings import NO_RING, V2, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_PACKET

GOOD = Geometry()
IMPOSSIBLE = GOOD.but(block_size=PAGE + 1)
TOO_SHORT = bytes(15)


@clause(since="4.11", level="source", refs=[RING], covers=BUSY)
@all_versions
@both_rings
def test_a_ring_that_is_there_comes_before_a_wrong_geometry(sockets, rings, version, ring):
    """While there is a ring, every request for it fails with EBUSY, even an invalid one; the other is checked."""
    made = ready(rings, sockets, version)
    made.must.set_ring(ring, GOOD)

    results = [made.set_ring(ring, geometry) for geometry in (GOOD, GOOD.but(block_nr=1), IMPOSSIBLE)]
    elsewhere = made.set_ring(other(ring), IMPOSSIBLE)

    assert results == [refused(EBUSY)] * 3
    assert elsewhere == refused(EINVAL)
    assert made.map(GOOD.size).ok


@clause(since="4.11", level="source", refs=[RING], covers=BUSY)
@all_versions
@both_rings
def test_a_mapping_comes_before_everything_but_the_requests_length(sockets, rings, version, ring):
    """While a ring is mapped, either ring's request fails with EBUSY; one that is too short fails with EINVAL."""
    made = ready(rings, sockets, version)
    made.must.set_ring(ring, GOOD)
    made.must.map()
    asked = (GOOD, IMPOSSIBLE, NO_RING, NO_RING.but(frame_nr=1))

    results = [made.set_ring(option, geometry) for option in BOTH for geometry in asked]
    short = [made.socket.setsockopt(SOL_PACKET, option, TOO_SHORT) for option in BOTH]
    made.unmap()

    assert results == [refused(EBUSY)] * 8
    assert short == [refused(EINVAL)] * 2
    assert made.remove(ring) == SUCCESS


@clause(since="4.11", level="documented", refs=["man:packet(7)", DOC, RING, SET], covers=[*INVALID, *SETS])
@all_versions
@both_rings
def test_a_request_without_blocks_must_be_without_frames(sockets, rings, version, ring):
    """A request without blocks fails with EINVAL if it has frames, and leaves the ring; with none it removes it.

    What else it says does not count, nor what follows it.
    """
    made = ready(rings, sockets, version)
    made.must.set_ring(ring, GOOD)

    refusals = [made.set_ring(ring, GOOD.but(block_nr=0, frame_nr=number)) for number in (1, 0x80000000)]
    still = made.set_ring(ring, GOOD)
    odd = Geometry(0x80000001, 0, 7, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    result = made.set_ring(ring, odd)

    assert refusals == [refused(EINVAL)] * 2
    assert still == refused(EBUSY)
    assert result == SUCCESS
    assert made.map(GOOD.size) == refused(EINVAL)
    assert made.set_ring(ring, GOOD.but(block_nr=3)) == SUCCESS
    assert made.socket.setsockopt(SOL_PACKET, ring, bytes(64)) == SUCCESS
    assert made.set_ring(ring, GOOD.but(block_nr=3)) == SUCCESS
    assert made.map(3 * PAGE).ok


@clause(since="2.6.31", level="source", refs=[RING], covers=SETS)
@all_versions
@both_rings
def test_a_ring_that_is_not_there_can_be_removed(sockets, rings, version, ring):
    """A request of zeros succeeds on a socket that has no such ring, again and again, and leaves the other ring."""
    made = ready(rings, sockets, version)
    made.must.set_ring(other(ring), GOOD)

    results = [made.remove(ring), made.remove(ring)]

    assert results == [SUCCESS] * 2
    assert made.set_ring(other(ring), GOOD) == refused(EBUSY)


@clause(since="4.11", level="documented", refs=["man:packet(7)", DOC, RING], covers=EFFECTS)
@all_versions
@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]], ids=["rx-first", "tx-first"])
def test_each_ring_comes_and_goes_alone(sockets, rings, version, order):
    """A socket may have both rings, of different geometry, made in either order; removing one leaves the other."""
    made = ready(rings, sockets, version)
    sizes = {order[0]: GOOD.but(block_nr=3), order[1]: GOOD}

    results = [made.set_ring(option, sizes[option]) for option in order]

    assert results == [SUCCESS] * 2
    assert made.remove(order[0]) == SUCCESS
    assert made.map(5 * PAGE) == refused(EINVAL)
    assert made.map(2 * PAGE).ok


@clause(since="2.6.31", level="source", refs=[SET], covers=["errno:setsockopt:EOPNOTSUPP", *ERRORS])
@both_rings
@pytest.mark.parametrize(
    ("type_", "expected"),
    [(SOCK_RAW, SUCCESS), (SOCK_DGRAM, SUCCESS), (SOCK_PACKET, refused(EOPNOTSUPP))],
    ids=["raw", "dgram", "packet"],
)
def test_which_sockets_have_rings(sockets, rings, ring, type_, expected):
    """SOCK_RAW and SOCK_DGRAM sockets have rings, bound or not; on SOCK_PACKET a ring fails with EOPNOTSUPP."""
    made = rings.on(sockets.packet(type_), V2)

    result = made.socket.setsockopt(SOL_PACKET, ring, GOOD.request(V2))

    assert result == expected
