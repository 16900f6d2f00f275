"""Sending on packet sockets: mark, priority and transmit time of a frame on the link's egress."""

import sys

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import egress, frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.packet.sent_fields import Sender, number
from helpers.syscall import returned
from helpers.uapi.filter import SKF_AD_MARK
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_MARK, SO_PRIORITY

SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"
COOKIE = "src:include/net/sock.h:sockcm_init"
CMSG = "src:net/core/sock.c:__sock_cmsg_send"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])


@clause(since="2.6.25", level="documented", refs=["man:socket(7)", SND, SPKT], covers=["option:SO_MARK:effect"])
@TYPES
def test_a_frame_carries_the_mark_of_its_socket(wire, type_):
    """A frame has the SO_MARK of its socket, for a filter that loads SKF_AD_MARK, and 0 without one."""
    sender = Sender(wire.left, type_)

    def hear():
        frame = frames.ethernet(size=400)
        assert sender.put(frame) == returned(400)
        return sender.tap.receive(frame.marker)

    marks = []
    for mark in (0, 0x81828384):
        sender.socket.must.setsockopt(SOL_SOCKET, SO_MARK, mark - (mark >> 31 << 32))
        marks.append(filters.computed(sender.tap, filters.ancillary(SKF_AD_MARK), hear))

    assert marks == [0, 0x81828384]


def marked(end, type_):
    """Send frames whose messages have no mark, one, and none again; return which left with that mark."""
    sender = Sender(end, type_)
    sender.socket.must.setsockopt(SOL_SOCKET, SO_MARK, 7)
    egress.let_only(end, egress.MARK, 0x81828384)
    return [sender.passes(control) for control in (b"", number(SO_MARK, 0x81828384), b"")]


@clause(since="4.3", level="source", refs=[CMSG, COOKIE, SND, "commit:c7d39e32632e"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_mark_of_one_message_is_of_its_frame(wire, type_, initial_user_namespace):
    """A control message SO_MARK overrides the socket's mark for its own frame only, on the link's egress."""
    assert marked(wire.left, type_) == [False, True, False]


@clause(since="6.15", level="source", refs=[CMSG, COOKIE, SPKT, "commit:6ad861519a69"])
def test_a_mark_of_one_message_is_of_its_frame_by_sock_packet_too(wire, initial_user_namespace):
    """A control message SO_MARK marks only its own frame on SOCK_PACKET too."""
    assert marked(wire.left, SOCK_PACKET) == [False, True, False]


@clause(since="4.1", level="documented", refs=["man:socket(7)", SND, SPKT], covers=["option:SO_PRIORITY:effect"])
@TYPES
def test_a_frame_carries_the_priority_of_its_socket(wire, type_, initial_user_namespace):
    """A frame has the SO_PRIORITY that its socket has at the send, and 0 without one."""
    sender = Sender(wire.left, type_)
    egress.let_only(wire.left, egress.PRIORITY, 0x10002)

    def passes(priority):
        sender.socket.must.setsockopt(SOL_SOCKET, SO_PRIORITY, priority)
        return sender.passes()

    assert [sender.passes(), passes(0x10001), passes(0x10002), passes(6)] == [False, False, True, False]


@clause(since="6.14", level="source", refs=[CMSG, COOKIE, SND, SPKT])
@TYPES
def test_a_priority_of_one_message_is_of_its_frame(wire, type_, initial_user_namespace):
    """A control message SO_PRIORITY overrides the socket's priority for its own frame only."""
    sender = Sender(wire.left, type_)
    sender.socket.must.setsockopt(SOL_SOCKET, SO_PRIORITY, 3)
    egress.let_only(wire.left, egress.PRIORITY, 5)

    assert [sender.passes(control) for control in (b"", number(SO_PRIORITY, 5), b"")] == [False, True, False]


@clause(since="4.1", level="source", refs=[SND, SPKT])
@pytest.mark.parametrize("told", [OWN, 0x4321])
def test_a_program_sees_the_protocol_that_was_told(wire, told, initial_user_namespace):
    """The link's egress knows a frame by the protocol of the address, not by the type in its header."""
    sender = Sender(wire.left, SOCK_RAW)
    egress.let_only(wire.left, egress.PROTOCOL, int.from_bytes(told.to_bytes(2, "big"), sys.byteorder))
    names = [address(wire.left.ifindex, protocol) for protocol in (told, OWN ^ 0x4321 ^ told)]

    passed = []
    for sender.name in names:
        passed.append(sender.passes())

    assert passed == [True, False]
