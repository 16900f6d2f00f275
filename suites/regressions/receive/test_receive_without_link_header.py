"""From a link without header a SOCK_RAW socket received what precedes the packet, such as a tunnel's outer header."""

import struct
from socket import inet_aton

from fixtures.clauses import clause
from helpers.net import frames, ip_frames
from helpers.net.frames import STRANGER
from helpers.rings import V2, Geometry
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.in_ import IPPROTO_IPIP

FAR, NEAR = "192.0.2.1", "192.0.2.2"


@clause(
    since="5.10",
    level="source",
    refs=["commit:d549699048b4", "src:net/packet/af_packet.c:packet_rcv", "src:net/packet/af_packet.c:tpacket_rcv"],
)
def test_a_tunnel_gives_the_inner_packet_alone(tap, rings):
    """From a tunnel a SOCK_RAW socket and its ring receive the inner packet and no byte of the outer header."""
    tap.links.netlink.addr("add", index=tap.ifindex, address=NEAR, prefixlen=24)
    index = tap.links.add("upper", "ipip", ipip_local=NEAR, ipip_remote=FAR)
    tap.links.up("upper")
    receiver, mapped = (tap.packet_socket(protocol=0, bound=False) for _ in range(2))
    made = rings.on(mapped, V2, rx=Geometry()).setup()
    for socket in (receiver, mapped):
        socket.attach(index, ETH_P_IP)
    inner = b"\x45" + bytes(39) + frames.new_marker()
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 0, 0, 64, IPPROTO_IPIP, 0)
    header += inet_aton(FAR) + inet_aton(NEAR)
    header = header[:10] + struct.pack("!H", ip_frames.checksum(header)) + header[12:]

    tap.arrive(tap.mac + STRANGER + struct.pack("!H", ETH_P_IP) + header + inner)
    slot = made.rx.receive(b"")

    assert receiver.receive(b"").data == inner
    assert (slot.data, slot.header.tp_mac) == (inner, slot.header.tp_net)
