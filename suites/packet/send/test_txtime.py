"""SO_TXTIME on packet sockets: the transmit time of a frame on the link's egress."""

import time

import pytest

from fixtures.clauses import clause
from helpers.net import egress
from helpers.packet.sent_fields import Sender, number
from helpers.uapi.net_tstamp import sock_txtime
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SCM_TXTIME, SO_TXTIME

SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"
COOKIE = "src:include/net/sock.h:sockcm_init"
CMSG = "src:net/core/sock.c:__sock_cmsg_send"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "sock_packet"])
LATER = 0x6123456789ABCDEF  # a transmit time in ns, above the time of every clock


@clause(
    since="4.19",
    level="documented",
    refs=["doc:networking/timestamping.rst", CMSG, SND, SPKT],
    covers=["option:SO_TXTIME:effect"],
)
@pytest.mark.parametrize("clock", [time.CLOCK_MONOTONIC, time.CLOCK_TAI], ids=["monotonic", "tai"])
@TYPES
def test_a_frame_carries_the_transmit_time_of_its_message(wire, type_, clock, initial_user_namespace):
    """With SO_TXTIME a frame has the transmit time of its SCM_TXTIME, and none without that message."""
    sender = Sender(wire.left, type_)
    sender.socket.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(clock, 0))
    egress.let_only(wire.left, egress.TSTAMP, LATER)

    times = (LATER, LATER + 1, LATER - (1 << 32))

    assert [sender.passes(number(SCM_TXTIME, moment, 8)) for moment in times] == [True, False, False]
    assert sender.passes() is False


@clause(since="4.19", level="source", refs=[COOKIE, SND, SPKT])
@TYPES
def test_without_a_message_there_is_no_transmit_time(wire, type_, initial_user_namespace):
    """Without SCM_TXTIME a frame has transmit time 0, with SO_TXTIME and without."""
    sender = Sender(wire.left, type_)
    egress.let_only(wire.left, egress.TSTAMP, 0)

    plain = sender.passes()
    sender.socket.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(time.CLOCK_MONOTONIC, 0))

    assert (plain, sender.passes(), sender.passes(number(SCM_TXTIME, 1, 8))) == (True, True, False)
