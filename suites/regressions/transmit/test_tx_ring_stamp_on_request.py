"""A slot of a transmit ring came back with a time stamp that was not requested, over the program's own data."""

import sys
import time

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.rings import VERSIONS
from helpers.uapi.if_packet import PACKET_TIMESTAMP, TP_STATUS_AVAILABLE, TP_STATUS_TS_SOFTWARE
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_SOFTWARE, sock_txtime
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SCM_TXTIME, SO_TIMESTAMPNS_OLD, SO_TXTIME


@pytest.fixture
def stamping(wire):
    """A wire, when frames are stamped as they arrive: that is switched on in the background, for all at once."""
    probe = wire.right.packet_socket()
    probe.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS_OLD, 1)

    def stamped():
        frame = frames.ethernet()
        wire.left.inject(frame)
        return probe.receive(frame.marker).controls

    wait.until(stamped, "frames are stamped")
    return wire


@clause(
    since="5.14",
    level="source",
    refs=["commit:171c3b151118", "src:net/packet/af_packet.c:__packet_set_timestamp"],
    covers=["option:PACKET_TIMESTAMP:effect", "status:TP_STATUS_TS_SOFTWARE"],
)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("asked", [False, True], ids=["unasked", "asked"])
def test_a_slot_is_stamped_if_packet_timestamp_asks(stamping, rings, version, asked):
    """A slot that becomes available gets its frame's time stamp, flagged, only if PACKET_TIMESTAMP requests it.

    That is the time of arrival at the other end, or where the slot gets free before, the transmit time.
    """
    options = {PACKET_TIMESTAMP: SOF_TIMESTAMPING_SOFTWARE} if asked else {}
    ring = rings.transmit(stamping.left, version, options=options)
    ring.socket.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(time.CLOCK_REALTIME, 0))
    now = time.clock_gettime_ns(time.CLOCK_REALTIME).to_bytes(8, sys.byteorder)
    found = []

    for control in (0, cmsg(SOL_SOCKET, SCM_TXTIME, now)):
        slot = ring.put(frames.ethernet().data)
        slot.header.tp_sec = 0xA5A5A5A5
        ring.socket.must.sendmsg(Message([b""], None, control).header)
        ring.wait_available(slot)
        found.append((slot.status - TP_STATUS_AVAILABLE, slot.header.tp_sec == 0xA5A5A5A5))

    assert ((TP_STATUS_TS_SOFTWARE, False) in found) is asked
    assert asked or found == [(0, True)] * 2
