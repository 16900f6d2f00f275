"""SO_TIMESTAMPING on packet sockets that send: how the time stamps of a socket are numbered."""

import sys

import pytest

from fixtures.clauses import clause
from helpers import messages
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.packet.tx_timestamps import stamps
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SCHED,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SCM_TS_OPT_ID, SO_TIMESTAMPING_OLD
from suites.packet.timestamps.support import sender_on

DOC = "doc:networking/timestamping.rst"
SETUP = "src:include/net/sock.h:skb_setup_tx_timestamp"
SOFTWARE, TSONLY, ID = SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_OPT_TSONLY, SOF_TIMESTAMPING_OPT_ID
SND, SCHED = SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])


@clause(since="4.7", level="documented", refs=[DOC, SETUP])
@TYPES
def test_opt_id_counts_the_frames(wire, type_):
    """With OPT_ID time stamps are numbered by the frames that asked for one, from 0 on each time it is set."""
    send, socket = sender_on(wire.left, type_, SND | ID | TSONLY)

    for _ in range(3):
        send(frames.ethernet())
    counted = [stamp.number for stamp in stamps(socket, 3)]
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE | SND | TSONLY)
    send(frames.ethernet())
    without = [stamp.number for stamp in stamps(socket, 1)]
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOFTWARE | SND | ID | TSONLY)
    send(frames.ethernet())

    assert (counted, without) == ([0, 1, 2], [0])
    assert [stamp.number for stamp in stamps(socket, 1)] == [0]


@clause(since="4.7", level="source", refs=[SETUP])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_PACKET], ids=["raw", "sock_packet"])
def test_a_frame_refused_before_it_is_made_has_no_number(wire, type_):
    """A frame refused for its length does not count."""
    send, socket = sender_on(wire.left, type_, SND | ID | TSONLY)
    name = sockaddr_pkt(spkt_device=b"left") if type_ == SOCK_PACKET else address(wire.left.ifindex, OWN)

    assert not socket.sendto(bytes(13), 0, name).ok
    assert not socket.sendto(bytes(9000), 0, name).ok
    send(frames.ethernet())

    assert [stamp.number for stamp in stamps(socket, 1)] == [0]


@clause(since="6.13", level="documented", refs=[DOC, SETUP])
@TYPES
def test_scm_ts_opt_id_gives_the_number(wire, type_):
    """A control message SCM_TS_OPT_ID is the number of that frame's time stamp; the others count on without it."""
    send, socket = sender_on(wire.left, type_, SND | ID | TSONLY)
    number = messages.cmsg(SOL_SOCKET, SCM_TS_OPT_ID, (0xCAFEBABE).to_bytes(4, sys.byteorder))

    for control in (b"", number, b""):
        send(frames.ethernet(), control)

    assert [stamp.number for stamp in stamps(socket, 3)] == [0, 0xCAFEBABE, 1]
