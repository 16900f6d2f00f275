"""PACKET_TX_HAS_OFF: the slot of a transmit ring has the offset of its data."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.frames import BROADCAST, OWN
from helpers.packet.packet_socket import address
from helpers.rings import Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import (
    PACKET_TX_HAS_OFF,
    TP_STATUS_AVAILABLE,
    TP_STATUS_SEND_REQUEST,
    TP_STATUS_WRONG_FORMAT,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from suites.packet.rings.transmit.support import DOC, HEADER

COVERS = ["option:PACKET_TX_HAS_OFF:effect"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
FIELDS = {SOCK_RAW: "tp_mac", SOCK_DGRAM: "tp_net"}
GEOMETRY = Geometry(frame_size=512)


@pytest.fixture
def ring(wire, rings, version, type_):
    """A transmit ring whose slots have the offset of their data."""
    return rings.transmit(wire.left, version, GEOMETRY, type=type_, options={PACKET_TX_HAS_OFF: 1})


def send(ring, wire, type_, data, offset, other):
    """Send *data* from *offset*; the field of the other type of socket is *other*. Return Result and status."""
    slot = ring.fill(ring.cursor, b"", length=len(data))
    if ring.data_offset <= offset <= slot.size - len(data):
        slot.write(offset, data)
    else:  # what is refused has to be worth sending wherever it is looked for
        slot.write(ring.data_offset, data)
    for number, field in FIELDS.items():
        setattr(slot.header, field, offset if number == type_ else other)
    slot.status = TP_STATUS_SEND_REQUEST
    result = ring.kick(0, address(wire.left.ifindex, OWN, BROADCAST))
    if result.ok:
        ring.advance()
    return result, slot.status


def frame_of(type_, size):
    """Return a frame and what a socket of type *type_* has to send of it, *size* bytes."""
    frame = frames.ethernet(size=size + (14 if type_ == SOCK_DGRAM else 0))
    return frame, frame.bytes_for(type_)


@clause(since="3.8", level="documented", refs=[DOC, HEADER], covers=COVERS)
@all_versions
@TYPES
def test_data_begin_where_the_slot_says(wire, version, type_, ring):
    """Data are sent from tp_mac on by SOCK_RAW, from tp_net on by SOCK_DGRAM; the other field may have any value."""
    far, size = wire.right.packet_socket(protocol=OWN), 60
    offsets = [ring.data_offset, ring.data_offset + 1, 100, 512 - size]
    others = [0, 65535, 50, 512]
    sent = [frame_of(type_, size) for _ in offsets]

    results = [
        send(ring, wire, type_, data, offset, other)
        for (_, data), offset, other in zip(sent, offsets, others, strict=True)
    ]

    assert results == [(returned(size), TP_STATUS_AVAILABLE)] * 4
    found = far.heard_until(sent[-1][0])
    assert [packet.data[14:] for packet in found] == [frame.payload for frame, _ in sent]


@clause(since="3.8", level="source", refs=[HEADER], covers=[*COVERS, "errno:sendto:EINVAL"])
@all_versions
@TYPES
@pytest.mark.parametrize("size", [46, 300])
def test_data_lie_between_the_header_and_the_end_of_the_slot(wire, version, type_, ring, size):
    """An offset in the slot's header, or with data beyond the slot's end, fails with EINVAL, WRONG_FORMAT."""
    far, (frame, data) = wire.right.packet_socket(protocol=OWN), frame_of(type_, size)
    good, bad = (ring.data_offset, 512 - size), (0, ring.data_offset - 1, 512 - size + 1, 512, 65535)

    refusals = [send(ring, wire, type_, data, offset, ring.data_offset) for offset in bad]
    results = [send(ring, wire, type_, data, offset, 0) for offset in good]

    assert refusals == [(refused(EINVAL), TP_STATUS_WRONG_FORMAT)] * 5
    assert results == [(returned(size), TP_STATUS_AVAILABLE)] * 2
    wire.left.inject(last := frames.ethernet())
    assert [packet.data[14:] for packet in far.heard_until(last)] == [frame.payload] * 2 + [last.payload]


@clause(since="3.8", level="source", refs=[HEADER], covers=COVERS)
@all_versions
@TYPES
def test_a_frame_that_fills_the_slot_has_one_place(wire, version, type_, ring):
    """Data that fill their slot begin right behind its header: one byte earlier or later fails with EINVAL."""
    far, (frame, data) = wire.right.packet_socket(protocol=OWN), frame_of(type_, ring.room)
    at = ring.data_offset

    results = [send(ring, wire, type_, data, offset, at) for offset in (at - 1, at + 1, at)]

    assert [result for result, _ in results] == [refused(EINVAL)] * 2 + [returned(ring.room)]
    assert far.receive(frame.marker).data[14:] == frame.payload


@clause(since="3.8", level="documented", refs=[DOC, HEADER], covers=COVERS)
@all_versions
@TYPES
@pytest.mark.parametrize("options", [{}, {PACKET_TX_HAS_OFF: 0}], ids=["default", "off"])
def test_without_the_option_what_the_slot_says_does_not_count(wire, rings, version, type_, options):
    """Without PACKET_TX_HAS_OFF data begin behind the slot's header, whatever tp_mac and tp_net are."""
    ring = rings.transmit(wire.left, version, GEOMETRY, type=type_, options=options)
    far, (frame, data) = wire.right.packet_socket(protocol=OWN), frame_of(type_, 60)
    name = address(wire.left.ifindex, OWN, BROADCAST)

    for offset in (0, 100, 65535):
        slot = ring.put(data)
        slot.header.tp_mac = slot.header.tp_net = offset
        assert (ring.kick(0, name), slot.status) == (returned(60), TP_STATUS_AVAILABLE)

    assert [far.receive(frame.marker).data[14:] for _ in range(3)] == [frame.payload] * 3
