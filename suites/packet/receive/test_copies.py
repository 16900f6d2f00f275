"""Receiving on packet sockets: how often a frame that this host sends is received, and by which sockets."""

import socket as library

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import addresses, frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import PACKET_HOST, PACKET_MULTICAST, PACKET_OUTGOING
from helpers.uapi.in_ import IP_ADD_MEMBERSHIP, IP_MULTICAST_IF
from helpers.uapi.socket import AF_INET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_IP

RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
NIT = "src:net/core/dev.c:dev_queue_xmit_nit"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
GROUP = "239.1.2.3"


@clause(since="2.2", level="documented", refs=["man:packet(7)", NIT, RCV, RCV_SPKT], covers=["pkttype:PACKET_OUTGOING"])
@TYPES
def test_only_a_socket_for_all_protocols_hears_what_leaves(tap, type_):
    """An outgoing frame is delivered to sockets for all protocols, not to those for its own protocol."""
    every, own = tap.packet_socket(type_, ETH_P_ALL), tap.packet_socket(type_, OWN)
    going, coming = frames.ethernet(), frames.ethernet()

    tap.inject(going)
    tap.arrive(coming)

    assert every.received_markers([going, coming]) == [going.marker, coming.marker]
    assert own.received_markers([going, coming]) == [coming.marker]


@clause(since="2.2", level="source", refs=[NIT, "src:net/core/dev.c:skb_loop_sk"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_socket_does_not_hear_what_it_sends(tap, type_):
    """A socket for all protocols receives what others send, not what it sends itself."""
    sender, other = tap.packet_socket(type_, ETH_P_ALL), tap.packet_socket(type_, ETH_P_ALL)
    frame, back = frames.ethernet(size=200), frames.ethernet(size=200)

    for socket, sent in ((sender, frame), (other, back)):
        data = sent.bytes_for(type_)
        socket.must.sendto(data, 0, address(tap.ifindex, OWN, frames.BROADCAST))

    assert sender.received_markers([frame, back]) == [back.marker]
    assert other.received_markers([frame, back]) == [frame.marker]


@clause(since="2.2", level="documented", refs=["man:packet(7)", NIT, RCV, RCV_SPKT])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_on_loopback_a_frame_is_heard_leaving_and_arriving(loopback, type_):
    """On loopback a socket for all protocols receives a frame twice, outgoing and incoming; one for its own, once.

    The address of all ones is a group there: the broadcast address of the loopback device is all zeros.
    """
    every, own = loopback.packet_socket(type_, ETH_P_ALL), loopback.packet_socket(type_, OWN)
    for_us, for_all = frames.ethernet(loopback.mac), frames.ethernet()

    twice = []
    for frame in (for_us, for_all):  # one by one: the second may leave before the first arrives
        loopback.inject(frame)
        twice += every.heard_until(frame, 2)
    once = own.heard_until(for_us) + own.heard_until(for_all)

    assert [packet.address.sll_pkttype for packet in twice] == [
        PACKET_OUTGOING,
        PACKET_HOST,
        PACKET_OUTGOING,
        PACKET_MULTICAST,
    ]
    assert len({packet.data for packet in twice}) == 2
    assert [packet.address.sll_pkttype for packet in once] == [PACKET_HOST, PACKET_MULTICAST]
    assert every.statistics().tp_packets == 4
    assert own.statistics().tp_packets == 2


@clause(since="2.2", level="source", refs=[NIT, "src:drivers/net/loopback.c:loopback_xmit"])
def test_on_loopback_a_socket_hears_its_own_frames_arriving(loopback):
    """On loopback the sender receives its own frame only as it arrives."""
    socket = loopback.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame, last = frames.ethernet(loopback.mac), frames.ethernet(loopback.mac)

    socket.must.send(frame.data)
    socket.must.send(last.data)
    heard = socket.heard_until(last)

    assert [(packet.data, packet.address.sll_pkttype) for packet in heard] == [
        (frame.data, PACKET_HOST),
        (last.data, PACKET_HOST),
    ]


@clause(
    since="2.2",
    level="uapi",
    refs=["uapi:linux/if_packet.h", RCV, RCV_SPKT, "src:net/core/dev.c:dev_loopback_xmit"],
    covers=["pkttype:PACKET_LOOPBACK"],
)
@TYPES
def test_the_copy_that_a_host_keeps_of_its_multicast_is_not_heard(tap, type_):
    """A host's own copy of a multicast datagram that it sends (PACKET_LOOPBACK) is delivered to no packet socket."""
    every, ip = tap.packet_socket(type_, ETH_P_ALL), tap.packet_socket(type_, ETH_P_IP, bound=False)
    tap.links.netlink.addr("add", index=tap.ifindex, address="192.0.2.1", prefixlen=24)
    member = tap.sockets.open(AF_INET, SOCK_DGRAM, 0, tap.namespace)
    member.must.bind(to := addresses.inet(4000, GROUP))
    member.must.setsockopt(SOL_IP, IP_MULTICAST_IF, library.inet_aton("192.0.2.1"))
    member.must.setsockopt(SOL_IP, IP_ADD_MEMBERSHIP, library.inet_aton(GROUP) + library.inet_aton("192.0.2.1"))
    frame = frames.ethernet(size=100)

    member.must.sendto(frame.payload, 0, to)

    # a frame goes to the packet sockets for IP first, to IP last
    assert wait.readable(member.fd)
    assert [frame.payload in data for data in tap.left()].count(True) == 1
    assert every.received_markers([frame]) == [frame.marker]
    assert ip.received_markers([frame]) == []
