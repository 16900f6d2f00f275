"""Socket filters on packet sockets: the ancillary data, which are not in the frame."""

import struct
from functools import partial

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.filters import ancillary
from helpers.net import frames, ip_frames
from helpers.net.frames import BROADCAST, MULTICAST, OWN, STRANGER
from helpers.uapi.filter import (
    SKF_AD_HATYPE,
    SKF_AD_IFINDEX,
    SKF_AD_MARK,
    SKF_AD_PAY_OFFSET,
    SKF_AD_PKTTYPE,
    SKF_AD_PROTOCOL,
    SKF_AD_VLAN_TAG,
    SKF_AD_VLAN_TAG_PRESENT,
    SKF_AD_VLAN_TPID,
)
from helpers.uapi.if_arp import ARPHRD_ETHER, ARPHRD_NONE
from helpers.uapi.if_ether import ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
)
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_MARK

REFS = ["doc:networking/filter.rst", "uapi:linux/filter.h", "src:net/packet/af_packet.c:run_filter"]
EFFECT = ["option:SO_ATTACH_FILTER:effect"]
SIZE = 400  # room for every octet that filters.computed() looks at


def computed(end, instructions, send, type_=SOCK_RAW, octets=4):
    """Return what *instructions* leave in the accumulator for the frame that ``send()`` brings to *end*."""
    socket = end.packet_socket(type_, ETH_P_ALL)

    def hear():
        send()
        return socket.receive(b"")

    return filters.computed(socket, instructions, hear, octets)


def arriving(tap, destination=BROADCAST, ethertype=OWN):
    """Return a function that brings a frame of 400 bytes to *tap*."""
    return lambda: tap.arrive(frames.ethernet(destination, ethertype=ethertype, size=SIZE))


@clause(since="2.6.20", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_protocol_and_link(tap, type_):
    """SKF_AD_PROTOCOL is the protocol in host order, SKF_AD_IFINDEX the link, SKF_AD_HATYPE its hardware type."""
    values = [
        computed(tap, ancillary(number), arriving(tap), type_)
        for number in (SKF_AD_PROTOCOL, SKF_AD_IFINDEX, SKF_AD_HATYPE)
    ]

    assert values == [OWN, tap.ifindex, ARPHRD_ETHER]


@clause(since="2.6.34", level="documented", refs=REFS, covers=EFFECT)
def test_the_hardware_type_of_another_kind_of_link(taps):
    """SKF_AD_HATYPE of a link without link-layer header is ARPHRD_NONE, and SKF_AD_PROTOCOL is that of the packet."""
    tun = taps(IFF_TUN)

    values = [
        computed(tun, ancillary(number), lambda: tun.arrive(b"\x45" + bytes(SIZE)))
        for number in (SKF_AD_HATYPE, SKF_AD_PROTOCOL)
    ]

    assert values == [ARPHRD_NONE, ETH_P_IP]


@clause(since="2.6.20", level="documented", refs=REFS, covers=[*EFFECT, "pkttype:PACKET_OUTGOING"])
@pytest.mark.parametrize(
    ("destination", "expected"),
    [(None, PACKET_HOST), (BROADCAST, PACKET_BROADCAST), (MULTICAST, PACKET_MULTICAST), (STRANGER, PACKET_OTHERHOST)],
    ids=["host", "broadcast", "multicast", "otherhost"],
)
def test_packet_type(tap, destination, expected):
    """SKF_AD_PKTTYPE is the packet type in the frame's source address, for incoming and outgoing frames."""
    frame = frames.ethernet(destination or tap.mac, size=SIZE)

    values = [computed(tap, ancillary(SKF_AD_PKTTYPE), partial(send, frame)) for send in (tap.arrive, tap.inject)]

    assert values == [expected, PACKET_OUTGOING]


@clause(since="2.6.31", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("mark", [0, 0x1234_5678], ids=hex)
def test_mark(tap, mark):
    """SKF_AD_MARK is the mark of the frame."""
    sender = tap.packet_socket(protocol=0)
    sender.must.setsockopt(SOL_SOCKET, SO_MARK, mark)

    value = computed(tap, ancillary(SKF_AD_MARK), lambda: sender.must.send(frames.ethernet(size=SIZE).data))

    assert value == mark


@clause(since="3.8", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize(
    ("tpid", "tci"),
    [(ETH_P_8021Q, 0x2007), (ETH_P_8021AD, 0xFFFF), (ETH_P_8021Q, 0), (None, 0)],
    ids=["8021q", "8021ad", "zero", "none"],
)
def test_vlan_tag(tap, tpid, tci):
    """SKF_AD_VLAN_TAG is the TCI of a removed tag, and SKF_AD_VLAN_TAG_PRESENT says whether there is one."""
    frame = frames.ethernet(size=SIZE).data
    if tpid:
        frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]

    values = [
        computed(tap, ancillary(number), lambda: tap.arrive(frame))
        for number in (SKF_AD_VLAN_TAG, SKF_AD_VLAN_TAG_PRESENT)
    ]

    assert values == [tci, int(tpid is not None)]


@clause(since="4.1", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])
def test_vlan_tpid(tap, tpid):
    """SKF_AD_VLAN_TPID is the TPID of the tag that was removed from the frame."""
    frame = frames.ethernet(size=SIZE).data
    frame = frame[:12] + struct.pack("!HH", tpid, 5) + frame[12:]

    value = computed(tap, ancillary(SKF_AD_VLAN_TPID), lambda: tap.arrive(frame))

    assert value == tpid


@clause(since="3.10", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize(("type_", "start"), [(SOCK_RAW, 0), (SOCK_DGRAM, -14)], ids=["raw", "dgram"])
@pytest.mark.parametrize("version", [4, 6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize(("protocol", "length"), [(IPPROTO_UDP, 8), (IPPROTO_TCP, 20)], ids=["udp", "tcp"])
def test_payload_offset(tap, protocol, length, version, type_, start):
    """SKF_AD_PAY_OFFSET is the offset of the UDP or TCP payload in the data of the socket."""
    frame = ip_frames.frame(protocol, version, SIZE)

    value = computed(tap, ancillary(SKF_AD_PAY_OFFSET), lambda: tap.arrive(frame), type_)

    assert value == ip_frames.transport_at(version) + length + start
