"""Sending on packet sockets: the queue of the link, what it drops, and which error the sender gets."""

from errno import ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers.net import egress, frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_newest, no_room, passed, remove, unsent
from helpers.packet.link_changes import without_carrier
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_PRIORITY

SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])


def name_for(end, type_):
    if type_ == SOCK_PACKET:
        return sockaddr_pkt(spkt_device=end.name.encode())
    return address(end.ifindex, OWN, frames.BROADCAST)


@clause(since="2.2", level="documented", refs=["man:packet(7)", SND, SPKT], covers=["errno:sendto:ENOBUFS"])
@TYPES
def test_a_frame_that_the_queue_drops_is_enobufs(wire, type_):
    """A frame that the link's queue drops and counts fails with ENOBUFS, unseen by taps; SOCK_PACKET gets no error."""
    sender, tap = wire.left.packet_socket(type_, 0, False), wire.left.packet_socket(protocol=ETH_P_ALL)
    lost, frame, name = frames.ethernet(), frames.ethernet(), name_for(wire.left, type_)
    no_room(wire.left)

    result = sender.sendto(lost.bytes_for(type_), 0, name)
    counted = passed(wire.left)
    remove(wire.left)
    control = sender.sendto(frame.bytes_for(type_), 0, name)

    assert result == (returned(len(lost)) if type_ == SOCK_PACKET else refused(ENOBUFS))
    assert (counted.packets, counted.drops) == (0, 1)
    assert control == returned(len(frame.bytes_for(type_)))
    assert [packet.data[14:] for packet in tap.heard_until(frame)] == [frame.payload]


@clause(since="2.6.12", level="source", refs=["src:include/linux/netdevice.h:net_xmit_errno", SND])
def test_a_queue_that_drops_an_older_frame_is_no_error(wire):
    """Where a full queue drops its oldest frame, the new one is sent without an error."""
    sender, receiver = wire.left.packet_socket(protocol=0), wire.right.packet_socket(protocol=OWN)
    hold_newest(wire.left)
    sent = [frames.ethernet(size=400) for _ in range(4)]

    results = [sender.send(frame.data) for frame in sent]

    assert results == [returned(400)] * 4
    assert receiver.receive(sent[0].marker).data == sent[0].data
    assert passed(wire.left).waiting == 1


@clause(since="2.2", level="source", refs=[SND, "src:net/sched/sch_generic.c:noop_enqueue"])
@TYPES
def test_without_carrier_a_frame_vanishes(wire, type_):
    """On a link without carrier a send succeeds, and its frame is neither sent nor kept."""
    sender = wire.left.packet_socket(type_, 0, False)
    lost, frame, name = frames.ethernet(), frames.ethernet(), name_for(wire.left, type_)
    wire.left.links.netlink.tc("add", "pfifo", wire.left.ifindex, limit=10)

    with without_carrier(wire):
        result = sender.sendto(lost.bytes_for(type_), 0, name)
        left = unsent(sender)
    receiver = wire.right.packet_socket(protocol=OWN)
    sender.must.sendto(frame.bytes_for(type_), 0, name)

    assert (result, left) == (returned(len(lost.bytes_for(type_))), 0)
    assert [packet.data[14:] for packet in receiver.heard_until(frame)] == [frame.payload]


@clause(since="4.1", level="documented", refs=["man:packet(7)", SND], covers=["errno:sendto:ENOBUFS"])
@TYPES
def test_a_frame_that_a_program_drops_is_enobufs(wire, type_, initial_user_namespace):
    """A frame that a program on the egress drops fails with ENOBUFS, unseen by taps; SOCK_PACKET gets no error."""
    sender, tap = wire.left.packet_socket(type_, 0, False), wire.left.packet_socket(protocol=ETH_P_ALL)
    lost, frame, name = frames.ethernet(), frames.ethernet(), name_for(wire.left, type_)
    sender.must.setsockopt(SOL_SOCKET, SO_PRIORITY, 3)
    egress.let_only(wire.left, egress.PRIORITY, 4)

    result = sender.sendto(lost.bytes_for(type_), 0, name)
    sender.must.setsockopt(SOL_SOCKET, SO_PRIORITY, 4)
    control = sender.sendto(frame.bytes_for(type_), 0, name)

    assert result == (returned(len(lost)) if type_ == SOCK_PACKET else refused(ENOBUFS))
    assert control == returned(len(frame.bytes_for(type_)))
    assert [packet.data[14:] for packet in tap.heard_until(frame)] == [frame.payload]
