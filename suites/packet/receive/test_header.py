"""Receiving on packet sockets: where the data of a frame begin."""

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.net.frames import OWN, STRANGER, Frame
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_ALL, ETH_P_IP
from helpers.uapi.if_packet import PACKET_HOST, PACKET_OUTGOING
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
TYPES = pytest.mark.parametrize(
    ("type_", "kept"), [(SOCK_RAW, True), (SOCK_DGRAM, False), (SOCK_PACKET, True)], ids=["raw", "dgram", "packet"]
)


def expected(frame, kept):
    """Return the bytes of *frame* with its link-layer header or without."""
    return frame.data if kept else frame.payload


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV, RCV_SPKT])
@TYPES
def test_a_frame_that_arrives_has_its_header_or_not(wire, type_, kept):
    """A frame that arrives is received with its link-layer header, on a SOCK_DGRAM socket without."""
    socket = wire.right.packet_socket(type_, OWN)
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    packet = socket.receive(frame.marker)

    assert packet.data == expected(frame, kept)
    assert packet.value == len(expected(frame, kept))


@clause(since="2.2", level="documented", refs=["man:packet(7)", RCV, RCV_SPKT], covers=["pkttype:PACKET_OUTGOING"])
@TYPES
def test_a_frame_that_leaves_has_its_header_or_not(wire, type_, kept):
    """An outgoing frame is received with its link-layer header, on a SOCK_DGRAM socket without, like incoming ones."""
    socket = wire.left.packet_socket(type_, ETH_P_ALL)
    frame = frames.ethernet(size=100)

    wire.left.inject(frame)
    packet = socket.receive(frame.marker)

    assert packet.data == expected(frame, kept)
    assert packet.value == len(expected(frame, kept))


@clause(since="2.2", level="source", refs=[RCV, RCV_SPKT])
@TYPES
def test_a_frame_of_a_header_and_one_byte_is_heard(tap, type_, kept):
    """The shortest frame that sockets of all types receive has one byte after its link-layer header."""
    socket = tap.packet_socket(type_, OWN)
    data = b"\xff" * 6 + STRANGER + OWN.to_bytes(2, "big") + b"x"

    tap.arrive(data)
    packet = socket.take()

    assert packet is not None
    assert (packet.data, packet.value) == ((data, 15) if kept else (b"x", 1))


@clause(since="2.6.20", level="source", refs=[RCV, "src:net/packet/af_packet.c:run_filter"])
@pytest.mark.parametrize("filtered", [False, True], ids=["no-filter", "filter"])
def test_a_frame_without_data_is_dropped_for_dgram_unless_a_filter_wants_it(tap, filtered):
    """A frame that is all link-layer header is received by SOCK_RAW; by SOCK_DGRAM, empty, only if a filter accepts it.

    A length of 0 means to drop the frame, whether a filter returned it or nothing is left of the frame.
    """
    raw, cooked = tap.packet_socket(SOCK_RAW, OWN), tap.packet_socket(SOCK_DGRAM, OWN)
    if filtered:
        filters.keep(cooked, 1)
    data = b"\xff" * 6 + STRANGER + OWN.to_bytes(2, "big")

    tap.arrive(data)
    packet = cooked.take()

    assert raw.take().data == data
    assert cooked.statistics().tp_packets == filtered
    if filtered:
        assert (packet.data, packet.value, packet.address.sll_halen) == (b"", 0, 6)
        assert bytes(packet.address.sll_addr)[:6] == STRANGER
    else:
        assert packet is None


@clause(since="2.6.20", level="source", refs=[RCV, RCV_SPKT])
@TYPES
def test_a_link_without_header_gives_the_packet_alone(taps, type_, kept):
    """On a link without link-layer header a socket of any type receives the packet alone, in both directions."""
    tun = taps(IFF_TUN)
    socket = tun.packet_socket(type_, ETH_P_ALL)
    coming, going = frames.ethernet(size=ETH_HLEN + 40), frames.ethernet(size=ETH_HLEN + 40)
    coming, going = (Frame(b"\x45" + frame.payload, frame.marker, b"", ETH_P_IP) for frame in (coming, going))

    tun.arrive(coming)
    tun.inject(going)

    assert socket.receive(coming.marker).data == coming.data
    assert socket.receive(going.marker).data == going.data


@clause(since="2.2", level="documented", refs=["man:packet(7)", "uapi:linux/if_packet.h", RCV])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_both_ways_are_told_apart_and_counted_alike(tap, type_):
    """A socket for all protocols receives outgoing frames as PACKET_OUTGOING, incoming ones by their destination."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    going, coming = frames.ethernet(tap.mac), frames.ethernet(tap.mac)

    tap.inject(going)
    tap.arrive(coming)
    heard = [socket.receive(frame.marker).address for frame in (going, coming)]

    assert [address.sll_pkttype for address in heard] == [PACKET_OUTGOING, PACKET_HOST]
    assert [bytes(address.sll_addr) for address in heard] == [STRANGER + bytes(2)] * 2
    assert socket.statistics().tp_packets == 2
