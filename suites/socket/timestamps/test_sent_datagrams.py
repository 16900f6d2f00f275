"""SO_TIMESTAMPING: the time stamps of sent datagrams."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_UDP, INET_RAW, INET_UDP
from helpers.messages import Message, cmsg
from helpers.syscall import returned
from helpers.transmit_stamps import stamps
from helpers.uapi.errqueue import SCM_TSTAMP_SCHED, SCM_TSTAMP_SND
from helpers.uapi.in6 import IPV6_PKTINFO, IPV6_RECVPKTINFO, in6_pktinfo
from helpers.uapi.in_ import IP_PKTINFO, in_pktinfo
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_CMSG,
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SCHED,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from helpers.uapi.socket import AF_INET6, SOL_IP, SOL_IPV6, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD
from suites.socket.timestamps.support import now

SYSCALL = "setsockopt"
DOC = "doc:networking/timestamping.rst"
TX = "src:net/core/skbuff.c:__skb_tstamp_tx"
SOFTWARE, TSONLY = SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_OPT_TSONLY
SND, SCHED = SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED
kinds = of_kinds(INET_UDP, INET6_UDP, INET_RAW)
DATA = b"sent at a time"


@pytest.fixture
def sender(loopback, kind):
    """Return a function that makes a connected socket of *kind* with some flags of SO_TIMESTAMPING."""

    def make(flags):
        socket = kind.open(loopback.sockets, loopback.namespace)
        _, name = kind.named(loopback.sockets, loopback.namespace)
        socket.must.connect(name)
        socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, flags)
        return socket

    return make


@clause(since="3.17", level="documented", refs=[DOC, TX], covers=["option:SO_TIMESTAMPING_OLD:effect"])
@kinds
@pytest.mark.parametrize(
    ("flags", "expected"),
    [(SND, [SCM_TSTAMP_SND]), (SCHED, [SCM_TSTAMP_SCHED]), (SCHED | SND, [SCM_TSTAMP_SCHED, SCM_TSTAMP_SND]), (0, [])],
    ids=["software", "sched", "both", "none"],
)
def test_each_point_on_the_way_that_was_asked_for_is_stamped(sender, flags, expected):
    """TX_SCHED stamps a datagram before the queue, TX_SOFTWARE as it leaves, in that order; without them nothing is."""
    socket = sender(SOFTWARE | TSONLY | flags)
    start = now()

    socket.must.send(DATA)
    found = stamps(socket, len(expected))

    assert [(stamp.kind, stamp.number, stamp.data, stamp.controls) for stamp in found] == [
        (kind, 0, b"", {}) for kind in expected
    ]
    times = [stamp.seconds for stamp in found]
    assert times == sorted(times)
    assert all(start / 1e9 - 0.001 <= time <= now() / 1e9 + 0.001 for time in times)


@clause(since="3.17", level="documented", refs=[DOC, TX], covers=["option:SO_TIMESTAMPING_OLD:effect"])
@kinds
def test_the_datagram_comes_with_its_stamp(sender):
    """Without OPT_TSONLY the datagram lies in the error queue beside its stamp, headers first, its data last."""
    socket = sender(SOFTWARE | SND)

    socket.must.send(DATA)
    (stamp,) = stamps(socket, 1)

    assert stamp.data.endswith(DATA)
    assert len(stamp.data) > len(DATA)


@clause(since="3.17", level="documented", refs=[DOC, TX], covers=["option:SO_TIMESTAMPING_OLD:effect"])
@kinds
def test_opt_id_counts_the_datagrams(sender):
    """With OPT_ID the stamps of a socket are numbered from 0 on, and from 0 again after it was switched off and on."""
    flags = SOFTWARE | TSONLY | SND
    socket = sender(flags | SOF_TIMESTAMPING_OPT_ID)
    numbers = []

    for again in (flags | SOF_TIMESTAMPING_OPT_ID, flags, flags | SOF_TIMESTAMPING_OPT_ID):
        socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, again)
        for _ in range(2):
            socket.must.send(DATA)
            numbers += [stamp.number for stamp in stamps(socket, 1)]

    assert numbers == [0, 1, 0, 0, 0, 1]


@clause(since="3.19", level="documented", refs=[DOC, "src:net/ipv4/ip_sockglue.c:ipv4_datagram_support_cmsg"])
@kinds
def test_opt_cmsg_adds_the_link(sender, loopback, kind):
    """With OPT_CMSG and IP_PKTINFO or IPV6_RECVPKTINFO a datagram's stamp comes with the link that it left by."""
    six = kind.family == AF_INET6
    socket = sender(SOFTWARE | SND | SOF_TIMESTAMPING_OPT_CMSG)
    socket.must.setsockopt(*((SOL_IPV6, IPV6_RECVPKTINFO) if six else (SOL_IP, IP_PKTINFO)), 1)

    socket.must.send(DATA)
    (stamp,) = stamps(socket, 1)

    ((key, data),) = stamp.controls.items()
    assert key == ((SOL_IPV6, IPV6_PKTINFO) if six else (SOL_IP, IP_PKTINFO))
    info = (in6_pktinfo if six else in_pktinfo).from_buffer_copy(data)
    assert (info.ipi6_ifindex if six else info.ipi_ifindex) == loopback.ifindex


@clause(since="3.19", level="documented", refs=[DOC, "src:net/ipv4/ip_sockglue.c:ipv4_datagram_support_cmsg"])
@of_kinds(INET_UDP, INET_RAW)
@pytest.mark.parametrize("flags", [SOF_TIMESTAMPING_OPT_CMSG, 0], ids=["without-ip_pktinfo", "without-opt_cmsg"])
def test_either_alone_adds_nothing(sender, flags):
    """On an IPv4 socket OPT_CMSG without IP_PKTINFO adds nothing to a stamp, nor does IP_PKTINFO without OPT_CMSG."""
    socket = sender(SOFTWARE | SND | flags)
    socket.must.setsockopt(SOL_IP, IP_PKTINFO, not flags)

    socket.must.send(DATA)
    (stamp,) = stamps(socket, 1)

    assert stamp.controls == {}


@clause(since="4.7", level="documented", refs=[DOC, "src:net/core/sock.c:__sock_cmsg_send"])
@kinds
def test_a_control_message_asks_for_the_stamp_of_one_datagram(sender):
    """A control message SO_TIMESTAMPING stamps its datagram as it says, and the next is stamped as the option says."""
    socket = sender(SOFTWARE | TSONLY | SOF_TIMESTAMPING_OPT_ID)
    control = cmsg(SOL_SOCKET, SO_TIMESTAMPING_OLD, SCHED.to_bytes(4, "little"))
    results = []

    for ask in (control, b"", control):
        results.append(socket.sendmsg(Message([DATA], None, ask).header))
    found = stamps(socket, 2)

    assert results == [returned(len(DATA))] * 3
    assert [(stamp.kind, stamp.number) for stamp in found] == [(SCM_TSTAMP_SCHED, 0), (SCM_TSTAMP_SCHED, 1)]


@clause(since="3.17", level="documented", refs=[DOC, "src:net/socket.c:__sock_recv_timestamp"])
@kinds
def test_a_stamp_is_reported_on_request(sender):
    """Without SOF_TIMESTAMPING_SOFTWARE a datagram's entry comes without its time; the flag counts on receive."""
    unreported, reported = TSONLY | SND, SOFTWARE | TSONLY | SND
    found = []

    for sent, read in ((unreported, unreported), (unreported, reported), (reported, unreported)):
        socket = sender(sent)
        socket.must.send(DATA)
        socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, read)
        found += stamps(socket, 1)

    assert [stamp.seconds is not None for stamp in found] == [False, True, False]
