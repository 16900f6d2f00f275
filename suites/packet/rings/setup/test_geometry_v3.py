"""PACKET_RX_RING and PACKET_TX_RING of TPACKET_V3: the fields that only its request has."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.packet.ring_requests import BOTH, DOC, RING, ready
from helpers.rings import V2, V3, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_RESERVE
from helpers.uapi.socket import SOL_PACKET

GOOD = Geometry()
MOST = 0xFFFFFFFF


@clause(
    since="4.19", level="source", refs=[RING, "commit:4576cd469d98"],
    covers=["option:PACKET_RX_RING:error", "errno:setsockopt:EINVAL", "option:PACKET_RESERVE:effect"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("private", "reserve"),
    [(3976, 4), (3969, 4), (3968, 12), (8, 3972), (1, 3972), (0, 3980)],
    ids=str,
)
def test_a_block_has_room_for_header_private_area_and_one_frame(sockets, rings, private, reserve):
    """A block of V3 holds 48 bytes of header, its private area in steps of 8, and a frame's 68 bytes and reserve.

    One byte more of reserve, or 8 of private area, fails with EINVAL.
    """
    made, geometry = ready(rings, sockets, V3, {PACKET_RESERVE: reserve + 1}), Geometry(frame_size=PAGE)

    short = made.set_rx(geometry.but(sizeof_priv=private))
    made.socket.enable(PACKET_RESERVE, reserve)
    shorter = made.set_rx(geometry.but(sizeof_priv=private + 8))
    result = made.set_rx(geometry.but(sizeof_priv=private))

    assert (short, shorter) == (refused(EINVAL), refused(EINVAL))
    assert result == SUCCESS


@clause(
    since="4.12", level="source", refs=[RING, "cve:CVE-2017-7308"],
    covers=["option:PACKET_RX_RING:error", "errno:setsockopt:EINVAL"],
)  # fmt: skip
def test_a_private_area_beyond_the_block_is_refused(sockets, rings):
    """A private area larger than the block is refused with EINVAL, even where adding the block header wraps around."""
    made = ready(rings, sockets, V3)
    beyond = (PAGE, 0x7FFFFFFF, 0x80000000, MOST - 116, MOST - 55, MOST - 7, MOST)

    results = [made.set_rx(GOOD.but(sizeof_priv=private)) for private in beyond]

    assert results == [refused(EINVAL)] * len(beyond)
    assert made.set_rx(GOOD.but(sizeof_priv=8)) == SUCCESS


@clause(since="3.2", level="source", refs=[RING, DOC], covers=["option:PACKET_RX_RING:set"])
@pytest.mark.parametrize(("timeout", "features"), [(0, 0), (1, 1), (0x80000000, 2), (MOST, MOST)])
def test_any_timeout_and_any_feature_word_make_a_receive_ring(sockets, rings, timeout, features):
    """A receive ring of V3 takes any retire timeout and any feature word, even with unknown bits."""
    made = ready(rings, sockets, V3)

    result = made.set_rx(GOOD.but(retire_blk_tov=timeout, feature_req_word=features))

    assert result == SUCCESS
    assert made.map().ok


@clause(since="4.11", level="source", refs=[RING], covers=["option:PACKET_TX_RING:error", "errno:setsockopt:EINVAL"])
@pytest.mark.parametrize("field", ["retire_blk_tov", "sizeof_priv", "feature_req_word"])
def test_what_only_receive_blocks_have_is_refused_for_a_transmit_ring(sockets, rings, field):
    """A transmit ring of V3 with a timeout, a private area or a feature fails with EINVAL and leaves no ring."""
    made = ready(rings, sockets, V3)

    results = [made.set_tx(GOOD.but(**{field: value})) for value in (1, 8, 0x80000000)]

    assert results == [refused(EINVAL)] * 3
    assert made.map(GOOD.size) == refused(EINVAL)
    assert made.set_rx(GOOD) == SUCCESS
    assert made.set_tx(GOOD) == SUCCESS


@clause(since="3.2", level="source", refs=[RING], covers=["option:PACKET_RX_RING:set", "option:PACKET_TX_RING:set"])
@pytest.mark.parametrize("extra", [1, 12])
def test_what_follows_a_request_of_version_1_or_2_is_not_read(sockets, rings, extra):
    """A request of V2 may be longer than a tpacket_req; what follows it, such as a timeout, is ignored."""
    made = ready(rings, sockets, V2)
    asked = bytes(GOOD.request(V2)) + b"\xff" * extra

    results = [made.socket.setsockopt(SOL_PACKET, ring, asked) for ring in BOTH]

    assert results == [SUCCESS] * 2
    assert made.map(2 * GOOD.size).ok
