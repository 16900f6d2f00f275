"""SO_TIMESTAMPING on packet sockets that send: transmit time stamps in the error queue."""

import time
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers.messages import Message
from helpers.net import frames
from helpers.net.qdiscs import hold_frames
from helpers.packet.tx_timestamps import stamps
from helpers.packet.virtio_frames import EMPTY, headed
from helpers.syscall import refused
from helpers.uapi.errqueue import SCM_TSTAMP_SCHED, SCM_TSTAMP_SND
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_HARDWARE,
    SOF_TIMESTAMPING_TX_SCHED,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from helpers.uapi.socket import MSG_ERRQUEUE, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD
from suites.packet.timestamps.support import sender_on

DOC = "doc:networking/timestamping.rst"
SETUP = "src:include/net/sock.h:skb_setup_tx_timestamp"
RECV = "src:net/core/sock.c:sock_recv_errqueue"
SOFTWARE, TSONLY, ID = SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_OPT_TSONLY, SOF_TIMESTAMPING_OPT_ID
SND, SCHED = SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])


@clause(since="4.7", level="documented", refs=[DOC, SETUP, RECV])
@TYPES
def test_a_frame_that_left_is_told_with_its_time(wire, type_):
    """TX_SOFTWARE: the error queue returns the frame with its link-layer header, and the time at which it left."""
    send, socket = sender_on(wire.left, type_, SND)
    frame = frames.ethernet(source=wire.left.mac)
    before = time.time()

    send(frame)
    ((data, kind_of_stamp, number, when, _),) = stamps(socket, 1)

    assert (data, kind_of_stamp, number) == (frame.data, SCM_TSTAMP_SND, 0)
    assert before - 0.01 <= when <= time.time() + 0.01


@clause(since="4.7", level="documented", refs=[DOC, SETUP])
@TYPES
def test_nothing_is_told_that_was_not_asked_for(wire, type_):
    """Without a TX_ flag, or with TX_HARDWARE alone on a link that has none, there is no time stamp."""
    sockets = []
    for flags in (0, TSONLY | ID, SOF_TIMESTAMPING_TX_HARDWARE):
        send, socket = sender_on(wire.left, type_, flags)
        send(frames.ethernet())
        sockets.append(socket)
    send, socket = sender_on(wire.left, type_, SND)
    send(frames.ethernet())

    assert len(stamps(socket, 1)) == 1
    assert [other.recvmsg(Message([9]).header, MSG_ERRQUEUE) for other in sockets] == [refused(EAGAIN)] * 3


@clause(since="4.7", level="documented", refs=[DOC, SETUP])
@TYPES
def test_opt_tsonly_gives_no_frame(wire, type_):
    """With OPT_TSONLY the time stamp comes without the frame."""
    send, socket = sender_on(wire.left, type_, SND | TSONLY)

    send(frames.ethernet())

    assert [entry[:3] for entry in stamps(socket, 1)] == [(b"", SCM_TSTAMP_SND, 0)]


@clause(since="4.7", level="documented", refs=[DOC, "src:net/core/dev.c:__dev_queue_xmit"])
@TYPES
def test_tx_sched_tells_when_a_frame_entered_the_queue(wire, type_):
    """With TX_SCHED and TX_SOFTWARE there are two time stamps of one number: before the queue, and on leaving it."""
    send, socket = sender_on(wire.left, type_, SND | SCHED | ID | TSONLY)

    send(frames.ethernet())
    found = stamps(socket, 2)

    assert [entry[1:3] for entry in found] == [(SCM_TSTAMP_SCHED, 0), (SCM_TSTAMP_SND, 0)]
    assert found[0].seconds <= found[1].seconds


@clause(since="4.7", level="documented", refs=[DOC, "src:net/core/dev.c:__dev_queue_xmit"])
def test_a_frame_that_waits_has_only_entered(wire):
    """A frame that waits in the queue has the TX_SCHED stamp and not yet the other; so has one dropped there."""
    send, socket = sender_on(wire.left, SOCK_RAW, SND | SCHED | TSONLY | ID)
    let_go = hold_frames(wire.left)

    for _ in range(2):
        send(frames.ethernet(size=400))
    found = stamps(socket, 3)
    let_go()

    assert [entry[1:3] for entry in found] == [(SCM_TSTAMP_SCHED, 0), (SCM_TSTAMP_SND, 0), (SCM_TSTAMP_SCHED, 1)]


@clause(since="4.7", level="source", refs=[DOC, "src:net/packet/af_packet.c:packet_xmit"])
def test_past_the_queue_there_is_only_the_leaving(wire):
    """With PACKET_QDISC_BYPASS a frame enters no queue: TX_SCHED gives no time stamp, TX_SOFTWARE one as it leaves."""
    send, socket = sender_on(wire.left, SOCK_RAW, SND | SCHED | TSONLY)
    socket.enable(PACKET_QDISC_BYPASS)

    send(frames.ethernet())

    assert [stamp.kind for stamp in stamps(socket, 1)] == [SCM_TSTAMP_SND]


@clause(since="4.7", level="source", refs=[SETUP, "src:net/packet/af_packet.c:packet_snd"])
def test_the_frame_comes_without_its_virtio_header(wire):
    """With PACKET_VNET_HDR the error queue returns the frame without its virtio header."""
    socket, frame = headed(wire.left), frames.ethernet()
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE | SND)

    socket.must.send(EMPTY + frame.data)

    assert [stamp.data for stamp in stamps(socket, 1)] == [frame.data]
