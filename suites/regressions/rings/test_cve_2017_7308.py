"""CVE-2017-7308: sums of a ring's geometry that exceeded 32 bits were taken for small ones."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.packet.ring_requests import INVALID, RING, SET, ready
from helpers.rings import BLOCK_HEADER, V2, V3, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_RESERVE
from helpers.uapi.socket import SOL_PACKET

CVE = "cve:CVE-2017-7308"


@clause(since="4.11", level="source", refs=[CVE, "commit:2b6867c2ce76", RING], covers=INVALID)
@pytest.mark.parametrize("size", [1 << 31, (1 << 31) + PAGE, (1 << 32) - BLOCK_HEADER, (1 << 32) - 8], ids=hex)
def test_a_private_area_that_wraps_is_refused(sockets, rings, size):
    """A V3 ring whose private area is larger than the block, and than a signed int holds, is refused with EINVAL."""
    made = ready(rings, sockets, V3)

    assert made.set_rx(Geometry(sizeof_priv=size)) == refused(EINVAL)
    assert made.set_rx(Geometry(sizeof_priv=1024)) == SUCCESS


@clause(since="4.11", level="source", refs=[CVE, "commit:8f8d28e4d6d8", RING], covers=INVALID)
def test_a_number_of_frames_that_wraps_is_refused(sockets, rings):
    """A ring of more than 2^32 frames whose tp_frame_nr is the truncated number is refused with EINVAL."""
    made = ready(rings, sockets, V2)
    wrapping = Geometry(PAGE, (1 << 32) // (PAGE // 64), 64, 0)

    assert wrapping.block_nr * wrapping.frames_per_block == 1 << 32
    assert made.set_rx(wrapping) == refused(EINVAL)
    assert made.set_rx(wrapping.but(block_nr=wrapping.block_nr + 1, frame_nr=PAGE // 64)) == refused(EINVAL)
    assert made.set_rx(wrapping.but(block_nr=1, frame_nr=PAGE // 64)) == SUCCESS


@clause(
    since="4.11",
    level="source",
    refs=[CVE, "commit:bcc5364bdcfe", SET],
    covers=["option:PACKET_RESERVE:error", "errno:setsockopt:EINVAL"],
)
def test_a_reserve_beyond_int_max_is_refused(sockets, rings):
    """PACKET_RESERVE above INT_MAX fails with EINVAL and leaves the reserve; with INT_MAX no ring can be made."""
    made = ready(rings, sockets, V2, {PACKET_RESERVE: 64})

    for value in (-1, -0x80000000, -48):
        assert made.socket.setsockopt(SOL_PACKET, PACKET_RESERVE, value) == refused(EINVAL)
    assert made.socket.option(SOL_PACKET, PACKET_RESERVE) == 64

    assert made.socket.setsockopt(SOL_PACKET, PACKET_RESERVE, 0x7FFFFFFF) == SUCCESS
    assert made.set_rx(Geometry()) == refused(EINVAL)
