"""Memberships of packet sockets and the life of their link: flags, removal, another namespace."""

import pytest

from fixtures.clauses import clause
from helpers.option_calls import put
from helpers.options import covers
from helpers.packet.memberships import BOTH, DROP, KINDS, effect, has_address, request
from helpers.syscall import SUCCESS
from helpers.uapi.if_ import IFF_ALLMULTI, IFF_PROMISC
from helpers.uapi.if_packet import PACKET_MR_MULTICAST, PACKET_MR_PROMISC
from suites.packet.membership.support import GROUPS, join

ADDING = "src:net/packet/af_packet.c:packet_mc_add"
DROPPING = "src:net/packet/af_packet.c:packet_mc_drop"


@clause(
    since="2.6.33", level="source", refs=["src:net/core/dev.c:dev_get_flags", ADDING], covers=covers(BOTH, "effect")
)
@pytest.mark.parametrize(("kind", "flag"), [("promisc", IFF_PROMISC), ("allmulti", IFF_ALLMULTI)])
def test_a_membership_is_no_flag_of_the_link(wire, kind, flag):
    """SIOCGIFFLAGS shows IFF_PROMISC and IFF_ALLMULTI only if they were set on the link, not for a membership."""
    end = wire.left
    socket = end.packet_socket()
    before = end.links.flags(end.name)

    join(socket, end.ifindex, *KINDS[kind])
    joined = end.links.flags(end.name)
    end.links.set(end.name, flags=before | flag, change=flag)

    assert joined == before
    assert end.links.flags(end.name) == before | flag


@clause(
    since="2.6.33", level="source", refs=["src:net/packet/af_packet.c:packet_notifier"], covers=covers(BOTH, "effect")
)
@pytest.mark.parametrize("way", ["removed", "moved"])
def test_memberships_end_with_their_link(wire, sockets, way):
    """When a link is removed or leaves the namespace its memberships are dropped; those on others stay."""
    end = wire.left
    socket = end.packet_socket()
    index = end.links.add("extra", "veth", peer="extra-peer")
    for group in GROUPS:
        join(socket, index, PACKET_MR_MULTICAST, group)
        join(socket, end.ifindex, PACKET_MR_MULTICAST, group)
    join(socket, index, PACKET_MR_PROMISC)

    if way == "removed":
        end.links.delete("extra")
        end.links.add("again", "veth", index=index, peer="again-peer")
    else:
        end.links.set("extra", net_ns_fd=wire.right.namespace.fd)
        wire.right.links.set("extra", net_ns_fd=end.namespace.fd)
        assert end.links.index("extra") == index

    assert [has_address(end, group, index) for group in GROUPS] == [False] * 3
    assert effect(end, "promisc", index) == 0
    assert [has_address(end, group) for group in GROUPS] == [True] * 3
    # nothing is left of them: a join of the link that has the index now is a first one, and one drop ends it
    join(socket, index, PACKET_MR_PROMISC)
    assert effect(end, "promisc", index) == 1
    assert put(socket, DROP, request(index, PACKET_MR_PROMISC)) == SUCCESS
    assert effect(end, "promisc", index) == 0


@clause(since="2.6.33", level="source", refs=[DROPPING], covers=covers(BOTH, "effect"))
def test_a_membership_of_a_link_that_is_gone_can_be_dropped(namespace, wire):
    """A drop after the link is gone succeeds, and the socket joins elsewhere as before."""
    end = wire.left
    socket = end.packet_socket()
    index = end.links.add("extra", "veth", peer="extra-peer")
    join(socket, index, PACKET_MR_PROMISC)
    end.links.delete("extra")

    results = [put(socket, DROP, request(index, PACKET_MR_PROMISC)) for _ in range(2)]

    assert results == [SUCCESS] * 2
    join(socket, end.ifindex, PACKET_MR_PROMISC)
    assert effect(end, "promisc") == 1
