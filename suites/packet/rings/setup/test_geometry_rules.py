"""setsockopt(2), SOL_PACKET: the rules that the geometry of a ring must keep, each broken alone."""

from errno import EINVAL, ENOMEM

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.option_calls import put
from helpers.option_table import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import (
    TPACKET2_HDRLEN,
    TPACKET3_HDRLEN,
    TPACKET_HDRLEN,
    TPACKET_V1,
    TPACKET_V2,
    TPACKET_V3,
    tpacket_req,
    tpacket_req3,
)

SYSCALL = "setsockopt"
RING = "src:net/packet/af_packet.c:packet_set_ring"
DOC = "doc:networking/packet_mmap.rst"
RX_RING, TX_RING = option("PACKET_RX_RING"), option("PACKET_TX_RING")
RINGS = (RX_RING.name, TX_RING.name)
VERSION, RESERVE = option("PACKET_VERSION"), option("PACKET_RESERVE")
FRAME = PAGE // 2
BLOCK_HEADER = 48  # tpacket_block_desc, aligned to 8


def _request(kind=tpacket_req, **changes):
    good = {"tp_block_size": PAGE, "tp_block_nr": 2, "tp_frame_size": FRAME, "tp_frame_nr": 4}
    return kind(**{**good, **changes})


@clause(since="2.6.31", level="documented", refs=[DOC, RING], covers=["errno:EINVAL", *covers(RINGS, "error")])
@pytest.mark.parametrize(
    "wrong",
    [
        {"tp_block_size": 0},
        {"tp_block_size": 0x80000000, "tp_frame_nr": 2 * 0x80000000 // FRAME},
        {"tp_block_size": PAGE + FRAME, "tp_frame_nr": 6},
        {"tp_frame_size": 32, "tp_frame_nr": 2 * PAGE // 32},
        {"tp_frame_size": FRAME - 8},
        {"tp_frame_size": PAGE + 16, "tp_frame_nr": 0},
        {"tp_frame_nr": 5},
        {"tp_frame_nr": 3},
        {"tp_block_nr": 0x80000000, "tp_frame_nr": 0},
    ],
    ids=["no-block", "negative-block", "odd-block", "no-room-for-header", "unaligned-frame", "frame-beyond-block",
         "frame-too-many", "frame-too-few", "overflow"],
)  # fmt: skip
def test_a_geometry_that_breaks_one_rule_is_refused(sockets, wrong):
    """A request that breaks one rule of the ring's geometry is refused with EINVAL and leaves no ring behind."""
    socket = sockets.packet()

    results = [put(socket, ring, _request(**wrong)) for ring in (RX_RING, TX_RING)]

    assert results == [refused(EINVAL)] * 2
    assert put(socket, VERSION, TPACKET_V2) == SUCCESS
    assert put(socket, TX_RING, _request()) == SUCCESS


@clause(since="2.6.31", level="source", refs=[RING], covers=["errno:ENOMEM", *covers(RINGS, "error")])
@pytest.mark.parametrize("ring", [RX_RING, TX_RING], ids=str)
def test_a_ring_beyond_the_kernels_memory_is_refused_with_enomem(sockets, ring):
    """A ring whose list of blocks alone is beyond what the kernel allocates is refused with ENOMEM."""
    socket = sockets.packet()
    blocks = 1 << 28

    result = put(socket, ring, _request(tp_frame_size=PAGE, tp_block_nr=blocks, tp_frame_nr=blocks))

    assert result == refused(ENOMEM)
    assert put(socket, VERSION, TPACKET_V2) == SUCCESS


@clause(since="3.2", level="source", refs=[RING], covers=["errno:EINVAL", *covers(["PACKET_RESERVE"], "effect")])
@pytest.mark.parametrize(
    ("version", "header"), [(TPACKET_V1, TPACKET_HDRLEN), (TPACKET_V2, TPACKET2_HDRLEN), (TPACKET_V3, TPACKET3_HDRLEN)]
)
def test_a_frame_has_room_for_its_header_and_the_reserve(sockets, version, header):
    """A frame that holds the slot's header and PACKET_RESERVE bytes to the byte will do, one byte less is EINVAL."""
    socket = sockets.packet()
    must(put(socket, VERSION, version))
    request = _request(tpacket_req3)

    must(put(socket, RESERVE, FRAME - header + 1))
    short = put(socket, RX_RING, request)
    must(put(socket, RESERVE, FRAME - header))
    result = put(socket, RX_RING, request)

    assert (short, result) == (refused(EINVAL), SUCCESS)


@clause(since="3.2", level="source", refs=[RING], covers=["errno:EINVAL", "option:PACKET_RX_RING:error"])
def test_a_block_of_version_3_has_room_for_its_headers_and_a_slot(sockets):
    """A V3 block that holds its header, the private area and one slot's header will do, 8 bytes less are EINVAL."""
    socket = sockets.packet()
    must(put(socket, VERSION, TPACKET_V3))
    room = PAGE - BLOCK_HEADER - TPACKET3_HDRLEN
    most = room - room % 8  # the private area counts in steps of 8

    results = [put(socket, RX_RING, _request(tpacket_req3, tp_sizeof_priv=most + more)) for more in (1, 0)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="4.11", level="source", refs=[RING], covers=["errno:EINVAL", "option:PACKET_TX_RING:error"])
@pytest.mark.parametrize("field", ["tp_retire_blk_tov", "tp_sizeof_priv", "tp_feature_req_word"])
def test_a_send_ring_of_version_3_has_no_blocks_to_retire(sockets, field):
    """A V3 request for a send ring that asks for what only receive blocks have is refused with EINVAL."""
    socket = sockets.packet()
    must(put(socket, VERSION, TPACKET_V3))

    result = put(socket, TX_RING, _request(tpacket_req3, **{field: 1}))

    assert result == refused(EINVAL)
    assert put(socket, TX_RING, _request(tpacket_req3)) == SUCCESS
