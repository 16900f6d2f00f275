"""PACKET_FANOUT_FLAG_DEFRAG: fragments of an IPv4 datagram are reassembled before a member is chosen."""

import struct

import pytest

from fixtures.clauses import clause
from helpers.net.frames import Frame, new_marker
from helpers.packet.fanout import Group, datagram, many, share
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import PACKET_FANOUT_FLAG_DEFRAG, PACKET_FANOUT_HASH, PACKET_FANOUT_LB

MAN = "man:packet(7)"
RECEIVE = "src:net/packet/af_packet.c:packet_rcv_fanout"
COVERS = ["fanout_flag:DEFRAG", "option:PACKET_FANOUT:effect"]
MORE = 0x2000  # IP_MF
SPLIT = 64  # bytes of the datagram's payload in the first fragment, a multiple of 8


def _datagram(flow=0):
    marker = new_marker()
    ends = ("192.0.2.1", 1024 + flow), ("192.0.2.2", 80)
    made = datagram(*ends, payload=marker + bytes(80) + marker)  # each fragment has the marker
    return Frame(made.data, marker, made.payload, made.ethertype)


def _ip(header, payload, offset):
    """Return the IPv4 header with the length of *payload*, an offset word and a valid checksum."""
    made = bytearray(header)
    struct.pack_into(">HHH", made, 2, 20 + len(payload), 0x1234, offset)
    struct.pack_into(">H", made, 10, 0)
    total = sum(struct.unpack(">10H", made))
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", made, 10, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    return bytes(made)


def _whole(frame):
    """Return the frame with an identification and checksum as its fragments have."""
    header, payload = frame.payload[:20], frame.payload[20:]
    return Frame(frame.data[:ETH_HLEN] + _ip(header, payload, 0) + payload, frame.marker, payload, ETH_P_IP)


def _fragments(frame):
    """Return the two fragments of a datagram."""
    link, header, payload = frame.data[:ETH_HLEN], frame.payload[:20], frame.payload[20:]
    pieces = (payload[:SPLIT], MORE), (payload[SPLIT:], SPLIT // 8)
    return [Frame(link + _ip(header, piece, word) + piece, frame.marker, piece, ETH_P_IP) for piece, word in pieces]


def _defragmenting(loopback, count, mode=PACKET_FANOUT_LB):
    return Group(loopback, mode | PACKET_FANOUT_FLAG_DEFRAG, count, ETH_P_IP)


@clause(since="3.1", level="documented", refs=[MAN, RECEIVE], covers=COVERS)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in-order", "reversed"])
def test_a_group_hears_a_datagram_instead_of_its_fragments(loopback, order):
    """With PACKET_FANOUT_FLAG_DEFRAG a member receives the datagram in one frame, once all its fragments are there."""
    group, frame = _defragmenting(loopback, 1), _datagram()
    fragments = _fragments(frame)

    got = group.deliver(*(fragments[number] for number in order))

    assert got == "- 0"
    assert group.members[0].must.take().data == _whole(frame).data


@clause(since="3.1", level="documented", refs=[MAN, RECEIVE], covers=COVERS)
def test_without_the_flag_a_group_hears_fragments(loopback):
    """Without PACKET_FANOUT_FLAG_DEFRAG each fragment is a frame for a member like any other."""
    group = Group(loopback, PACKET_FANOUT_LB, 2, ETH_P_IP)
    fragments = _fragments(_datagram())

    got = group.deliver(*fragments)

    assert got == "1 0"
    assert [group.members[number].must.take().data for number in (1, 0)] == [fragment.data for fragment in fragments]


@clause(since="3.1", level="documented", refs=[MAN, RECEIVE], covers=COVERS)
def test_the_fragments_of_a_flow_come_where_the_flow_comes(loopback):
    """With PACKET_FANOUT_FLAG_DEFRAG a HASH group delivers a fragmented datagram to the member that has its flow."""
    group = _defragmenting(loopback, 3, PACKET_FANOUT_HASH)
    frames = [_datagram(flow) for flow in range(24)]
    plain = share(group, frames)
    group.counted()

    fragmented = [group.deliver(*_fragments(frame)) for frame in frames]

    assert len(set(plain)) > 1
    assert fragmented == [f"- {member}" for member in plain]


@clause(since="3.1", level="source", refs=[RECEIVE, "src:net/ipv4/ip_fragment.c:ip_check_defrag"], covers=COVERS)
def test_what_is_no_fragment_is_left_alone(loopback):
    """With PACKET_FANOUT_FLAG_DEFRAG whole datagrams, and frames of other protocols, are received as they were sent."""
    group = Group(loopback, PACKET_FANOUT_LB | PACKET_FANOUT_FLAG_DEFRAG, 1, ETH_P_ALL)
    frames = [_datagram(), *many(1)]

    for frame in frames:
        loopback.inject(frame)
        for _ in range(2):  # sent, and received
            group.witness.receive(frame.marker)

    assert [group.members[0].must.take().data for _ in range(4)] == [frame.data for frame in frames for _ in range(2)]


@clause(since="3.1", level="source", refs=[RECEIVE], covers=COVERS)
def test_groups_put_fragments_together_apart_from_others(loopback):
    """A group without PACKET_FANOUT_FLAG_DEFRAG receives the fragments that another group reassembles."""
    group = _defragmenting(loopback, 1)
    other = Group(loopback, PACKET_FANOUT_LB, 1, ETH_P_IP, group=group.group + 1)

    got = group.deliver(*_fragments(_datagram()))

    assert (got, other.counted()) == ("- 0", "0+0")
