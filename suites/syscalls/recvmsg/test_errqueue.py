"""recvmsg(2): MSG_ERRQUEUE, the queue of errors and transmit time stamps."""

import select
from errno import EAGAIN, ENOMSG

import pytest

from fixtures.clauses import clause
from helpers import times, wait
from helpers.kinds import INET_TCP
from helpers.messages import Message
from helpers.net import frames
from helpers.receive_queues import queued
from helpers.syscall import refused, returned
from helpers.uapi.errqueue import SCM_TSTAMP_SND, SO_EE_ORIGIN_TIMESTAMPING, scm_timestamping, sock_extended_err
from helpers.uapi.if_packet import PACKET_TX_TIMESTAMP
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_CMSG,
    SOF_TIMESTAMPING_OPT_RX_FILTER,
    SOF_TIMESTAMPING_OPT_STATS,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from helpers.uapi.socket import MSG_DONTWAIT, MSG_ERRQUEUE, MSG_TRUNC, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SCM_TIMESTAMPING_OPT_STATS, SO_TIMESTAMPING_OLD

QUEUE = "src:net/core/sock.c:sock_recv_errqueue"
STAMP = "src:net/socket.c:__sock_recv_timestamp"
TRANSMIT = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE


def stamped(end, frame, flags=TRANSMIT):
    """Return a packet socket that has sent *frame* and has its transmit time stamp in the error queue."""
    socket = end.packet_socket(protocol=0)
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, flags)
    socket.must.send(frame.data)
    wait.until(lambda: wait.poll(socket.fd, select.POLLERR), "time stamp queued")
    return socket


def gives_frame_and_stamp(end, flags):
    """Assert what the error queue returns for a frame that was sent with these flags for time stamps."""
    frame = frames.ethernet(size=100)
    socket = stamped(end, frame, flags)
    message = Message([200], control=256)

    results = [socket.recvmsg(message.header, MSG_ERRQUEUE)]

    found = message.control_messages()
    assert message.header.msg_flags == MSG_ERRQUEUE
    assert message.data(101) == frame.data + b"\xa5"
    assert [(level, kind, len(data)) for level, kind, data in found] == [
        (SOL_SOCKET, SO_TIMESTAMPING_OLD, 48),
        (SOL_PACKET, PACKET_TX_TIMESTAMP, 16),
    ]
    assert times.stamps(scm_timestamping, found[0][2])[1:] == [(0, 0)] * 2
    error = sock_extended_err.from_buffer_copy(found[1][2])
    assert (error.ee_errno, error.ee_origin, error.ee_info) == (ENOMSG, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND)
    results.append(socket.recvmsg(message.header, MSG_ERRQUEUE))
    assert results == [returned(100), refused(EAGAIN)]


@clause(
    since="2.6.36",
    level="documented",
    refs=["doc:networking/timestamping.rst", "man:recvmsg(2)", QUEUE, STAMP],
    covers=["msg:MSG_ERRQUEUE"],
)
def test_a_transmit_time_stamp_comes_with_the_frame_that_was_sent(loopback):
    """The error queue returns the frame, its time stamp and a sock_extended_err, flagged MSG_ERRQUEUE, once."""
    gives_frame_and_stamp(loopback, TRANSMIT)


@clause(since="6.12", level="documented", refs=["doc:networking/timestamping.rst", QUEUE, STAMP, "commit:be8e9eb37506"])
def test_the_filter_for_receivers_keeps_no_transmit_time_stamp_away(loopback):
    """OPT_RX_FILTER is about received frames: the error queue still returns a sent frame and its time stamp."""
    gives_frame_and_stamp(loopback, TRANSMIT | SOF_TIMESTAMPING_OPT_RX_FILTER)


@clause(since="2.6.36", level="source", refs=["man:recvmsg(2)", QUEUE], covers=["msg:MSG_ERRQUEUE", "msg:MSG_TRUNC"])
def test_a_frame_from_the_error_queue_is_cut_to_the_buffers(loopback):
    """A frame larger than the buffers is truncated, and both MSG_TRUNC and MSG_ERRQUEUE are set."""
    frame = frames.ethernet(size=100)
    socket = stamped(loopback, frame)
    message = Message([40], control=256)

    result = socket.recvmsg(message.header, MSG_ERRQUEUE)

    assert result == returned(40)
    assert message.data(40) == frame.data[:40]
    assert message.header.msg_flags == MSG_TRUNC | MSG_ERRQUEUE
    assert socket.recvmsg(message.header, MSG_ERRQUEUE) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", QUEUE], covers=["errno:EAGAIN", "msg:MSG_ERRQUEUE"])
def test_an_empty_error_queue_is_eagain_at_once(loopback):
    """MSG_ERRQUEUE reads only the error queue and never waits: it is EAGAIN on a blocking socket with frames."""
    socket = queued(loopback, frames.ethernet())
    message = Message([46])

    result = socket.recvmsg(message.header, MSG_ERRQUEUE)

    assert result == refused(EAGAIN)
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == returned(46)


@clause(since="4.11", level="documented", refs=["doc:networking/timestamping.rst", STAMP])
@pytest.mark.parametrize("wanted", [True, False], ids=["asked-for", "not-asked-for"])
def test_tcp_statistics_come_with_the_time_stamp_when_asked_for(loopback, wanted):
    """With OPT_STATS a TCP transmit time stamp is followed by SCM_TIMESTAMPING_OPT_STATS, without it by none."""
    client, _ = INET_TCP.pair(loopback.sockets, loopback.namespace)
    flags = TRANSMIT | SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_CMSG
    client.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, flags | (SOF_TIMESTAMPING_OPT_STATS if wanted else 0))
    client.must.send(b"data")
    wait.until(lambda: wait.poll(client.fd, select.POLLERR), "time stamp queued")
    message = Message([64], control=1024)

    result = client.recvmsg(message.header, MSG_ERRQUEUE)

    statistics = [data for _, kind, data in message.control_messages() if kind == SCM_TIMESTAMPING_OPT_STATS]
    assert result.ok
    assert message.control_messages()[0][:2] == (SOL_SOCKET, SO_TIMESTAMPING_OLD)
    assert [len(data) > 0 for data in statistics] == [True] * wanted
