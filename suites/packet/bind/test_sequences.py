"""bind(2) of packet sockets: what is received after any bind that follows any other."""

import itertools
from dataclasses import dataclass
from socket import ntohs

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.addresses import raw
from helpers.packet.packet_socket import address
from helpers.packet.procfs import row_of
from helpers.syscall import SUCCESS
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

DO_BIND = ["man:packet(7)", "src:net/packet/af_packet.c:packet_do_bind"]
LINKS = {"every": 0, "one": 1, "two": 2}
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


@dataclass(frozen=True)
class Binding:
    """A *link* of LINKS and a *protocol*."""

    link: str
    protocol: int

    def __str__(self) -> str:
        return f"{self.link}:{self.protocol:#x}"

    def address(self, taps):
        """Return it as an address, where *taps* are the links after the first of LINKS."""
        return address(taps[LINKS[self.link] - 1].ifindex if LINKS[self.link] else 0, self.protocol)

    def hears(self, link, ethertype, leaves):
        """Return whether a frame is received that arrives at, or *leaves*, a link."""
        if self.link not in ("every", link):
            return False
        return self.protocol == ETH_P_ALL or (self.protocol == ethertype and not leaves)


BINDINGS = [
    Binding("every", frames.OWN),
    Binding("every", ETH_P_ALL),
    Binding("one", frames.OWN),
    Binding("one", ETH_P_ALL),
    Binding("two", frames.OTHER),
]
TRAFFIC = list(itertools.product(["one", "two"], [frames.OWN, frames.OTHER], [False, True]))


@pytest.fixture
def two(taps):
    """Two taps in one namespace."""
    one = taps(name="one")
    return [one, taps(namespace=one.namespace, name="two")]


def name_of(socket):
    """Return interface index and protocol of the socket's name."""
    name = socket.name()
    return name.sll_ifindex, ntohs(name.sll_protocol)


def what_is_heard(socket, taps):
    """Send a frame of each protocol into and out of each tap and return the numbers in TRAFFIC of those received."""
    sent = [frames.ethernet(ethertype=ethertype) for _, ethertype, _ in TRAFFIC]
    for (link, _, leaves), frame in zip(TRAFFIC, sent, strict=True):
        tap = taps[LINKS[link] - 1]
        (tap.inject if leaves else tap.arrive)(frame)
    markers = socket.received_markers(sent)
    return [[frame.marker for frame in sent].index(marker) for marker in markers]


@clause(since="2.2", level="documented", refs=DO_BIND)
@pytest.mark.parametrize("after", BINDINGS, ids=str)
@pytest.mark.parametrize("before", BINDINGS, ids=str)
@TYPES
def test_the_last_bind_says_what_is_heard(two, type_, before, after):
    """Whatever a socket was bound to, after a bind it receives that protocol from that link, each frame once, only."""
    socket = two[0].packet_socket(type_, protocol=0, bound=False)
    socket.must.bind(before.address(two))

    result = socket.bind(after.address(two))

    assert result == SUCCESS
    assert name_of(socket) == (after.address(two).sll_ifindex, after.protocol)
    expected = [number for number, traffic in enumerate(TRAFFIC) if after.hears(*traffic)]
    assert what_is_heard(socket, two) == expected


@clause(since="2.2", level="source", refs=DO_BIND)
@TYPES
def test_many_binds_are_as_one(two, type_):
    """After many binds, repeated and alternating, a socket receives each frame once and has one protocol hook."""
    socket = two[0].packet_socket(type_, protocol=0, bound=False)
    once = Binding("one", frames.OWN)
    for binding in (once, once, *BINDINGS, *BINDINGS[::-1], once, once):
        socket.must.bind(binding.address(two))

    markers = what_is_heard(socket, two)

    assert markers == [TRAFFIC.index(("one", frames.OWN, False))]
    row = row_of(socket, two[0].namespace)
    assert (row.running, row.references) == (1, row_of(two[0].packet_socket(), two[0].namespace).references)


@clause(since="2.2", level="documented", refs=DO_BIND)
@pytest.mark.parametrize("binding", BINDINGS, ids=str)
def test_protocol_zero_moves_a_socket_to_another_link(two, binding):
    """A socket keeps its protocol in a bind with protocol 0 to another link."""
    socket = two[0].packet_socket(protocol=0, bound=False)
    socket.must.bind(binding.address(two))
    elsewhere = "two" if binding.link == "one" else "one"

    result = socket.bind(Binding(elsewhere, 0).address(two))

    assert result == SUCCESS
    now = Binding(elsewhere, binding.protocol)
    assert name_of(socket) == (now.address(two).sll_ifindex, now.protocol)
    assert what_is_heard(socket, two) == [number for number, traffic in enumerate(TRAFFIC) if now.hears(*traffic)]


@clause(since="2.2", level="documented", refs=["man:packet(7)", "src:net/packet/af_packet.c:packet_bind_spkt"])
def test_a_sock_packet_socket_moves_by_name(two):
    """A SOCK_PACKET socket receives its protocol from the device that it was bound to last, and from no other."""
    socket = two[0].packet_socket(SOCK_PACKET, frames.OWN, bound=False)
    heard = [what_is_heard(socket, two)]

    for name in (b"two", b"one", b"one"):
        socket.must.bind(raw(AF_PACKET, name.ljust(14, b"\0")))
        heard.append(what_is_heard(socket, two))

    bindings = [Binding(link, frames.OWN) for link in ("every", "two", "one", "one")]
    assert heard == [
        [number for number, traffic in enumerate(TRAFFIC) if binding.hears(*traffic)] for binding in bindings
    ]
