"""Memberships of packet sockets: the frames that a link takes for them, on a macvlan, which filters by address."""

import contextlib

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net.frames import MULTICAST, ethernet
from helpers.option_calls import put
from helpers.options import covers
from helpers.packet.memberships import ADD, BOTH, KINDS, request
from helpers.syscall import SUCCESS
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_MR_MULTICAST

GROUPS = [MULTICAST[:-1] + bytes([last]) for last in range(0x60, 0x80)]


@pytest.fixture
def macvlan(wire):
    """The index of a macvlan, up, on the left end: it takes the multicast that it was asked for and all broadcast."""
    links = wire.left.links
    index = links.add("filtering", "macvlan", link=wire.left.ifindex, macvlan_mode="bridge")
    links.set("filtering", state="up")
    links.wait_running("filtering")
    return index


def heard(wire, socket, *groups):
    """Return those of *groups* of which a frame reaches the socket; a broadcast frame behind them says when to stop."""
    sent, end = [ethernet(group) for group in groups], ethernet()
    wire.right.inject(*sent, end)
    markers = set()
    while end.marker not in markers:
        data = socket.receive(b"SOCK").data
        markers |= {frame.marker for frame in (*sent, end) if frame.marker in data}
    return [group for group, frame in zip(groups, sent, strict=True) if frame.marker in markers]


def comes_to_hear(wire, socket, groups, wanted):
    """Return what is received of *groups* as soon as that is *wanted*; what is received at last if it never is.

    A link may change its filter a moment after the membership.
    """
    last = []

    def told():
        last[:] = heard(wire, socket, *groups)
        return last == wanted

    with contextlib.suppress(wait.DeadlineError):
        wait.until(told, "the link's filter changed", 5)
    return last


def unheard(wire, socket):
    """Return two groups that the link does not take: it filters by a hash that the kernel's own groups may share."""
    groups = [group for group in GROUPS if group not in heard(wire, socket, *GROUPS)]
    assert len(groups) >= 2, "a link takes nearly all multicast that nobody joined"
    return groups[:2]


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_dev_mc"],
    covers=[*covers(BOTH, "effect"), "membership:PACKET_MR_MULTICAST"],
)
def test_a_link_takes_the_multicast_that_was_joined(wire, sockets, macvlan):
    """A link that filters takes the frames of a joined multicast group, and not those of another."""
    socket = sockets.packet(protocol=0, namespace=wire.left.namespace)
    socket.attach(macvlan, ETH_P_ALL)
    group, other = unheard(wire, socket)

    result = put(socket, ADD, request(macvlan, PACKET_MR_MULTICAST, group))

    assert result == SUCCESS
    assert comes_to_hear(wire, socket, (group, other), [group]) == [group]


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_dev_mc"],
    covers=[*covers(BOTH, "effect"), "membership:PACKET_MR_ALLMULTI", "membership:PACKET_MR_PROMISC"],
)
@pytest.mark.parametrize("kind", ["allmulti", "promisc"])
def test_a_link_takes_all_multicast_for_a_member(wire, sockets, macvlan, kind):
    """A link that filters takes all multicast while a socket has PACKET_MR_ALLMULTI or PACKET_MR_PROMISC."""
    socket = sockets.packet(protocol=0, namespace=wire.left.namespace)
    socket.attach(macvlan, ETH_P_ALL)
    groups = unheard(wire, socket)
    other = sockets.packet(protocol=0, namespace=wire.left.namespace)

    result = put(other, ADD, request(macvlan, *KINDS[kind]))
    joined = comes_to_hear(wire, socket, groups, groups)
    other.close()

    assert (result, joined) == (SUCCESS, groups)
    assert comes_to_hear(wire, socket, groups, []) == []
