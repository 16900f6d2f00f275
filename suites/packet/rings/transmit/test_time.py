"""Transmit rings: time stamps, in the slot by PACKET_TIMESTAMP and in the error queue by SO_TIMESTAMPING."""

import time

import pytest

from fixtures.clauses import clause
from fixtures.parameters import all_versions
from helpers.messages import Message
from helpers.net import frames
from helpers.packet.sent_fields import number
from helpers.packet.tx_timestamps import stamps
from helpers.rings import V1, V2
from helpers.syscall import returned
from helpers.uapi.errqueue import SCM_TSTAMP_SCHED, SCM_TSTAMP_SND
from helpers.uapi.if_packet import PACKET_TIMESTAMP, TP_STATUS_AVAILABLE, TP_STATUS_TS_SOFTWARE
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_RAW_HARDWARE,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SCHED,
    SOF_TIMESTAMPING_TX_SOFTWARE,
    sock_txtime,
)
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SCM_TXTIME, SO_TIMESTAMPING_OLD, SO_TXTIME
from suites.packet.rings.transmit.support import DOC, FILL

STAMPING = "doc:networking/timestamping.rst"
SET = "src:net/packet/af_packet.c:__packet_set_timestamp"
GET = "src:net/packet/af_packet.c:tpacket_get_timestamp"
COVERS = ["option:PACKET_TIMESTAMP:effect", "status:TP_STATUS_TS_SOFTWARE"]
SOFTWARE, HARDWARE = SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RAW_HARDWARE
SND, SCHED = SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED
ID, TSONLY = SOF_TIMESTAMPING_OPT_ID, SOF_TIMESTAMPING_OPT_TSONLY
WHEN = (0xEE6B2801, 987654321)  # seconds and nanoseconds of a transmit time that is far away
UNTOUCHED = 0xA5A5A5A5


def timed(tap, rings, version, asked, when=WHEN, clock=time.CLOCK_REALTIME):
    """Send a slot whose frame carries the transmit time *when*, with PACKET_TIMESTAMP *asked*.

    Return its status, seconds, and the field of parts of a second, which were UNTOUCHED.
    """
    ring = rings.transmit(tap, version)
    tap.links.queue(tap.name, "pfifo", limit=10)  # one that does not look at transmit times
    ring.socket.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(clock, 0))
    ring.socket.enable(PACKET_TIMESTAMP, asked)
    fraction = "tp_usec" if version is V1 else "tp_nsec"
    slot = ring.put(frames.ethernet().data)
    slot.header.tp_sec = UNTOUCHED
    setattr(slot.header, fraction, UNTOUCHED)

    control = number(SCM_TXTIME, when[0] * 10**9 + when[1], 8) if when else b""
    assert ring.socket.sendmsg(Message([], None, control).header) == returned(46)
    ring.wait_available(slot)
    return slot.status, slot.header.tp_sec, getattr(slot.header, fraction)


@clause(since="4.19", level="source", refs=[DOC, SET, GET], covers=COVERS)
@all_versions
@pytest.mark.parametrize("asked", [SOFTWARE, SOFTWARE | HARDWARE], ids=["software", "both"])
def test_the_slot_has_the_time_of_its_frame(tap, rings, version, asked):
    """With PACKET_TIMESTAMP's SOFTWARE an available slot has its frame's transmit time, flagged TS_SOFTWARE.

    V1 has microseconds, the others nanoseconds. The time must be by CLOCK_REALTIME.
    """
    told = timed(tap, rings, version, asked)

    part = WHEN[1] // 1000 if version is V1 else WHEN[1]
    assert told == (TP_STATUS_AVAILABLE | TP_STATUS_TS_SOFTWARE, WHEN[0], part)


@clause(since="4.19", level="documented", refs=[DOC, SET, GET], covers=COVERS)
@all_versions
@pytest.mark.parametrize(
    ("asked", "when"),
    [(0, WHEN), (HARDWARE, WHEN), (SOFTWARE, None), (0, None)],
    ids=["not-asked", "hardware", "no-time", "neither"],
)
def test_without_a_time_the_slot_is_only_available(tap, rings, version, asked, when):
    """Without PACKET_TIMESTAMP, or for a frame without a time, a slot is plainly AVAILABLE and its time untouched."""
    assert timed(tap, rings, version, asked, when) == (TP_STATUS_AVAILABLE, UNTOUCHED, UNTOUCHED)


@clause(since="6.11", level="source", refs=[SET, GET], covers=COVERS)
@pytest.mark.parametrize("clock", [time.CLOCK_MONOTONIC, time.CLOCK_TAI], ids=["monotonic", "tai"])
def test_a_time_by_another_clock_is_none(tap, rings, clock):
    """A transmit time by a clock other than CLOCK_REALTIME is not reported."""
    assert timed(tap, rings, V2, SOFTWARE, clock=clock) == (TP_STATUS_AVAILABLE, UNTOUCHED, UNTOUCHED)


@clause(since="5.10", level="disputed", refs=[DOC, SET, "src:net/core/skbuff.c:__skb_tstamp_tx"], covers=COVERS)
@all_versions
def test_when_a_frame_left_is_told_by_the_error_queue_alone(tap, rings, version):
    """SO_TIMESTAMPING's TX_SOFTWARE time stamp is in the error queue; the slot, even when asked for, has none.

    packet_mmap.rst says that software time stamps are in the slot, too; the kernel gives them to the copy of the
    frame that goes to the error queue.
    """
    ring, frame = rings.transmit(tap, version), frames.ethernet()
    ring.socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE | SND)
    ring.socket.enable(PACKET_TIMESTAMP, SOFTWARE)
    before = time.time()

    (slot,) = ring.send(frame.data)
    (stamp,) = stamps(ring.socket, 1)

    assert slot.status == TP_STATUS_AVAILABLE
    assert (stamp.data, stamp.kind) == (frame.data, SCM_TSTAMP_SND)
    assert before - 0.01 <= stamp.seconds <= time.time() + 0.01


@clause(since="4.7", level="documented", refs=[STAMPING, FILL])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_each_slot_has_a_time_stamp_of_its_own(loopback, rings, type_):
    """With SO_TIMESTAMPING the error queue reports each frame of a send, numbered from 0 on; without it, none."""
    ring = rings.transmit(loopback, V2, type=type_)
    ring.send(bytes(60))
    ring.socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE | SND | SCHED | ID | TSONLY)
    for _ in range(3):
        ring.put(bytes(60))

    result = ring.kick(MSG_DONTWAIT)

    found = [(stamp.kind, stamp.number) for stamp in stamps(ring.socket, 6)]
    assert result == returned(180)
    assert sorted(found) == [(type_, index) for type_ in (SCM_TSTAMP_SND, SCM_TSTAMP_SCHED) for index in range(3)]
