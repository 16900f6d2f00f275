"""sendto(2): how short and how long a frame may be."""

import fcntl
import os
from dataclasses import dataclass
from errno import EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP, ifreq_of
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.if_tun import IFF_NO_PI, IFF_TUN, TUNSETIFF
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

SYSCALL = "sendto"
SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"
VLAN_ROOM = 4  # bytes: a frame with an in-band tag may exceed the MTU by so much


@dataclass
class Sender:
    """An unbound packet socket of any type, and what it has to send for a whole frame to go out of *end*."""

    end: object
    type_: int

    def __post_init__(self):
        self.socket = self.end.packet_socket(self.type_, 0, False)

    def send(self, frame):
        """Send *frame*; the result counts its bytes, also where the header is the kernel's."""
        name = address(self.end.ifindex, frame.ethertype, frame.data[:6])
        if self.type_ == SOCK_PACKET:
            name = sockaddr_pkt(spkt_device=self.end.name.encode())
        header = ETH_HLEN if self.type_ == SOCK_DGRAM else 0
        result = self.socket.sendto(frame.data[header:], 0, name)
        return returned(result.value + header) if result.ok else result


@pytest.fixture
def tun(loopback):
    """A link without link-layer header in the namespace of *loopback*, and the descriptor that reads its frames."""
    try:
        with loopback.namespace:
            device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        pytest.skip(f"no TUN links here: {error.strerror}")
    loopback.sockets.adopt(device)
    fcntl.ioctl(device, TUNSETIFF, ifreq_of("tun0", ifr_flags=IFF_TUN | IFF_NO_PI))
    set_link(loopback.packet_socket(protocol=0), "tun0", IFF_UP)
    return loopback, device


TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])


@clause(since="4.6", level="source", refs=[SND, SPKT, "src:include/linux/netdevice.h"], covers=["errno:EINVAL"])
@pytest.mark.parametrize("size", [0, 13])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_PACKET], ids=["raw", "sock_packet"])
def test_a_frame_is_a_whole_header_at_least(loopback, type_, size):
    """A frame without a whole link-layer header is refused with EINVAL and not sent; the header alone is enough."""
    sender, receiver = Sender(loopback, type_), loopback.packet_socket(SOCK_RAW, OWN)
    whole = frames.ethernet()
    header = frames.Frame(whole.data[:ETH_HLEN], b"", b"", OWN)
    part = frames.Frame(whole.data[:size], b"", b"", OWN)

    assert sender.send(part) == refused(EINVAL)
    assert sender.send(header) == returned(ETH_HLEN)

    loopback.inject(whole)
    assert arrivals(receiver, whole.marker) == [header.data, whole.data]


@clause(since="6.0", level="source", refs=[SND, SPKT], covers=["errno:EINVAL"])
@TYPES
def test_on_a_link_without_header_a_frame_is_a_byte_at_least(tun, type_):
    """On a link without link-layer header (TUN) a frame of one byte is sent; an empty one is refused with EINVAL."""
    end, device = tun
    sender = end.sockets.packet(type_, 0, end.namespace)
    name = sockaddr_pkt(spkt_device=b"tun0") if type_ == SOCK_PACKET else address(end.links.index("tun0"), OWN)

    assert sender.sendto(b"", 0, name) == refused(EINVAL)
    assert sender.sendto(b"E", 0, name) == returned(1)

    assert os.read(device, 99) == b"E"


@clause(since="2.2", level="documented", refs=["man:packet(7)", SND, SPKT], covers=["errno:EMSGSIZE"])
@TYPES
def test_a_frame_carries_the_mtu_and_no_more(wire, type_):
    """A frame with as many bytes after the header as the MTU is sent; with one more it is refused with EMSGSIZE."""
    sender, receiver = Sender(wire.left, type_), wire.right.packet_socket(SOCK_RAW, OWN)
    full = ETH_HLEN + wire.left.links.mtu("left")
    good = frames.ethernet(wire.right.mac, wire.left.mac, size=full)

    for size in (full + 1, full + VLAN_ROOM, full + VLAN_ROOM + 1):
        assert sender.send(frames.ethernet(wire.right.mac, size=size)) == refused(EMSGSIZE)

    assert sender.send(good) == returned(full)
    assert arrivals(receiver, good.marker) == [good.data]


@clause(since="2.6.32", level="source", refs=[SND, SPKT], covers=["errno:EMSGSIZE"])
@TYPES
def test_a_frame_of_type_8021q_may_be_4_bytes_longer(wire, type_):
    """A frame of type 802.1Q may exceed the MTU by the 4 bytes of its tag, and by no more."""
    sender, receiver = Sender(wire.left, type_), wire.right.packet_socket(SOCK_RAW, ETH_P_ALL)
    full = ETH_HLEN + wire.left.links.mtu("left") + VLAN_ROOM
    good = frames.ethernet(wire.right.mac, wire.left.mac, ETH_P_8021Q, full)

    assert sender.send(frames.ethernet(wire.right.mac, ethertype=ETH_P_8021Q, size=full + 1)) == refused(EMSGSIZE)
    assert sender.send(frames.ethernet(wire.right.mac, ethertype=ETH_P_8021AD, size=full)) == refused(EMSGSIZE)
    assert sender.send(good) == returned(full)

    # the receiving kernel removes the tag from the frame, here the first 4 bytes after the addresses
    assert receiver.receive(good.marker[4:]).data == good.data[:12] + good.data[16:]


@clause(since="3.0", level="source", refs=[SND, SPKT, "src:net/packet/af_packet.c:packet_extra_vlan_len_allowed"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_PACKET], ids=["raw", "sock_packet"])
def test_only_ethernet_has_room_for_a_tag(loopback, type_):
    """A link that is not Ethernet (loopback) refuses even an 802.1Q frame that exceeds its MTU."""
    sender = Sender(loopback, type_)
    full = ETH_HLEN + loopback.links.mtu("lo")

    assert sender.send(frames.ethernet(ethertype=ETH_P_8021Q, size=full + 1)) == refused(EMSGSIZE)
    assert sender.send(frames.ethernet(ethertype=ETH_P_8021Q, size=full)) == returned(full)
