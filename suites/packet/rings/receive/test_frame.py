"""Receive rings: where a frame lies in its slot, and the fields of the slot's header and address."""

import time
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames, ip_frames
from helpers.net.frames import BROADCAST, OWN, STRANGER
from helpers.packet.received_slots import place, status
from helpers.rings import BLOCK_HEADER, V3, VERSIONS, Geometry
from helpers.uapi.if_arp import ARPHRD_ETHER
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_ORIGDEV,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
    PACKET_RESERVE,
    TP_STATUS_USER,
)
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_RAW

RECEIVING = "src:net/packet/af_packet.c:tpacket_rcv"
REFS = ["man:packet(7)", "doc:networking/packet_mmap.rst", RECEIVING]
versions = pytest.mark.parametrize("version", VERSIONS, ids=str)
types = pytest.mark.parametrize("type", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
DIRTY = b"\xa5"


@clause(
    since="3.2", level="documented", refs=REFS, covers=["option:PACKET_RX_RING:effect", "option:PACKET_RESERVE:effect"]
)
@versions
@types
@pytest.mark.parametrize("reserve", [0, 1, 16, 100])
def test_a_frame_lies_behind_header_address_and_reserve(wire, rings, version, type, reserve):  # noqa: A002
    """tp_mac and tp_net lead to the link-layer (DGRAM: none) and network headers, behind room for 16 bytes."""
    ring = rings.receive(wire.right, version, type=type, options={PACKET_RESERVE: reserve})
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    slot = ring.receive(frame.marker)

    sent = frame.bytes_for(type)
    header = slot.header
    assert (header.tp_mac, header.tp_net) == place(version, type, reserve)
    assert (header.tp_len, header.tp_snaplen, status(slot)) == (len(sent), len(sent), TP_STATUS_USER)
    assert (slot.data, slot.payload) == (sent, frame.payload)


@clause(since="3.2", level="source", refs=REFS, covers=["option:PACKET_RX_RING:effect"])
@versions
@types
def test_nothing_but_header_address_and_frame_is_written(wire, rings, version, type):  # noqa: A002
    """A frame leaves the bytes before and after it in its slot untouched; the header's padding becomes 0."""
    geometry = Geometry(retire_blk_tov=1)
    ring = rings.receive(wire.right, version, geometry, type, protocol=OWN, options={PACKET_RESERVE: 24})
    if version is V3:
        ring.block(0).write(BLOCK_HEADER, DIRTY * (geometry.block_size - BLOCK_HEADER))
    else:
        ring.slot(0).write(8, DIRTY * (geometry.frame_size - 8))  # all but the status
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    slot = ring.receive(frame.marker)

    start, end = slot.header.tp_mac, slot.header.tp_mac + slot.header.tp_snaplen
    assert slot.index == 0
    assert slot.at(version.hdrlen, start - version.hdrlen) == DIRTY * (start - version.hdrlen)
    assert slot.at(end, slot.size - end) == DIRTY * (slot.size - end)
    assert bytes(getattr(slot.header, "tp_padding", b"")).strip(b"\0") == b""


@clause(since="3.2", level="documented", refs=REFS, covers=["pkttype:PACKET_HOST", "pkttype:PACKET_OTHERHOST"])
@versions
@types
@pytest.mark.parametrize("to", ["own", "other", "all", "group", "leaving"])
def test_the_address_of_a_frame_follows_its_header(wire, rings, version, type, to):  # noqa: A002
    """Behind a slot's header is the frame's sockaddr_ll: every field, the source address, the packet type."""
    end = wire.left if to == "leaving" else wire.right
    ring = rings.receive(end, version, type=type)
    group = frames.MULTICAST
    target = {"own": wire.right.mac, "other": STRANGER, "all": BROADCAST, "group": group, "leaving": wire.right.mac}[to]
    frame = frames.ethernet(target, wire.left.mac)

    wire.left.inject(frame)
    source = (slot := ring.receive(frame.marker)).source

    kinds = {
        "own": PACKET_HOST,
        "other": PACKET_OTHERHOST,
        "all": PACKET_BROADCAST,
        "group": PACKET_MULTICAST,
        "leaving": PACKET_OUTGOING,
    }
    assert (source.sll_family, source.sll_protocol, source.sll_ifindex) == (AF_PACKET, htons(OWN), end.ifindex)
    assert (source.sll_hatype, source.sll_pkttype, source.sll_halen) == (ARPHRD_ETHER, kinds[to], 6)
    assert bytes(source.sll_addr)[:6] == wire.left.mac
    assert slot.payload == frame.payload


@clause(since="3.2", level="documented", refs=["doc:networking/packet_mmap.rst", RECEIVING])
@versions
def test_a_slot_tells_when_its_frame_came(wire, rings, version):
    """A slot has the wall-clock time at which its frame arrived: V1 in microseconds, V2 and V3 in nanoseconds."""
    ring = rings.receive(wire.right, version)
    frame = frames.ethernet()

    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    wire.left.inject(frame)
    header = ring.receive(frame.marker).header
    after = time.clock_gettime_ns(time.CLOCK_REALTIME)

    fraction, unit = (header.tp_usec, 1000) if version.number == 0 else (header.tp_nsec, 1)
    told = header.tp_sec * 10**9 + fraction * unit
    assert before // unit * unit <= told <= after
    assert fraction < 10**9 // unit


@clause(since="5.14", level="source", refs=[RECEIVING, "src:net/packet/af_packet.c:packet_parse_headers"])
@versions
@pytest.mark.parametrize("tags", [1, 2, 4])
def test_tags_in_band_belong_to_the_link_header_of_a_frame_that_leaves(wire, rings, version, tags):
    """An outgoing frame's in-band VLAN tags precede its network header; from 16 bytes on the slot makes room."""
    ring = rings.receive(wire.left, version)
    plain = frames.ethernet()
    tpids = [*[ETH_P_8021AD] * (tags - 1), ETH_P_8021Q]
    tagging = b"".join(tpid.to_bytes(2, "big") + b"\x20\x07" for tpid in tpids)
    data = plain.data[:12] + tagging + OWN.to_bytes(2, "big") + plain.payload

    wire.left.packet_socket(protocol=0).must.send(data)
    slot = ring.receive(plain.marker)

    assert (slot.header.tp_mac, slot.header.tp_net) == place(version, link_header=ETH_HLEN + 4 * tags)
    assert (slot.data, slot.payload) == (data, plain.payload)
    assert slot.source.sll_protocol == htons(tpids[0])


@clause(since="3.2", level="source", refs=[RECEIVING])
@versions
@types
def test_a_link_without_header_has_tp_mac_at_tp_net(taps, rings, version, type):  # noqa: A002
    """On a link without link-layer header tp_mac equals tp_net, and sll_halen is 0."""
    tun = taps(IFF_TUN)
    ring = rings.receive(tun, version, type=type, protocol=ETH_P_ALL)
    frame = ip_frames.frame()
    packet = frame.payload

    tun.arrive(packet)
    slot = ring.receive(frame.marker)

    expected = place(version, type, link_header=0)
    assert (slot.header.tp_mac, slot.header.tp_net) == expected
    assert slot.data == packet
    assert (slot.source.sll_halen, slot.source.sll_pkttype) == (0, PACKET_HOST)


@clause(since="3.2", level="documented", refs=["man:packet(7)", RECEIVING], covers=["option:PACKET_ORIGDEV:effect"])
@versions
@pytest.mark.parametrize("on", [0, 1], ids=["off", "on"])
def test_the_link_below_is_named_if_asked_for(tap, rings, version, on):
    """A ring on a macvlan names that link in the address of a frame; with PACKET_ORIGDEV the one it came in by."""
    upper = tap.links.add("upper", "macvlan", link=tap.ifindex, macvlan_mode="bridge")
    tap.links.up("upper")
    socket = tap.sockets.packet(namespace=tap.namespace)
    socket.enable(PACKET_ORIGDEV, on)
    made = rings.on(socket, version, rx=Geometry(retire_blk_tov=1)).setup()
    socket.attach(upper, ETH_P_ALL)
    frame = frames.ethernet(tap.links.mac("upper"))

    tap.arrive(frame)
    slot = made.rx.receive(frame.marker)

    assert (slot.source.sll_ifindex, slot.data) == (tap.ifindex if on else upper, frame.data)
