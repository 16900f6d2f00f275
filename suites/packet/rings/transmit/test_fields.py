"""Transmit rings: mark, priority and transmit time of frames, from the socket or from a control message."""

import time
from errno import EINVAL, ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.messages import Message, cmsg
from helpers.net import egress, frames
from helpers.packet.sent_fields import number
from helpers.rings import V2
from helpers.syscall import refused, returned
from helpers.uapi.filter import SKF_AD_MARK
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
from helpers.uapi.net_tstamp import sock_txtime
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SCM_TXTIME, SO_MARK, SO_PRIORITY, SO_TXTIME
from suites.packet.rings.transmit.support import FILL, SND

COOKIE = "src:include/net/sock.h:sockcm_init"
CMSG = "src:net/core/sock.c:__sock_cmsg_send"
DONE, REQUEST = TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
LATER = 0x6123456789ABCDEF  # a transmit time in ns, above the time of every clock


def passing(ring):
    """Return ``passes(control=b"")``: True if two frames of a call left, False if a program dropped the first."""

    def passes(control=b""):
        for index in range(2):
            slot = ring.fill((ring.cursor + index) % len(ring), frames.ethernet().data)
            slot.status = REQUEST
        result = ring.socket.sendmsg(Message([], None, control).header)
        assert result in (returned(92), refused(ENOBUFS))
        if result.ok:
            ring.advance(2)
        return result.ok

    return passes


@clause(since="2.6.31", level="documented", refs=["man:socket(7)", FILL], covers=["option:SO_MARK:effect"])
def test_frames_carry_the_mark_of_the_socket(wire, rings):
    """A frame of a slot has the SO_MARK that the socket has at the send, and 0 without one."""
    ring, tap = rings.transmit(wire.left, V2), wire.left.packet_socket(protocol=ETH_P_ALL)

    def hear():
        frame = frames.ethernet(size=400)
        ring.send(frame.data)
        return tap.receive(frame.marker)

    marks = []
    for mark in (0, 0x01828384):
        ring.socket.must.setsockopt(SOL_SOCKET, SO_MARK, mark)
        marks.append(filters.computed(tap, filters.ancillary(SKF_AD_MARK), hear))

    assert marks == [0, 0x01828384]


@clause(since="6.18", level="source", refs=[CMSG, COOKIE, SND, FILL], covers=["option:SO_MARK:effect"])
def test_a_mark_of_a_call_is_of_all_its_frames(wire, rings, initial_user_namespace):
    """A control message SO_MARK overrides the socket's mark for all frames of its call, and for no other."""
    ring = rings.transmit(wire.left, V2)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_MARK, 7)
    egress.let_only(wire.left, egress.MARK, 0x81828384)
    passes = passing(ring)

    assert [passes(control) for control in (b"", number(SO_MARK, 0x81828384), b"")] == [False, True, False]


@clause(since="4.1", level="documented", refs=["man:socket(7)", FILL], covers=["option:SO_PRIORITY:effect"])
def test_frames_carry_the_priority_of_the_socket(wire, rings, initial_user_namespace):
    """A frame of a slot has the SO_PRIORITY that the socket has at the send, and 0 without one."""
    ring = rings.transmit(wire.left, V2)
    egress.let_only(wire.left, egress.PRIORITY, 3)
    passes, seen = passing(ring), []

    for priority in (0, 3, 4):
        ring.socket.must.setsockopt(SOL_SOCKET, SO_PRIORITY, priority)
        seen.append(passes())

    assert seen == [False, True, False]


@clause(since="6.14", level="source", refs=[CMSG, COOKIE, SND, FILL], covers=["option:SO_PRIORITY:effect"])
def test_a_priority_of_a_call_is_of_all_its_frames(wire, rings, initial_user_namespace):
    """A control message SO_PRIORITY overrides the socket's priority for all frames of its call, and for no other."""
    ring = rings.transmit(wire.left, V2)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_PRIORITY, 2)
    egress.let_only(wire.left, egress.PRIORITY, 5)
    passes = passing(ring)

    assert [passes(control) for control in (b"", number(SO_PRIORITY, 5), b"")] == [False, True, False]


@clause(since="4.19", level="documented", refs=["doc:networking/timestamping.rst", CMSG, SND, FILL])
@pytest.mark.parametrize("clock", [time.CLOCK_MONOTONIC, time.CLOCK_TAI], ids=["monotonic", "tai"])
def test_frames_carry_the_transmit_time_of_their_call(wire, rings, clock, initial_user_namespace):
    """With SO_TXTIME all frames of a call have the time of its SCM_TXTIME, and none without that message."""
    ring = rings.transmit(wire.left, V2)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(clock, 0))
    egress.let_only(wire.left, egress.TSTAMP, LATER)
    passes = passing(ring)

    seen = [passes(number(SCM_TXTIME, when, 8)) for when in (LATER, LATER + 1, LATER - (1 << 32))]

    assert seen == [True, False, False]
    assert passes() is False


@clause(since="4.8", level="source", refs=[CMSG, SND], covers=["errno:sendmsg:EINVAL"])
def test_a_control_message_that_is_unknown_stops_all(wire, rings):
    """An unknown control message fails with EINVAL, even with nothing requested; the slots stay requested."""
    ring, unknown = rings.transmit(wire.left, V2), cmsg(SOL_SOCKET, 4711, b"data")

    nothing = ring.socket.sendmsg(Message([], None, unknown).header)
    slots = [ring.put(frames.ethernet().data) for _ in range(2)]
    refusal, after = ring.socket.sendmsg(Message([], None, unknown).header), [slot.status for slot in slots]
    control = ring.socket.sendmsg(Message([]).header)

    assert (nothing, refusal, after) == (refused(EINVAL), refused(EINVAL), [REQUEST, REQUEST])
    assert (control, [slot.status for slot in slots]) == (returned(92), [DONE, DONE])
