"""sll_pkttype: for whom a frame was."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import BROADCAST, MULTICAST, OWN
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
)
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

REFS = ["man:packet(7)", "uapi:linux/if_packet.h", "src:net/packet/af_packet.c:packet_rcv"]
TYPE = "src:net/ethernet/eth.c:eth_type_trans"
SOCK_TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
TYPES = {
    "host": (lambda mac: mac, PACKET_HOST, "PACKET_HOST"),
    "broadcast": (lambda mac: BROADCAST, PACKET_BROADCAST, "PACKET_BROADCAST"),
    "multicast": (lambda mac: MULTICAST, PACKET_MULTICAST, "PACKET_MULTICAST"),
    "one-bit-from-broadcast": (lambda mac: BROADCAST[:5] + b"\xfe", PACKET_MULTICAST, "PACKET_MULTICAST"),
    "otherhost": (lambda mac: mac[:5] + bytes([mac[5] ^ 1]), PACKET_OTHERHOST, "PACKET_OTHERHOST"),
    "otherhost-first-byte": (lambda mac: bytes([mac[0] ^ 4]) + mac[1:], PACKET_OTHERHOST, "PACKET_OTHERHOST"),
}


@clause(since="2.2", level="documented", refs=[*REFS, TYPE], covers=[f"pkttype:{name}" for *_, name in TYPES.values()])
@SOCK_TYPES
@pytest.mark.parametrize("protocol", [ETH_P_ALL, OWN], ids=["all", "own"])
@pytest.mark.parametrize(("destination", "expected", "name"), TYPES.values(), ids=TYPES)
def test_the_destination_of_what_arrives_is_its_type(tap, destination, expected, name, protocol, type_):
    """An incoming frame is for this host, for all, for a group or for another host, as its destination address says."""
    socket = tap.packet_socket(type_, protocol)

    tap.arrive(frames.ethernet(destination(tap.mac)))

    assert socket.take().address.sll_pkttype == expected


@clause(
    since="2.2",
    level="documented",
    refs=[*REFS, "src:net/core/dev.c:dev_queue_xmit_nit"],
    covers=["pkttype:PACKET_OUTGOING"],
)
@SOCK_TYPES
@pytest.mark.parametrize("destination", [BROADCAST, MULTICAST, None], ids=["broadcast", "multicast", "itself"])
def test_what_leaves_is_outgoing_whatever_its_destination(tap, destination, type_):
    """An outgoing frame is PACKET_OUTGOING, even to all, to a group or to the address of the link itself."""
    socket = tap.packet_socket(type_, ETH_P_ALL)

    tap.inject(frames.ethernet(destination or tap.mac))

    assert socket.take().address.sll_pkttype == PACKET_OUTGOING


@clause(since="2.2", level="documented", refs=[*REFS, "src:drivers/net/loopback.c:loopback_xmit"])
@pytest.mark.parametrize(
    ("destination", "expected"),
    [(bytes(6), PACKET_HOST), (MULTICAST, PACKET_MULTICAST), (b"\x02" + bytes(5), PACKET_OTHERHOST)],
    ids=["host", "multicast", "otherhost"],
)
def test_loopback_has_types_too(loopback, destination, expected):
    """On loopback, whose address is all zeros, an incoming frame has its type by its destination, as elsewhere."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(destination)

    loopback.inject(frame)

    assert socket.receive(frame.marker).address.sll_pkttype == expected


@clause(since="2.6.20", level="source", refs=REFS)
@SOCK_TYPES
def test_on_a_link_without_addresses_all_that_arrives_is_for_this_host(taps, type_):
    """On a link without addresses every incoming frame is PACKET_HOST and every outgoing one PACKET_OUTGOING."""
    tun = taps(IFF_TUN)
    socket = tun.packet_socket(type_, ETH_P_ALL)

    tun.arrive(b"\x45" + bytes(30))
    tun.packet_socket(protocol=0).must.send(b"\x45" + bytes(30))

    assert [socket.take().address.sll_pkttype for _ in range(2)] == [PACKET_HOST, PACKET_OUTGOING]


@clause(since="2.2", level="documented", refs=[*REFS, TYPE])
def test_the_type_follows_the_address_of_the_link(tap):
    """When the link's address changes, frames for the new one are for this host and those for the old one are not."""
    socket = tap.packet_socket(SOCK_RAW, OWN)
    new = b"\x02\x00\x00\x00\xee\x55"

    tap.links.set(tap.name, address=new.hex(":"))
    tap.arrive(frames.ethernet(tap.mac), frames.ethernet(new))

    assert [socket.take().address.sll_pkttype for _ in range(2)] == [PACKET_OTHERHOST, PACKET_HOST]
