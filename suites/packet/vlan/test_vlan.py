"""VLAN tags that the kernel has removed from a frame: where they are reported."""

from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OWN, STRANGER
from helpers.net.tap import bridged
from helpers.packet.auxdata import TAG_COVERS, TAGGED, listening, tag
from helpers.uapi.if_ether import ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_BROADCAST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
    TP_STATUS_USER,
)
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
REFS = ["man:packet(7)", "uapi:linux/if_packet.h", RECVMSG]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
TPIDS = pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])


@clause(since="3.14", level="documented", refs=REFS, covers=TAG_COVERS)
@TYPES
@TPIDS
@pytest.mark.parametrize("tci", [0x2007, 0xFFFF, 0x1000, 1], ids=hex)
def test_the_tag_of_a_frame_that_arrives_is_told_beside_it(tap, tci, tpid, type_):
    """The tag of an incoming frame is removed: all 16 bits of TCI, and TPID, are reported and flagged valid."""
    socket = listening(tap, type_)
    frame = frames.tagged(tpid, tci)

    tap.arrive(frame)
    packet = socket.take()

    assert tag(packet) == (TAGGED, tci, tpid)
    assert packet.data == frame.without_tag().bytes_for(type_)
    assert packet.address.sll_protocol == htons(OWN)
    assert packet.aux.tp_len == packet.aux.tp_snaplen == len(packet.data)


@clause(since="3.14", level="documented", refs=REFS, covers=TAG_COVERS)
@TYPES
@TPIDS
def test_a_tag_of_0_is_not_the_same_as_none(tap, tpid, type_):
    """A tag whose TCI is 0 is flagged valid; a frame without a tag is not."""
    socket = listening(tap, type_)

    tap.arrive(frames.tagged(tpid, 0), frames.ethernet())
    found = [tag(socket.take()) for _ in range(2)]

    assert found == [(TAGGED, 0, tpid), (TP_STATUS_USER, 0, 0)]


@clause(since="3.14", level="documented", refs=REFS, covers=[*TAG_COVERS, "pkttype:PACKET_OUTGOING"])
@TYPES
@TPIDS
def test_the_tag_of_a_frame_that_leaves_beside_it_is_told_beside_it(taps, tpid, type_):
    """A frame that a bridge forwards with its tag removed is reported with that tag as it leaves, too."""
    tap, out = bridged(taps)
    socket = listening(out, type_)
    frame = frames.tagged(tpid, 0x2007, b"\x02\x00\x00\x00\xee\x02")

    tap.arrive(frame)
    packet = socket.receive(frame.marker)

    assert packet.address.sll_pkttype == PACKET_OUTGOING
    assert tag(packet) == (TAGGED, 0x2007, tpid)
    assert packet.data == frame.without_tag().bytes_for(type_)


@clause(since="3.14", level="documented", refs=REFS, covers=TAG_COVERS)
@TYPES
def test_a_peek_tells_the_same_tag(tap, type_):
    """Each peek returns the same tag and protocol as the call that takes the frame."""
    socket = listening(tap, type_)

    tap.arrive(frames.tagged(ETH_P_8021AD, 0x2007))
    found = [socket.take(flags=flags) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert [tag(packet) for packet in found] == [(TAGGED, 0x2007, ETH_P_8021AD)] * 3
    assert [packet.address.sll_protocol for packet in found] == [htons(OWN)] * 3


@clause(since="3.14", level="source", refs=["src:net/core/dev.c:__netif_receive_skb_core", RECVMSG])
@TYPES
@pytest.mark.parametrize("vid", [0, 7])
def test_a_socket_for_the_inner_protocol_is_not_told_the_tag(tap, vid, type_):
    """A socket for the inner protocol receives the frame untagged, as PACKET_OTHERHOST if its VLAN is unknown.

    The tag is for sockets for all protocols: what is left of it has been dropped when the protocol is looked at.
    """
    socket = listening(tap, type_, OWN)
    frame = frames.tagged(ETH_P_8021Q, 0x2000 | vid)

    tap.arrive(frame)
    packet = socket.take()

    assert tag(packet) == (TP_STATUS_USER, 0, 0)
    assert packet.address.sll_pkttype == (PACKET_OTHERHOST if vid else PACKET_BROADCAST)
    assert packet.data == frame.without_tag().bytes_for(type_)


@clause(since="3.14", level="documented", refs=REFS, covers=TAG_COVERS)
def test_of_two_tags_the_outer_is_told_and_the_inner_stays(tap):
    """Of two tags SOCK_RAW gets the outer in auxdata; the inner stays in the frame, and its TPID is the protocol."""
    socket = listening(tap, SOCK_RAW)
    inner = frames.tagged(ETH_P_8021Q, 0x0005)

    tap.arrive(inner.data[:12] + bytes.fromhex("88a82007") + inner.data[12:])
    packet = socket.take()

    assert tag(packet) == (TAGGED, 0x2007, ETH_P_8021AD)
    assert packet.data == inner.data
    assert packet.address.sll_protocol == htons(ETH_P_8021Q)


@clause(since="2.6.38", level="source", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_rcv_spkt"])
def test_sock_packet_is_not_told_the_tag(tap):
    """A SOCK_PACKET socket receives a tagged frame without its tag, and nothing reports the tag."""
    socket = tap.packet_socket(SOCK_PACKET, ETH_P_ALL)
    frame = frames.tagged(ETH_P_8021Q, 0x2007)

    tap.arrive(frame)
    packet = socket.take()

    assert packet.data == frame.without_tag().bytes_for(SOCK_PACKET)
    assert packet.controls == {}
    assert STRANGER in packet.data
