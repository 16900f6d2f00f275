"""Receiving on packet sockets: several sockets that receive the same frame."""

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_AUXDATA
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVBUF

RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
TYPES = [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET]
NAMES = {SOCK_RAW: "raw", SOCK_DGRAM: "dgram", SOCK_PACKET: "packet"}


def keep_all(end, socket):
    """Leave the socket as it is."""


def refuse_all(end, socket):
    """Have a filter drop every frame."""
    filters.keep(socket, 0)


def cut_all(end, socket):
    """Have a filter cut every frame to three bytes."""
    filters.keep(socket, 3)


def fill(end, socket):
    """Fill the receive queue, so that every frame is dropped."""
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 0)
    end.arrive(*[frames.ethernet(size=1000) for _ in range(10)])


def hears_like_alone(tap, send, type_, treatment):
    """Assert that sockets made before and after the one of *type_* with *treatment* all get the whole frame."""
    around = {}
    for place in ("before", "after"):
        if place == "after":
            treatment(tap, tap.packet_socket(type_, ETH_P_ALL))
        for other in TYPES:
            around[place, NAMES[other]] = tap.packet_socket(other, ETH_P_ALL)
    frame = frames.ethernet(size=200)

    send(frame)
    heard = {which: socket.receive(frame.marker).data for which, socket in around.items()}

    assert heard == {which: frame.payload if which[1] == "dgram" else frame.data for which in around}


@clause(since="2.6.20", level="documented", refs=["man:packet(7)", RCV, RCV_SPKT])
@pytest.mark.parametrize(
    "treatment", [keep_all, refuse_all, cut_all, fill], ids=["keeps", "filters", "cuts", "is-full"]
)
@pytest.mark.parametrize("type_", TYPES, ids=NAMES.values())
def test_a_frame_that_arrives_is_whole_for_every_socket(tap, type_, treatment):
    """Every socket gets the whole frame that arrived, whatever a socket of any type does with its own copy."""
    hears_like_alone(tap, tap.arrive, type_, treatment)


@clause(since="2.6.20", level="documented", refs=["man:packet(7)", RCV, RCV_SPKT])
@pytest.mark.parametrize(
    "treatment", [keep_all, refuse_all, cut_all, fill], ids=["keeps", "filters", "cuts", "is-full"]
)
@pytest.mark.parametrize("type_", TYPES, ids=NAMES.values())
def test_a_frame_that_leaves_is_whole_for_every_socket(tap, type_, treatment):
    """Every socket gets the whole frame that leaves, whatever a socket of any type does with its own copy."""
    hears_like_alone(tap, tap.inject, type_, treatment)


@clause(since="2.6.20", level="documented", refs=["man:packet(7)", RCV, RCV_SPKT])
@pytest.mark.parametrize(
    "treatment", [keep_all, refuse_all, cut_all, fill], ids=["keeps", "filters", "cuts", "is-full"]
)
@pytest.mark.parametrize("type_", TYPES, ids=NAMES.values())
def test_what_leaves_the_link_is_not_changed_by_who_hears_it(tap, type_, treatment):
    """The link sends the frame as it was given, whatever a socket that receives it does with its own copy."""
    treatment(tap, tap.packet_socket(type_, ETH_P_ALL))
    frame = frames.ethernet(size=200)

    tap.inject(frame)

    assert tap.left() == [frame.data]


@clause(since="2.6.21", level="source", refs=[RCV, "src:net/packet/af_packet.c:packet_recvmsg"])
@pytest.mark.parametrize("first", [0, 1], ids=["cut-first", "whole-first"])
def test_each_socket_has_lengths_and_address_of_its_own(tap, first):
    """A frame's lengths, source and control messages on one socket do not change those on another."""
    cut, whole = tap.packet_socket(SOCK_RAW, ETH_P_ALL), tap.packet_socket(SOCK_DGRAM, ETH_P_ALL)
    filters.keep(cut, 20)
    for socket in (cut, whole):
        socket.enable(PACKET_AUXDATA)
    frame = frames.ethernet(size=200)

    tap.arrive(frame)
    order = [cut, whole] if first == 0 else [whole, cut]
    packets = {socket: socket.take() for socket in order}

    said = {socket: (len(packet.data), packet.aux.tp_len, packet.aux.tp_snaplen) for socket, packet in packets.items()}
    assert said == {cut: (20, 200, 20), whole: (186, 186, 186)}
    assert bytes(packets[cut].address) == bytes(packets[whole].address)


@clause(since="2.2", level="source", refs=[RCV])
def test_frames_come_in_the_order_of_their_arrival(tap):
    """A socket gets frames in the order in which they arrived, each once."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    sent = [frames.ethernet(size=60 + number) for number in range(20)]

    tap.arrive(*sent)

    assert [socket.take().data for _ in sent] == [frame.data for frame in sent]
    assert socket.take() is None
