"""Receiving on packet sockets: the source address, field by field."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import BROADCAST, MULTICAST, OWN, STRANGER
from helpers.packet.packet_socket import address
from helpers.uapi.if_arp import ARPHRD_ETHER, ARPHRD_LOOPBACK, ARPHRD_NONE
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
)
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOCK_RAW
from suites.packet.receive.support import source

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
RCV = "src:net/packet/af_packet.c:packet_rcv"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
OTHER_HOST = b"\x02\x00\x00\x00\xee\x02"


def expected(end, protocol, type_, hatype=ARPHRD_ETHER, hardware=STRANGER):
    """Return the bytes of the sockaddr_ll of a frame received on *end*."""
    name = address(end.ifindex, protocol, hardware)
    name.sll_hatype, name.sll_pkttype = hatype, type_
    return bytes(name)


@clause(
    since="5.2",
    level="documented",
    refs=["man:packet(7)", "uapi:linux/if_packet.h", RCV, RECVMSG, "commit:b2cf86e1563e"],
    covers=[f"pkttype:PACKET_{name}" for name in ("HOST", "BROADCAST", "MULTICAST", "OTHERHOST")],
)
@TYPES
@pytest.mark.parametrize(
    ("destination", "told"),
    [
        (None, PACKET_HOST),
        (BROADCAST, PACKET_BROADCAST),
        (MULTICAST, PACKET_MULTICAST),
        (OTHER_HOST, PACKET_OTHERHOST),
    ],
    ids=["host", "broadcast", "multicast", "otherhost"],
)
def test_the_source_of_a_frame_that_arrives(wire, type_, destination, told):
    """The source is link, protocol, hardware type, packet type and sender's address, padded with zeros to 20 bytes."""
    end, another = wire.right, b"\x02\x00\x00\x00\xee\x77"
    socket = end.packet_socket(type_, ETH_P_ALL)
    sent = [
        frames.ethernet(destination or end.mac),
        frames.ethernet(destination or end.mac, another, frames.OTHER),
    ]

    wire.left.inject(*sent)
    found = [source(socket, frame.marker) for frame in sent]

    assert found == [expected(end, OWN, told), expected(end, frames.OTHER, told, hardware=another)]


@clause(since="5.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG], covers=["pkttype:PACKET_OUTGOING"])
@TYPES
def test_the_source_of_a_frame_that_leaves(wire, type_):
    """The source of an outgoing frame has the frame's source address, not the link's own."""
    socket, frame = wire.left.packet_socket(type_, ETH_P_ALL), frames.ethernet()

    wire.left.inject(frame)
    found = source(socket, frame.marker)

    assert found == expected(wire.left, OWN, PACKET_OUTGOING)


@clause(since="5.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG])
@TYPES
def test_the_source_on_a_link_without_addresses(taps, type_):
    """On a link without addresses sll_halen of the source is 0 and sll_addr zeros; the length is still 20."""
    tun = taps(IFF_TUN)
    socket = tun.packet_socket(type_, ETH_P_ALL)

    tun.arrive(b"\x45" + bytes(30), b"\x60" + bytes(40))
    found = [source(socket), source(socket)]

    assert found == [expected(tun, protocol, PACKET_HOST, ARPHRD_NONE, b"") for protocol in (ETH_P_IP, ETH_P_IPV6)]


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG])
@TYPES
def test_the_source_on_loopback(loopback, type_):
    """On loopback the hardware type is that of loopback, and the address is the source in the frame."""
    socket = loopback.packet_socket(type_, OWN)

    loopback.inject(frames.ethernet(loopback.mac))
    found = source(socket)

    assert found == expected(loopback, OWN, PACKET_HOST, ARPHRD_LOOPBACK)


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV])
def test_the_source_tells_on_which_link_a_frame_arrived(taps):
    """On an unbound socket each frame's source has the link on which it arrived."""
    one = taps(name="one")
    two = taps(namespace=one.namespace, name="two")
    socket = one.packet_socket(SOCK_RAW, OWN, bound=False)

    two.arrive(frames.ethernet(two.mac))
    one.arrive(frames.ethernet(one.mac))
    found = [source(socket), source(socket)]

    assert found == [expected(end, OWN, PACKET_HOST) for end in (two, one)]
    assert one.ifindex != two.ifindex


@clause(since="2.2", level="source", refs=[RECVMSG])
@TYPES
def test_the_source_is_the_same_when_peeked_and_when_taken(tap, type_):
    """MSG_PEEK returns the same source each time, and so does the call that takes the frame."""
    socket = tap.packet_socket(type_, OWN)

    tap.arrive(frames.ethernet(tap.mac))
    found = [source(socket, flags=flags) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert found == [expected(tap, OWN, PACKET_HOST)] * 3
