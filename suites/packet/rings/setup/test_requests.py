"""PACKET_RX_RING and PACKET_TX_RING: the memory of a request, too short or not to be read."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings
from helpers.option_calls import put_at
from helpers.options import option
from helpers.packet.ring_requests import ERRORS, INVALID, SET, ready
from helpers.rings import NO_RING, V1, V2, V3, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOL_PACKET

SYSCALL = "setsockopt"
GOOD = Geometry()


@clause(since="4.11", level="source", refs=[SET], covers=INVALID)
@all_versions
@both_rings
def test_a_request_that_is_too_short_for_its_version_is_refused(sockets, rings, version, ring):
    """A request shorter than the structure of the ring version is EINVAL; one with more behind it makes a ring.

    For TPACKET_V3 the structure of V1 and V2, a tpacket_req, is too short.
    """
    made, asked = ready(rings, sockets, version), bytes(GOOD.request(version))
    short = [asked[:-1], b"", *([bytes(GOOD.request(V2))] if version is V3 else [])]

    results = [made.socket.setsockopt(SOL_PACKET, ring, data) for data in short]

    assert results == [refused(EINVAL)] * len(short)
    assert made.socket.setsockopt(SOL_PACKET, ring, asked + b"\xff" * 100) == SUCCESS
    assert made.map(GOOD.size).ok


@clause(
    since="6.10",
    level="disputed",
    refs=["man:setsockopt(2)", "man:packet(7)", SET, "commit:86d43e2bf93c"],
    covers=ERRORS,
)
@pytest.mark.parametrize(
    ("name", "where"), [("PACKET_RX_RING", "unmapped"), ("PACKET_RX_RING", "straddling"), ("PACKET_TX_RING", "null")]
)
def test_a_request_that_cannot_be_read_is_einval(sockets, memory, name, where):
    """A request at an address that cannot be read is refused with EINVAL; both man pages have EFAULT."""
    socket, ring = sockets.packet(), option(name)
    request = bytes(GOOD.request(V1))
    address = {"null": None, "unmapped": memory.unmapped, "straddling": memory.before_end(request[:-1])}[where]

    result = put_at(socket, ring, address, len(request))

    assert result == refused(EINVAL)
    assert put_at(socket, ring, memory.readonly(bytes(NO_RING.request(V1))), len(request)) == SUCCESS
