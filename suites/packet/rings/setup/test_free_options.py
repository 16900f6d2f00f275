"""Options that do not shape a ring: free while a packet socket has one."""

from fixtures.clauses import clause
from fixtures.parameters import all_versions, both_rings, slot_versions
from helpers.net import frames
from helpers.option_calls import answer, get, put
from helpers.options import covers, option, options
from helpers.packet.ring_requests import SET, ready
from helpers.rings import V2, Geometry
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import PACKET_COPY_THRESH, TP_STATUS_COPY

GOOD = Geometry()
FREE = ("PACKET_AUXDATA", "PACKET_ORIGDEV", "PACKET_TIMESTAMP", "PACKET_QDISC_BYPASS", "PACKET_IGNORE_OUTGOING")


@clause(since="4.20", level="source", refs=[SET], covers=covers(FREE, "set"))
@both_rings
def test_the_other_options_can_be_changed_while_there_is_a_ring(sockets, rings, ring):
    """The options that do not shape a ring can be changed while there is one."""
    made, free = ready(rings, sockets, V2), options(*FREE)
    made.must.set_ring(ring, GOOD)

    results = [put(made.socket, chosen, 1) for chosen in free]

    assert results == [SUCCESS] * len(FREE)
    assert [get(made.socket, chosen) for chosen in free] == [answer(1)] * len(FREE)


@clause(since="2.6.31", level="source", refs=[SET], covers=["option:PACKET_COPY_THRESH:set"])
@both_rings
@all_versions
def test_the_copy_threshold_can_be_set_while_there_is_a_ring(sockets, rings, ring, version):
    """PACKET_COPY_THRESH can be set while there is a ring, mapped or not."""
    made, chosen = ready(rings, sockets, version), option("PACKET_COPY_THRESH")
    made.must.set_ring(ring, GOOD)

    results = [put(made.socket, chosen, 1500)]
    made.must.map()
    results.append(put(made.socket, chosen, 77))

    assert results == [SUCCESS] * 2


@clause(since="2.6.31", level="source", refs=[SET], covers=["option:PACKET_COPY_THRESH:effect"])
@slot_versions
def test_the_copy_threshold_counts_from_when_it_is_set(wire, rings, version):
    """PACKET_COPY_THRESH set while there is a ring copies the long frames that come then; 0 ends that."""
    ring, statuses = rings.receive(wire.right, version, GOOD.but(frame_size=256), protocol=frames.OWN), []

    for value in (0, 1, -1, 0):
        ring.socket.enable(PACKET_COPY_THRESH, value)
        frame = frames.ethernet(size=1000)
        wire.left.inject(frame)
        statuses.append(ring.receive(frame.marker).status & TP_STATUS_COPY)

    assert statuses == [0, TP_STATUS_COPY, TP_STATUS_COPY, 0]
