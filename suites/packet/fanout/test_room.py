"""When a member of a fanout group that rolls over has room: the exact bounds, with a queue and with a ring."""

from dataclasses import replace

import pytest

from fixtures.clauses import clause
from helpers.packet.fanout import Group, many
from helpers.packet.received_slots import NEVER
from helpers.rings import V1, V2, V3, Geometry
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_FLAG_ROLLOVER, PACKET_FANOUT_ROLLOVER
from suites.packet.fanout.support import charge, hold, resize

ROOM = "src:net/packet/af_packet.c:__packet_rcv_has_room"
COVERS = ["fanout_flag:ROLLOVER", "option:PACKET_FANOUT:effect"]
FLAGGED = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_ROLLOVER  # without a program: the first member is chosen
BLOCK = 4096


@clause(since="4.2", level="source", refs=[ROOM], covers=COVERS)
@pytest.mark.parametrize(
    ("frames", "extra", "order"),
    [
        (4, -2, "0 0 0 1 1 0 0!"),
        (4, 0, "0 0 0 1 1 0 0!"),  # a frame that fills the buffer finds no room, one that leaves a quarter little
        (4, 2, "0 0 0 0 1 1 1 0 0!"),
        (8, 0, "0 0 0 0 0 0 0 1 1 1 1 1 0 0!"),
        (8, 4, "0 0 0 0 0 0 0 0 1 1 1 1 1 1 0 0!"),
    ],
)
def test_room_in_a_queue_is_what_the_buffer_has_beyond_the_frame(loopback, frames, extra, order):
    """A member has room while a frame would leave SO_RCVBUF space, one rolled to while it leaves above a quarter."""
    group = hold(Group(loopback, FLAGGED, 2), frames, extra)

    got = group.deliver(*many(len(order.split())))

    assert got == order


@clause(since="4.2", level="source", refs=[ROOM], covers=COVERS)
def test_one_byte_above_a_quarter_is_room(loopback):
    """A member is rolled to while a frame would leave one byte more than a quarter of SO_RCVBUF, rounded down."""
    group, count = Group(loopback, FLAGGED, 2), 4  # that many frames are to leave just that
    for more in (0, 600, 1400, 3000):
        frames = [replace(frame, data=frame.data + bytes(more)) for frame in many(11)]
        size = charge(loopback, frames[0])
        if size % 3:
            break
    else:
        pytest.skip("frames of all sizes take a multiple of three bytes here: no buffer is left such a rest")
    quarter, rest = divmod(count * size + 1, 3) if size % 3 == 2 else divmod(count * size - 1, 3)
    assert rest == 0
    for member in group.members:
        resize(member, 4 * quarter + (0 if size % 3 == 2 else 2))

    got = group.deliver(*frames)

    assert got == "0 0 0 0 0 1 1 1 1 0 0!"


@pytest.fixture
def ringed(loopback, rings):
    """Makes groups of two members that have rings, in a mode."""

    def make(mode, version, geometry):
        group = Group(loopback, mode)
        for _ in range(2):
            socket = loopback.packet_socket(protocol=group.protocol)
            rings.on(socket, version, geometry).setup()
            group.admit(socket)
        return group

    return make


def _slots(count):
    """Return the geometry of a V1 or V2 ring of *count* slots."""
    return Geometry(BLOCK, count, BLOCK)


@clause(since="4.2", level="source", refs=[ROOM, "src:net/packet/af_packet.c:__tpacket_has_room"], covers=COVERS)
@pytest.mark.parametrize("version", [V1, V2], ids=str)
@pytest.mark.parametrize(("slots", "whole"), [(1, 1), (3, 3), (4, 3), (7, 6), (8, 6), (12, 9)])
def test_room_in_a_ring_is_a_free_slot(ringed, version, slots, whole):
    """A member with a ring has room while a slot is free, and is rolled to while the slot a quarter further is free."""
    group = ringed(FLAGGED, version, _slots(slots))

    got = group.deliver(*many(slots + whole + 2))

    assert got == " ".join(["0"] * slots + ["1"] * whole + ["0!"] * 2)
    assert group.rollovers() == (whole, 0, 2)


@clause(since="4.2", level="source", refs=[ROOM, "src:net/packet/af_packet.c:__tpacket_has_room"], covers=COVERS)
@pytest.mark.parametrize("version", [V1, V2], ids=str)
def test_a_rollover_group_leaves_a_quarter_of_each_ring(ringed, version):
    """PACKET_FANOUT_ROLLOVER leaves a quarter of each member's ring free until all are that full."""
    group = ringed(PACKET_FANOUT_ROLLOVER, version, _slots(8))

    got = group.deliver(*many(15))

    assert got == "0 0 0 0 0 0 1 1 1 1 1 1 0 0 0!"


@clause(since="4.2", level="source", refs=[ROOM, "src:net/packet/af_packet.c:__tpacket_v3_has_room"], covers=COVERS)
@pytest.mark.parametrize(("blocks", "whole"), [(3, 3), (4, 4), (7, 7), (8, 7), (12, 10)])
def test_room_in_a_ring_of_blocks_is_a_free_block(ringed, blocks, whole):
    """A member with a V3 ring has room while the kernel owns its current block, if rolled to the one a quarter on."""
    group = ringed(FLAGGED, V3, Geometry(BLOCK, blocks, BLOCK, retire_blk_tov=NEVER))
    long = [replace(frame, data=frame.data + bytes(3000)) for frame in many(blocks + 1 + whole)]  # one fills a block

    got = group.deliver(*long)

    assert got == " ".join(["0"] * blocks + ["0!"] + ["1"] * whole)
