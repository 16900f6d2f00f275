"""VLAN tags that are still in the frame when it is received: in-band tags of frames that a program sends."""

from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames, link_kinds
from helpers.net.frames import OWN
from helpers.packet.auxdata import TAG_COVERS, TAGGED, listening, tag
from helpers.packet.packet_socket import address
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_AUXDATA,
    PACKET_OUTGOING,
    TP_STATUS_USER,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
PARSE = "src:net/packet/af_packet.c:packet_parse_headers"
DGRAM = "src:net/packet/af_packet.c:vlan_get_protocol_dgram"
TCI = "src:net/packet/af_packet.c:vlan_get_tci"
HANDLED = "commit:79eecf631c14"
CVES = ["cve:CVE-2024-57901", "cve:CVE-2024-57902"]
TPIDS = pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])


def send(end, data):
    """Send bytes out of a link."""
    end.packet_socket(protocol=0).must.send(data)


@clause(since="5.14", level="source", refs=["man:packet(7)", PARSE, RECVMSG])
@TPIDS
def test_for_raw_the_tag_stays_in_the_frame(tap, tpid):
    """SOCK_RAW receives a frame with an in-band tag as it was sent, without VLAN auxdata, tp_net behind the tag."""
    socket = listening(tap, SOCK_RAW)
    frame = frames.tagged(tpid, 0x2007)

    tap.inject(frame)
    packet = socket.take()

    assert packet.data == frame.data
    assert packet.address.sll_pkttype == PACKET_OUTGOING
    assert packet.address.sll_protocol == htons(tpid)
    assert tag(packet) == (TP_STATUS_USER, 0, 0)
    assert (packet.aux.tp_mac, packet.aux.tp_net) == (0, ETH_HLEN + 4)


@clause(since="6.11", level="source", refs=[HANDLED, *CVES, RECVMSG, DGRAM, TCI], covers=TAG_COVERS)
@TPIDS
@pytest.mark.parametrize("tci", [0x2007, 0xFFFF, 0], ids=hex)
def test_for_dgram_the_tag_is_told_beside_the_payload(tap, tci, tpid):
    """SOCK_DGRAM receives the payload of a frame with an in-band tag, with the inner protocol, TCI and TPID."""
    socket = listening(tap, SOCK_DGRAM)
    frame = frames.tagged(tpid, tci)

    tap.inject(frame)
    packet = socket.take()

    assert packet.data == frame.payload
    assert packet.address.sll_protocol == htons(OWN)
    assert tag(packet) == (TAGGED, tci, tpid)
    assert (packet.aux.tp_mac, packet.aux.tp_net) == (0, 0)


@clause(since="6.11", level="source", refs=[HANDLED, *CVES, RECVMSG, DGRAM, TCI], covers=TAG_COVERS)
def test_of_two_tags_dgram_is_told_the_outer_and_the_protocol_inside_both(tap):
    """Of two in-band tags SOCK_DGRAM gets the outer one in auxdata; the protocol is the one inside the inner."""
    socket = listening(tap, SOCK_DGRAM)
    inner = frames.tagged(ETH_P_8021Q, 0x0005)

    send(tap, inner.data[:12] + bytes.fromhex("88a82007") + inner.data[12:])
    packet = socket.take()

    assert packet.data == inner.payload
    assert packet.address.sll_protocol == htons(OWN)
    assert tag(packet) == (TAGGED, 0x2007, ETH_P_8021AD)


@clause(since="6.11", level="source", refs=[*CVES, RECVMSG, TCI], covers=TAG_COVERS)
def test_on_a_vlan_link_the_first_tag_in_the_frame_is_told(tap):
    """On a VLAN link whose header has room for its own tag SOCK_DGRAM gets the first tag in the frame.

    Such a link is over one that cannot add tags; it reads the protocol behind the tags unless the sender gives it.
    """
    link_kinds.without_tag_offload(tap.namespace, tap.name)
    upper = tap.links.add("upper", "vlan", link=tap.ifindex, vlan_id=9)
    tap.links.up("upper")
    socket, sender = tap.packet_socket(SOCK_DGRAM, bound=False), tap.packet_socket(bound=False)
    socket.attach(upper, ETH_P_ALL)
    socket.enable(PACKET_AUXDATA)
    frame = frames.ethernet(size=100)
    tags = bytes.fromhex("8100200781000005")

    sender.must.sendto(frame.data[:12] + tags + frame.data[12:], 0, address(upper, ETH_P_8021Q))
    packet = socket.receive(frame.marker)

    assert packet.data == frame.payload
    assert packet.address.sll_protocol == htons(OWN)
    assert tag(packet) == (TAGGED, 0x2007, ETH_P_8021Q)


@clause(since="6.11", level="source", refs=[HANDLED, PARSE, RECVMSG, TCI], covers=TAG_COVERS)
@TPIDS
def test_on_loopback_the_data_of_dgram_begin_with_the_tag(loopback, tpid):
    """On a link that is not Ethernet, like loopback, SOCK_DGRAM gets a tag in auxdata and still before the payload."""
    socket = listening(loopback, SOCK_DGRAM)
    frame = frames.tagged(tpid, 0x2007)

    loopback.inject(frame)
    packet = socket.receive(frame.marker)

    assert packet.address.sll_pkttype == PACKET_OUTGOING
    assert packet.data == frame.data[ETH_HLEN:]
    assert packet.address.sll_protocol == htons(OWN)
    assert tag(packet) == (TAGGED, 0x2007, tpid)
