"""PACKET_VNET_HDR and PACKET_VNET_HDR_SZ: headers of a sender that are refused, and which fault comes first."""

from errno import EFAULT, EINVAL, EMSGSIZE, ENETDOWN, ENXIO

from fixtures.clauses import clause
from fixtures.parameters import header_sizes
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.packet.virtio_frames import EMPTY, headed
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    virtio_net_hdr,
)

PARSE = "src:net/packet/af_packet.c:packet_snd_vnet_parse"
SND = "src:net/packet/af_packet.c:packet_snd"


@clause(since="6.0", level="source", refs=[PARSE], covers=["errno:sendto:EINVAL"])
@header_sizes
def test_a_message_is_a_whole_header_at_least(taps, memory, size):
    """A message shorter than its header is refused with EINVAL before it is read; on a TUN one byte more is a frame."""
    tun = taps(IFF_TUN)
    sender = headed(tun, size)
    header = EMPTY.ljust(size, b"\0")

    short = Message([1])
    short.iov[0].iov_base, short.iov[0].iov_len = memory.unmapped, size - 1

    assert sender.sendmsg(short.header) == refused(EINVAL)
    assert [sender.send(header[:length]) for length in (0, size - 1, size)] == [refused(EINVAL)] * 3
    assert sender.send(header + b"E") == returned(size + 1)
    assert tun.left() == [b"E"]


@clause(since="2.6.34", level="source", refs=[PARSE], covers=["errno:sendmsg:EFAULT"])
@header_sizes
def test_a_header_that_cannot_be_read_is_refused_with_efault(loopback, memory, size):
    """A header of which only 9 bytes can be read is refused with EFAULT and not sent; a readable one is sent."""
    sender, receiver = headed(loopback, size), loopback.packet_socket(protocol=OWN)
    lost, frame = frames.ethernet(), frames.ethernet()
    header = EMPTY.ljust(size, b"\0")

    bad = Message([size, lost.data])
    bad.iov[0].iov_base = memory.before_end(header[:9])
    good = Message([size, frame.data])
    good.iov[0].iov_base = memory.before_end(header)

    assert sender.sendmsg(bad.header) == refused(EFAULT)
    assert sender.sendmsg(good.header) == returned(size + len(frame))
    assert [packet.data for packet in receiver.heard_until(frame)] == [frame.data]


@clause(since="4.6", level="source", refs=[PARSE], covers=["errno:sendto:EINVAL"])
@header_sizes
def test_hdr_len_counts_bytes_of_the_frame(loopback, size):
    """hdr_len may be the length of the frame; one more is refused with EINVAL, and nothing is sent."""
    sender, receiver = headed(loopback, size), loopback.packet_socket(protocol=OWN)
    lost, frame = frames.ethernet(), frames.ethernet()

    def header(frame, more):
        return bytes(virtio_net_hdr(hdr_len=len(frame) + more)).ljust(size, b"\0")

    assert sender.send(header(lost, 1) + lost.data) == refused(EINVAL)
    assert sender.send(header(frame, 0) + frame.data) == returned(size + len(frame))
    assert [packet.data for packet in receiver.heard_until(frame)] == [frame.data]


@clause(since="4.6", level="source", refs=[SND], covers=["errno:sendto:EMSGSIZE"])
@header_sizes
def test_the_header_does_not_count_for_the_mtu(wire, size):
    """A frame as long as the MTU allows is sent with a header before it; one byte more is refused with EMSGSIZE."""
    sender, receiver = headed(wire.left, size), wire.right.packet_socket(protocol=ETH_P_ALL)
    header, full = EMPTY.ljust(size, b"\0"), ETH_HLEN + wire.left.links.mtu("left")
    frame = frames.ethernet(size=full)
    tag = frames.ethernet(ethertype=ETH_P_8021Q, size=full + 4)

    for more in (frames.ethernet(size=full + 1), frames.ethernet(ethertype=ETH_P_8021Q, size=full + 5)):
        assert sender.send(header + more.data) == refused(EMSGSIZE)
    assert sender.send(header + tag.data) == returned(size + len(tag))
    assert sender.send(header + frame.data) == returned(size + len(frame))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="6.12", level="source", refs=[SND, PARSE])
def test_faults_are_told_in_order(loopback):
    """The first fault decides the errno: unknown link, link down, header, MTU, what the header requests."""
    sender = headed(loopback, 10, bound=False)
    loopback.links.set("lo", mtu=1000)
    early = virtio_net_hdr(VIRTIO_NET_HDR_F_NEEDS_CSUM, 0, 0, 0, 1, 0)  # a checksum before the IP header
    longer = virtio_net_hdr(VIRTIO_NET_HDR_F_NEEDS_CSUM, 0, 2001, 0, 1, 0)

    def send(header, size, ifindex=loopback.ifindex):
        return sender.sendto(bytes(header) + bytes(size), 0, address(ifindex, OWN))

    set_link(sender, "lo", 0)
    down = sender.sendto(b"short", 0, address(4711, OWN)), sender.sendto(b"short", 0, address(loopback.ifindex, OWN))
    set_link(sender, "lo", IFF_UP)
    up = [send(longer, 2000), send(early, 2000), send(early, 100), send(EMPTY, 100)]

    assert down == (refused(ENXIO), refused(ENETDOWN))
    assert up == [refused(EINVAL), refused(EMSGSIZE), refused(EINVAL), returned(110)]
