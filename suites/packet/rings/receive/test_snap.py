"""Receive rings of V1 and V2: frames longer than their slot, filters, and PACKET_COPY_THRESH."""

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.packet.received_slots import place, status
from helpers.rings import V1, V2, VERSIONS, Geometry
from helpers.uapi.filter import BPF_JEQ, BPF_JMP, BPF_JUMP, BPF_K, BPF_LD, BPF_LEN, BPF_RET, BPF_STMT, BPF_W
from helpers.uapi.if_packet import (
    PACKET_COPY_THRESH,
    PACKET_RESERVE,
    TP_STATUS_COPY,
    TP_STATUS_USER,
)
from helpers.uapi.socket import MSG_TRUNC, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVBUF

RECEIVING = "src:net/packet/af_packet.c:tpacket_rcv"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst", RECEIVING]
versions = pytest.mark.parametrize("version", [V1, V2], ids=str)
types = pytest.mark.parametrize("type", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
SLOT = 512
SMALL = Geometry(frame_size=SLOT)


def captured(slot):
    """Return tp_len, tp_snaplen and the status of a slot."""
    return slot.header.tp_len, slot.header.tp_snaplen, status(slot)


@clause(since="2.6.27", level="documented", refs=REFS)
@versions
@types
@pytest.mark.parametrize("spare", [1, 0, -1, -300], ids=lambda spare: f"{spare:+d}")
def test_a_frame_is_cut_at_the_end_of_its_slot(wire, rings, version, type, spare):  # noqa: A002
    """Of a frame longer than the room in its slot tp_snaplen bytes are kept; tp_len is its whole length."""
    ring = rings.receive(wire.right, version, SMALL, type, protocol=frames.OWN)
    room = SLOT - place(version, type)[0]
    frame = frames.ethernet(size=room - spare + (14 if type == SOCK_DGRAM else 0))
    sent = frame.bytes_for(type)

    wire.left.inject(frame)
    slot = ring.receive(frame.marker)

    assert captured(slot) == (room - spare, min(room, room - spare), TP_STATUS_USER)
    assert slot.data == sent[:room]
    assert (ring.slot(1).status, ring.socket.take()) == (0, None)


@clause(since="2.6.27", level="source", refs=REFS)
@versions
@pytest.mark.parametrize(("size", "room"), [(64, 0), (80, 14), (96, 30)])
def test_a_slot_may_be_too_small_for_any_frame(wire, rings, version, size, room):
    """In a slot that ends within the room for the link-layer header nothing is kept; its header is filled in."""
    ring = rings.receive(wire.right, version, Geometry(frame_size=size), protocol=frames.OWN)
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    later = wire.right.packet_socket()
    wire.left.inject(end := frames.ethernet(ethertype=frames.OTHER))
    later.receive(end.marker)
    slot = ring.take()

    assert captured(slot) == (100, room, TP_STATUS_USER)
    assert (slot.header.tp_mac, slot.header.tp_net) == place(version)
    assert slot.data == frame.data[:room]
    assert bytes(ring.slot(1).at(0, size)) == bytes(size)


@clause(since="3.2", level="documented", refs=["doc:networking/filter.rst", RECEIVING])
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@types
@pytest.mark.parametrize("keep", [1, 40, 85, 86, 99, 100, 65535])
def test_a_filter_says_how_much_is_kept(wire, rings, version, type, keep):  # noqa: A002
    """A filter's result is the most that a slot keeps of a frame; tp_len is not affected."""
    ring = rings.receive(wire.right, version, type=type, protocol=frames.OWN)
    filters.keep(ring.socket, keep)
    frame = frames.ethernet(size=100)
    sent = frame.bytes_for(type)

    wire.left.inject(frame)
    slot = ring.receive(b"")

    assert captured(slot) == (len(sent), min(keep, len(sent)), TP_STATUS_USER)
    assert slot.data == sent[:keep]


@clause(since="3.2", level="documented", refs=["doc:networking/filter.rst", RECEIVING])
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_what_a_filter_drops_takes_no_slot_and_is_not_counted(wire, rings, version):
    """A frame that the filter drops takes no slot and counts in neither tp_packets nor tp_drops."""
    ring = rings.receive(wire.right, version, protocol=frames.OWN)
    filters.attach(
        ring.socket,
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 100, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, filters.WHOLE),
        BPF_STMT(BPF_RET | BPF_K, 0),
    )
    dropped, kept = frames.ethernet(size=99), frames.ethernet(size=100)

    wire.left.inject(dropped, kept)
    slot = ring.receive(kept.marker)
    statistics = ring.socket.statistics()

    assert (slot.index, slot.data) == (0, kept.data)
    assert (statistics.tp_packets, statistics.tp_drops) == (1, 0)


@clause(
    since="2.6.27", level="documented", refs=REFS, covers=["option:PACKET_COPY_THRESH:effect", "status:TP_STATUS_COPY"]
)
@versions
@types
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_a_frame_that_was_cut_can_be_received_whole(wire, rings, version, type, shared):  # noqa: A002
    """With PACKET_COPY_THRESH a frame that its slot cannot hold is flagged COPY and queued whole on the socket.

    It makes no difference whether another socket receives the frame, too.
    """
    other = wire.right.packet_socket() if shared else None
    ring = rings.receive(wire.right, version, SMALL, type, frames.OWN, {PACKET_COPY_THRESH: 1})
    room = SLOT - place(version, type)[0]
    extra = 14 if type == SOCK_DGRAM else 0
    fits, long = frames.ethernet(size=room + extra), frames.ethernet(size=room + extra + 1)

    wire.left.inject(fits, long)
    slots = [ring.receive(frame.marker) for frame in (fits, long)]
    copy = ring.socket.take()

    assert [captured(slot) for slot in slots] == [
        (room, room, TP_STATUS_USER),
        (room + 1, room, TP_STATUS_USER | TP_STATUS_COPY),
    ]
    assert copy.data == long.bytes_for(type)
    assert (copy.address.sll_ifindex, copy.flags & MSG_TRUNC) == (0, 0)
    assert ring.socket.take() is None
    assert other is None or other.receive(long.marker).data == long.data


@clause(since="2.6.27", level="source", refs=[RECEIVING], covers=["option:PACKET_COPY_THRESH:effect"])
@versions
def test_a_copy_is_made_while_the_socket_has_room(wire, rings, version):
    """Copies are made until they fill SO_RCVBUF; from then on a truncated frame has no COPY flag."""
    ring = rings.receive(wire.right, version, SMALL, protocol=frames.OWN, options={PACKET_COPY_THRESH: 1})
    ring.socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)  # the least there is
    sent = [frames.ethernet(size=1400) for _ in range(8)]

    wire.left.inject(*sent)
    flags = [status(ring.receive(frame.marker)) & TP_STATUS_COPY for frame in sent]
    copies = ring.socket.received_markers(sent)

    number = len(copies)
    assert 0 < number < 8
    assert flags == [TP_STATUS_COPY] * number + [0] * (8 - number)
    assert copies == [frame.marker for frame in sent[:number]]
    # there is room again, and the ring goes on as before
    wire.left.inject(again := frames.ethernet(size=1400))
    assert status(ring.receive(again.marker)) & TP_STATUS_COPY


@clause(since="2.6.27", level="source", refs=[RECEIVING], covers=["option:PACKET_RESERVE:effect"])
@versions
def test_a_reserve_takes_its_room_from_the_slot(wire, rings, version):
    """PACKET_RESERVE takes its bytes, one by one, from the room for the frame."""
    reserve = 333
    ring = rings.receive(wire.right, version, SMALL, protocol=frames.OWN, options={PACKET_RESERVE: reserve})
    frame = frames.ethernet(size=300)
    room = SLOT - place(version, reserve=reserve)[0]

    wire.left.inject(frame)
    slot = ring.receive(frame.marker)

    assert captured(slot) == (300, room, TP_STATUS_USER)
    assert slot.data == frame.data[:room]
