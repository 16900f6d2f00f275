"""Memberships of packet sockets: how joins are counted, whose they are, and when they end."""

import pytest

from fixtures.clauses import clause
from helpers.net.frames import MULTICAST
from helpers.option_calls import put
from helpers.options import covers
from helpers.packet.memberships import ADD, BOTH, DROP, KINDS, effect, has_address, request
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PACKET_MR_UNICAST
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW
from suites.packet.membership.support import GROUPS, join

ADDING = "src:net/packet/af_packet.c:packet_mc_add"
DROPPING = "src:net/packet/af_packet.c:packet_mc_drop"
FLUSHING = "src:net/packet/af_packet.c:packet_flush_mclist"

kinds = pytest.mark.parametrize("kind", ["multicast", "promisc", "unicast"])


@clause(since="2.2", level="source", refs=[ADDING], covers=covers(BOTH, "set", "effect"))
@pytest.mark.parametrize("type", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_socket_joins_on_a_link_to_which_it_is_not_bound(wire, sockets, type):  # noqa: A002
    """A packet socket joins by the index in the request, whether it is bound or not, and to whichever link."""
    end = wire.left
    socket = sockets.packet(type, 0, end.namespace)

    results = [
        (put(socket, call, request(end.ifindex, PACKET_MR_PROMISC)), effect(end, "promisc")) for call in (ADD, DROP)
    ]

    assert results == [(SUCCESS, 1), (SUCCESS, 0)]


@clause(since="2.6.33", level="documented", refs=["man:packet(7)", DROPPING], covers=covers(BOTH, "effect"))
@kinds
def test_a_membership_is_dropped_by_its_own_socket_only(wire, kind):
    """A drop through another socket changes nothing; the socket that joined drops its own."""
    end = wire.left
    socket, other = end.packet_socket(), end.packet_socket()
    joining = request(end.ifindex, *KINDS[kind])
    join(socket, end.ifindex, *KINDS[kind])

    seen = [(put(who, DROP, joining), effect(end, kind)) for who in (other, socket)]

    assert seen == [(SUCCESS, 1), (SUCCESS, 0)]


@clause(since="2.2", level="source", refs=[DROPPING], covers=covers(BOTH, "effect"))
@pytest.mark.parametrize("gone", range(3), ids=["oldest", "middle", "newest"])
def test_a_drop_takes_one_of_several(wire, gone):
    """Of three memberships a drop ends the one it names; the others stay, each to be dropped by itself."""
    end = wire.left
    socket = end.packet_socket()
    for group in GROUPS:
        join(socket, end.ifindex, PACKET_MR_MULTICAST, group)
    order = [gone, *(number for number in range(3) if number != gone)]

    for step, number in enumerate(order):
        assert put(socket, DROP, request(end.ifindex, PACKET_MR_MULTICAST, GROUPS[number])) == SUCCESS
        left = [has_address(end, group) for group in GROUPS]

        assert left == [each not in order[: step + 1] for each in range(3)]


@clause(since="2.6.33", level="source", refs=[ADDING, DROPPING], covers=covers(BOTH, "effect"))
@kinds
@pytest.mark.parametrize("joins", [1, 2, 3])
def test_a_membership_needs_as_many_drops_as_joins(wire, kind, joins):
    """A membership that a socket joined several times ends after as many drops; one drop more changes nothing."""
    end = wire.left
    socket = end.packet_socket()
    joining = request(end.ifindex, *KINDS[kind])
    for _ in range(joins):
        join(socket, end.ifindex, *KINDS[kind])

    seen = [(put(socket, DROP, joining), effect(end, kind)) for _ in range(joins + 1)]

    assert seen == [(SUCCESS, 1)] * (joins - 1) + [(SUCCESS, 0)] * 2
    join(socket, end.ifindex, *KINDS[kind])
    assert effect(end, kind) == 1


@clause(since="2.6.33", level="source", refs=[DROPPING], covers=covers(BOTH, "effect"))
@pytest.mark.parametrize(
    "other",
    [
        (0, PACKET_MR_MULTICAST, MULTICAST, 6),
        (1, PACKET_MR_UNICAST, MULTICAST, 6),
        (1, PACKET_MR_MULTICAST, MULTICAST, 5),
        (1, PACKET_MR_MULTICAST, MULTICAST[:-1] + b"\x00", 6),
        (1, PACKET_MR_MULTICAST, b"\x03" + MULTICAST[1:], 6),
    ],
    ids=["link", "type", "length", "last-byte", "first-byte"],
)
def test_a_drop_that_differs_in_one_field_drops_nothing(wire, other):
    """A drop of another link, type, address length or address leaves the membership; the same one ends it."""
    end = wire.left
    socket = end.packet_socket()
    join(socket, end.ifindex, PACKET_MR_MULTICAST, MULTICAST)
    here, *rest = other

    result = put(socket, DROP, request(end.ifindex if here else 1, *rest))

    assert (result, effect(end, "multicast")) == (SUCCESS, 1)
    # bytes beyond the address's length do not count
    exact = request(end.ifindex, PACKET_MR_MULTICAST, MULTICAST + b"\xff\xff", 6)
    assert (put(socket, DROP, exact), effect(end, "multicast")) == (SUCCESS, 0)


@clause(since="2.2", level="documented", refs=["man:packet(7)", FLUSHING], covers=covers(BOTH, "effect"))
def test_all_memberships_of_a_socket_end_when_it_is_closed(wire):
    """When a socket is closed all its memberships end, of every type and on every link.

    Unicast ones are left out: a link that cannot filter them counts as promiscuous for them.
    """
    end = wire.left
    far = end.links.add("far", "veth", peer="farther")
    socket, stays = end.packet_socket(), end.packet_socket()
    for kind in ("multicast", "promisc"):
        for index in (end.ifindex, far):
            join(socket, index, *KINDS[kind])
    join(stays, end.ifindex, PACKET_MR_MULTICAST, MULTICAST)

    def effects():
        return [[effect(end, kind, index) for kind in ("multicast", "promisc")] for index in (end.ifindex, far)]

    before = effects()
    socket.close()

    assert before == [[1, 1]] * 2
    assert effects() == [[1, 0], [0, 0]]
