"""PACKET_IGNORE_OUTGOING: outgoing frames are not received."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_HOST, PACKET_IGNORE_OUTGOING
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

REFS = ["man:packet(7)", "src:net/packet/af_packet.c:packet_setsockopt", "src:net/core/dev.c:dev_queue_xmit_nit"]
EFFECT = ["option:PACKET_IGNORE_OUTGOING:effect", "pkttype:PACKET_OUTGOING"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


@clause(since="4.20", level="documented", refs=REFS, covers=EFFECT)
@TYPES
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "every-link"])
def test_what_leaves_is_not_heard_while_it_is_set(tap, type_, bound):
    """While the option is 1 outgoing frames are not received and incoming ones are; after 0 both are."""
    socket = tap.packet_socket(type_, ETH_P_ALL, bound)
    rounds = [[frames.ethernet(), frames.ethernet()] for _ in range(3)]

    heard = []
    for value, (going, coming) in zip((0, 1, 0), rounds, strict=True):
        socket.enable(PACKET_IGNORE_OUTGOING, value)
        tap.inject(going)
        tap.arrive(coming)
        heard.append(socket.received_markers([going, coming]))

    both = [[frame.marker for frame in sent] for sent in rounds]
    assert heard == [both[0], both[1][1:], both[2]]


@clause(since="4.20", level="documented", refs=REFS, covers=EFFECT)
def test_what_is_ignored_is_not_counted(tap):
    """Frames that the option keeps out count neither in tp_packets nor in tp_drops."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    socket.enable(PACKET_IGNORE_OUTGOING)

    tap.inject(*[frames.ethernet() for _ in range(3)])
    tap.arrive(frames.ethernet())
    counted = socket.statistics()

    assert (counted.tp_packets, counted.tp_drops) == (1, 0)


@clause(since="4.20", level="documented", refs=REFS, covers=EFFECT)
def test_it_is_a_socket_of_its_own_that_ignores(tap):
    """The option is the socket's own: others receive outgoing frames, whether opened before or after it."""
    before = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    ignoring = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    after = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    ignoring.enable(PACKET_IGNORE_OUTGOING)
    frame = frames.ethernet()

    tap.inject(frame)

    assert [socket.received_markers([frame]) for socket in (before, ignoring, after)] == [
        [frame.marker],
        [],
        [frame.marker],
    ]
    assert tap.left() == [frame.data]


@clause(since="4.20", level="documented", refs=REFS, covers=EFFECT)
def test_on_loopback_a_frame_is_then_heard_once(loopback):
    """With the option a socket for all protocols on loopback receives a frame only as it arrives."""
    socket = loopback.packet_socket(SOCK_RAW, ETH_P_ALL)
    socket.enable(PACKET_IGNORE_OUTGOING)
    first, last = frames.ethernet(loopback.mac), frames.ethernet(loopback.mac)

    loopback.inject(first, last)
    heard = socket.heard_until(last)

    assert [(packet.data, packet.address.sll_pkttype) for packet in heard] == [
        (first.data, PACKET_HOST),
        (last.data, PACKET_HOST),
    ]


@clause(since="4.20", level="source", refs=REFS, covers=EFFECT)
def test_it_outlives_a_new_binding(taps):
    """The option stays in force when the socket is bound to another link."""
    one = taps(name="one")
    two = taps(namespace=one.namespace, name="two")
    socket = one.packet_socket(SOCK_RAW, ETH_P_ALL)
    socket.enable(PACKET_IGNORE_OUTGOING)
    going, coming = frames.ethernet(), frames.ethernet()

    socket.attach(two.ifindex, ETH_P_ALL)
    two.inject(going)
    two.arrive(coming)

    assert socket.received_markers([going, coming]) == [coming.marker]
