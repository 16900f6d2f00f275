"""sendmsg(2): a message gathered from pieces."""

from errno import EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals, drain
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import (
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    UIO_MAXIOV,
    iovec,
    msghdr,
)

GENERIC = "src:net/socket.c:____sys_sendmsg"
COPY = "src:net/socket.c:copy_msghdr_from_user"
IMPORT = "src:lib/iov_iter.c:__import_iovec"
SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", "man:packet(7)", SND, SPKT])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
def test_sends_the_pieces_as_one_frame(wire, kind):
    """A packet socket sends the pieces in their order, empty ones among them, as one frame, and returns their sum."""
    sender, receiver = wire.left.packet_socket(kind, 0, False), wire.right.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(wire.right.mac, wire.left.mac, size=200)
    data = frame.bytes_for(kind)
    name = address(wire.left.ifindex, OWN, wire.right.mac)
    message = Message(
        [data[:14], b"", data[14:15], data[15:], b""],
        sockaddr_pkt(spkt_device=b"left") if kind == SOCK_PACKET else name,
    )

    result = sender.sendmsg(message.header)

    assert result == returned(len(data))
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", COPY, IMPORT], covers=["errno:EMSGSIZE"])
@pytest.mark.parametrize("count", [1, 8, 9, UIO_MAXIOV])
def test_takes_up_to_uio_maxiov_pieces(sockets, count):
    """Up to UIO_MAXIOV (1024) pieces make one message; one more is refused with EMSGSIZE, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    data = bytes(number % 251 for number in range(UIO_MAXIOV + 1))
    message = Message([data[number : number + 1] for number in range(UIO_MAXIOV + 1)])

    refusal = sender.sendmsg(message.header)
    message.header.msg_iovlen = count
    result = sender.sendmsg(message.header)

    assert refusal == refused(EMSGSIZE)
    assert result == returned(count)
    assert drain(receiver) == [data[:count]]


@clause(since="2.2", level="source", refs=[COPY, "src:lib/iov_iter.c:iovec_from_user"])
def test_without_pieces_the_message_is_empty(sockets, memory):
    """With msg_iovlen 0 the vector is never read, and an empty datagram is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    result = sender.sendmsg(msghdr(msg_iov=memory.unmapped, msg_iovlen=0))

    assert result == returned(0)
    assert drain(receiver) == [b""]


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", GENERIC, COPY])
def test_everything_is_only_read(sockets, memory):
    """Header, vector, data and control may lie in memory that cannot be written: the call changes nothing."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    vector = iovec(iov_base=memory.readonly(b"data"), iov_len=4)
    header = msghdr(
        msg_iov=memory.readonly(bytes(vector)),
        msg_iovlen=1,
        msg_control=memory.readonly(bytes(16)),
        msg_controllen=15,  # too short to be looked at
        msg_flags=0x5A5A,
    )

    result = sender.sendmsg(memory.readonly(bytes(header)))

    assert result == returned(4)
    assert drain(receiver) == [b"data"]
