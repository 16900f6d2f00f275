"""PACKET_FANOUT_HASH: frames of one flow, in both directions, go to one member; flows are spread."""

from dataclasses import replace

import pytest

from fixtures.clauses import clause
from helpers.packet.fanout import TCP, UDP, Group, datagram, many, share
from helpers.uapi.if_ether import ETH_P_IP, ETH_P_IPV6
from helpers.uapi.if_packet import PACKET_FANOUT_HASH

MAN = "man:packet(7)"
HASH = "src:net/packet/af_packet.c:fanout_demux_hash"
COVERS = ["fanout:HASH", "option:PACKET_FANOUT:effect"]
FLOWS = 64  # all of them at one of two members: once in 2 ** 63 runs
ADDRESSES = {4: ("10.1.2.3", "192.0.2.77"), 6: ("2001:db8::1", "2001:db8:7::2")}
ETHERTYPE = {4: ETH_P_IP, 6: ETH_P_IPV6}
KINDS = pytest.mark.parametrize(
    ("version", "protocol"), [(4, UDP), (4, TCP), (6, UDP)], ids=["ipv4-udp", "ipv4-tcp", "ipv6-udp"]
)


def flow(version, protocol, number, back=False):
    """Return a datagram of flow *number*, or one of those that answer it."""
    ends = (ADDRESSES[version][0], 1024 + number), (ADDRESSES[version][1], 80)
    return datagram(*(reversed(ends) if back else ends), protocol)


@clause(since="3.1", level="documented", refs=[MAN, HASH], covers=COVERS)
@KINDS
def test_a_flow_stays_with_its_member(loopback, version, protocol):
    """PACKET_FANOUT_HASH delivers all frames with the same addresses, protocol and ports to the same member."""
    group = Group(loopback, PACKET_FANOUT_HASH, 3, ETHERTYPE[version])

    first, again = (share(group, [flow(version, protocol, number) for number in range(FLOWS)]) for _ in range(2))

    assert first == again
    assert -1 not in first


@clause(since="3.1", level="documented", refs=[MAN, HASH], covers=COVERS)
@KINDS
@pytest.mark.parametrize("count", [1, 2, 3])
def test_flows_are_spread_over_all_members(loopback, count, version, protocol):
    """PACKET_FANOUT_HASH spreads flows that differ in one port over all members; every frame is delivered once."""
    group = Group(loopback, PACKET_FANOUT_HASH, count, ETHERTYPE[version])

    got = share(group, [flow(version, protocol, number) for number in range(FLOWS)])

    assert set(got) == set(range(count))


@clause(since="4.8", level="source", refs=[HASH], covers=COVERS)
@KINDS
def test_both_directions_of_a_flow_come_to_one_member(loopback, version, protocol):
    """PACKET_FANOUT_HASH delivers the replies of a flow to the member that has the flow."""
    group = Group(loopback, PACKET_FANOUT_HASH, 2, ETHERTYPE[version])

    there = share(group, [flow(version, protocol, number) for number in range(FLOWS)])
    back = share(group, [flow(version, protocol, number, back=True) for number in range(FLOWS)])

    assert there == back


@clause(since="6.3", level="source", refs=[HASH, "src:net/core/flow_dissector.c:__flow_hash_consistentify"])
def test_addresses_half_the_number_space_apart_make_a_flow_too(loopback):
    """PACKET_FANOUT_HASH takes both directions as a flow when addresses differ in bit 7 of the last byte only."""
    group = Group(loopback, PACKET_FANOUT_HASH, 2, ETH_P_IP)
    ends = [(("10.0.0.1", 1024 + number), ("10.0.0.129", 80)) for number in range(FLOWS)]

    there = share(group, [datagram(*pair) for pair in ends])
    back = share(group, [datagram(*reversed(pair)) for pair in ends])

    assert there == back


@clause(since="3.1", level="source", refs=[HASH], covers=COVERS)
def test_only_addresses_and_ports_make_a_flow(loopback):
    """PACKET_FANOUT_HASH ignores the hardware addresses, and the payload of a datagram and its length."""
    group = Group(loopback, PACKET_FANOUT_HASH, 4, ETH_P_IP)
    plain = [flow(4, UDP, number) for number in range(16)]
    others = [
        datagram(("10.1.2.3", 1024 + number), ("192.0.2.77", 80), payload=plain[number].marker + bytes(number))
        for number in range(16)
    ]
    others = [
        replace(other, marker=frame.marker, data=bytes([2, number]) + other.data[2:])
        for number, (other, frame) in enumerate(zip(others, plain, strict=True))
    ]

    got = share(group, plain)

    assert share(group, others) == got


@clause(since="3.1", level="source", refs=[HASH], covers=COVERS)
def test_what_is_no_flow_is_one_flow(loopback):
    """PACKET_FANOUT_HASH delivers all frames of a protocol that has no flows to one member."""
    group = Group(loopback, PACKET_FANOUT_HASH, 3)

    got = share(group, many(16))

    assert (len(set(got)), -1 in got) == (1, False)
