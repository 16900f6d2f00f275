"""A mapping keeps its packet socket: what happens when the descriptor is closed first."""

import os

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers import wait
from helpers.net import frames
from helpers.packet.ring_requests import DOC, EFFECTS
from helpers.rings import V2, V3, Geometry
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import TP_STATUS_USER

RELEASE = "src:net/packet/af_packet.c:packet_release"
CLOSE = "src:net/packet/af_packet.c:packet_mm_close"
RECEIVE, TRANSMIT = Geometry(retire_blk_tov=10), Geometry()


def listed(namespace, inode):
    """Return whether the namespace's table of packet sockets has the one with this inode number."""
    with namespace, open("/proc/thread-self/net/packet") as table:
        return any(line.split()[-1] == str(inode) for line in table)


@clause(
    since="4.11", level="source", refs=[RELEASE, CLOSE, "man:mmap(2)"], covers=[*EFFECTS, "file:mmap", "file:close"]
)
@all_versions
def test_a_mapped_ring_goes_on_after_its_descriptor(wire, rings, version):
    """The socket of a mapped ring lives on when its last descriptor is closed: frames still arrive in the ring."""
    ring = rings.receive(wire.right, version, RECEIVE, protocol=frames.OWN)
    before, after = frames.ethernet(), frames.ethernet()
    inode = os.fstat(ring.socket.fd).st_ino

    wire.left.inject(before)
    assert ring.receive(before.marker).data == before.data
    result = ring.socket.close()
    wire.left.inject(after)

    assert result == SUCCESS
    if version is V3:
        ring.block(0).hand_back()
    assert ring.receive(after.marker).data == after.data
    assert listed(wire.right.namespace, inode)


@clause(since="4.11", level="source", refs=[RELEASE, CLOSE], covers=[*EFFECTS, "file:mmap", "file:close"])
@all_versions
@pytest.mark.parametrize("pieces", [1, 2], ids=["at-once", "in-two-pieces"])
def test_the_last_page_unmapped_closes_the_socket(wire, rings, version, pieces):
    """A socket whose descriptor is closed leaves the namespace's table once all of its ring is unmapped."""
    made = rings.both(wire.right, version, RECEIVE, TRANSMIT, protocol=frames.OWN)
    inode = os.fstat(made.socket.fd).st_ino
    made.socket.close()
    half = made.size // 2

    if pieces == 2:
        made.mapping.unmap(0, half)
    with_the_rest = listed(wire.right.namespace, inode)
    made.mapping.unmap()

    assert with_the_rest
    wait.until(lambda: not listed(wire.right.namespace, inode), "the socket gone")


@clause(since="2.6.31", level="source", refs=[RELEASE, DOC], covers=[*EFFECTS, "file:close"])
@all_versions
def test_a_socket_with_rings_is_closed_like_any_other(wire, rings, version):
    """Closing a socket that has both rings, with frames in them, ends it: no ring has to be removed first."""
    made = rings.both(wire.right, version, RECEIVE, TRANSMIT, protocol=frames.OWN)
    inode = os.fstat(made.socket.fd).st_ino
    frame = frames.ethernet()
    wire.left.inject(frame)
    made.rx.receive(frame.marker)
    made.tx.put(frame.data)
    made.unmap()

    result = made.socket.close()

    assert result == SUCCESS
    assert not listed(wire.right.namespace, inode)


@clause(since="2.6.27", level="source", refs=[RELEASE], covers=["option:PACKET_RX_RING:effect", "file:close"])
def test_another_descriptor_of_the_socket_keeps_ring_and_mapping(wire, rings):
    """Closing one of two descriptors of a socket changes nothing for its ring."""
    ring = rings.receive(wire.right, V2, RECEIVE, protocol=frames.OWN)
    frame = frames.ethernet()

    os.close(os.dup(ring.socket.fd))
    wire.left.inject(frame)

    slot = ring.receive(frame.marker)
    assert slot.status & TP_STATUS_USER
    assert slot.data == frame.data
    assert wait.readable(ring.socket.fd)
