"""Socket filters on packet sockets: what they load from a frame."""

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.filters import BPF_B, BPF_H
from helpers.net import frames
from helpers.net.frames import STRANGER
from helpers.uapi.filter import (
    BPF_IND,
    BPF_K,
    BPF_LD,
    BPF_LDX,
    BPF_LEN,
    BPF_MISC,
    BPF_MSH,
    BPF_RET,
    BPF_STMT,
    BPF_TXA,
    BPF_W,
    SKF_LL_OFF,
    SKF_NET_OFF,
)
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

RUN = "src:net/packet/af_packet.c:run_filter"
RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
REFS = ["man:socket(7)", "doc:networking/filter.rst", RUN, RCV]
EFFECT = ["option:SO_ATTACH_FILTER:effect"]
ALL_TYPES = [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET]
TYPES = pytest.mark.parametrize("type_", ALL_TYPES, ids=["raw", "dgram", "packet"])
WAYS = pytest.mark.parametrize("way", ["arrive", "inject"], ids=["arriving", "leaving"])
SIZE = 400  # room for every octet that filters.computed() looks at


def computed(tap, way, type_, instructions, octets):
    """Return what *instructions* leave in the accumulator for a frame of 400 bytes, and that frame."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    frame = frames.ethernet(tap.mac, size=SIZE)

    def hear():
        getattr(tap, way)(frame)
        return socket.take()

    return filters.computed(socket, instructions, hear, octets), frame


@clause(since="2.2", level="documented", refs=[*REFS, RCV_SPKT], covers=EFFECT)
@TYPES
@WAYS
def test_a_filter_sees_the_bytes_that_the_socket_gets(tap, way, type_):
    """Offsets count from where the data of the socket begin: the link-layer header, for SOCK_DGRAM what follows it."""
    value, frame = computed(tap, way, type_, filters.load(20), 4)

    assert value.to_bytes(4, "big") == frame.bytes_for(type_)[20:24]


@clause(since="2.2", level="documented", refs=[*REFS, RCV_SPKT], covers=EFFECT)
@TYPES
@WAYS
@pytest.mark.parametrize(("load", "octets"), [(BPF_W, 4), (BPF_H, 2), (BPF_B, 1)], ids=["word", "half", "byte"])
def test_link_and_network_header_have_offsets_of_their_own(tap, way, type_, load, octets):
    """SKF_LL_OFF counts from the link-layer header, SKF_NET_OFF from the payload, whatever the type of the socket."""
    link, frame = computed(tap, way, type_, filters.load(SKF_LL_OFF + 6, load), octets)
    network, other = computed(tap, way, type_, filters.load(SKF_NET_OFF + 12, load), octets)

    assert link.to_bytes(octets, "big") == frame.data[6 : 6 + octets] == STRANGER[:octets]
    assert network.to_bytes(octets, "big") == other.payload[12 : 12 + octets]


@clause(since="2.2", level="documented", refs=[*REFS, RCV_SPKT], covers=EFFECT)
@TYPES
@WAYS
def test_a_filter_knows_the_length(tap, way, type_):
    """The length that a filter can load is that of the data of the socket."""
    value, frame = computed(tap, way, type_, [BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)], 2)

    assert value == len(frame.bytes_for(type_))


@clause(since="2.2", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("offset", [SIZE - 4, SIZE - 3, SIZE], ids=["last", "one-beyond", "all-beyond"])
def test_a_load_beyond_the_end_drops_the_frame(tap, offset):
    """A filter that loads from beyond the end of a frame drops it, whatever it would return."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    filters.attach(socket, *filters.load(offset), BPF_STMT(BPF_RET | BPF_K, filters.WHOLE))
    frame = frames.ethernet(size=SIZE)

    tap.arrive(frame)

    assert socket.received_markers([frame]) == [frame.marker] * (offset == SIZE - 4)


@clause(since="2.2", level="documented", refs=REFS, covers=EFFECT)
def test_an_ip_headers_length_can_be_loaded_and_added(tap):
    """BPF_MSH loads four times a nibble into the index, which loads can use as their base."""
    socket = tap.packet_socket(SOCK_DGRAM, ETH_P_ALL)
    frame = frames.ethernet(size=SIZE)
    at = 20  # in the payload: the counting pattern has 4 there

    def hear():
        tap.arrive(frame)
        return socket.take()

    index = [BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, at), BPF_STMT(BPF_MISC | BPF_TXA, 0)]
    indirect = [index[0], BPF_STMT(BPF_LD | BPF_B | BPF_IND, 30)]

    assert filters.computed(socket, index, hear, 1) == 4 * (frame.payload[at] & 0xF) == 16
    assert filters.computed(socket, indirect, hear, 1) == frame.payload[30 + 16]
