"""Transmit rings: how long the frame of a slot may be."""

import struct
from errno import EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.net import frames
from helpers.net.frames import BROADCAST, OTHER, OWN
from helpers.packet.packet_socket import address
from helpers.rings import V2, V3, Geometry
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import PACKET_RESERVE, TP_STATUS_AVAILABLE, TP_STATUS_WRONG_FORMAT
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM
from suites.packet.rings.transmit.support import FILL, HEADER, SND, attempt

VALIDATE = "src:include/linux/netdevice.h:dev_validate_header"
MTU = 1500
WRONG, DONE = TP_STATUS_WRONG_FORMAT, TP_STATUS_AVAILABLE
TOO_LONG = ["errno:sendto:EMSGSIZE", "status:TP_STATUS_WRONG_FORMAT"]
INVALID = ["errno:sendto:EINVAL", "status:TP_STATUS_WRONG_FORMAT"]


@clause(since="2.6.31", level="documented", refs=["man:packet(7)", SND, HEADER], covers=TOO_LONG)
@all_versions
def test_a_frame_is_as_long_as_the_mtu_allows(wire, rings, version):
    """A frame of 14 bytes plus the MTU is sent; a longer one fails with EMSGSIZE, WRONG_FORMAT, and is not sent."""
    ring, far = rings.transmit(wire.left, version), wire.right.packet_socket(protocol=OWN)
    lost = [frames.ethernet(size=ETH_HLEN + MTU + more) for more in (1, 4, 5)]
    frame = frames.ethernet(size=ETH_HLEN + MTU)

    refusals = [attempt(ring, long.data) for long in lost]

    assert refusals == [(refused(EMSGSIZE), WRONG)] * 3
    assert attempt(ring, frame.data) == (returned(ETH_HLEN + MTU), DONE)
    assert [packet.data for packet in far.heard_until(frame)] == [frame.data]


@clause(since="3.17", level="source", refs=["src:net/packet/af_packet.c:packet_extra_vlan_len_allowed", SND])
@all_versions
def test_a_frame_of_8021q_may_be_4_bytes_longer(wire, rings, version):
    """A frame of type 802.1Q may exceed the MTU by 4 bytes, not 5; one of 802.1ad may not, even with a tag behind it.

    Only EMSGSIZE differs: the type is read from the Ethernet header alone.
    """
    ring, far = rings.transmit(wire.left, version), wire.left.packet_socket(protocol=ETH_P_ALL)

    def sized(ethertype, above):
        return attempt(ring, frames.ethernet(ethertype=ethertype, size=ETH_HLEN + MTU + above).data)

    inner = frames.ethernet(ethertype=OTHER, size=ETH_HLEN + MTU + 1)
    inner = inner.data[:16] + struct.pack("!H", ETH_P_8021Q) + inner.data[18:]

    assert [sized(ETH_P_8021Q, above) for above in (1, 4)] == [(returned(1515), DONE), (returned(1518), DONE)]
    assert [sized(ETH_P_8021Q, 5), sized(ETH_P_8021AD, 4), sized(ETH_P_8021AD, 1)] == [(refused(EMSGSIZE), WRONG)] * 3
    assert attempt(ring, inner) == (refused(EMSGSIZE), WRONG)
    assert sized(ETH_P_8021AD, 0) == (returned(1514), DONE)
    assert [len(far.receive(b"").data) for _ in range(3)] == [1515, 1518, 1514]


@clause(since="3.17", level="source", refs=["src:net/packet/af_packet.c:packet_extra_vlan_len_allowed"])
def test_only_ethernet_has_longer_frames(loopback, rings):
    """On a link that is not Ethernet (loopback) a frame of type 802.1Q may not exceed the MTU."""
    loopback.links.set("lo", mtu=1000)
    ring = rings.transmit(loopback, V2)

    results = [attempt(ring, frames.ethernet(ethertype=ETH_P_8021Q, size=1014 + more).data) for more in (1, 4, 0)]

    assert results == [(refused(EMSGSIZE), WRONG)] * 2 + [(returned(1014), DONE)]


@clause(since="2.6.31", level="source", refs=[SND, HEADER], covers=TOO_LONG)
@all_versions
def test_sock_dgram_counts_its_data_alone(wire, rings, version):
    """On SOCK_DGRAM the data are as long as the MTU, 4 bytes more by 802.1Q; without data a bare header is sent."""
    ring = rings.transmit(wire.left, version, type=SOCK_DGRAM)
    tap = wire.left.packet_socket(protocol=ETH_P_ALL)

    def sized(length, protocol=OWN):
        name = address(wire.left.ifindex, protocol, BROADCAST)
        return attempt(ring, bytes(length), address=name)

    assert [sized(MTU + 1), sized(MTU + 4), sized(MTU + 5)] == [(refused(EMSGSIZE), WRONG)] * 3
    assert sized(MTU + 5, ETH_P_8021Q) == (refused(EMSGSIZE), WRONG)
    assert [sized(MTU + 4, ETH_P_8021Q), sized(MTU), sized(0)] == [(returned(n), DONE) for n in (MTU + 4, MTU, 0)]
    assert [len(tap.receive(b"").data) for _ in range(3)] == [MTU + 18, MTU + 14, 14]


@clause(since="2.6.31", level="source", refs=[SND, HEADER], covers=TOO_LONG)
@all_versions
@pytest.mark.parametrize("reserve", [0, 32])
def test_a_frame_ends_with_its_slot(wire, rings, version, reserve):
    """A frame may fill its slot, one byte more fails with EMSGSIZE; PACKET_RESERVE takes no room from it."""
    geometry = Geometry(frame_size=256)
    ring = rings.transmit(wire.left, version, geometry, options={PACKET_RESERVE: reserve})
    far, frame = wire.right.packet_socket(protocol=OWN), frames.ethernet(size=ring.room)

    refusals = [attempt(ring, frame.data, length=ring.room + more) for more in (1, 2, 200)]

    assert refusals == [(refused(EMSGSIZE), WRONG)] * 3
    assert attempt(ring, frame.data) == (returned(ring.room), DONE)
    assert [packet.data for packet in far.heard_until(frame)] == [frame.data]


@clause(
    since="2.6.31", level="source", refs=[FILL, "src:include/linux/netdevice.h:dev_validate_header"], covers=INVALID
)
@all_versions
def test_a_frame_is_no_shorter_than_its_header(wire, rings, version):
    """A frame of less than the 14 bytes of its header fails with EINVAL, WRONG_FORMAT; 14 bytes are sent, and 15."""
    ring, tap = rings.transmit(wire.left, version), wire.left.packet_socket(protocol=ETH_P_ALL)
    frame = frames.ethernet()

    refusals = [attempt(ring, frame.data[:length]) for length in (0, 1, 13)]
    results = [attempt(ring, frame.data[:length]) for length in (14, 15)]

    assert refusals == [(refused(EINVAL), WRONG)] * 3
    assert results == [(returned(14), DONE), (returned(15), DONE)]
    assert [tap.receive(b"").data for _ in range(2)] == [frame.data[:14], frame.data[:15]]


@clause(since="7.2", level="source", refs=[FILL], covers=INVALID)
@all_versions
def test_without_link_header_a_packet_has_a_byte_at_least(taps, rings, version):
    """On a link without link-layer header a packet of one byte is sent; an empty one fails: EINVAL, WRONG_FORMAT."""
    tun = taps(IFF_TUN)
    ring = rings.transmit(tun, version)

    assert attempt(ring, b"") == (refused(EINVAL), WRONG)
    assert attempt(ring, b"E") == (returned(1), DONE)
    assert tun.left() == [b"E"]


@clause(since="4.11", level="source", refs=[HEADER], covers=INVALID)
@pytest.mark.parametrize("offset", [1, 2048, 1 << 31])
def test_v3_knows_no_next_slot(wire, rings, offset):
    """A V3 slot whose tp_next_offset is not 0 fails with EINVAL, WRONG_FORMAT, and is sent once it is 0."""
    ring, far = rings.transmit(wire.left, V3), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet()
    slot = ring.put(frame.data)
    slot.header.tp_next_offset = offset

    refusal = ring.kick()
    status = slot.status
    slot.header.tp_next_offset, slot.status = 0, 1

    assert (refusal, status) == (refused(EINVAL), WRONG)
    assert ring.kick() == returned(len(frame))
    assert [packet.data for packet in far.heard_until(frame)] == [frame.data]
