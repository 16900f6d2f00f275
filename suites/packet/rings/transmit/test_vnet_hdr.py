"""Transmit rings: the virtio header that PACKET_VNET_HDR puts before the frame of a slot."""

from errno import EINVAL, EMSGSIZE
from socket import htons

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions, header_sizes
from helpers.net import frames, ip_frames
from helpers.net.frames import OWN
from helpers.packet.virtio_frames import EMPTY, asking, headed, payload, split, transport_is_right
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import (
    PACKET_TX_HAS_OFF,
    TP_STATUS_AVAILABLE,
    TP_STATUS_WRONG_FORMAT,
)
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    virtio_net_hdr,
)
from suites.packet.rings.transmit.support import HEADER, SND, attempt, heading, statuses

PARSE = "src:net/packet/af_packet.c:__packet_snd_vnet_parse"
TO_SKB = "src:include/linux/virtio_net.h:virtio_net_hdr_to_skb"
EFFECT = ["option:PACKET_VNET_HDR:effect", "option:PACKET_TX_RING:effect"]
DONE, WRONG = TP_STATUS_AVAILABLE, TP_STATUS_WRONG_FORMAT
GSO = VIRTIO_NET_HDR_GSO_TCPV4


@clause(since="4.6", level="source", refs=["man:packet(7)", SND], covers=EFFECT)
@all_versions
@header_sizes
def test_the_header_is_taken_off_and_not_counted(wire, rings, version, size):
    """The 10 or 12 bytes before a frame in its slot are neither sent nor counted in the return value."""
    ring, far = heading(rings, wire.left, size, version), wire.right.packet_socket(protocol=OWN)
    sent = [frames.ethernet() for _ in range(2)]
    for frame in sent:
        ring.put(EMPTY + b"\xff\xff"[: size - 10] + frame.data)

    assert ring.kick() == returned(92)
    assert [packet.data for packet in far.heard_until(sent[1])] == [frame.data for frame in sent]
    assert statuses(ring) == [DONE] * 4


@clause(since="6.2", level="uapi", refs=["uapi:linux/virtio_net.h", SND, TO_SKB], covers=EFFECT)
@all_versions
@header_sizes
def test_a_long_frame_is_divided(tap, rings, version, size):
    """With a GSO type a frame of several pages is segmented into gso_size payload and a rest, with valid checksums."""
    ring, frame = heading(rings, tap, size, version), ip_frames.frame(IPPROTO_TCP, size=7500, partial=True)
    header = bytes(asking(IPPROTO_TCP, 4, GSO, 1000)).ljust(size, b"\0")

    result = attempt(ring, header + frame.data)

    assert result == (returned(len(frame)), DONE)
    segments = tap.left()
    assert [data[54:] for data in segments] == split(payload(frame, 20), 1000)
    assert [transport_is_right(data, IPPROTO_TCP) for data in segments] == [True] * 8


@clause(since="4.6", level="uapi", refs=["uapi:linux/virtio_net.h", SND, TO_SKB], covers=EFFECT)
def test_each_slot_has_its_own_header(tap, rings):
    """Each slot of a send is treated as its own header says: checksummed, left alone, segmented."""
    ring = heading(rings, tap)
    datagram, divided = (ip_frames.frame(p, size=1200, partial=True) for p in (IPPROTO_UDP, IPPROTO_TCP))
    plain = frames.ethernet()
    ring.put(bytes(asking(IPPROTO_TCP, 4, GSO, 1000, hdr_len=700)) + divided.data)
    ring.put(EMPTY + plain.data)
    ring.put(bytes(asking(IPPROTO_UDP)) + datagram.data)

    result = ring.kick()

    first, second, untouched, summed = tap.left()
    assert result == returned(len(divided) + len(plain) + len(datagram))
    assert (len(first), len(second), untouched) == (1054, 254, plain.data)
    assert transport_is_right(first, IPPROTO_TCP)
    assert transport_is_right(second, IPPROTO_TCP)
    assert transport_is_right(summed, IPPROTO_UDP)


@clause(since="4.6", level="source", refs=[PARSE, SND, HEADER], covers=EFFECT)
@all_versions
def test_the_mtu_does_not_count_but_the_slot_does(tap, rings, version):
    """A frame with a virtio header may exceed the MTU, even without a GSO type, up to the slot's end."""
    ring = heading(rings, tap, 10, version)
    room = ring.room - 10
    sent = [frames.ethernet(size=size) for size in (1515, 1519, room)]

    results = [attempt(ring, EMPTY + frame.data) for frame in sent]
    longer = attempt(ring, EMPTY + sent[-1].data, length=ring.room + 1)

    assert results == [(returned(len(frame)), DONE) for frame in sent]
    assert longer == (refused(EMSGSIZE), WRONG)
    assert tap.left() == [frame.data for frame in sent]


@clause(since="4.6", level="source", refs=[PARSE], covers=EFFECT)
@header_sizes
def test_hdr_len_counts_bytes_of_the_frame(wire, rings, size):
    """hdr_len may be as long as the frame, and the checksum may be the frame's last bytes."""
    ring, far = heading(rings, wire.left, size), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet(size=46)
    whole = virtio_net_hdr(hdr_len=46)

    result = attempt(ring, bytes(whole).ljust(size, b"\0") + frame.data)
    summed = virtio_net_hdr(VIRTIO_NET_HDR_F_NEEDS_CSUM, csum_start=36, csum_offset=8)
    last = attempt(ring, bytes(summed).ljust(size, b"\0") + frame.data)

    assert [result, last] == [(returned(46), DONE)] * 2
    assert far.receive(frame.marker).data == frame.data
    assert far.receive(frame.marker).data[:44] == frame.data[:44]


@clause(since="4.6", level="source", refs=[SND, PARSE])
@pytest.mark.parametrize(("hdr_len", "told"), [(0, 54), (54, 54), (55, 55), (4000, 4000), (5000, 5000)], ids=str)
def test_hdr_len_is_kept_in_one_piece(wire, rings, hdr_len, told):
    """Of a frame to be segmented hdr_len is kept linear, its headers at least, and reported to the receiver."""
    ring, far = heading(rings, wire.left), headed(wire.right, protocol=ETH_P_ALL)
    frame = ip_frames.frame(IPPROTO_TCP, size=7000, partial=True)
    request = asking(IPPROTO_TCP, 4, GSO, 900, hdr_len=hdr_len)

    result = attempt(ring, bytes(request) + frame.data)

    request.hdr_len = told
    assert result == (returned(len(frame)), DONE)
    assert far.receive(frame.marker).data == bytes(request) + frame.data


@clause(since="4.6", level="source", refs=[HEADER, SND], covers=["option:PACKET_TX_HAS_OFF:effect", *EFFECT])
@header_sizes
def test_the_offset_of_a_slot_is_that_of_its_header(wire, rings, size):
    """With PACKET_TX_HAS_OFF the offset is that of the virtio header, which counts for what has to fit."""
    ring = heading(rings, wire.left, size, options={PACKET_TX_HAS_OFF: 1})
    far, frame = wire.right.packet_socket(protocol=OWN), frames.ethernet()
    data = EMPTY.ljust(size, b"\0") + frame.data
    last = 8192 - len(data)

    results = [attempt(ring, data, offset=offset) for offset in (ring.data_offset + 7, last)]
    slot = ring.fill(ring.cursor, data, ring.data_offset)
    slot.header.tp_mac, slot.status = last + 1, 1
    refusal = ring.kick()

    assert results == [(returned(46), DONE)] * 2
    assert (refusal, slot.status) == (refused(EINVAL), WRONG)
    assert [far.receive(frame.marker).data for _ in range(2)] == [frame.data] * 2


@clause(since="5.10", level="source", refs=["src:include/linux/virtio_net.h:virtio_net_hdr_set_proto", SND])
@pytest.mark.parametrize(
    ("gso_type", "shown"),
    [(GSO, ETH_P_IP), (VIRTIO_NET_HDR_GSO_TCPV6, ETH_P_IPV6), (0, 0)],
    ids=["tcpv4", "tcpv6", "none"],
)
def test_the_gso_type_tells_the_protocol_where_nothing_else_does(taps, rings, gso_type, shown):
    """On a link without link-layer header a packet that is neither IPv4 nor IPv6 has the protocol of its GSO type."""
    tun = taps(IFF_TUN)
    tap, ring = tun.packet_socket(protocol=ETH_P_ALL), heading(rings, tun)
    packet = bytes([0x50]).ljust(100, b"\1")
    header = virtio_net_hdr(VIRTIO_NET_HDR_F_NEEDS_CSUM, gso_type, 60, 1000, 40, 16)

    assert attempt(ring, bytes(header) + packet) == (returned(100), DONE)
    assert tap.receive(b"").address.sll_protocol == htons(shown)
