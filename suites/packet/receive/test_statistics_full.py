"""When the receive queue of a packet socket is full: the exact boundary."""

import ctypes

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.netlink import SK_MEMINFO_DROPS, SK_MEMINFO_RMEM_ALLOC
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_MEMINFO, SO_RCVBUF

RCV = "src:net/packet/af_packet.c:packet_rcv"
QUEUE = "src:net/core/sock.c:__sock_queue_rcv_skb"
REFS = ["man:socket(7)", "man:packet(7)", RCV, QUEUE]
EFFECT = ["option:SO_RCVBUF:effect", "option:PACKET_STATISTICS:effect"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
SIZE = 1400


def words(socket):
    """Return the words of SO_MEMINFO."""
    return list(socket.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * 9))


def with_room(tap, type_, count, more):
    """Return a socket whose room is that of *count* frames and *more* bytes, and what one frame takes."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    tap.arrive(frames.ethernet(size=SIZE))
    each = words(socket)[SK_MEMINFO_RMEM_ALLOC]
    socket.take()
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, (count * each + more) // 2)
    assert words(socket)[:2] == [0, count * each + more]
    return socket, each


@clause(since="4.12", level="source", refs=REFS, covers=EFFECT)
@TYPES
@pytest.mark.parametrize(("more", "taken"), [(-2, 4), (0, 4), (2, 5)], ids=["just-below", "exactly", "just-above"])
def test_a_frame_is_taken_while_less_than_the_room_is_in_use(tap, type_, more, taken):
    """A frame finds room while less than SO_RCVBUF's value is in use, however large it is; else it is dropped."""
    socket, each = with_room(tap, type_, 4, more)
    sent = [frames.ethernet(size=SIZE) for _ in range(8)]

    tap.arrive(*sent)
    full = words(socket)

    assert full[SK_MEMINFO_RMEM_ALLOC] == taken * each
    assert full[SK_MEMINFO_DROPS] == len(sent) - taken
    assert socket.received_markers(sent) == [frame.marker for frame in sent[:taken]]
    assert words(socket)[SK_MEMINFO_RMEM_ALLOC] == 0


@clause(since="2.2", level="documented", refs=REFS, covers=EFFECT)
@TYPES
def test_a_frame_that_is_received_makes_room(tap, type_):
    """Receiving a frame makes room for one more, peeking at it does not."""
    socket, each = with_room(tap, type_, 3, 0)
    sent = [frames.ethernet(size=SIZE) for _ in range(6)]

    tap.arrive(*sent[:4])
    socket.take(flags=MSG_PEEK)
    tap.arrive(sent[4])
    socket.take()
    tap.arrive(sent[5])

    assert words(socket)[SK_MEMINFO_RMEM_ALLOC] == 3 * each
    assert socket.received_markers(sent) == [frame.marker for frame in (sent[1], sent[2], sent[5])]


@clause(since="4.12", level="source", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_frame_of_which_little_is_kept_takes_as_much(tap, type_):
    """A frame that a filter has cut takes as much room as a whole one: it is not copied."""
    socket, each = with_room(tap, type_, 4, 0)
    filters.keep(socket, 20)
    socket.statistics()

    tap.arrive(*[frames.ethernet(size=SIZE) for _ in range(8)])

    assert words(socket)[SK_MEMINFO_RMEM_ALLOC] == 4 * each
    counted = socket.statistics()
    assert (counted.tp_packets, counted.tp_drops) == (8, 4)


@clause(since="2.2", level="source", refs=REFS, covers=EFFECT)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_full_socket_leaves_room_to_others(tap, type_):
    """Each socket has room of its own: a full one does not keep a frame from another."""
    full, _ = with_room(tap, type_, 2, 0)
    other = tap.packet_socket(type_, ETH_P_ALL)
    sent = [frames.ethernet(size=SIZE) for _ in range(5)]

    tap.arrive(*sent)

    assert full.received_markers(sent) == [frame.marker for frame in sent[:2]]
    assert other.received_markers(sent) == [frame.marker for frame in sent]
