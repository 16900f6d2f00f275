"""PACKET_STATISTICS and the other counts of what a packet socket has received and dropped."""

import ctypes
import struct

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_STATISTICS,
    PACKET_VERSION,
    TPACKET_V1,
    TPACKET_V2,
    TPACKET_V3,
    tpacket_stats,
    tpacket_stats_v3,
)
from helpers.uapi.netlink import SK_MEMINFO_DROPS
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_MEMINFO, SO_RCVBUF, SO_RXQ_OVFL

GET = "src:net/packet/af_packet.c:packet_getsockopt"
RCV = "src:net/packet/af_packet.c:packet_rcv"
REFS = ["man:packet(7)", RCV, GET]
EFFECT = ["option:PACKET_STATISTICS:effect"]
SENT = 12
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])


def memory_words(socket):
    """Return the words of SO_MEMINFO."""
    return list(socket.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * 9))


def overflown(tap, type_=SOCK_RAW):
    """Return a socket to which twelve frames came, of which it had no room for all, and how many it dropped."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 0)
    socket.must.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 1)
    sent = [frames.ethernet(size=1400) for _ in range(SENT)]
    tap.arrive(*sent)
    return socket, sent


@clause(since="2.4", level="documented", refs=REFS, covers=EFFECT)
@TYPES
def test_each_way_and_what_is_still_queued_counts(tap, type_):
    """Incoming and outgoing frames are counted when they are queued, read or not, and reading does not count again."""
    socket = tap.packet_socket(type_, ETH_P_ALL)

    tap.arrive(frames.ethernet(), frames.ethernet())
    tap.inject(frames.ethernet())
    found = [socket.statistics()]
    while socket.take():
        found.append(socket.statistics())

    assert [(counted.tp_packets, counted.tp_drops) for counted in found] == [(3, 0)] + [(0, 0)] * 3


@clause(since="2.4", level="documented", refs=REFS, covers=EFFECT)
@TYPES
def test_dropped_frames_are_counted_twice(tap, type_):
    """A frame that finds no room counts as a drop and as a packet."""
    socket, sent = overflown(tap, type_)

    counted = socket.statistics()
    heard = len(socket.received_markers(sent))

    assert 0 < heard < SENT
    assert (counted.tp_packets, counted.tp_drops) == (SENT, SENT - heard)


@clause(since="3.2", level="documented", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize(
    ("version", "kind"),
    [(TPACKET_V1, tpacket_stats), (TPACKET_V2, tpacket_stats), (TPACKET_V3, tpacket_stats_v3)],
    ids=["v1", "v2", "v3"],
)
def test_the_version_decides_the_form_and_not_the_numbers(tap, version, kind):
    """Packets and drops are the same in every version's structure; version 3's has a third number, 0 without ring."""
    socket, sent = overflown(tap)
    socket.enable(PACKET_VERSION, version)

    found = [bytes(socket.option(SOL_PACKET, PACKET_STATISTICS, kind)) for _ in range(2)]

    drops = SENT - len(socket.received_markers(sent))
    more = [0] * (version == TPACKET_V3)
    assert found == [struct.pack(f"={len(more) + 2}I", *numbers, *more) for numbers in ((SENT, drops), (0, 0))]


@clause(since="2.4", level="documented", refs=REFS, covers=EFFECT)
def test_each_socket_counts_for_itself(tap):
    """Statistics are the socket's own: another one's filter, full queue and reading do not change them."""
    full, _ = overflown(tap)
    deaf, socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL), tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    filters.keep(deaf, 0)
    full.statistics()

    tap.arrive(*[frames.ethernet() for _ in range(3)])
    found = [each.statistics() for each in (full, deaf, socket)]

    assert [(counted.tp_packets, counted.tp_drops) for counted in found] == [(3, 3), (0, 0), (3, 0)]


@clause(since="2.6.33", level="documented", refs=["man:socket(7)", RCV], covers=["option:SO_RXQ_OVFL:effect"])
@TYPES
def test_a_frame_tells_how_many_were_dropped_before_it(tap, type_):
    """SO_RXQ_OVFL gives with each frame the drops since the socket exists; reading the statistics does not reset it."""
    socket, sent = overflown(tap, type_)
    before = [socket.take() for _ in range(SENT - socket.statistics().tp_drops)]

    tap.arrive(frames.ethernet())
    first = socket.take()
    tap.arrive(*sent)
    socket.received_markers(sent)
    tap.arrive(frames.ethernet())
    second = socket.take()

    told = [packet.controls.get((SOL_SOCKET, SO_RXQ_OVFL)) for packet in (*before, first, second)]
    drops = SENT - len(before)
    assert told == [None] * len(before) + [struct.pack("=I", count * drops) for count in (1, 2)]


@clause(since="2.6.33", level="source", refs=["man:socket(7)", RCV], covers=["option:SO_RXQ_OVFL:effect"])
def test_the_number_of_drops_is_noted_as_the_frame_arrives(tap):
    """A frame that arrived before SO_RXQ_OVFL was set carries no count of drops, though there were some."""
    socket, _ = overflown(tap)
    socket.must.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 0)
    while socket.take():
        pass

    tap.arrive(frames.ethernet())
    socket.must.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 1)
    tap.arrive(frames.ethernet())
    told = [list(socket.take().controls) for _ in range(2)]

    assert told == [[], [(SOL_SOCKET, SO_RXQ_OVFL)]]


@clause(
    since="4.12", level="source", refs=["src:net/core/sock.c:sk_get_meminfo", RCV], covers=["option:SO_MEMINFO:get"]
)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_the_memory_information_has_the_drops_of_all_time(tap, type_):
    """SO_MEMINFO has the drops since the socket exists, SOCK_PACKET's too; reading the statistics does not reset it."""
    socket, sent = overflown(tap, type_)
    first = memory_words(socket)[SK_MEMINFO_DROPS]
    heard = len(socket.received_markers(sent))
    if type_ != SOCK_PACKET:
        socket.statistics()

    tap.arrive(*sent)

    assert first == SENT - heard > 0
    assert memory_words(socket)[SK_MEMINFO_DROPS] == 2 * first
