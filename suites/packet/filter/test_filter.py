"""Socket filters on packet sockets: what they keep, and what they drop."""

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.filters import BPF_B, BPF_H
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.uapi.filter import (
    BPF_ABS,
    BPF_JEQ,
    BPF_JMP,
    BPF_JUMP,
    BPF_K,
    BPF_LD,
    BPF_RET,
    BPF_STMT,
    SKF_LL_OFF,
)
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_ALL
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVBUF

RUN = "src:net/packet/af_packet.c:run_filter"
RCV = "src:net/packet/af_packet.c:packet_rcv"
RCV_SPKT = "src:net/packet/af_packet.c:packet_rcv_spkt"
REFS = ["man:socket(7)", "doc:networking/filter.rst", RUN, RCV]
EFFECT = ["option:SO_ATTACH_FILTER:effect"]
ALL_TYPES = [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET]
TYPES = pytest.mark.parametrize("type_", ALL_TYPES, ids=["raw", "dgram", "packet"])
WAYS = pytest.mark.parametrize("way", ["arrive", "inject"], ids=["arriving", "leaving"])
SIZE = 400


@clause(since="2.2", level="documented", refs=[*REFS, RCV_SPKT], covers=EFFECT)
@TYPES
@WAYS
@pytest.mark.parametrize("less", [0, 1, 200, -1, None], ids=["all", "one-less", "much-less", "one-more", "largest"])
def test_a_filter_returns_how_much_is_kept(tap, way, type_, less):
    """A filter returns how many bytes of the frame to keep; more than there are keeps the whole frame."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    frame = frames.ethernet(size=SIZE)
    data = frame.bytes_for(type_)
    length = filters.WHOLE if less is None else len(data) - less
    filters.keep(socket, length)

    getattr(tap, way)(frame)
    packet = socket.take()

    assert (packet.value, packet.data) == (min(length, len(data)), data[:length])


@clause(since="2.2", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_what_a_filter_drops_is_not_counted(tap, type_):
    """Frames that a filter drops count neither in tp_packets nor in tp_drops, even when the queue is full."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    accepted = [BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN, 0, 1), BPF_STMT(BPF_RET | BPF_K, filters.WHOLE)]
    filters.attach(socket, *filters.load(SKF_LL_OFF + 12, BPF_H), *accepted, BPF_STMT(BPF_RET | BPF_K, 0))
    wanted, other = frames.ethernet(size=1000), frames.ethernet(size=1000, ethertype=frames.OTHER)

    tap.arrive(wanted, other, wanted)
    first = socket.statistics()
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 0)
    tap.arrive(*[wanted] * 10)
    full = socket.statistics()
    tap.arrive(*[other] * 5)
    last = socket.statistics()

    assert (first.tp_packets, first.tp_drops) == (2, 0)
    assert full.tp_packets == 10
    assert full.tp_drops > 0
    assert (last.tp_packets, last.tp_drops) == (0, 0)


@clause(since="2.2", level="source", refs=REFS, covers=EFFECT)
def test_a_filter_that_keeps_one_byte_keeps_one(tap):
    """A filter that returns 1 keeps the frame, one byte long; no less can be kept."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    filters.attach(socket, BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN), BPF_STMT(BPF_RET | BPF_K, 1))
    frame = frames.ethernet()

    tap.arrive(frame)

    assert socket.take().data == frame.data[:1]
