"""PACKET_FANOUT: a group and the frames sent on its link, by its members and others; IGNORE_OUTGOING."""

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.endpoints import named
from helpers.net import frames
from helpers.option_calls import answer, get, put
from helpers.options import option
from helpers.packet.fanout import ID, Group, join, many
from helpers.sockets import must
from helpers.syscall import returned
from helpers.uapi import if_packet as ip
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import AF_INET, SOCK_DGRAM

ADD = "src:net/packet/af_packet.c:fanout_add"
MATCH = "src:net/packet/af_packet.c:match_fanout_group"
UAPI = "uapi:linux/if_packet.h"
IGNORE_OUTGOING = ip.PACKET_FANOUT_FLAG_IGNORE_OUTGOING


@pytest.fixture
def heard(wire):
    """Makes a group of one for all protocols at the left end; returns what it gets of a frame sent and one received."""

    def make(mode, ignoring=False):
        group = Group(wire.left, mode, 0, ETH_P_ALL)
        socket = wire.left.packet_socket(protocol=ETH_P_ALL)
        if ignoring:
            must(put(socket, option("PACKET_IGNORE_OUTGOING"), 1))
        group.admit(socket)
        return group, group.deliver(*many(1)), group.deliver(*many(1), via=wire.right)

    return make


@clause(
    since="6.2", level="uapi", refs=[UAPI, ADD], covers=["fanout_flag:IGNORE_OUTGOING", "option:PACKET_FANOUT:effect"]
)
@pytest.mark.parametrize(("flag", "sent"), [(0, "0"), (IGNORE_OUTGOING, "-")], ids=["without", "with"])
def test_a_group_may_ignore_what_is_sent(heard, flag, sent):
    """A group receives what others send on its link; with PACKET_FANOUT_FLAG_IGNORE_OUTGOING only what comes in."""
    _, outgoing, incoming = heard(ip.PACKET_FANOUT_LB | flag)

    assert (outgoing, incoming) == (sent, "0")


@clause(
    since="4.20",
    level="source",
    refs=[ADD],
    covers=["option:PACKET_FANOUT:effect", "option:PACKET_IGNORE_OUTGOING:effect"],
)
def test_a_member_s_own_wish_to_ignore_what_is_sent_does_not_count(heard):
    """PACKET_IGNORE_OUTGOING of a member reads back and has no effect in a group: the group's flag decides."""
    group, outgoing, incoming = heard(ip.PACKET_FANOUT_LB, ignoring=True)

    assert (outgoing, incoming) == ("0", "0")
    assert get(group.members[0], option("PACKET_IGNORE_OUTGOING")) == answer(1)


@clause(since="3.14", level="source", refs=[MATCH], covers=["option:PACKET_FANOUT:effect"])
@pytest.mark.parametrize("bound", ["alone", "in-another-group", "in-the-group"])
def test_a_group_does_not_hear_what_its_members_send(wire, bound):
    """A group receives what other sockets send on the link, also members of other groups, but not what its own send."""
    group, frame = Group(wire.left, ip.PACKET_FANOUT_LB, 2, ETH_P_ALL), many(1)[0]
    sender = wire.left.packet_socket(protocol=ETH_P_ALL)
    if bound == "in-another-group":
        join(sender, ip.PACKET_FANOUT_LB, ID + 1)
    elif bound == "in-the-group":
        group.admit(sender)

    sender.must.send(frame.data)

    group.witness.receive(frame.marker)
    assert group.counted() == ("-" if bound == "in-the-group" else "1")


@clause(since="3.14", level="source", refs=[MATCH], covers=["option:PACKET_FANOUT:effect"])
def test_a_group_hears_what_sockets_of_other_families_send(sockets, loopback):
    """A group receives what a UDP socket sends on the link, and receives it again when it comes in."""
    udp, group = sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace), Group(loopback, 0, 1, ETH_P_ALL)
    marker, name = frames.new_marker(), named(udp)

    result = udp.sendto(marker, 0, name)

    assert wait.readable(udp.fd)
    assert result == returned(len(marker))
    heard = [packet.address.sll_pkttype for packet in iter(group.members[0].take, None) if marker in packet.data]
    assert heard == [ip.PACKET_OUTGOING, ip.PACKET_HOST]
