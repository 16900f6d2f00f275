"""recvmsg(2): the control messages that options of SOL_SOCKET ask for, one of each kind, and their order."""

import struct

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.syscall import returned
from helpers.uapi.if_packet import PACKET_AUXDATA
from helpers.uapi.socket import SOCK_RAW, SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_MARK,
    SO_PRIORITY,
    SO_RCVBUF,
    SO_RCVMARK,
    SO_RCVPRIORITY,
    SO_RXQ_OVFL,
    SO_TIMESTAMPNS_OLD,
)

SYSCALL = "recvmsg"
CMSGS = "src:net/socket.c:__sock_recv_cmsgs"


def overflow(end, socket):
    """Send ten frames of which *socket* has no room for all; return how many it dropped, the controls of the others."""
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 0)  # the least: a few frames
    end.inject(*[frames.ethernet(size=1400) for _ in range(10)])
    heard = dropped = 0

    def all_heard():
        nonlocal heard, dropped
        counted = socket.statistics()
        heard, dropped = heard + counted.tp_packets, dropped + counted.tp_drops
        return heard == 10

    wait.until(all_heard, "ten frames received")
    return dropped, [socket.take().controls for _ in range(10 - dropped)]


@clause(
    since="5.19",
    level="source",
    refs=[CMSGS, "src:net/socket.c:sock_recv_mark"],
    covers=["option:SO_RCVMARK:effect", "option:SO_MARK:effect"],
)
@pytest.mark.parametrize("mark", [0, 0x1234_5678], ids=["zero", "set"])
def test_so_rcvmark_brings_the_mark_of_the_frame(loopback, mark):
    """With SO_RCVMARK each frame comes with its mark, also zero, as four bytes of type SO_MARK."""
    socket, sender = loopback.packet_socket(SOCK_RAW, OWN), loopback.packet_socket(protocol=0)
    socket.must.setsockopt(SOL_SOCKET, SO_RCVMARK, 1)
    sender.must.setsockopt(SOL_SOCKET, SO_MARK, mark)
    frame = frames.ethernet()

    sender.must.send(frame.data)
    controls = socket.receive(frame.marker).controls

    assert controls == {(SOL_SOCKET, SO_MARK): struct.pack("=I", mark)}


@clause(
    since="6.14",
    level="source",
    refs=[CMSGS, "src:net/socket.c:sock_recv_priority"],
    covers=["option:SO_RCVPRIORITY:effect", "option:SO_PRIORITY:effect"],
)
@pytest.mark.parametrize("priority", [0, 5], ids=["zero", "set"])
def test_so_rcvpriority_brings_the_priority_of_the_frame(loopback, priority):
    """With SO_RCVPRIORITY each frame comes with its priority, also zero, as four bytes of type SO_PRIORITY."""
    socket, sender = loopback.packet_socket(SOCK_RAW, OWN), loopback.packet_socket(protocol=0)
    socket.must.setsockopt(SOL_SOCKET, SO_RCVPRIORITY, 1)
    sender.must.setsockopt(SOL_SOCKET, SO_PRIORITY, priority)
    frame = frames.ethernet()

    sender.must.send(frame.data)
    controls = socket.receive(frame.marker).controls

    assert controls == {(SOL_SOCKET, SO_PRIORITY): struct.pack("=I", priority)}


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:socket(7)", CMSGS, "src:net/socket.c:sock_recv_drops"],
    covers=["option:SO_RXQ_OVFL:effect"],
)
def test_so_rxq_ovfl_brings_the_number_of_dropped_frames(loopback):
    """With SO_RXQ_OVFL a frame that was queued after drops comes with their number, four bytes; one before does not."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    socket.must.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 1)
    dropped, before = overflow(loopback, socket)
    after = frames.ethernet()

    loopback.inject(after)
    controls = socket.receive(after.marker).controls

    assert dropped > 0
    assert before == [{}] * (10 - dropped)
    assert controls == {(SOL_SOCKET, SO_RXQ_OVFL): struct.pack("=I", dropped)}


@clause(since="6.14", level="source", refs=[CMSGS, "src:net/packet/af_packet.c:packet_recvmsg"])
def test_control_messages_of_several_options_come_in_one_order(loopback):
    """What several options ask for comes together, once each: time stamp, drops, mark, priority, auxdata."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    socket.enable(PACKET_AUXDATA)
    for option in (SO_RCVPRIORITY, SO_RCVMARK, SO_RXQ_OVFL, SO_TIMESTAMPNS_OLD):
        socket.must.setsockopt(SOL_SOCKET, option, 1)
    overflow(loopback, socket)
    message = Message([100], control=256)

    loopback.inject(frames.ethernet())
    result = socket.recvmsg(message.header)

    found = message.control_messages()
    assert result == returned(46)
    assert [(level, kind, len(data)) for level, kind, data in found] == [
        (SOL_SOCKET, SO_TIMESTAMPNS_OLD, 16),
        (SOL_SOCKET, SO_RXQ_OVFL, 4),
        (SOL_SOCKET, SO_MARK, 4),
        (SOL_SOCKET, SO_PRIORITY, 4),
        (SOL_PACKET, PACKET_AUXDATA, 20),
    ]
    assert (message.header.msg_controllen, message.header.msg_flags) == (32 + 24 + 24 + 24 + 40, 0)
