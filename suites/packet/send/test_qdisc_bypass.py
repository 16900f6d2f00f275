"""PACKET_QDISC_BYPASS: frames that go to the driver at once, bypassing the queue of the link."""

from errno import ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers.net import egress, frames, ip_frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_frames, no_room, passed, tx_dropped
from helpers.packet.link_changes import without_carrier
from helpers.packet.packet_socket import address
from helpers.packet.virtio_frames import asking, headed, transport_is_right
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS
from helpers.uapi.in_ import IPPROTO_TCP
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_GSO_TCPV4

DOC = "doc:networking/packet_mmap.rst"
XMIT = "src:net/packet/af_packet.c:packet_xmit"
DIRECT = "src:net/core/dev.c:__dev_direct_xmit"
EFFECT = ["option:PACKET_QDISC_BYPASS:effect"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


def bypassing(end, type_=SOCK_RAW):
    """Return a socket whose frames bypass the queue of *end*."""
    socket = end.packet_socket(type_, 0)
    socket.enable(PACKET_QDISC_BYPASS)
    return socket


@clause(since="3.14", level="documented", refs=[DOC, XMIT], covers=[*EFFECT, "errno:sendto:ENOBUFS"])
@TYPES
def test_the_queue_neither_drops_nor_counts(wire, type_):
    """With PACKET_QDISC_BYPASS a frame is sent although the queue drops all, and the queue does not count it."""
    sender, receiver, frame = bypassing(wire.left, type_), wire.right.packet_socket(protocol=OWN), frames.ethernet()
    data, name = frame.bytes_for(type_), address(wire.left.ifindex, OWN, frames.BROADCAST)
    no_room(wire.left)
    before = passed(wire.left)

    result = sender.sendto(data, 0, name)
    after = passed(wire.left)
    sender.enable(PACKET_QDISC_BYPASS, 0)
    refusal = sender.sendto(data, 0, name)

    assert result == returned(len(data))
    assert receiver.receive(frame.marker).data[14:] == frame.payload
    assert after == before
    assert refusal == refused(ENOBUFS)
    assert passed(wire.left).drops == before.drops + 1


@clause(since="3.14", level="documented", refs=[DOC, XMIT], covers=EFFECT)
def test_frames_are_not_kept_waiting(wire):
    """With PACKET_QDISC_BYPASS a frame overtakes those that wait in the queue."""
    early, late = wire.left.packet_socket(protocol=0), bypassing(wire.left)
    receiver = wire.right.packet_socket(protocol=OWN)
    let_go = hold_frames(wire.left)
    first, held, last = (frames.ethernet(size=400) for _ in range(3))
    for frame in (first, held):
        early.must.send(frame.data)

    assert late.send(last.data) == returned(400)
    assert [packet.data for packet in receiver.heard_until(last)] == [first.data, last.data]
    let_go()


@clause(since="3.14", level="documented", refs=[DOC, DIRECT], covers=EFFECT)
def test_other_packet_sockets_do_not_see_what_leaves(wire):
    """With PACKET_QDISC_BYPASS frames are not delivered to the packet sockets of the sending side."""
    sender, tap = bypassing(wire.left), wire.left.packet_socket(protocol=ETH_P_ALL)
    receiver, hidden, shown = wire.right.packet_socket(protocol=OWN), frames.ethernet(), frames.ethernet()

    sender.must.send(hidden.data)
    sender.enable(PACKET_QDISC_BYPASS, 0)
    sender.must.send(shown.data)

    assert [packet.data for packet in receiver.heard_until(shown)] == [hidden.data, shown.data]
    assert [packet.data for packet in tap.heard_until(shown)] == [shown.data]


@clause(since="3.14", level="source", refs=[XMIT, DIRECT], covers=[*EFFECT, "errno:sendto:ENOBUFS"])
def test_without_carrier_a_frame_is_refused(wire):
    """With PACKET_QDISC_BYPASS a link without carrier refuses with ENOBUFS and counts a drop; with it, it sends."""
    sender, frame = bypassing(wire.left), frames.ethernet()

    with without_carrier(wire):
        before = tx_dropped(wire.left)

        refusal = sender.send(frame.data)
        dropped = tx_dropped(wire.left) - before

    assert (refusal, dropped) == (refused(ENOBUFS), 1)
    assert sender.send(frame.data) == returned(len(frame))


@clause(since="3.14", level="source", refs=[XMIT, "src:net/core/dev.c:sch_handle_egress"], covers=EFFECT)
def test_programs_on_the_way_out_are_passed_by(wire, initial_user_namespace):
    """With PACKET_QDISC_BYPASS a frame is sent although a program on the link's egress drops all."""
    sender, receiver, frame = bypassing(wire.left), wire.right.packet_socket(protocol=OWN), frames.ethernet()
    egress.drop_all(wire.left)

    result = sender.send(frame.data)
    sender.enable(PACKET_QDISC_BYPASS, 0)
    refusal = sender.send(frame.data)

    assert (result, refusal) == (returned(len(frame)), refused(ENOBUFS))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="5.16", level="source", refs=["src:net/packet/af_packet.c:nf_hook_direct_egress"], covers=EFFECT)
@pytest.mark.parametrize("bypass", [0, 1])
def test_a_firewall_on_the_way_out_is_not_passed_by(tap, bypass):
    """A netfilter chain on the link's egress drops a frame with PACKET_QDISC_BYPASS too: ENOBUFS."""
    sender = tap.packet_socket(protocol=0)
    sender.enable(PACKET_QDISC_BYPASS, bypass)
    before, frame = frames.ethernet(), frames.ethernet()

    assert sender.send(before.data) == returned(len(before))
    egress.refuse_all(tap)
    assert sender.send(frame.data) == refused(ENOBUFS)
    assert tap.left() == [before.data]


@clause(since="4.3", level="source", refs=[DIRECT], covers=EFFECT)
def test_checksums_are_completed_but_nothing_is_divided(tap):
    """With PACKET_QDISC_BYPASS a partial checksum is completed, but a frame to be segmented fails with ENOBUFS."""
    sender = headed(tap)
    sender.enable(PACKET_QDISC_BYPASS)
    long, short = (ip_frames.frame(IPPROTO_TCP, size=size, partial=True) for size in (2000, 500))
    header = bytes(asking(IPPROTO_TCP, 4, VIRTIO_NET_HDR_GSO_TCPV4, 1000))

    assert sender.send(header + long.data) == refused(ENOBUFS)
    assert sender.send(header + short.data) == returned(10 + len(short))
    (left,) = tap.left()
    assert left[54:] == short.data[54:]
    assert transport_is_right(left, IPPROTO_TCP)
