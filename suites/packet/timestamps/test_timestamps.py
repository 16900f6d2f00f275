"""Time stamps of frames that packet sockets receive."""

import struct
import time

import pytest

from fixtures.clauses import clause
from helpers import times, wait
from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.net.frames import OTHER
from helpers.uapi.errqueue import scm_timestamping
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_HOST, PACKET_OUTGOING
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE, sock_txtime
from helpers.uapi.socket import MSG_PEEK, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_TIMESTAMP_NEW,
    SO_TIMESTAMP_OLD,
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
    SO_TIMESTAMPNS_NEW,
    SO_TIMESTAMPNS_OLD,
    SO_TXTIME,
)
from helpers.uapi.time_types import timespec

REFS = ["man:socket(7)", "doc:networking/timestamping.rst", "src:net/socket.c:__sock_recv_timestamp"]
SOFTWARE = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE
NANO, MICRO = 1, 1000
FORMS = {
    "SO_TIMESTAMP_OLD": (SO_TIMESTAMP_OLD, 1, MICRO),
    "SO_TIMESTAMP_NEW": (SO_TIMESTAMP_NEW, 1, MICRO),
    "SO_TIMESTAMPNS_OLD": (SO_TIMESTAMPNS_OLD, 1, NANO),
    "SO_TIMESTAMPNS_NEW": (SO_TIMESTAMPNS_NEW, 1, NANO),
    "SO_TIMESTAMPING_OLD": (SO_TIMESTAMPING_OLD, SOFTWARE, NANO),
    "SO_TIMESTAMPING_NEW": (SO_TIMESTAMPING_NEW, SOFTWARE, NANO),
}
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
WAYS = pytest.mark.parametrize("way", ["arrive", "inject"], ids=["arriving", "leaving"])


def stamp(packet, option=SO_TIMESTAMPNS_OLD, unit=NANO):
    """Return the time stamp of a packet in nanoseconds of the time of day."""
    seconds, fraction = times.words(timespec, packet.controls[SOL_SOCKET, option])
    return seconds * 1_000_000_000 + fraction * unit


@pytest.fixture
def stamping(tap):
    """A tap, when frames are stamped as they arrive: that is switched on in the background, for all sockets at once."""
    probe = tap.packet_socket(SOCK_RAW, OTHER)
    probe.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE)

    def stamped():
        tap.arrive(frames.ethernet(ethertype=OTHER))
        return probe.take().controls

    wait.until(stamped, "frames are stamped")
    return tap


def listening(end, type_=SOCK_RAW, option=SO_TIMESTAMPNS_OLD, value=1):
    """Return a socket on *end* that gets time stamps."""
    socket = end.packet_socket(type_, ETH_P_ALL)
    socket.must.setsockopt(SOL_SOCKET, option, value)
    return socket


@clause(since="5.1", level="documented", refs=REFS, covers=[f"option:{name}:effect" for name in FORMS])
@WAYS
@pytest.mark.parametrize(("option", "value", "unit"), FORMS.values(), ids=FORMS)
def test_the_stamp_is_the_time_of_arrival_or_departure(stamping, option, value, unit, way):
    """Each form of time stamp has the time at which the frame arrived or left, not that of the receiving call."""
    socket = listening(stamping, SOCK_RAW, option, value)

    before = time.time_ns()
    getattr(stamping, way)(frames.ethernet())
    after = time.time_ns()
    packet = socket.take()

    assert list(packet.controls) == [(SOL_SOCKET, option)]
    assert before // unit * unit <= stamp(packet, option, unit) <= after


@clause(since="2.6.22", level="documented", refs=REFS)
@TYPES
def test_every_type_of_socket_gets_it(stamping, type_):
    """Sockets of every type get the time stamp, and it is the same for all that receive a frame."""
    others = [listening(stamping) for _ in range(2)]
    socket = listening(stamping, type_)

    before = time.time_ns()
    stamping.arrive(frames.ethernet())
    found = [stamp(each.take()) for each in (socket, *others)]

    assert found == [found[0]] * 3
    assert before <= found[0] <= time.time_ns()


@clause(since="2.6.22", level="documented", refs=REFS, covers=["msg:MSG_PEEK"])
@WAYS
def test_a_peek_tells_the_same_stamp(stamping, way):
    """Each peek returns the same time stamp as the call that takes the frame."""
    socket = listening(stamping)

    getattr(stamping, way)(frames.ethernet())
    found = [stamp(socket.take(flags=flags)) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert found == [found[0]] * 3


@clause(since="2.6.30", level="documented", refs=REFS)
def test_both_kinds_of_stamp_are_of_one_moment(stamping):
    """The plain stamp and the first of SO_TIMESTAMPING are the same; the other two of that are 0."""
    socket = listening(stamping)
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE)

    stamping.arrive(frames.ethernet())
    packet = socket.take()

    assert stamp(packet) == stamp(packet, SO_TIMESTAMPING_OLD)
    assert times.stamps(scm_timestamping, packet.controls[SOL_SOCKET, SO_TIMESTAMPING_OLD])[1:] == [(0, 0)] * 2


@clause(since="2.6.22", level="documented", refs=REFS)
def test_frames_are_stamped_in_their_order(stamping):
    """Of frames that arrived one after the other each has a later stamp, or the same."""
    socket = listening(stamping)

    stamping.arrive(*[frames.ethernet() for _ in range(10)])
    found = [stamp(socket.take()) for _ in range(10)]

    assert found == sorted(found)


@clause(since="4.19", level="source", refs=[*REFS, "src:net/packet/af_packet.c:packet_rcv"])
def test_the_time_at_which_a_frame_is_to_leave_is_no_stamp(stamping, loopback):
    """A frame with a transmit time (SO_TXTIME) is stamped with when it was received, in both directions."""
    socket = listening(loopback)
    sender = loopback.packet_socket(protocol=0)
    sender.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(time.CLOCK_MONOTONIC, 0))
    frame = frames.ethernet(loopback.mac)
    leave = cmsg(SOL_SOCKET, SO_TXTIME, struct.pack("=Q", time.monotonic_ns() // 2))

    before = time.time_ns()
    sender.must.sendmsg(Message([frame.data], control=leave).header)
    found = socket.heard_until(frame, 2)

    assert [packet.address.sll_pkttype for packet in found] == [PACKET_OUTGOING, PACKET_HOST]
    assert all(before <= stamp(packet) <= time.time_ns() for packet in found)
