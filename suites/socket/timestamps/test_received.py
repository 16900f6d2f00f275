"""recvmsg(2): the control messages that carry time stamps, in each of their forms."""

import pytest

from fixtures.clauses import clause
from helpers import times, wait
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_RX_SOFTWARE,
    SOF_TIMESTAMPING_SOFTWARE,
)
from helpers.uapi.socket import SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_TIMESTAMP_NEW,
    SO_TIMESTAMP_OLD,
    SO_TIMESTAMPING_OLD,
    SO_TIMESTAMPNS_NEW,
    SO_TIMESTAMPNS_OLD,
)
from helpers.uapi.time_types import timespec
from suites.socket.timestamps.support import now, received_with

SYSCALL = "recvmsg"
STAMP = "src:net/socket.c:__sock_recv_timestamp"
SOFTWARE = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE
FORMS = [
    (SO_TIMESTAMP_OLD, 1_000_000),
    (SO_TIMESTAMP_NEW, 1_000_000),
    (SO_TIMESTAMPNS_OLD, 1_000_000_000),
    (SO_TIMESTAMPNS_NEW, 1_000_000_000),
]
NAMES = ["SO_TIMESTAMP_OLD", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPNS_NEW"]


@clause(
    since="5.1",
    level="documented",
    refs=["man:socket(7)", "doc:networking/timestamping.rst", STAMP],
    covers=[f"option:{name}:effect" for name in NAMES],
)
@pytest.mark.parametrize(("option", "unit"), FORMS, ids=NAMES)
def test_a_time_stamp_comes_in_the_form_that_was_asked_for(sockets, option, unit):
    """The message has the option's number as type and two 64-bit words: seconds, and micro- or nanoseconds."""
    found, before, after = received_with(sockets, [(option, 1)])

    assert [(level, kind, len(data)) for level, kind, data in found] == [(SOL_SOCKET, option, 16)]
    seconds, fraction = times.words(timespec, found[0][2])
    assert 0 <= fraction < unit
    size = 1_000_000_000 // unit
    assert before // size <= seconds * unit + fraction <= after // size


@clause(since="2.6.22", level="source", refs=[STAMP])
def test_a_message_that_came_before_the_option_is_stamped_when_received(sockets):
    """A message that was not stamped on arrival, as no socket had asked, gets the time of the call that receives it."""
    found, before, after = received_with(sockets, [(SO_TIMESTAMPNS_OLD, 1)], late=True)

    ((level, kind, data),) = found
    seconds, fraction = times.words(timespec, data)
    assert (level, kind) == (SOL_SOCKET, SO_TIMESTAMPNS_OLD)
    assert before <= seconds * 1_000_000_000 + fraction <= after


@clause(since="5.1", level="source", refs=["man:socket(7)", "src:net/core/sock.c:sock_set_timestamp"])
@pytest.mark.parametrize(("option", "unit"), FORMS, ids=NAMES)
def test_the_form_asked_for_last_is_the_one_that_comes(sockets, option, unit):
    """Only one form of the plain time stamp is given: that of the option set last."""
    found, _, _ = received_with(sockets, [(other, 1) for other, _ in FORMS if other != option] + [(option, 1)])

    assert [kind for _, kind, _ in found] == [option]


@clause(since="2.6.22", level="documented", refs=["man:socket(7)", "man:packet(7)", STAMP])
def test_a_frame_is_stamped_when_it_arrives(loopback):
    """A packet socket's time stamp is the frame's arrival, not the call that receives it."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS_OLD, 1)
    stamps = []

    def arrived_before_received():
        # stamping is switched on in the background: the first frames may not have one when they arrive
        loopback.inject(frames.ethernet())
        wait.until(lambda: wait.readable(socket.fd), "frame queued")
        queued = now()
        packet = socket.take()
        seconds, fraction = times.words(timespec, packet.controls[SOL_SOCKET, SO_TIMESTAMPNS_OLD])
        stamps.append((seconds * 1_000_000_000 + fraction, queued))
        return stamps[-1][0] <= queued

    start = now()
    wait.until(arrived_before_received, "frame stamped on arrival")

    assert start <= stamps[-1][0] <= stamps[-1][1]


@clause(since="2.2", level="source", refs=["man:socket(7)", "src:include/net/sock.h:sock_recv_cmsgs"])
def test_without_the_options_no_time_stamp_comes(sockets):
    """A socket that did not set the option, or cleared it, gets no control message."""
    options = [(SO_TIMESTAMPNS_OLD, 1), (SO_TIMESTAMPING_OLD, SOFTWARE), (SO_TIMESTAMPNS_OLD, 0)]

    found, _, _ = received_with(sockets, [*options, (SO_TIMESTAMPING_OLD, 0)])

    assert found == []
    assert received_with(sockets, [])[0] == []
