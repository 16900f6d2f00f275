"""Receiving on packet sockets: the source address, field by field."""

import ctypes
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.net import frames
from helpers.net.frames import OWN, STRANGER
from helpers.net.link_kinds import IFF_TUN
from helpers.packet.packet_socket import address
from helpers.uapi.if_arp import ARPHRD_ETHER, ARPHRD_LOOPBACK, ARPHRD_NONE
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import PACKET_HOST, PACKET_OUTGOING, sockaddr_pkt
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
KINDS = pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
LL, PKT = 20, 18


def source(socket, size=2048, flags=0):
    """Receive one frame and return its source: the length told, and the bytes written to a buffer of 0xA5."""
    name, length = Buffer(40), ctypes.c_int(40)
    socket.must.recvfrom(Buffer(size).array, size, flags, name.array, length)
    assert name.untouched(length.value)
    return name[: length.value]


def expected(end, protocol, kind, hatype=ARPHRD_ETHER, hardware=STRANGER):
    """Return the bytes of the sockaddr_ll of a frame heard on *end*."""
    name = address(end.ifindex, protocol, hardware)
    name.sll_hatype, name.sll_pkttype = hatype, kind
    return bytes(name)


@clause(since="5.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG, "commit:b2cf86e1563e"])
@KINDS
def test_the_source_of_a_frame_that_arrives(tap, kind):
    """The source is link, protocol, hardware type, packet type and sender's address, padded with zeros to 20 bytes."""
    socket = tap.packet_socket(kind, ETH_P_ALL)

    tap.arrive(frames.ethernet(tap.mac), frames.ethernet(tap.mac, b"\x02\x00\x00\x00\xee\x77", frames.OTHER))
    found = [source(socket), source(socket)]

    assert found == [
        expected(tap, OWN, PACKET_HOST),
        expected(tap, frames.OTHER, PACKET_HOST, hardware=b"\x02\x00\x00\x00\xee\x77"),
    ]


@clause(since="5.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG], covers=["pkttype:PACKET_OUTGOING"])
@KINDS
def test_the_source_of_a_frame_that_leaves(tap, kind):
    """The source of a frame that leaves has the address that the frame says, not the link's own."""
    socket = tap.packet_socket(kind, ETH_P_ALL)

    tap.inject(frames.ethernet(tap.mac))
    found = source(socket)

    assert found == expected(tap, OWN, PACKET_OUTGOING)


@clause(since="5.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG])
@KINDS
def test_the_source_on_a_link_without_addresses(taps, kind):
    """On a link without addresses the length of the source's address is 0 and its bytes are zeros, in all 20."""
    tun = taps(IFF_TUN)
    socket = tun.packet_socket(kind, ETH_P_ALL)

    tun.arrive(b"\x45" + bytes(30), b"\x60" + bytes(40))
    found = [source(socket), source(socket)]

    assert found == [expected(tun, protocol, PACKET_HOST, ARPHRD_NONE, b"") for protocol in (ETH_P_IP, ETH_P_IPV6)]


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV, RECVMSG])
@KINDS
def test_the_source_on_loopback(loopback, kind):
    """On loopback the hardware type is that of loopback, and the sender's address is what the frame says."""
    socket = loopback.packet_socket(kind, OWN)

    loopback.inject(frames.ethernet(loopback.mac))
    found = source(socket)

    assert found == expected(loopback, OWN, PACKET_HOST, ARPHRD_LOOPBACK)


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV])
def test_the_source_tells_on_which_link_a_frame_arrived(taps):
    """A socket that is bound to no link learns from each frame's source on which it arrived."""
    one = taps(name="one")
    two = taps(namespace=one.namespace, name="two")
    socket = one.packet_socket(SOCK_RAW, OWN, bound=False)

    two.arrive(frames.ethernet(two.mac))
    one.arrive(frames.ethernet(one.mac))
    found = [source(socket), source(socket)]

    assert found == [expected(end, OWN, PACKET_HOST) for end in (two, one)]
    assert one.ifindex != two.ifindex


@clause(since="2.2", level="source", refs=[RECVMSG])
@KINDS
def test_the_source_is_the_same_when_peeked_and_when_taken(tap, kind):
    """MSG_PEEK tells the same source each time, and so does the call that takes the frame."""
    socket = tap.packet_socket(kind, OWN)

    tap.arrive(frames.ethernet(tap.mac))
    found = [source(socket, flags=flags) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert found == [expected(tap, OWN, PACKET_HOST)] * 3


@clause(since="2.2", level="documented", refs=["man:packet(7)", "uapi:linux/if_packet.h", RCV_SPKT, RECVMSG])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a", b"a"),
        ("twelve-bytes", b"twelve-bytes"),
        ("thirteenbytes", b"thirteenbytes"),
        ("fourteen-bytes", b"fourteen-byte"),
    ],
    ids=["one", "twelve", "thirteen", "fourteen"],
)
def test_sock_packet_tells_hardware_type_name_and_protocol(taps, name, told):
    """SOCK_PACKET gives a sockaddr_pkt: hardware type, the first 13 bytes of the link's name, a NUL, the protocol."""
    tap = taps(name=name)
    socket = tap.packet_socket(SOCK_PACKET, ETH_P_ALL, bound=False)

    tap.arrive(frames.ethernet())
    found = source(socket)

    assert len(found) == ctypes.sizeof(sockaddr_pkt) == PKT
    source_of = sockaddr_pkt.from_buffer_copy(found)
    assert (source_of.spkt_family, source_of.spkt_protocol) == (ARPHRD_ETHER, htons(OWN))
    assert found[2:16].partition(b"\0")[0] == told


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV_SPKT])
def test_sock_packet_hears_what_leaves_with_the_same_source(tap):
    """SOCK_PACKET cannot tell from the source whether a frame left or arrived."""
    socket = tap.packet_socket(SOCK_PACKET, ETH_P_ALL)
    frame = frames.ethernet(tap.mac)

    tap.inject(frame)
    tap.arrive(frame)
    found = [source(socket), source(socket)]

    assert (
        found[0][:2] + found[0][16:]
        == found[1][:2] + found[1][16:]
        == bytes([ARPHRD_ETHER, 0]) + OWN.to_bytes(2, "big")
    )
    assert [name[2:].partition(b"\0")[0] for name in found] == [b"tap"] * 2
