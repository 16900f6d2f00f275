"""Transmit rings: the protocol that frames are sent with, and where their data begin for other sockets."""

import struct
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import BROADCAST, OTHER, OWN
from helpers.packet.packet_socket import address
from helpers.rings import V2
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import PACKET_AUXDATA
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from suites.packet.rings.transmit.support import FILL, SND

PARSE = "src:net/packet/af_packet.c:packet_parse_headers"


@clause(since="5.10", level="source", refs=[SND, FILL, PARSE])
@pytest.mark.parametrize("named", [False, True], ids=["bound", "named"])
@pytest.mark.parametrize(
    ("protocol", "shown"), [(OTHER, OTHER), (ETH_P_IP, ETH_P_IP), (0, OWN)], ids=["other", "ip", "none"]
)
def test_the_protocol_is_that_of_the_address(wire, rings, named, protocol, shown):
    """A SOCK_RAW frame has the protocol of the address, else the bound one; if that is 0, the type in its header.

    The frame's own bytes stay as they are.
    """
    ring = rings.transmit(wire.left, V2, protocol=ETH_P_8021Q if named else protocol)
    tap, frame = wire.left.packet_socket(protocol=ETH_P_ALL), frames.ethernet()
    ring.put(frame.data)

    assert ring.kick(0, address(wire.left.ifindex, protocol) if named else None).ok
    packet = tap.receive(frame.marker)
    assert (packet.address.sll_protocol, packet.data) == (htons(shown), frame.data)


@clause(since="5.10", level="source", refs=[SND, PARSE])
@pytest.mark.parametrize("named", [False, True], ids=["bound", "named"])
def test_the_protocol_of_all_frames_is_none(wire, rings, named):
    """ETH_P_ALL, bound or in the address, is not a frame's protocol: the frame has that of its header's type."""
    ring = rings.transmit(wire.left, V2, protocol=OTHER if named else ETH_P_ALL)
    tap, frame = wire.left.packet_socket(protocol=ETH_P_ALL), frames.ethernet()
    ring.put(frame.data)

    assert ring.kick(0, address(wire.left.ifindex, ETH_P_ALL) if named else None).ok
    assert tap.receive(frame.marker).address.sll_protocol == htons(OWN)


@clause(since="5.10", level="source", refs=[FILL, PARSE])
@pytest.mark.parametrize("size", [15, 33, 60, 1514])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_data_begin_behind_the_header(wire, rings, type_, size):
    """For other sockets the data of a frame begin after 14 bytes, however few there are."""
    ring = rings.transmit(wire.left, V2, type=type_)
    taps = [wire.left.packet_socket(tap, ETH_P_ALL) for tap in (SOCK_RAW, SOCK_DGRAM)]
    taps[0].enable(PACKET_AUXDATA)
    whole = frames.ethernet(source=wire.left.mac, size=1514).data[:size]

    ring.put(whole[ETH_HLEN:] if type_ == SOCK_DGRAM else whole)
    result = ring.kick(0, address(wire.left.ifindex, OWN, BROADCAST))

    assert result.ok
    raw, cooked = [tap.receive(b"") for tap in taps]
    assert (raw.data, raw.aux.tp_net) == (whole, ETH_HLEN)
    assert cooked.data == whole[ETH_HLEN:]


@clause(since="6.0", level="source", refs=[PARSE, SND])
@pytest.mark.parametrize("tags", [(ETH_P_8021Q,), (ETH_P_8021AD, ETH_P_8021Q)], ids=["8021q", "8021ad-8021q"])
def test_data_begin_behind_the_tags(wire, rings, tags):
    """For other sockets the data of a frame with VLAN tags begin behind the tags."""
    ring = rings.transmit(wire.left, V2)
    taps = [wire.left.packet_socket(tap, ETH_P_ALL) for tap in (SOCK_RAW, SOCK_DGRAM)]
    taps[0].enable(PACKET_AUXDATA)
    plain = frames.ethernet()
    middle = b"".join(struct.pack("!HH", tpid, 0x2007) for tpid in tags) + struct.pack("!H", OWN)
    data = plain.data[:12] + middle + plain.payload

    ring.send(data)

    raw, cooked = [tap.receive(plain.marker) for tap in taps]
    assert (raw.data, raw.aux.tp_net) == (data, ETH_HLEN + 4 * len(tags))
    assert cooked.data == plain.payload


@clause(since="5.10", level="source", refs=[FILL, PARSE])
@pytest.mark.parametrize("protocol", [0, ETH_P_IP], ids=["none", "ip"])
def test_without_link_header_data_begin_at_once(taps, rings, protocol):
    """On a link without link-layer header a slot has the packet alone; its protocol is only the one given."""
    tun = taps(IFF_TUN)
    tap, packet = tun.packet_socket(protocol=ETH_P_ALL), bytes([0x45]).ljust(30, b"\1")
    ring = rings.transmit(tun, V2, protocol=protocol)

    ring.send(packet)

    seen = tap.receive(b"")
    assert (seen.data, seen.address.sll_protocol) == (packet, htons(protocol))
    assert tun.left() == [packet]
