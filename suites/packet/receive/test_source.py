"""recvfrom(2): the source address that a packet socket tells of a frame."""

import ctypes
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.memory import Buffer
from helpers.net import frames
from helpers.net.frames import BROADCAST, MULTICAST, OWN, STRANGER
from helpers.packet.packet_socket import address
from helpers.receive_queues import queued
from helpers.syscall import returned
from helpers.uapi.if_arp import ARPHRD_ETHER, ARPHRD_LOOPBACK
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
    sockaddr_pkt,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

SYSCALL = "recvfrom"
PACKET = "src:net/packet/af_packet.c:packet_recvmsg"
ADDRESS_SIZE = 20  # of a sockaddr_ll
OTHER_HOST = b"\x02\x00\x00\x00\xee\x02"


def source_of(end, kind, sender):
    """Return the address that recvfrom must give for a frame with the source *sender* heard on *end*."""
    expected = address(end.ifindex, OWN, sender)
    expected.sll_hatype, expected.sll_pkttype = ARPHRD_ETHER, kind
    return expected


@clause(
    since="5.2",
    level="documented",
    refs=["man:packet(7)", "uapi:linux/if_packet.h", PACKET, "commit:b2cf86e1563e"],
    covers=["pkttype:PACKET_HOST", "pkttype:PACKET_BROADCAST", "pkttype:PACKET_MULTICAST", "pkttype:PACKET_OTHERHOST"],
)
@pytest.mark.parametrize(
    ("kind", "destination", "expected"),
    [
        (SOCK_RAW, None, PACKET_HOST),
        (SOCK_RAW, BROADCAST, PACKET_BROADCAST),
        (SOCK_RAW, MULTICAST, PACKET_MULTICAST),
        (SOCK_RAW, OTHER_HOST, PACKET_OTHERHOST),
        (SOCK_DGRAM, None, PACKET_HOST),
    ],
    ids=["raw-host", "raw-broadcast", "raw-multicast", "raw-otherhost", "dgram-host"],
)
def test_the_source_is_a_sockaddr_ll_with_every_field(wire, kind, destination, expected):
    """The source is the link, protocol, hardware type, packet type and sender's address, padded with zeros to 20."""
    end = wire.right
    socket = end.packet_socket(kind, OWN)
    source, length = Buffer(32), ctypes.c_int(32)

    wire.left.inject(frames.ethernet(end.mac if destination is None else destination))
    result = socket.recvfrom(Buffer(200).array, 200, 0, source.array, length)

    assert result.ok
    assert length.value == ADDRESS_SIZE
    assert source[:ADDRESS_SIZE] == bytes(source_of(end, expected, STRANGER))
    assert source.untouched(ADDRESS_SIZE)


@clause(since="5.2", level="documented", refs=["man:packet(7)", PACKET], covers=["pkttype:PACKET_OUTGOING"])
def test_the_source_of_a_frame_that_leaves_is_outgoing(wire):
    """A frame that this host sends is heard by a socket for all protocols as PACKET_OUTGOING."""
    end = wire.left
    socket = end.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame = frames.ethernet()
    source, buffer = Buffer(32), Buffer(200)

    end.inject(frame)
    wait.until(lambda: wait.readable(socket.fd), "frame queued")
    result = socket.recvfrom(buffer.array, 200, 0, source.array, ctypes.c_int(32))

    assert result == returned(len(frame))
    assert buffer[: len(frame)] == frame.data
    assert source[:ADDRESS_SIZE] == bytes(source_of(end, PACKET_OUTGOING, STRANGER))


@clause(since="2.2", level="documented", refs=["man:packet(7)", "uapi:linux/if_packet.h", PACKET])
def test_the_source_for_sock_packet_is_the_link_by_name(loopback):
    """A SOCK_PACKET socket gets a sockaddr_pkt of 18 bytes: hardware type, name of the link, protocol."""
    socket = queued(loopback, frames.ethernet(), kind=SOCK_PACKET)
    source, length = Buffer(32), ctypes.c_int(32)

    result = socket.recvfrom(Buffer(200).array, 200, 0, source.array, length)

    assert result.ok
    assert length.value == ctypes.sizeof(sockaddr_pkt) == 18
    name = sockaddr_pkt.from_buffer_copy(source[:18])
    assert (name.spkt_family, name.spkt_device, name.spkt_protocol) == (ARPHRD_LOOPBACK, b"lo", htons(OWN))
    assert source.untouched(18)
