"""Receiving on packet sockets from tunnels: an outer header that is the link's own, and addresses of 4 bytes."""

import struct
from socket import inet_aton

import pytest

from fixtures.clauses import clause
from helpers.net import frames, ip_frames
from helpers.net.addresses import raw
from helpers.net.frames import STRANGER
from helpers.packet.packet_socket import address
from helpers.uapi.if_arp import ARPHRD_IPGRE, ARPHRD_SIT, ARPHRD_TUNNEL
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import PACKET_HOST
from helpers.uapi.in_ import IPPROTO_GRE, IPPROTO_IPIP, IPPROTO_IPV6
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
FAR, NEAR = "192.0.2.1", "192.0.2.2"
TUNNELS = {
    "ipip": (IPPROTO_IPIP, ARPHRD_TUNNEL, ETH_P_IP, b"\x45"),
    "sit": (IPPROTO_IPV6, ARPHRD_SIT, ETH_P_IPV6, b"\x60"),
}


def tunnel(tap, kind, **attributes):
    """Make the tunnel "upper" over *tap*, with an address at this end; return its index."""
    tap.links.netlink.addr("add", index=tap.ifindex, address=NEAR, prefixlen=24)
    index = tap.links.add("upper", kind, **attributes)
    tap.links.up("upper")
    return index


def outer(tap, protocol, data):
    """Return a frame for *tap* with an IPv4 packet of *protocol* in it, and that packet's header."""
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 0, 0, 64, protocol, 0) + inet_aton(FAR) + inet_aton(NEAR)
    header = header[:10] + struct.pack("!H", ip_frames.checksum(header)) + header[12:]
    return tap.mac + STRANGER + struct.pack("!H", ETH_P_IP) + header + data, header


def listening(tap, index, type_):
    """Return a socket for all protocols on the tunnel."""
    socket = tap.packet_socket(type_, bound=False, protocol=0)
    socket.attach(index, ETH_P_ALL)
    return socket


@clause(since="2.6.20", level="source", refs=["man:packet(7)", RCV])
@TYPES
@pytest.mark.parametrize("over", TUNNELS)
def test_a_tunnel_gives_the_inner_packet_alone(tap, over, type_):
    """A tunnel has no link-layer header: the inner packet comes without the outer header, and without address."""
    protocol, hatype, ethertype, begin = TUNNELS[over]
    index = tunnel(tap, over, **{f"{over}_local": NEAR, f"{over}_remote": FAR})
    socket = listening(tap, index, type_)
    inner = begin + bytes(39) + frames.new_marker()

    tap.arrive(outer(tap, protocol, inner)[0])
    packet = socket.receive(inner[-16:])

    assert packet.data == inner
    expected = address(index, ethertype)
    expected.sll_hatype, expected.sll_pkttype = hatype, PACKET_HOST
    assert bytes(packet.address) == bytes(expected)


@clause(since="6.1", level="source", refs=["man:packet(7)", RCV_SPKT])
@pytest.mark.parametrize("over", TUNNELS)
def test_a_tunnel_gives_sock_packet_the_inner_packet_alone(tap, over):
    """A SOCK_PACKET socket, too, gets the inner packet of a tunnel without the outer header."""
    protocol, _, _, begin = TUNNELS[over]
    tunnel(tap, over, **{f"{over}_local": NEAR, f"{over}_remote": FAR})
    socket = tap.packet_socket(SOCK_PACKET, ETH_P_ALL, bound=False)
    socket.must.bind(raw(AF_PACKET, b"upper".ljust(14, b"\0")))
    inner = begin + bytes(39) + frames.new_marker()

    tap.arrive(outer(tap, protocol, inner)[0])

    assert socket.receive(inner[-16:]).data == inner


@clause(since="2.6.28", level="source", refs=["man:packet(7)", RCV, "src:net/ipv4/ip_gre.c:ipgre_header_parse"])
@TYPES
def test_a_tunnel_to_many_has_a_link_header_and_addresses_of_4_bytes(tap, type_):
    """A GRE link without a fixed remote has the outer headers as link-layer header, and a source of 4 bytes."""
    index = tunnel(tap, "gre", gre_local=NEAR)
    socket = listening(tap, index, type_)
    inner = b"\x45" + bytes(39) + frames.new_marker()
    gre = struct.pack("!HH", 0, ETH_P_IP)

    frame, header = outer(tap, IPPROTO_GRE, gre + inner)
    tap.arrive(frame)
    packet = socket.receive(inner[-16:])

    assert packet.data == (header + gre + inner if type_ == SOCK_RAW else inner)
    expected = address(index, ETH_P_IP, inet_aton(FAR))
    expected.sll_hatype, expected.sll_pkttype = ARPHRD_IPGRE, PACKET_HOST
    assert bytes(packet.address) == bytes(expected)
    assert packet.address_length == 20
