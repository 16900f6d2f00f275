"""PACKET_ORIGDEV: whether the source names the link that a frame came in by, or the one above it."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.uapi.if_ether import ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import PACKET_ORIGDEV
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

RCV = "src:net/packet/af_packet.c:packet_rcv"
REFS = ["man:packet(7)", "uapi:linux/if_packet.h", RCV]
EFFECT = ["option:PACKET_ORIGDEV:effect"]
STATES = pytest.mark.parametrize("on", [0, 1], ids=["off", "on"])
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
VLAN = 7


def bond(tap):
    """Put a bonding link over *tap*; return its index."""
    index = tap.links.add("upper", "bond", bond_mode=1)
    tap.links.set(tap.name, state="down")
    tap.links.set(tap.name, master=index)
    return index


def macvlan(tap):
    """Put a macvlan link over *tap*; return its index."""
    return tap.links.add("upper", "macvlan", link=tap.ifindex, macvlan_mode="bridge")


def vlan(tap):
    """Put a VLAN link over *tap*; return its index."""
    return tap.links.add("upper", "vlan", link=tap.ifindex, vlan_id=VLAN)


def bridge(tap):
    """Make *tap* a port of a bridge; return the bridge's index."""
    index = tap.links.add("upper", "bridge")
    tap.links.set(tap.name, master=index)
    return index


def frame_for(tap, over):
    """Return a frame that the link "upper" over *tap* receives."""
    if over is vlan:
        return frames.tagged(ETH_P_8021Q, VLAN, tap.links.mac("upper"))
    return frames.ethernet(tap.links.mac("upper"))


def listening(tap, index, type_, on, protocol=ETH_P_ALL):
    """Return a socket bound to the link *index*, with the option *on* or off."""
    socket = tap.sockets.packet(type_, 0, tap.namespace)
    socket.attach(index, protocol)
    socket.enable(PACKET_ORIGDEV, on)
    return socket


@clause(since="2.6.21", level="documented", refs=REFS, covers=EFFECT)
@TYPES
@STATES
@pytest.mark.parametrize("over", [bond, macvlan, vlan], ids=["bond", "macvlan", "vlan"])
def test_the_link_below_is_named_if_asked_for(tap, over, on, type_):
    """The source on a bonding, macvlan or VLAN link is that link; with the option the one that the frame came in by."""
    upper = over(tap)
    tap.links.up("upper")
    tap.links.up(tap.name)
    socket = listening(tap, upper, type_, on)
    frame = frame_for(tap, over)

    tap.arrive(frame)
    packet = socket.receive(frame.marker)

    assert packet.address.sll_ifindex == (tap.ifindex if on else upper)
    assert upper != tap.ifindex


@clause(since="2.6.21", level="source", refs=[*REFS, "src:net/bridge/br_input.c:br_pass_frame_up"], covers=EFFECT)
@STATES
def test_a_bridge_is_where_its_frames_come_from(tap, on):
    """The source on a bridge is the bridge with the option, too: the frame's original link is reset there."""
    upper = bridge(tap)
    tap.links.up("upper")
    socket = listening(tap, upper, SOCK_RAW, on)
    frame = frame_for(tap, bridge)

    tap.arrive(frame)
    packet = socket.receive(frame.marker)

    assert packet.address.sll_ifindex == upper


@clause(since="2.6.21", level="documented", refs=REFS, covers=EFFECT)
@STATES
@pytest.mark.parametrize("way", ["arrive", "inject"], ids=["arriving", "leaving"])
def test_on_a_plain_link_both_are_the_same(tap, way, on):
    """On a link with none above or below the source is that link, whether the option is on or off."""
    socket = listening(tap, tap.ifindex, SOCK_RAW, on)

    getattr(tap, way)(frames.ethernet())

    assert socket.take().address.sll_ifindex == tap.ifindex


@clause(since="2.6.21", level="source", refs=[*REFS, "src:net/core/dev.c:__netif_receive_skb_core"], covers=EFFECT)
@STATES
def test_a_socket_on_the_link_below_is_told_who_took_the_frame(tap, on):
    """A socket for one protocol on the link below receives the upper link's frames, with that as source unless ORIGDEV.

    A socket for all protocols receives the frame before the link above does.
    """
    upper = macvlan(tap)
    tap.links.up("upper")
    one, every = (listening(tap, tap.ifindex, SOCK_RAW, on, protocol) for protocol in (OWN, ETH_P_ALL))
    frame = frame_for(tap, macvlan)

    tap.arrive(frame)
    found = [socket.receive(frame.marker).address.sll_ifindex for socket in (one, every)]

    assert found == [tap.ifindex if on else upper, tap.ifindex]


@clause(since="2.6.21", level="documented", refs=REFS, covers=EFFECT)
def test_the_option_counts_when_the_frame_arrives(tap):
    """The option has to be set when the frame arrives: its value when the frame is received does not matter."""
    upper = macvlan(tap)
    tap.links.up("upper")
    socket = listening(tap, upper, SOCK_RAW, 0)
    sent = [frame_for(tap, macvlan) for _ in range(3)]

    for frame, value in zip(sent, (0, 1, 0), strict=True):
        socket.enable(PACKET_ORIGDEV, value)
        tap.arrive(frame)
    found = [socket.receive(frame.marker).address.sll_ifindex for frame in sent]

    assert found == [upper, tap.ifindex, upper]
    assert socket.name().sll_ifindex == upper
