"""Transmit rings: what a send on a socket with such a ring does, and who owns a slot's bytes afterwards."""

import os
from errno import EFAULT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers import messages, syscall
from helpers.memory import PAGE
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.rings import V2, Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import TP_STATUS_WRONG_FORMAT
from helpers.uapi.socket import MSG_DONTWAIT
from suites.packet.rings.transmit.support import DOC, EFFECT, FILL, SND, attempt

SENDMSG = "src:net/packet/af_packet.c:packet_sendmsg"


def by_sendto(fd, memory):
    """Send with sendto(2), of memory that cannot be read."""
    return syscall.sendto(fd, memory.unmapped, 100, 0)


def by_sendmsg(fd, memory):
    """Send with sendmsg(2), with two pieces of data."""
    return syscall.sendmsg(fd, Message([b"x" * 60, b"y" * 2000]).header)


def by_sendmmsg(fd, memory):
    """Send with sendmmsg(2), one message."""
    vector = messages.vector([Message([b"x" * 60])])
    result = syscall.sendmmsg(fd, vector, 1, 0)
    return returned(vector[0].msg_len) if result == returned(1) else result


def by_write(fd, memory):
    """Send with write(2)."""
    return returned(os.write(fd, b"x" * 60))


@clause(since="2.6.31", level="source", refs=[SENDMSG, SND], covers=EFFECT)
@all_versions
@pytest.mark.parametrize("way", [by_sendto, by_sendmsg, by_sendmmsg, by_write], ids=lambda way: way.__name__)
def test_data_of_a_call_are_not_looked_at(wire, rings, memory, version, way):
    """A send on a socket with a transmit ring sends its slots; the data of the call are neither sent nor read."""
    ring, tap = rings.transmit(wire.left, version), wire.left.packet_socket(protocol=ETH_P_ALL)
    sent = [frames.ethernet() for _ in range(2)]
    for frame in sent:
        ring.put(frame.data)

    results = [way(ring.socket.fd, memory) for _ in range(2)]

    assert results == [returned(92), returned(0)]
    assert [packet.data for packet in tap.heard_until(sent[1])] == [frame.data for frame in sent]
    assert tap.take() is None


@clause(since="2.6.31", level="source", refs=[SENDMSG], covers=EFFECT)
@all_versions
def test_only_a_transmit_ring_changes_what_a_send_is(wire, rings, version):
    """A socket with only a receive ring sends the data of its calls, as does one whose transmit ring was removed."""
    made = rings.on(wire.left.packet_socket(protocol=0), version, rx=Geometry(), tx=Geometry())
    far, sent = wire.right.packet_socket(protocol=OWN), [frames.ethernet() for _ in range(3)]
    made.must.set_version()

    made.must.set_rx()
    results = [made.socket.send(sent[0].data)]
    made.must.set_tx()
    results.append(made.socket.send(sent[1].data))
    made.must.remove_tx()
    results.append(made.socket.send(sent[2].data))

    assert results == [returned(46), returned(0), returned(46)]
    assert [packet.data for packet in far.heard_until(sent[2])] == [sent[0].data, sent[2].data]


@clause(since="4.20", level="source", refs=[DOC, "src:net/packet/af_packet.c:tpacket_ubuf_complete"], covers=EFFECT)
@all_versions
def test_a_slot_that_is_available_is_nobody_elses(wire, rings, version):
    """Writing to a slot once it is available changes nothing in the frames that receivers got from it."""
    ring, frame = rings.transmit(wire.left, version), frames.ethernet(size=1000)
    near, far = wire.left.packet_socket(protocol=ETH_P_ALL), wire.right.packet_socket(protocol=OWN)
    second = wire.right.packet_socket(protocol=ETH_P_ALL)

    (slot,) = ring.send(frame.data)
    slot.write(ring.data_offset, bytes(1000))

    assert [tap.receive(frame.marker).data for tap in (near, far, second)] == [frame.data] * 3


@clause(since="2.6.31", level="documented", refs=[DOC, SND])
@all_versions
def test_a_slot_can_be_used_again_and_again(wire, rings, version):
    """Each frame is the one that the slot held when it was requested, through many rounds of the ring."""
    ring, far = rings.transmit(wire.left, version, Geometry(block_nr=1)), wire.right.packet_socket(protocol=OWN)
    sent = [frames.ethernet(size=46 + 29 * number) for number in range(50)]

    for frame in sent:
        ring.send(frame.data)
        assert far.receive(frame.marker).data == frame.data
    assert ring.cursor == 0


@clause(since="2.6.31", level="source", refs=[SND], covers=EFFECT)
def test_two_sockets_do_not_share_their_slots(wire, rings):
    """The rings of two sockets on one link are separate: a send takes the slots of its own socket only."""
    first, second = rings.transmit(wire.left, V2), rings.transmit(wire.left, V2)
    far, sent = wire.right.packet_socket(protocol=OWN), [frames.ethernet(size=46 + index) for index in range(2)]
    slots = [ring.put(frame.data) for ring, frame in zip((first, second), sent, strict=True)]

    results = [second.kick(), [slot.status for slot in slots], first.kick()]

    assert results == [returned(47), [1, 0], returned(46)]
    assert [packet.data for packet in far.heard_until(sent[0])] == [sent[1].data, sent[0].data]


@clause(since="2.6.31", level="source", refs=[FILL, DOC], covers=[*EFFECT, "errno:sendto:EFAULT"])
@all_versions
def test_a_frame_may_lie_in_many_pages(loopback, rings, version):
    """A frame is sent whole from up to 17 pages of its slot; with one byte in an 18th the send fails with EFAULT."""
    loopback.links.set("lo", mtu=100000)
    ring = rings.transmit(loopback, version, Geometry(block_size=32 * PAGE, block_nr=1, frame_size=20 * PAGE))
    tap, most = loopback.packet_socket(protocol=OWN), 17 * PAGE - ring.data_offset
    sizes = [PAGE - ring.data_offset + more for more in (-1, 0, 1)] + [2 * PAGE, 2 * PAGE - ring.data_offset + 1]
    sent = [frames.ethernet(size=size) for size in [*sizes, 5000, 60001, most]]
    above = frames.ethernet(size=most + 1)

    for frame in sent:
        slot = ring.put(frame.data)
        assert ring.kick(MSG_DONTWAIT) == returned(len(frame))
        assert tap.receive(frame.marker, size=100000).data == frame.data
        ring.wait_available(slot)
    assert attempt(ring, above.data, MSG_DONTWAIT) == (refused(EFAULT), TP_STATUS_WRONG_FORMAT)
