"""A packet socket whose rings were removed has rings of another version."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.ring_requests import EFFECTS, RING, ready
from helpers.rings import V1, V2, V3, Geometry
from helpers.syscall import SUCCESS

RECEIVE, TRANSMIT = Geometry(frame_size=1024, retire_blk_tov=10), Geometry(frame_size=1024)
COVERS = ["option:PACKET_VERSION:effect", *EFFECTS]


def both_ways(wire, made, far, version, blocks):
    """Give the socket rings of a version, prove that a frame goes either way in the first slots, remove them."""
    made.must.set_version(version)
    made.must.set_rx(RECEIVE.but(block_nr=blocks))
    made.must.set_tx(TRANSMIT.but(block_nr=blocks + 1))
    made.must.map()
    arriving, leaving = frames.ethernet(), frames.ethernet()
    wire.left.inject(arriving)
    slot = made.rx.receive(arriving.marker)
    assert (slot.data, slot.index) == (arriving.data, 0)
    assert made.tx.send(leaving.data)[0].index == 0
    assert far.receive(leaving.marker).data == leaving.data
    made.must.unmap()
    assert (made.remove_rx(), made.remove_tx()) == (SUCCESS, SUCCESS)


def ends(wire, rings, version):
    """Return the rings, none yet, of a socket that receives on the right, and a socket that receives on the left."""
    socket = wire.right.packet_socket(protocol=frames.OWN)
    return rings.on(socket, version), wire.left.packet_socket(protocol=frames.OWN)


@clause(since="4.11", level="source", refs=[RING], covers=COVERS)
@pytest.mark.parametrize(
    ("before", "after"),
    [(V1, V1), (V1, V2), (V1, V3), (V2, V1), (V2, V2), (V2, V3), (V3, V3)],
    ids=str,
)
def test_rings_of_one_version_follow_those_of_another(wire, rings, before, after):
    """After its rings were removed a socket can have rings of any version, and starts with the first slot of each."""
    made, far = ends(wire, rings, before)

    both_ways(wire, made, far, before, 1)
    both_ways(wire, made, far, after, 3)


@clause(since="4.11", level="source", refs=[RING, "cve:CVE-2021-22600", "commit:ec6af094ea28"], covers=COVERS)
def test_rings_of_an_older_version_follow_those_of_version_3(sockets, rings):
    """After a V3 ring was removed a socket can have V2 rings; state of the V3 ring is not taken for theirs.

    A kernel that frees it twice lets both rings have the same memory.
    """
    made = ready(rings, sockets, V3)
    geometry = Geometry(block_nr=600)  # its list of blocks is of a size that the kernel seldom allocates
    made.must.set_rx(geometry)
    made.must.remove_rx()
    made.must.set_version(V2)

    results = made.set_rx(geometry), made.set_tx(geometry)
    made.must.map()
    memory = made.mapping.bytes.reshape(2, geometry.size)
    memory[0], memory[1] = 1, 2

    assert results == (SUCCESS, SUCCESS)
    assert (memory[0] == 1).all()
    assert (memory[1] == 2).all()
    made.must.unmap()
    assert (made.remove_rx(), made.remove_tx()) == (SUCCESS, SUCCESS)
