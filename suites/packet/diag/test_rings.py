"""PACKET_DIAG: the geometry of a packet socket's rings (PACKET_SHOW_RING_CFG)."""

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.packet.diag import diag_of, told_of
from helpers.uapi.if_packet import (
    PACKET_RX_RING,
    PACKET_TX_RING,
    PACKET_VERSION,
    TP_FT_REQ_FILL_RXHASH,
    TPACKET_V1,
    TPACKET_V2,
    TPACKET_V3,
    tpacket_req,
    tpacket_req3,
)
from helpers.uapi.packet_diag import PACKET_DIAG_RX_RING, PACKET_DIAG_TX_RING, PACKET_SHOW_RING_CFG, packet_diag_ring
from helpers.uapi.socket import SOL_PACKET

RING = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:pdiag_put_ring", "src:net/packet/diag.c:pdiag_put_rings_cfg"]
RX, TX = (PACKET_RX_RING, PACKET_DIAG_RX_RING), (PACKET_TX_RING, PACKET_DIAG_TX_RING)
GEOMETRY = (2 * PAGE, 3, PAGE // 2, 12)  # sizes of a block, number of blocks, size of a frame, number of frames
BOTH = pytest.mark.parametrize(("option", "attribute"), [RX, TX], ids=["rx", "tx"])
COVERS = ["diag:RX_RING", "diag:TX_RING"]


def fields(entry, attribute):
    """Return the seven words of a ring's attribute, in the header's order."""
    ring = entry.structure(attribute, packet_diag_ring)
    return tuple(getattr(ring, name) for name, _ in packet_diag_ring._fields_)


@clause(since="3.7", level="uapi", refs=RING, covers=COVERS)
@BOTH
@pytest.mark.parametrize("version", [TPACKET_V1, TPACKET_V2], ids=["v1", "v2"])
def test_a_ring_has_its_geometry(sockets, option, attribute, version):
    """The ring of a version 1 or 2 socket is reported as requested, with the fields of version 3 all 0."""
    diag, socket = diag_of(sockets), sockets.packet()
    socket.enable(PACKET_VERSION, version)
    socket.must.setsockopt(SOL_PACKET, option, tpacket_req(*GEOMETRY))

    told = told_of(diag, socket, PACKET_SHOW_RING_CFG)

    assert list(told.attributes) == [attribute]
    assert fields(told, attribute) == (*GEOMETRY, 0, 0, 0)


@clause(since="3.7", level="uapi", refs=RING, covers=["diag:RX_RING"])
def test_a_ring_of_version_three_has_its_own_fields_too(sockets):
    """The receive ring of version 3 is reported with its retire timeout in ms, private size and features."""
    diag, socket = diag_of(sockets), sockets.packet()
    socket.enable(PACKET_VERSION, TPACKET_V3)
    socket.must.setsockopt(SOL_PACKET, PACKET_RX_RING, tpacket_req3(*GEOMETRY, 1234, 56, TP_FT_REQ_FILL_RXHASH))

    told = told_of(diag, socket, PACKET_SHOW_RING_CFG)

    assert list(told.attributes) == [PACKET_DIAG_RX_RING]
    assert fields(told, PACKET_DIAG_RX_RING) == (*GEOMETRY, 1234, 56, TP_FT_REQ_FILL_RXHASH)


@clause(since="4.11", level="source", refs=RING, covers=["diag:TX_RING"])
def test_a_sending_ring_of_version_three_has_none_of_them(sockets):
    """A transmit ring has no timeout, private area or features in version 3 either."""
    diag, socket = diag_of(sockets), sockets.packet()
    socket.enable(PACKET_VERSION, TPACKET_V3)
    socket.must.setsockopt(SOL_PACKET, PACKET_TX_RING, tpacket_req3(*GEOMETRY))

    told = told_of(diag, socket, PACKET_SHOW_RING_CFG)

    assert list(told.attributes) == [PACKET_DIAG_TX_RING]
    assert fields(told, PACKET_DIAG_TX_RING) == (*GEOMETRY, 0, 0, 0)


@clause(since="3.7", level="uapi", refs=RING, covers=COVERS)
def test_two_rings_are_told_apart(sockets):
    """A socket with both rings has an attribute for each, with its own geometry."""
    diag, socket = diag_of(sockets), sockets.packet()
    other = (PAGE, 1, PAGE, 1)
    socket.must.setsockopt(SOL_PACKET, PACKET_RX_RING, tpacket_req(*GEOMETRY))
    socket.must.setsockopt(SOL_PACKET, PACKET_TX_RING, tpacket_req(*other))

    told = told_of(diag, socket, PACKET_SHOW_RING_CFG)

    assert [fields(told, attribute) for attribute in (PACKET_DIAG_RX_RING, PACKET_DIAG_TX_RING)] == [
        (*GEOMETRY, 0, 0, 0),
        (*other, 0, 0, 0),
    ]


@clause(since="3.7", level="source", refs=RING, covers=COVERS)
@BOTH
def test_a_ring_is_told_while_there_is_one(sockets, option, attribute):
    """There is no attribute for a ring that does not exist, is removed, or was not asked for."""
    diag, socket = diag_of(sockets), sockets.packet()

    seen = []
    for request in (None, tpacket_req(*GEOMETRY), tpacket_req()):
        if request is not None:
            socket.must.setsockopt(SOL_PACKET, option, request)
        seen.append([list(told_of(diag, socket, show).attributes) for show in (PACKET_SHOW_RING_CFG, 0)])

    assert seen == [[[], []], [[attribute], []], [[], []]]
