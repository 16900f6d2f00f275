"""Sending on packet sockets: where the kernel ends a frame's header, and which protocol it finds there."""

import struct
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OTHER, OWN, Frame
from helpers.packet.packet_socket import address
from helpers.packet.virtio_frames import EMPTY, headed
from helpers.syscall import returned
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import PACKET_AUXDATA, PACKET_OUTGOING, sockaddr_pkt
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

PARSE = "src:net/packet/af_packet.c:packet_parse_headers"
SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"


def wrapped(*types, inner=OWN, source=frames.STRANGER):
    """Return a frame with a tag of each of these types before the type *inner*."""
    plain = frames.ethernet(source=source)
    tags = b"".join(struct.pack("!HH", tpid, 0x2007) for tpid in types)
    data = plain.data[:12] + tags + struct.pack("!H", inner) + plain.payload
    return Frame(data, plain.marker, plain.payload, types[0] if types else inner)


def sent_by(end, type_, frame):
    """Send *frame* out of *end* by a socket of type *type_*; return two other sockets' copies: raw and cooked."""
    taps = [end.packet_socket(tap, ETH_P_ALL) for tap in (SOCK_RAW, SOCK_DGRAM)]
    for tap in taps:
        tap.enable(PACKET_AUXDATA)
    sender, data = end.packet_socket(type_, 0, False), frame.data[ETH_HLEN if type_ == SOCK_DGRAM else 0 :]
    name = address(end.ifindex, frame.ethertype if type_ == SOCK_DGRAM else 0, frame.data[:6])
    if type_ == SOCK_PACKET:
        name = sockaddr_pkt(spkt_device=end.name.encode(), spkt_protocol=htons(frame.ethertype))
    assert sender.sendto(data, 0, name) == returned(len(data))
    found = [tap.receive(frame.marker) for tap in taps]
    assert [packet.address.sll_pkttype for packet in found] == [PACKET_OUTGOING] * 2
    return found


TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_PACKET], ids=["raw", "sock_packet"])


@clause(since="6.0", level="source", refs=[PARSE])
@pytest.mark.parametrize(
    "types",
    [(), (ETH_P_8021Q,), (ETH_P_8021AD,), (ETH_P_8021AD, ETH_P_8021Q), (ETH_P_8021Q, ETH_P_8021Q, ETH_P_8021Q)],
    ids=["none", "8021q", "8021ad", "8021ad-8021q", "three"],
)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
def test_data_begin_behind_the_tags(wire, type_, types):
    """The network header of a frame with VLAN tags is behind all of them: tp_net points there, and data begin there."""
    frame = wrapped(*types, source=wire.left.mac)

    raw, cooked = sent_by(wire.left, type_, frame)

    assert raw.data == frame.data
    assert raw.aux.tp_net == ETH_HLEN + 4 * len(types)
    assert cooked.data == frame.payload


@clause(since="6.0", level="source", refs=[PARSE])
@TYPES
def test_other_types_that_come_first_are_no_tags(wire, type_):
    """Behind a type other than VLAN no tag is looked for: data begin after 14 bytes."""
    frame = wrapped(OTHER, ETH_P_8021Q)

    raw, cooked = sent_by(wire.left, type_, frame)

    assert raw.aux.tp_net == ETH_HLEN
    assert cooked.data == frame.data[ETH_HLEN:]


@clause(since="6.0", level="source", refs=[PARSE])
@pytest.mark.parametrize("size", [15, 16, 17])
def test_a_tag_that_is_not_whole_is_not_passed_over(wire, size):
    """In a frame that ends within its VLAN tag data begin after 14 bytes."""
    frame = wrapped(ETH_P_8021Q)
    taps = [wire.left.packet_socket(tap, ETH_P_ALL) for tap in (SOCK_RAW, SOCK_DGRAM)]
    taps[0].enable(PACKET_AUXDATA)

    result = wire.left.packet_socket(protocol=0).send(frame.data[:size])

    assert result == returned(size)
    raw, cooked = [tap.receive(b"") for tap in taps]
    assert (raw.data, raw.aux.tp_net) == (frame.data[:size], ETH_HLEN)
    assert cooked.data == frame.data[ETH_HLEN:size]


@clause(since="6.0", level="source", refs=[PARSE])
def test_only_ethernet_has_tags(loopback):
    """On a link that is not Ethernet (loopback) data begin after 14 bytes, whatever the type."""
    frame = wrapped(ETH_P_8021Q)

    raw, cooked = sent_by(loopback, SOCK_RAW, frame)

    assert raw.aux.tp_net == ETH_HLEN
    assert cooked.data == frame.data[ETH_HLEN:]


@clause(since="4.6", level="source", refs=[SND, SPKT])
@pytest.mark.parametrize("size", [15, 53, 54])
@TYPES
def test_data_of_a_short_frame_begin_behind_the_header_too(wire, type_, size):
    """Data begin after 14 bytes, however few there are: one, or less than an IPv6 header."""
    whole = frames.ethernet(size=60)
    taps = [wire.left.packet_socket(tap, ETH_P_ALL) for tap in (SOCK_RAW, SOCK_DGRAM)]
    taps[0].enable(PACKET_AUXDATA)
    sender, name = wire.left.packet_socket(type_, 0, False), address(wire.left.ifindex, OWN)
    if type_ == SOCK_PACKET:
        name = sockaddr_pkt(spkt_device=b"left", spkt_protocol=htons(OWN))

    result = sender.sendto(whole.data[:size], 0, name)

    assert result == returned(size)
    raw, cooked = [tap.receive(b"") for tap in taps]
    assert (raw.data, raw.aux.tp_net) == (whole.data[:size], ETH_HLEN)
    assert cooked.data == whole.data[ETH_HLEN:size]


@clause(since="2.2", level="source", refs=[SND, PARSE, "src:net/ethernet/eth.c:eth_header"])
def test_sock_dgram_without_protocol_has_none(wire):
    """SOCK_DGRAM with protocol 0 writes a type of 0, and its frame has protocol 0."""
    tap, frame = wire.left.packet_socket(protocol=ETH_P_ALL), frames.ethernet(source=wire.left.mac)
    sender = wire.left.packet_socket(SOCK_DGRAM, 0, False)

    sender.must.sendto(frame.payload, 0, address(wire.left.ifindex, 0, frames.BROADCAST))

    packet = tap.receive(frame.marker)
    assert packet.data == frame.data[:12] + bytes(2) + frame.payload
    assert packet.address.sll_protocol == 0


@clause(since="5.1", level="source", refs=[PARSE, "src:net/ethernet/eth.c:eth_header_parse_protocol"])
@pytest.mark.parametrize("given", [0, ETH_P_ALL], ids=["none", "all"])
def test_the_protocol_that_nobody_told_is_the_type_in_the_header(loopback, given):
    """A frame of SOCK_RAW for which no protocol was told, or ETH_P_ALL, is marked with the type in its header."""
    sender, tap, frame = (
        loopback.packet_socket(protocol=0),
        loopback.packet_socket(protocol=ETH_P_ALL),
        frames.ethernet(),
    )

    result = sender.sendto(frame.data, 0, address(loopback.ifindex, given))

    assert result == returned(len(frame))
    seen = tap.receive(frame.marker).address
    assert (seen.sll_pkttype, seen.sll_protocol) == (PACKET_OUTGOING, htons(OWN))


@clause(since="5.1", level="source", refs=[PARSE, "src:net/ethernet/eth.c:eth_header_parse_protocol"])
def test_the_protocol_is_the_type_in_the_header_behind_a_virtio_header(loopback):
    """With PACKET_VNET_HDR a protocol that is not given is read from the frame, not from what precedes it."""
    sender, tap, frame = headed(loopback), loopback.packet_socket(protocol=ETH_P_ALL), frames.ethernet()

    sender.must.send(EMPTY + frame.data)

    assert tap.receive(frame.marker).address.sll_protocol == htons(OWN)


@clause(since="5.10", level="source", refs=[PARSE, "src:net/ipv4/ip_tunnel_core.c:ip_tunnel_parse_protocol"])
@pytest.mark.parametrize(
    ("version", "size", "shown"),
    [(4, 19, 0), (4, 20, ETH_P_IP), (6, 39, 0), (6, 40, ETH_P_IPV6), (5, 60, 0)],
    ids=["ipv4-short", "ipv4", "ipv6-short", "ipv6", "other"],
)
def test_without_link_header_the_ip_version_tells_the_protocol(taps, version, size, shown):
    """On a link without link-layer header a packet sent without a protocol is IPv4 or IPv6 by its version, or none."""
    tun = taps(IFF_TUN)
    tap, packet = tun.packet_socket(protocol=ETH_P_ALL), bytes([version << 4 | 5]).ljust(size, b"\0")

    result = tun.packet_socket(protocol=0).send(packet)

    assert result == returned(size)
    seen = tap.receive(b"")
    assert (seen.data, seen.address.sll_protocol) == (packet, htons(shown))
