"""sendto(2) on packet sockets: what is sent on the link."""

from errno import EINVAL, ENETDOWN
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals
from helpers.net import frames
from helpers.net.frames import OTHER, OWN
from helpers.packet.packet_socket import address
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.uapi import socket as uapi
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_802_3, ETH_P_ALL
from helpers.uapi.if_packet import PACKET_OUTGOING
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

SYSCALL = "sendto"
PACKET = "src:net/packet/af_packet.c:packet_snd"
LO = 1  # the interface index of lo, in every namespace

DOCUMENTED = ["CONFIRM", "DONTROUTE", "DONTWAIT", "EOR", "ERRQUEUE", "MORE", "NOSIGNAL", "OOB", "PROBE"]


@clause(since="2.2", level="documented", refs=["man:packet(7)", PACKET])
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "by-address"])
def test_sock_raw_sends_the_frame_as_it_is(wire, bound):
    """SOCK_RAW sends exactly the given frame, once, whatever hardware address is given, and returns its length."""
    sender, receiver = wire.left.packet_socket(SOCK_RAW, 0, bound), wire.right.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(wire.right.mac, size=200)
    name = None if bound else address(wire.left.ifindex, OTHER, frames.BROADCAST)

    result = sender.send(frame.data) if bound else sender.sendto(frame.data, 0, name)

    assert result == returned(200)
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="documented", refs=["man:packet(7)", PACKET])
def test_sock_dgram_puts_the_header_before_the_data(wire):
    """SOCK_DGRAM sends sll_addr, the link's own address and sll_protocol as the header, then exactly the data."""
    sender, receiver = wire.left.packet_socket(SOCK_DGRAM, 0, False), wire.right.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(wire.right.mac, wire.left.mac, size=200)

    result = sender.sendto(frame.payload, 0, address(wire.left.ifindex, OWN, wire.right.mac))

    assert result == returned(200 - ETH_HLEN)
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="documented", refs=["man:packet(7)", "src:net/ethernet/eth.c:eth_header"])
def test_protocol_802_3_becomes_the_length_of_the_data(wire):
    """SOCK_DGRAM with protocol ETH_P_802_3 writes the length of the data in the place of the type."""
    sender, receiver = wire.left.packet_socket(SOCK_DGRAM, 0, False), wire.right.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame = frames.ethernet(wire.right.mac, wire.left.mac, ethertype=100, size=100 + ETH_HLEN)

    result = sender.sendto(frame.payload, 0, address(wire.left.ifindex, ETH_P_802_3, wire.right.mac))

    assert result == returned(100)
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="source", refs=[PACKET, "src:net/ethernet/eth.c:eth_header"])
def test_sock_dgram_without_data_sends_the_header_alone(loopback):
    """SOCK_DGRAM without data sends the link-layer header alone and returns 0."""
    sender, receiver = loopback.packet_socket(SOCK_DGRAM, 0, False), loopback.packet_socket(SOCK_RAW, OWN)
    last = frames.ethernet()

    result = sender.sendto(b"", 0, address(loopback.ifindex, OWN, frames.STRANGER))
    loopback.inject(last)

    assert result == returned(0)
    assert arrivals(receiver, last.marker) == [frames.STRANGER + loopback.mac + OWN.to_bytes(2, "big"), last.data]


@clause(since="2.2", level="source", refs=[PACKET, "src:net/ethernet/eth.c:eth_header"], covers=["errno:EINVAL"])
def test_sock_dgram_needs_an_address_unless_the_link_has_none(wire, loopback):
    """A bound SOCK_DGRAM without address is refused with EINVAL on Ethernet; on loopback it sends to address 0."""
    sender, receiver = loopback.packet_socket(SOCK_DGRAM, OWN), loopback.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(bytes(6), bytes(6))

    refusal = wire.left.packet_socket(SOCK_DGRAM, OWN).send(frame.payload)
    result = sender.send(frame.payload)

    assert refusal == refused(EINVAL)
    assert result == returned(len(frame.payload))
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="source", refs=[PACKET], covers=["errno:ENETDOWN"])
def test_the_given_link_outranks_the_bound_one(wire):
    """A bound packet socket sends to the link that the address names, not to its own."""
    sender, receiver = wire.left.packet_socket(protocol=0, bound=False), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet()
    sender.must.bind(address(LO))  # which is down

    refusal = sender.send(frame.data)
    result = sender.sendto(frame.data, 0, address(wire.left.ifindex, OWN))

    assert refusal == refused(ENETDOWN)
    assert result == returned(len(frame))
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="source", refs=[PACKET])
@pytest.mark.parametrize(
    ("bound", "given", "shown"),
    [(OTHER, None, OTHER), (OTHER, OWN, OWN), (OWN, OTHER, OTHER)],
    ids=["bound", "given", "given-other"],
)
def test_the_protocol_of_a_frame_is_the_one_told(loopback, bound, given, shown):
    """SOCK_RAW marks a frame with the protocol of the address, else of the socket, whatever its own header says."""
    sender, tap = loopback.packet_socket(SOCK_RAW, bound), loopback.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame = frames.ethernet()

    result = sender.sendto(frame.data, 0, None if given is None else address(loopback.ifindex, given), 20)

    assert result == returned(len(frame))
    packet = tap.receive(frame.marker)
    assert packet.address.sll_pkttype == PACKET_OUTGOING
    assert packet.address.sll_protocol == htons(shown)


@clause(
    since="2.2",
    level="source",
    refs=["src:net/packet/af_packet.c:packet_snd"],
    covers=[f"msg:MSG_{name}" for name in DOCUMENTED],
)
def test_packet_sockets_send_at_once_whatever_the_flags(loopback):
    """A packet socket sends a frame whole, once and at once with any of the flags that other protocols use."""
    sender, receiver = loopback.packet_socket(protocol=0), loopback.packet_socket(protocol=OWN)
    sent = [frames.ethernet() for _ in DOCUMENTED]

    results = {
        name: by_sendto(sender.fd, frame.data, getattr(uapi, f"MSG_{name}"))
        for name, frame in zip(DOCUMENTED, sent, strict=True)
    }

    assert results == dict.fromkeys(DOCUMENTED, returned(len(sent[0])))
    assert arrivals(receiver, sent[-1].marker) == [frame.data for frame in sent]
