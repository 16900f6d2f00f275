"""sockaddr_ll: hardware type and address of links that are not Ethernet, in the source of a frame."""

import ctypes
import struct
from socket import htons, inet_aton

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.net import frames
from helpers.net.hardware import link_address, says_it_is
from helpers.net.ip_frames import checksum
from helpers.packet.link_changes import attached
from helpers.uapi.if_arp import ARPHRD_IP6GRE, ARPHRD_IPGRE, ARPHRD_ROSE
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import PACKET_HOST
from helpers.uapi.in_ import IPPROTO_GRE
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW
from helpers.value_result import address_from

RECVMSG = ["man:packet(7)", "src:net/packet/af_packet.c:packet_recvmsg"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


@clause(since="2.2", level="documented", refs=RECVMSG)
@TYPES
@pytest.mark.parametrize("hatype", [ARPHRD_ROSE, ARPHRD_IP6GRE], ids=["shorter", "longer"])
def test_the_source_has_type_of_the_link_and_the_address_of_the_frame(tap, type_, hatype):
    """A frame's source has the link's hardware type, but the frame's own address, however long the link's is."""
    socket = tap.packet_socket(type_, frames.OWN)
    says_it_is(tap, hatype)
    tap.links.up(tap.name)
    source, length = Buffer(40), ctypes.c_int(40)
    frame = frames.ethernet(tap.mac)

    tap.arrive(frame)
    socket.recv(Buffer(1).array, 1)  # the error that the link was down
    result = socket.recvfrom(Buffer(200).array, 200, 0, source.array, length)

    assert result.ok
    assert length.value == 20
    assert source[:20] == link_address(tap.ifindex, hatype, frames.STRANGER, pkttype=PACKET_HOST).ljust(20, b"\0")
    assert source.untouched(20)


@clause(since="2.2", level="documented", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_rcv_spkt"])
def test_sock_packet_tells_the_type_as_the_family(tap):
    """In a sockaddr_pkt the link's hardware type is in the place of the family."""
    socket = attached(tap, SOCK_PACKET)
    says_it_is(tap, ARPHRD_ROSE)
    tap.links.up(tap.name)
    source = Buffer(40)

    tap.arrive(frames.ethernet(tap.mac))
    socket.recv(Buffer(1).array, 1)  # the error that the link was down
    result = socket.recvfrom(Buffer(200).array, 200, 0, source.array, bytearray(struct.pack("=i", 40)))

    assert result.ok
    assert source[:18] == struct.pack("=H14sH", ARPHRD_ROSE, b"tap", htons(frames.OWN))
    assert source.untouched(18)


@clause(since="2.6.29", level="documented", refs=RECVMSG)
@TYPES
def test_an_address_of_four_bytes_is_padded_with_zeros(wire, type_):
    """The hardware addresses of a GRE tunnel are IPv4 addresses: the source has length 4, then four bytes of zeros."""
    end = wire.right
    end.links.netlink.addr("add", index=end.ifindex, address="192.0.2.2", prefixlen=24)
    index = end.links.add("tunnel", "gre", gre_local="192.0.2.2", gre_ttl=9)
    end.links.up("tunnel")
    socket = end.packet_socket(type_, protocol=0, bound=False)
    socket.attach(index, ETH_P_ALL)
    payload = frames.new_marker()
    inner = struct.pack("!HH", 0, frames.OWN) + payload
    ends = inet_aton("192.0.2.1") + inet_aton("192.0.2.2")
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 1, 0, 9, IPPROTO_GRE, 0) + ends
    outer = header[:10] + struct.pack("!H", checksum(header)) + header[12:] + inner

    wire.left.inject(frames.Frame(end.mac + frames.STRANGER + struct.pack("!H", ETH_P_IP) + outer, payload, b"", 0))
    got = socket.receive(payload)

    assert got.address_length == 20
    assert bytes(got.address) == link_address(index, ARPHRD_IPGRE, inet_aton("192.0.2.1")).ljust(20, b"\0")
    assert address_from(socket.getsockname) == link_address(index, ARPHRD_IPGRE, inet_aton("192.0.2.2"), ETH_P_ALL)
