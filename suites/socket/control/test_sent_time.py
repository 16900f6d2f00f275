"""sendmsg(2): control messages about time stamps and transmit times, on packet sockets."""

import time
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.error_queue import OF_PACKET
from helpers.syscall import refused
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_RX_SOFTWARE,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SOFTWARE,
    sock_txtime,
)
from helpers.uapi.socket import SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import (
    SCM_TS_OPT_ID,
    SCM_TXTIME,
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
    SO_TXTIME,
)
from suites.socket.control.support import SENT, TYPES, make, send, stamp_numbers, word

SYSCALL = "sendmsg"
SOCKET = "src:net/core/sock.c:__sock_cmsg_send"
STAMPED = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY


def stamped(loopback, type_, kind):
    """Send three frames, the second with a request for a stamp; return the results and the stamps' numbers."""
    sender, name = make(loopback, type_)
    sender.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | SOF_TIMESTAMPING_OPT_ID)
    request = word(kind, SOF_TIMESTAMPING_TX_SOFTWARE)

    return [send(sender, control, name=name) for control in (b"", request, b"")], stamp_numbers(sender, OF_PACKET)


@clause(since="4.7", level="documented", refs=["doc:networking/timestamping.rst", SOCKET])
@TYPES
def test_so_timestamping_stamps_this_message_alone(loopback, type_):
    """A control message SO_TIMESTAMPING has its frame stamped, where the socket reports stamps but asks for none."""
    assert stamped(loopback, type_, SO_TIMESTAMPING_OLD) == ([SENT] * 3, [0])


@clause(since="6.8", level="uapi", refs=["uapi:asm-generic/socket.h", SOCKET])
def test_so_timestamping_new_does_the_same(loopback):
    """A control message SO_TIMESTAMPING_NEW has its frame stamped just as SO_TIMESTAMPING_OLD has."""
    assert stamped(loopback, SOCK_RAW, SO_TIMESTAMPING_NEW) == ([SENT] * 3, [0])


@clause(since="6.13", level="documented", refs=["doc:networking/timestamping.rst", SOCKET], covers=["errno:EINVAL"])
def test_scm_ts_opt_id_numbers_the_stamp(loopback):
    """A control message SCM_TS_OPT_ID is the number of the frame's time stamp; without the option OPT_ID: EINVAL."""
    sender = loopback.packet_socket(protocol=0)
    control = word(SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_TX_SOFTWARE) + word(SCM_TS_OPT_ID, 4711)

    sender.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED)
    refusal = send(sender, control)
    sender.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | SOF_TIMESTAMPING_OPT_ID)
    longer = send(sender, control + word(SCM_TS_OPT_ID, 4712, 8))
    result = send(sender, control)

    assert (refusal, longer) == (refused(EINVAL), refused(EINVAL))
    assert result == SENT
    assert stamp_numbers(sender, OF_PACKET) == [4711]


@clause(since="4.7", level="source", refs=[SOCKET], covers=["errno:EINVAL"])
@pytest.mark.parametrize("flag", [SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RX_SOFTWARE], ids=["software", "rx"])
def test_so_timestamping_takes_only_what_is_to_be_recorded(loopback, flag):
    """A control message SO_TIMESTAMPING with a flag that is not of the TX_ ones is refused with EINVAL."""
    sender = loopback.packet_socket(protocol=0)

    assert send(sender, word(SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_TX_SOFTWARE | flag)) == refused(EINVAL)
    assert send(sender, word(SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_TX_SOFTWARE)) == SENT


@clause(since="4.19", level="documented", refs=["doc:networking/timestamping.rst", SOCKET], covers=["errno:EINVAL"])
def test_scm_txtime_needs_so_txtime(loopback):
    """SCM_TXTIME is refused with EINVAL before SO_TXTIME is set; afterwards it takes exactly 8 bytes."""
    sender = loopback.packet_socket(protocol=0)

    before = send(sender, word(SCM_TXTIME, 1, 8))
    sender.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(time.CLOCK_MONOTONIC, 0))
    after = [send(sender, word(SCM_TXTIME, 1, size)) for size in (4, 8, 9)]

    assert before == refused(EINVAL)
    assert after == [refused(EINVAL), SENT, refused(EINVAL)]
