"""Making and removing rings on a running socket: where its frames go, what is dropped, what stays."""

import ctypes
from errno import EAGAIN, EBUSY
from socket import htons

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.packet.ring_requests import DOC, EFFECTS, RING, arrived
from helpers.rings import Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import MSG_DONTWAIT, SOL_SOCKET
from helpers.uapi.socket_options import SO_MEMINFO

RX, TX = "option:PACKET_RX_RING:effect", "option:PACKET_TX_RING:effect"
GOOD, RECEIVE = Geometry(), Geometry(retire_blk_tov=10)
EMPTY = refused(EAGAIN)


def hearing(wire, rings, version, bound=True):
    """Return the rings, none yet, of a socket that receives our frames on the wire's right end, or on every link there.

    With it comes a function that has frames sent there and returns them when the socket has them.
    """
    witness = wire.right.packet_socket(protocol=frames.OWN)  # its hook is the oldest, so it receives last
    made = rings.on(wire.right.packet_socket(protocol=frames.OWN, bound=bound), version)
    made.must.set_version()

    def send(count=1):
        sent = [frames.ethernet() for _ in range(count)]
        wire.left.inject(*sent)
        for frame in sent:
            witness.receive(frame.marker)
        return sent

    return made, send


def queue(made):
    """Return the result of a receive that does not wait."""
    return made.socket.recv(bytearray(2000), 2000, MSG_DONTWAIT)


def memory(made):
    """Return the bytes that wait in the receive queue, as the kernel accounts for them."""
    return made.socket.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * 9)[0]


@clause(since="2.6.31", level="source", refs=[RING, DOC], covers=[RX])
@all_versions
@pytest.mark.parametrize("bound", [True, False], ids=["bound-to-link", "never-bound"])
def test_frames_go_to_the_ring_as_long_as_there_is_one(wire, rings, version, bound):
    """A socket's frames go to its queue, to its receive ring once there is one, and back when that is removed.

    Its name is the same all the time.
    """
    made, send = hearing(wire, rings, version, bound)
    names = [bytes(made.socket.name())]

    [first] = send()
    assert made.socket.receive(first.marker).data == first.data
    made.must.set_rx(RECEIVE)
    made.must.map()
    names.append(bytes(made.socket.name()))
    [second] = send()
    assert made.rx.receive(second.marker).data == second.data
    assert queue(made) == EMPTY
    made.must.unmap()
    made.must.remove_rx()
    names.append(bytes(made.socket.name()))
    [third] = send()
    assert made.socket.receive(third.marker).data == third.data

    assert len(set(names)) == 1
    assert made.socket.name().sll_protocol == htons(frames.OWN)
    assert made.socket.name().sll_ifindex == (wire.right.ifindex if bound else 0)


@clause(since="2.6.31", level="source", refs=[RING], covers=[RX])
@all_versions
def test_frames_that_wait_are_dropped_when_a_receive_ring_comes(wire, rings, version):
    """Making a receive ring drops the frames in the queue and frees their memory; a refused ring keeps them.

    They stay counted as received.
    """
    made, send = hearing(wire, rings, version)
    send(3)
    held = memory(made)
    made.set_rx(GOOD.but(frame_size=8))
    kept = memory(made)

    result = made.set_rx(RECEIVE)

    assert result == SUCCESS
    assert held == kept > 0
    assert (queue(made), memory(made)) == (EMPTY, 0)
    made.must.remove_rx()
    assert queue(made) == EMPTY
    assert made.socket.statistics().tp_packets == 3


@clause(since="2.6.31", level="source", refs=[RING], covers=[TX])
@all_versions
def test_a_transmit_ring_leaves_reception_alone(wire, rings, version):
    """Frames in the queue stay there when a transmit ring is made and removed, and frames still arrive there."""
    made, send = hearing(wire, rings, version)
    names = [bytes(made.socket.name())]
    [before] = send()

    made.must.set_tx(GOOD)
    names.append(bytes(made.socket.name()))
    [during] = send()
    ring_there = made.set_tx(GOOD)
    made.must.remove_tx()
    [after] = send()

    assert ring_there == refused(EBUSY)
    assert names[0] == names[1]
    assert made.socket.received_markers([before, during, after]) == [before.marker, during.marker, after.marker]


@clause(since="4.11", level="source", refs=[RING], covers=EFFECTS)
@all_versions
def test_a_transmit_ring_leaves_the_receive_ring_alone(wire, rings, version):
    """Making or removing a transmit ring leaves the frames in the receive ring, and the next goes to the next slot."""
    made, send = hearing(wire, rings, version)
    made.must.set_rx(RECEIVE.but(block_nr=4))
    sent = send()

    made.must.set_tx(GOOD)
    sent += send()
    made.must.remove_tx()
    sent += send()
    made.must.map()

    assert arrived(made.rx, 3) == [frame.data for frame in sent]


@clause(since="2.6.31", level="source", refs=[RING], covers=[RX, TX])
@all_versions
def test_without_its_receive_ring_a_socket_with_a_transmit_ring_hears_by_its_queue(wire, rings, version):
    """With the receive ring removed and the transmit ring left, frames go to the queue."""
    made, send = hearing(wire, rings, version)
    made.must.set_rx(RECEIVE)
    made.must.set_tx(GOOD)
    [first] = send()

    result = made.remove_rx()
    [second] = send()

    assert result == SUCCESS
    assert made.socket.received_markers([first, second]) == [second.marker]
