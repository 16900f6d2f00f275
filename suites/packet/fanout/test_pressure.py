"""A member of a fanout group that had no room left is rolled to again after it has read or polled, not before."""

from dataclasses import replace

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.packet.fanout import Group, by_number, numbered
from helpers.packet.received_slots import NEVER
from helpers.rings import V1, V2, V3, Geometry
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_FLAG_ROLLOVER
from suites.packet.fanout.support import charge, hold, resize

CLEAR = "src:net/packet/af_packet.c:__packet_rcv_try_clear_pressure"
REFS = [CLEAR, "src:net/packet/af_packet.c:packet_rcv_has_room"]
COVERS = ["fanout_flag:ROLLOVER", "option:PACKET_FANOUT:effect"]
FLAGGED = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_ROLLOVER
BLOCK, BLOCKS = 4096, 8
FIRST, SECOND = 0, 1  # members; the clauses are about the first, to which the second one's frames roll


def _group(loopback, *members):
    group = Group(loopback, FLAGGED, 0 if members else 2)
    for member in members:
        group.admit(member)
    group.steer(by_number())
    return group


@clause(since="5.3", level="source", refs=REFS, covers=COVERS)
@pytest.mark.parametrize(("extra", "outcome"), [(0, ["1!", "1!", "0"]), (4, ["1!", "0", "0"])])
def test_reading_makes_room_when_more_than_a_quarter_is_left(loopback, extra, outcome):
    """A full member is rolled to again once it reads while its queue, what is read included, leaves above a quarter."""
    group = hold(_group(loopback), 8, extra)  # eight frames' room: with six in it a quarter is left, or a bit more
    group.deliver(*numbered(*[FIRST] * 7, *[SECOND] * 9))

    got = []
    for _ in outcome:
        group.members[FIRST].must.take()
        got.append(group.deliver(*numbered(SECOND)))

    assert got == outcome


@clause(since="5.3", level="source", refs=[*REFS, "src:net/packet/af_packet.c:packet_poll"], covers=COVERS)
@pytest.mark.parametrize(
    ("extra", "polled", "outcome"), [(4, False, "1!"), (0, True, "1!"), (4, True, "0")], ids=["not", "quarter", "above"]
)
def test_polling_tells_that_there_is_room(loopback, extra, polled, outcome):
    """A full member is rolled to again after it was polled while its queue left more than a quarter of its buffer."""
    group, size = hold(_group(loopback), 8), charge(loopback)
    first = group.members[FIRST]
    group.deliver(*numbered(*[FIRST] * 6, *[SECOND] * 9))

    resize(first, 8 * size + extra)
    if polled:
        wait.poll(first.fd, seconds=0)
    resize(first, 16 * size)  # room enough, but it is not looked at before the member reads or is polled

    assert group.deliver(*numbered(SECOND)) == outcome


@clause(since="5.3", level="source", refs=REFS, covers=COVERS)
def test_a_frame_of_its_own_tells_that_there_is_room(loopback):
    """A full member is rolled to again after a frame that was chosen for it has found room there."""
    group, size = hold(_group(loopback), 8), charge(loopback)
    group.deliver(*numbered(*[FIRST] * 6, *[SECOND] * 9))
    resize(group.members[FIRST], 16 * size)

    got = group.deliver(*numbered(SECOND, FIRST, SECOND))

    assert got == "1! 0 0"


@clause(since="5.3", level="source", refs=[*REFS, "src:net/packet/af_packet.c:packet_poll"], covers=COVERS)
@pytest.mark.parametrize("version", [V1, V2, V3], ids=str)
def test_polling_tells_that_a_ring_has_room(loopback, rings, version):
    """A member with a full ring is rolled to again after it was polled while the slot a quarter further was free."""
    members = [loopback.packet_socket(protocol=0) for _ in range(2)]
    made = [rings.on(member, version, Geometry(BLOCK, BLOCKS, BLOCK, retire_blk_tov=NEVER)) for member in members]
    for member, ring in zip(members, made, strict=True):
        ring.setup()
        member.attach(loopback.ifindex, numbered(0)[0].ethertype)
    group = _group(loopback, *members)
    ring, got = made[FIRST].rx, []
    piece = ring.block if version is V3 else ring.slot
    used = 8 if version is V3 else 7  # the next one is the eighth slot, or a frame in the eighth block

    def send(*numbers):
        return group.deliver(*(replace(frame, data=frame.data + bytes(3000)) for frame in numbered(*numbers)))

    send(*[FIRST] * used, *[SECOND] * 10)
    for freed, polled in [(0, True), (1, False), (None, True)]:
        if freed is not None:
            piece(freed).hand_back()
        if polled:
            wait.poll(members[FIRST].fd, seconds=0)
        got.append(send(SECOND))

    assert got == ["1!", "1!", "0"]
