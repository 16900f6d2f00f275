"""PACKET_AUXDATA: what recvmsg(2) reports of a frame beside its bytes."""

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.auxdata import fields, listening
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_ALL
from helpers.uapi.if_packet import PACKET_AUXDATA, PACKET_ORIGDEV, TP_STATUS_USER
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_RAW, SOL_PACKET

RECVMSG = "src:net/packet/af_packet.c:packet_recvmsg"
DOCUMENTED = ["man:packet(7)", "uapi:linux/if_packet.h", RECVMSG]
EFFECT = ["option:PACKET_AUXDATA:effect"]
TYPES = pytest.mark.parametrize(("type_", "network"), [(SOCK_RAW, ETH_HLEN), (SOCK_DGRAM, 0)], ids=["raw", "dgram"])
SIZE = 100


@clause(since="2.6.21", level="documented", refs=DOCUMENTED, covers=[*EFFECT, "status:TP_STATUS_USER"])
@TYPES
def test_every_field_of_a_plain_frame_that_arrives(tap, type_, network):
    """Of a plain frame that arrives: TP_STATUS_USER, its length twice, no VLAN tag, and where the payload begins.

    They are a structure of 20 bytes, and the only control message.
    """
    socket = listening(tap, type_)
    frame = frames.ethernet(size=SIZE)
    length = SIZE - ETH_HLEN + network

    tap.arrive(frame)
    packet = socket.take()

    assert {what: len(data) for what, data in packet.controls.items()} == {(SOL_PACKET, PACKET_AUXDATA): 20}
    assert fields(packet) == (TP_STATUS_USER, length, length, 0, network, 0, 0)


@clause(since="2.6.21", level="documented", refs=DOCUMENTED, covers=[*EFFECT, "status:TP_STATUS_USER"])
@TYPES
def test_every_field_of_a_plain_frame_that_leaves(tap, type_, network):
    """An outgoing frame has the same auxiliary data as an incoming one."""
    socket = listening(tap, type_)
    frame = frames.ethernet(size=SIZE)
    length = SIZE - ETH_HLEN + network

    tap.inject(frame)

    assert fields(socket.take()) == (TP_STATUS_USER, length, length, 0, network, 0, 0)


@clause(since="2.6.21", level="documented", refs=DOCUMENTED, covers=EFFECT)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_packet_without_link_header_begins_with_its_payload(taps, type_):
    """On a link without link-layer header tp_net is 0 whatever the type of the socket."""
    tun = taps(IFF_TUN)
    socket = listening(tun, type_)

    tun.arrive(b"\x45" + bytes(30))

    assert fields(socket.take()) == (TP_STATUS_USER, 31, 31, 0, 0, 0, 0)


@clause(since="2.6.21", level="documented", refs=[*DOCUMENTED, "src:net/packet/af_packet.c:packet_rcv"], covers=EFFECT)
@pytest.mark.parametrize("kept", [1, SIZE - 1, SIZE, SIZE + 1, filters.WHOLE])
def test_tp_len_is_the_frames_and_tp_snaplen_what_a_filter_keeps(tap, kept):
    """tp_len is the length of the frame; tp_snaplen is what the filter kept of it, and that much is received."""
    socket = listening(tap)
    filters.keep(socket, kept)
    frame = frames.ethernet(size=SIZE)

    tap.arrive(frame)
    packet = socket.take()

    assert (packet.aux.tp_len, packet.aux.tp_snaplen) == (SIZE, min(kept, SIZE))
    assert packet.data == frame.data[:kept]


@clause(since="2.6.21", level="source", refs=DOCUMENTED, covers=EFFECT)
@pytest.mark.parametrize("flags", [0, MSG_TRUNC], ids=["plain", "msg-trunc"])
def test_a_short_buffer_changes_no_length(tap, flags):
    """tp_snaplen is what was kept of the frame, not what fits into the caller's buffer."""
    socket = listening(tap)

    tap.arrive(frames.ethernet(size=SIZE))
    packet = socket.take(size=20, flags=flags)

    assert fields(packet) == (TP_STATUS_USER, SIZE, SIZE, 0, ETH_HLEN, 0, 0)
    assert packet.flags == MSG_TRUNC


@clause(since="2.6.21", level="source", refs=DOCUMENTED, covers=EFFECT)
def test_the_option_counts_when_the_frame_is_received(tap):
    """A frame comes with auxiliary data if the option is set when recvmsg(2) takes it, not when the frame arrives."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    sent = [frames.ethernet() for _ in range(4)]

    tap.arrive(*sent)
    found = [socket.take().controls]
    for value in (1, 0, 5):
        socket.enable(PACKET_AUXDATA, value)
        found.append(socket.take().controls)

    assert [list(controls) for controls in found] == [[], [(SOL_PACKET, PACKET_AUXDATA)]] * 2


@clause(since="2.6.21", level="source", refs=DOCUMENTED, covers=EFFECT)
def test_other_options_of_the_socket_do_not_bring_it(tap):
    """PACKET_ORIGDEV, a flag of the socket like it, brings no auxiliary data."""
    socket = tap.packet_socket(SOCK_RAW, OWN)
    socket.enable(PACKET_ORIGDEV)

    tap.arrive(frames.ethernet())

    assert socket.take().controls == {}


PEEK = [*DOCUMENTED, "man:recv(2)"]


def peeked_twice_and_taken(tap, type_):
    """Return the fields that two peeks at a frame of 100 bytes report, and the call that takes it."""
    socket = listening(tap, type_)
    tap.arrive(frames.ethernet(size=SIZE))
    return [socket.take(flags=flags).aux for flags in (MSG_PEEK, MSG_PEEK, 0)]


@clause(since="2.6.21", level="documented", refs=PEEK, covers=[*EFFECT, "msg:MSG_PEEK"])
@TYPES
def test_a_peek_leaves_tp_len_as_it_is(tap, type_, network):
    """tp_len is the length of the frame each time the frame is peeked, and when it is taken."""
    found = peeked_twice_and_taken(tap, type_)

    assert [aux.tp_len for aux in found] == [SIZE - ETH_HLEN + network] * 3


@clause(since="2.6.21", level="documented", refs=PEEK, covers=[*EFFECT, "msg:MSG_PEEK"])
@TYPES
def test_a_peek_leaves_the_other_fields_as_they_are(tap, type_, network):
    """Status, tp_snaplen, offsets and VLAN tag are the same each time a frame is peeked, and when it is taken."""
    found = peeked_twice_and_taken(tap, type_)

    told = [(aux.tp_status, aux.tp_snaplen, aux.tp_mac, aux.tp_net, aux.tp_vlan_tci, aux.tp_vlan_tpid) for aux in found]
    assert told == [(TP_STATUS_USER, SIZE - ETH_HLEN + network, 0, network, 0, 0)] * 3
