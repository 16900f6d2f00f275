"""Sending on packet sockets: frames larger than a page, or gathered from pieces, arrive byte for byte."""

import ctypes
from errno import EFAULT, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import arrivals
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.qdiscs import unsent
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

SND = "src:net/packet/af_packet.c:packet_snd"
ALLOC = "src:net/packet/af_packet.c:packet_alloc_skb"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
HUGE = 1 << 20  # bytes of an MTU that no frame here reaches


def parts_of(end, type_, frame):
    """Return an unbound socket, what it has to send for *frame*, and the address."""
    if type_ == SOCK_PACKET:
        return end.packet_socket(type_, 0, False), frame.data, sockaddr_pkt(spkt_device=end.name.encode())
    data = frame.bytes_for(type_)
    return end.packet_socket(type_, 0, False), data, address(end.ifindex, OWN, frame.data[:6])


@clause(since="2.2", level="source", refs=[SND, ALLOC, SPKT])
@pytest.mark.parametrize("size", [4094, 4095, 4096, 4097, 8192, 40000, 65536 + ETH_HLEN])
@TYPES
def test_a_frame_larger_than_a_page_arrives_whole(loopback, type_, size):
    """A frame of about a page, of many pages, and of the whole MTU of loopback arrives as it was sent."""
    frame = frames.ethernet(frames.BROADCAST, loopback.mac, size=size)
    (sender, data, name), receiver = parts_of(loopback, type_, frame), loopback.packet_socket(protocol=OWN)

    result = sender.sendto(data, 0, name)

    assert result == returned(len(data))
    assert receiver.receive(frame.marker, size=size + 1).data == frame.data


@clause(since="6.6", level="source", refs=[ALLOC, "src:net/core/skbuff.c:alloc_skb_with_frags"])
@pytest.mark.parametrize("size", [557_071, 600_000])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_frame_larger_than_the_kernels_largest_fragments_arrives_whole(loopback, type_, size):
    """A frame of more than 17 times 32 KiB, if the MTU allows it, arrives as it was sent."""
    loopback.links.set("lo", mtu=HUGE)
    frame = frames.ethernet(frames.BROADCAST, loopback.mac, size=size)
    (sender, data, name), receiver = parts_of(loopback, type_, frame), loopback.packet_socket(protocol=OWN)

    result = sender.sendto(data, 0, name)

    assert result == returned(len(data))
    assert receiver.receive(frame.marker, size=size + 1).data == frame.data


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", SND, SPKT])
@pytest.mark.parametrize("size", [300, 20000])
@pytest.mark.parametrize("piece", [1, 13, 14, 15, 4096])
@TYPES
def test_pieces_of_any_length_make_one_frame(loopback, type_, piece, size):
    """The pieces of a message, empty ones too, make one frame wherever they are cut: in the header or behind it."""
    frame = frames.ethernet(frames.BROADCAST, loopback.mac, size=size)
    (sender, data, name), receiver = parts_of(loopback, type_, frame), loopback.packet_socket(protocol=OWN)
    cut = [data[at : at + piece] for at in range(0, min(len(data), 100 * piece), piece)]

    result = sender.sendmsg(Message([cut[0], b"", *cut[1:], data[len(cut) * piece :], b""], name).header)

    assert result == returned(len(data))
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(
    since="2.2",
    level="documented",
    refs=["man:packet(7)", SND, SPKT],
    covers=["errno:sendto:EFAULT", "errno:sendmsg:EFAULT"],
)
@pytest.mark.parametrize(("call", "size"), [("sendto", 46), ("sendto", 3000), ("sendmsg", 300), ("sendmsg", 20000)])
@TYPES
def test_a_frame_that_cannot_be_read_whole_is_not_sent(loopback, memory, type_, call, size):
    """When one byte of the last piece cannot be read the call fails with EFAULT; nothing is sent, no memory is kept."""
    lost, frame = (frames.ethernet(frames.BROADCAST, loopback.mac, size=size) for _ in range(2))
    receiver = loopback.packet_socket(protocol=OWN)

    def send(frame, less):
        sender, data, name = parts_of(loopback, type_, frame)
        if call == "sendto":
            start = memory.before_end(data[: len(data) - less])
            return sender, len(data), syscall.sendto(sender.fd, start, len(data), 0, name, ctypes.sizeof(name))
        message = Message([data[:-100], 100], name)
        message.iov[1].iov_base = memory.before_end(data[-100 : len(data) - less])
        return sender, len(data), sender.sendmsg(message.header)

    sender, _, refusal = send(lost, 1)
    left = unsent(sender)
    _, length, result = send(frame, 0)

    assert (refusal, left) == (refused(EFAULT), 0)
    assert result == returned(length)
    assert [packet.data for packet in receiver.heard_until(frame)] == [frame.data]


@clause(since="2.2", level="documented", refs=["man:packet(7)", SND, SPKT], covers=["errno:sendto:EMSGSIZE"])
@TYPES
def test_the_mtu_is_that_of_the_moment(wire, type_):
    """The length of a frame is checked against the link's MTU at the send, not that at the bind."""
    frame = frames.ethernet(wire.right.mac, wire.left.mac, size=1000 + ETH_HLEN)
    sender, data, name = parts_of(wire.left, type_, frame)

    wire.left.links.set("left", mtu=999)
    refusal = sender.sendto(data, 0, name)
    wire.left.links.set("left", mtu=1000)
    control = sender.sendto(data, 0, name)

    assert (refusal, control) == (refused(EMSGSIZE), returned(len(data)))
