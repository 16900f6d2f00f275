"""VLAN tags that are still in the frame when SOCK_DGRAM receives it: peeked at, cut, incomplete, or their link gone."""

from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.net.frames import BROADCAST, OWN, STRANGER
from helpers.packet.auxdata import TAG_COVERS, TAGGED, listening, tag
from helpers.packet.packet_socket import address
from helpers.uapi.if_ether import ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import PACKET_AUXDATA, TP_STATUS_USER
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
DGRAM = "src:net/packet/af_packet.c:vlan_get_protocol_dgram"
TCI = "src:net/packet/af_packet.c:vlan_get_tci"
CVES = ["cve:CVE-2024-57901", "cve:CVE-2024-57902"]
TPIDS = pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])


def cut(tpid, rest):
    """Return a frame that ends with *rest* after its TPID."""
    return BROADCAST + STRANGER + tpid.to_bytes(2, "big") + rest


def send(end, data):
    """Send bytes out of a link."""
    end.packet_socket(protocol=0).must.send(data)


@clause(since="6.11", level="source", refs=[*CVES, RECVMSG, DGRAM, TCI], covers=[*TAG_COVERS, "msg:MSG_PEEK"])
@TPIDS
def test_a_peek_at_dgram_tells_the_same_tag(tap, tpid):
    """Peeked or taken, SOCK_DGRAM returns the same payload, protocol and tag; a peek does not change the frame."""
    socket = listening(tap, SOCK_DGRAM)
    frame = frames.tagged(tpid, 0x2007)

    tap.inject(frame)
    found = [socket.take(flags=flags) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert [tag(packet) for packet in found] == [(TAGGED, 0x2007, tpid)] * 3
    assert [(packet.data, packet.address.sll_protocol) for packet in found] == [(frame.payload, htons(OWN))] * 3
    assert socket.take() is None


@clause(since="6.11", level="source", refs=[*CVES, RECVMSG, DGRAM, TCI], covers=TAG_COVERS)
@pytest.mark.parametrize("kept", [1, 4, 20])
def test_a_filter_that_cuts_the_payload_leaves_the_tag(tap, kept):
    """SOCK_DGRAM still gets the tag of a frame that a filter has cut."""
    socket = listening(tap, SOCK_DGRAM)
    filters.keep(socket, kept)
    frame = frames.tagged(ETH_P_8021Q, 0x2007)

    tap.inject(frame)
    packet = socket.take()

    assert packet.data == frame.payload[:kept]
    assert packet.address.sll_protocol == htons(OWN)
    assert tag(packet) == (TAGGED, 0x2007, ETH_P_8021Q)


@clause(since="6.11", level="source", refs=[*CVES, RECVMSG, DGRAM, TCI], covers=[*TAG_COVERS, "msg:MSG_PEEK"])
@pytest.mark.parametrize("rest", [b"\x20", b"\x20\x07", b"\x20\x07\x88"], ids=["one", "two", "three"])
def test_a_tag_that_is_not_whole_is_flagged_but_0(tap, rest):
    """A frame that ends within its tag has no inner protocol and a TCI of 0, for SOCK_DGRAM, peeked or taken."""
    socket = listening(tap, SOCK_DGRAM)

    send(tap, cut(ETH_P_8021Q, rest))
    found = [socket.take(flags=flags) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert [(packet.data, packet.address.sll_protocol) for packet in found] == [(rest, 0)] * 3
    assert [tag(packet) for packet in found] == [(TAGGED, 0, ETH_P_8021Q)] * 3


@clause(since="6.11", level="source", refs=[*CVES, RECVMSG, TCI], covers=TAG_COVERS)
def test_a_tag_of_a_link_that_is_gone_is_not_told(tap):
    """When the link of the frame has been removed meanwhile, SOCK_DGRAM gets the payload and no tag."""
    socket = listening(tap, SOCK_DGRAM)
    frame = frames.tagged(ETH_P_8021Q, 0x2007)

    tap.inject(frame)
    tap.links.delete(tap.name)
    socket.option(SOL_SOCKET, SO_ERROR)  # the link went down
    packet = socket.take()

    assert packet.data == frame.payload
    assert packet.address.sll_protocol == htons(OWN)
    assert tag(packet) == (TP_STATUS_USER, 0, 0)


@clause(since="6.11", level="source", refs=[*CVES, RECVMSG, TCI], covers=TAG_COVERS)
def test_a_tag_is_not_looked_for_behind_a_link_header_of_any_length(tap):
    """On a link whose header has no fixed length (GRE to many) the TCI of a frame sent as tagged is reported as 0."""
    upper = tap.links.add("upper", "gre", gre_local="192.0.2.2")
    tap.links.up("upper")
    socket, sender = tap.packet_socket(SOCK_DGRAM, bound=False, protocol=0), tap.packet_socket(protocol=0)
    socket.attach(upper, ETH_P_ALL)
    socket.enable(PACKET_AUXDATA)
    marker = frames.new_marker()
    outer = b"\x45" * 20 + bytes(4)

    sender.must.sendto(outer + bytes(60) + marker, 0, address(upper, ETH_P_8021Q))
    packet = socket.receive(marker)

    assert packet.data == bytes(60) + marker
    assert tag(packet) == (TAGGED, 0, ETH_P_8021Q)
