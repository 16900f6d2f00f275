"""Receiving on packet sockets: which protocol a frame has, and which sockets receive it."""

import struct
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import BROADCAST, STRANGER
from helpers.packet.packet_socket import address
from helpers.uapi.if_ether import (
    ETH_P_802_2,
    ETH_P_802_3,
    ETH_P_802_3_MIN,
    ETH_P_ALL,
    ETH_P_ARP,
    ETH_P_IP,
    ETH_P_LOOP,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RCV = "src:net/packet/af_packet.c:packet_rcv"
TYPE = "src:net/ethernet/eth.c:eth_type_trans"
DOCUMENTED = ["man:packet(7)", "uapi:linux/if_ether.h", TYPE]
BOUND = (ETH_P_ALL, ETH_P_802_2, ETH_P_802_3, ETH_P_802_3_MIN, frames.OWN, ETH_P_LOOP)


def typed(number, data):
    """Return a frame with *number* in the place of its ethertype or length, and *data* of 46 bytes after it."""
    return BROADCAST + STRANGER + struct.pack("!H", number) + data.ljust(46, b"\0")


def heard(tap, frame, type_=SOCK_RAW):
    """Return the protocol in the source address of *frame* by the protocol of the socket that received it."""
    sockets = {protocol: tap.packet_socket(type_, protocol) for protocol in BOUND}
    tap.arrive(frame)
    packets = {protocol: socket.take() for protocol, socket in sockets.items()}
    return {protocol: packet.address.sll_protocol for protocol, packet in packets.items() if packet}


@clause(since="2.2", level="documented", refs=DOCUMENTED)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
@pytest.mark.parametrize("number", [ETH_P_802_3_MIN, frames.OWN], ids=["0x0600", "own"])
def test_a_number_from_0x600_on_is_the_protocol(tap, number, type_):
    """From 0x0600 on the ethertype is the protocol: sockets for it and for all protocols receive the frame."""
    sources = heard(tap, typed(number, b"data"), type_)

    assert sources == {ETH_P_ALL: htons(number), number: htons(number)}


@clause(since="2.2", level="documented", refs=DOCUMENTED)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
@pytest.mark.parametrize("number", [0, 46, ETH_P_LOOP, 0x05FF], ids=hex)
def test_a_number_below_0x600_is_a_length_and_the_protocol_802_2(tap, number, type_):
    """Below 0x0600 it is the length of an 802.2 frame: ETH_P_802_2, and no socket for that number receives it."""
    sources = heard(tap, typed(number, b"\x42\x42\x03"), type_)

    assert sources == {ETH_P_ALL: htons(ETH_P_802_2), ETH_P_802_2: htons(ETH_P_802_2)}


@clause(since="2.2", level="documented", refs=DOCUMENTED)
@pytest.mark.parametrize(
    ("data", "protocol"),
    [(b"\xff\xff", ETH_P_802_3), (b"\xff\xfe", ETH_P_802_2), (b"\xfe\xff", ETH_P_802_2)],
    ids=["ffff", "fffe", "feff"],
)
def test_a_length_before_two_bytes_of_ones_is_raw_802_3(tap, data, protocol):
    """A length with 0xFFFF after it, as IPX began, is ETH_P_802_3; any other beginning is ETH_P_802_2."""
    sources = heard(tap, typed(46, data))

    assert sources == {ETH_P_ALL: htons(protocol), protocol: htons(protocol)}


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV, "src:net/packet/af_packet.c:packet_rcv_spkt"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_a_socket_hears_its_protocol_and_no_other(tap, type_):
    """A socket for one protocol receives only that one, one for protocol 0 nothing, one for all protocols each."""
    arp, ip, all_of_them, none = (
        tap.packet_socket(type_, protocol) for protocol in (ETH_P_ARP, ETH_P_IP, ETH_P_ALL, 0)
    )
    # of no use to the kernel itself, which reads them too
    sent = [frames.ethernet(ethertype=ethertype) for ethertype in (ETH_P_ARP, ETH_P_IP, frames.OWN)]

    tap.arrive(*sent)

    assert arp.received_markers(sent) == [sent[0].marker]
    assert ip.received_markers(sent) == [sent[1].marker]
    assert all_of_them.received_markers(sent) == [frame.marker for frame in sent]
    assert none.received_markers(sent) == []


@clause(
    since="2.6.34",
    level="source",
    refs=["src:net/packet/af_packet.c:packet_parse_headers", "src:net/packet/af_packet.c:packet_snd"],
)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
@pytest.mark.parametrize(
    ("said", "told"),
    [(frames.OTHER, frames.OTHER), (0, frames.OWN), (ETH_P_ALL, frames.OWN)],
    ids=["another", "none", "all"],
)
def test_a_frame_that_leaves_has_the_protocol_that_its_sender_says(tap, said, told, type_):
    """An outgoing whole frame has the protocol of its sender's address; if that is 0 or ETH_P_ALL, the frame's own."""
    socket, sender = tap.packet_socket(type_, ETH_P_ALL), tap.packet_socket(SOCK_RAW, 0)
    frame = frames.ethernet()

    sender.must.sendto(frame.data, 0, address(tap.ifindex, said))
    packet = socket.take()

    assert packet.address.sll_protocol == htons(told)
    assert packet.data == frame.bytes_for(type_)
