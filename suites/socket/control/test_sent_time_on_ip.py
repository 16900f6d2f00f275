"""sendmsg(2): times of SOL_SOCKET for one message of a socket of IP."""

import time
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.error_queue import OF_IP
from helpers.kinds import INET6_RAW, INET6_UDP, INET_RAW, INET_UDP, kinds_of
from helpers.payloads import arrived
from helpers.syscall import refused
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_RX_SOFTWARE,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SOFTWARE,
    sock_txtime,
)
from helpers.uapi.socket import AF_INET, AF_INET6, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import (
    SCM_TS_OPT_ID,
    SCM_TXTIME,
    SO_TIMESTAMPING_OLD,
    SO_TXTIME,
)
from suites.socket.control.support import SENT_DATA, send_data, stamp_numbers, word

SYSCALL = "sendmsg"
SOCKET = "src:net/core/sock.c:__sock_cmsg_send"
STAMPED = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY
ip_kinds = of_kinds(*kinds_of(AF_INET, AF_INET6))
datagrams = of_kinds(INET_UDP, INET_RAW, INET6_UDP, INET6_RAW)


@clause(since="6.13", level="documented", refs=["doc:networking/timestamping.rst", SOCKET], covers=["errno:EINVAL"])
@datagrams
def test_scm_ts_opt_id_numbers_the_stamp(loopback, sockets, kind):
    """SCM_TS_OPT_ID of 4 bytes is the number of its message's time stamp; without the option OPT_ID it is EINVAL."""
    near, _ = kind.pair(sockets, loopback.namespace)
    request = word(SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_TX_SOFTWARE)
    control = request + word(SCM_TS_OPT_ID, 4711)

    near.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED)
    refusal = send_data(near, control)
    near.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | SOF_TIMESTAMPING_OPT_ID)
    sizes = [send_data(near, request + word(SCM_TS_OPT_ID, 0, size)) for size in (0, 3, 8)]
    results = [send_data(near, control), send_data(near, b"")]

    assert (refusal, sizes, results) == (refused(EINVAL), [refused(EINVAL)] * 3, [SENT_DATA] * 2)
    assert stamp_numbers(near, OF_IP) == [4711]


@clause(since="6.13", level="documented", refs=["doc:networking/timestamping.rst", SOCKET], covers=["errno:EINVAL"])
@of_kinds(*(kind for kind in kinds_of(AF_INET, AF_INET6) if kind.type == SOCK_STREAM))
def test_scm_ts_opt_id_is_not_for_tcp(loopback, sockets, kind):
    """SCM_TS_OPT_ID is EINVAL on TCP, whose stamps are numbered by bytes, with the option OPT_ID, too."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | SOF_TIMESTAMPING_OPT_ID)

    assert send_data(near, word(SCM_TS_OPT_ID, 4711)) == refused(EINVAL)
    assert arrived(kind, near, far) == []


@clause(since="4.7", level="source", refs=[SOCKET], covers=["errno:EINVAL"])
@ip_kinds
@pytest.mark.parametrize("flag", [SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RX_SOFTWARE], ids=["software", "rx"])
def test_so_timestamping_takes_only_what_is_to_be_recorded(loopback, sockets, kind, flag):
    """SO_TIMESTAMPING with a flag that is not of the TX_ ones is EINVAL on each kind of IP, and nothing is sent."""
    near, far = kind.pair(sockets, loopback.namespace)

    assert send_data(near, word(SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_TX_SOFTWARE | flag)) == refused(EINVAL)
    assert send_data(near, word(SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_TX_SOFTWARE)) == SENT_DATA
    assert arrived(kind, near, far) == [b"data"]


@clause(since="4.19", level="documented", refs=["doc:networking/timestamping.rst", SOCKET], covers=["errno:EINVAL"])
@ip_kinds
def test_scm_txtime_needs_so_txtime(loopback, sockets, kind):
    """SCM_TXTIME is EINVAL before SO_TXTIME is set, on each kind of IP; afterwards it takes exactly 8 bytes."""
    near, far = kind.pair(sockets, loopback.namespace)

    before = send_data(near, word(SCM_TXTIME, 1, 8))
    near.must.setsockopt(SOL_SOCKET, SO_TXTIME, sock_txtime(time.CLOCK_MONOTONIC, 0))
    after = [send_data(near, word(SCM_TXTIME, 0, size)) for size in (0, 4, 7, 9, 8)]

    assert (before, after) == (refused(EINVAL), [refused(EINVAL)] * 4 + [SENT_DATA])
    assert arrived(kind, near, far) == [b"data"]
