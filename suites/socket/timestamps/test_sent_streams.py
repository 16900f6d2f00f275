"""SO_TIMESTAMPING: the time stamps of what TCP sends."""

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.net.sock_diag import attributes_in
from helpers.net.tcp_peer import connected
from helpers.transmit_stamps import stamps
from helpers.uapi.errqueue import SCM_TSTAMP_ACK, SCM_TSTAMP_SCHED, SCM_TSTAMP_SND
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_ID_TCP,
    SOF_TIMESTAMPING_OPT_STATS,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_ACK,
    SOF_TIMESTAMPING_TX_SCHED,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from helpers.uapi.socket import SOL_SOCKET, SOL_TCP
from helpers.uapi.socket_options import SCM_TIMESTAMPING_OPT_STATS, SO_TIMESTAMPING_OLD
from helpers.uapi.tcp import TCP_NLA_DATA_SEGS_OUT, TCP_NLA_TOTAL_RETRANS, TCP_NODELAY
from suites.socket.timestamps.support import now

SYSCALL = "setsockopt"
DOC = "doc:networking/timestamping.rst"
TCP = "src:net/ipv4/tcp.c:tcp_tx_timestamp"
STAMPED = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY
ALL = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK
ID = SOF_TIMESTAMPING_OPT_ID
kinds = of_kinds(INET_TCP, INET6_TCP)


def _connected(loopback, kind, flags):
    near, far = kind.pair(loopback.sockets, loopback.namespace)
    near.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, flags)
    return near, far


@clause(since="3.17", level="documented", refs=[DOC, TCP], covers=["option:SO_TIMESTAMPING_OLD:effect"])
@kinds
def test_bytes_are_stamped_before_the_queue_as_they_leave_and_when_acknowledged(loopback, kind):
    """TX_SCHED, TX_SOFTWARE and TX_ACK make a stamp each for what send(2) sent, in this order of times."""
    near, _ = _connected(loopback, kind, STAMPED | ALL | ID)
    start = now()

    near.must.send(b"bytes")
    found = {stamp.kind: stamp for stamp in stamps(near, 3)}

    assert found.keys() == {SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK}
    times = [found[kind].seconds for kind in (SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK)]
    assert times == sorted(times)
    assert start / 1e9 - 0.001 <= times[0] <= times[2] <= now() / 1e9 + 0.001
    assert {(stamp.number, stamp.data) for stamp in found.values()} == {(4, b"")}


@clause(since="3.17", level="documented", refs=[DOC, TCP], covers=["option:SO_TIMESTAMPING_OLD:effect"])
@kinds
@pytest.mark.parametrize("flag", [SOF_TIMESTAMPING_TX_SCHED, SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_ACK, 0])
def test_only_what_was_asked_for_is_stamped(loopback, kind, flag):
    """Each of the three flags alone makes its own stamp and no other; none of them, none."""
    kinds_of_stamp = {
        SOF_TIMESTAMPING_TX_SCHED: [SCM_TSTAMP_SCHED],
        SOF_TIMESTAMPING_TX_SOFTWARE: [SCM_TSTAMP_SND],
        SOF_TIMESTAMPING_TX_ACK: [SCM_TSTAMP_ACK],
        0: [],
    }
    near, far = _connected(loopback, kind, STAMPED | flag | ID)

    near.must.send(b"bytes")
    assert far.must.recv(bytearray(9), 9) == 5
    found = stamps(near, len(kinds_of_stamp[flag]))

    assert [stamp.kind for stamp in found] == kinds_of_stamp[flag]


@clause(since="6.2", level="documented", refs=[DOC, TCP], covers=["option:SO_TIMESTAMPING_OLD:effect"])
@kinds
def test_opt_id_is_the_last_byte_since_it_was_set(loopback, kind):
    """With OPT_ID the number of a stamp is the offset of the last byte that the call sent, from where it was set."""
    near, far = kind.pair(loopback.sockets, loopback.namespace)
    near.must.send(b"before")
    assert far.must.recv(bytearray(9), 9) == 6
    near.must.setsockopt(
        SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | ID | SOF_TIMESTAMPING_OPT_ID_TCP | SOF_TIMESTAMPING_TX_ACK
    )
    numbers = []

    for data in (b"bytes", b"x", b"more"):
        near.must.send(data)
        numbers += [stamp.number for stamp in stamps(near, 1)]

    assert numbers == [4, 5, 9]


@clause(
    since="6.2", level="documented", refs=[DOC, "src:net/core/sock.c:sock_set_timestamping"],
    covers=["option:SO_TIMESTAMPING_OLD:effect"],
)  # fmt: skip
@pytest.mark.parametrize("flag", [0, SOF_TIMESTAMPING_OPT_ID_TCP], ids=["OPT_ID", "OPT_ID_TCP"])
def test_opt_id_tcp_leaves_out_what_is_not_acknowledged(wire, flag):
    """OPT_ID counts from the first byte that is not acknowledged, with OPT_ID_TCP from the first that was not sent."""
    socket, peer = connected(wire)
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)
    socket.must.send(bytes(100))
    peer.heard()

    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | ID | SOF_TIMESTAMPING_TX_SCHED | flag)
    socket.must.send(b"bytes")
    (stamp,) = stamps(socket, 1)

    assert stamp.number == (4 if flag else 104)


@clause(since="4.13", level="documented", refs=[DOC, "src:net/ipv4/tcp.c:tcp_get_timestamping_opt_stats"])
@kinds
def test_opt_stats_adds_the_connection_s_statistics(loopback, kind):
    """With OPT_STATS a stamp comes with SCM_TIMESTAMPING_OPT_STATS, attributes of netlink; without it does not."""
    near, _ = _connected(loopback, kind, STAMPED | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_OPT_STATS)
    found = []

    for flags in (SOF_TIMESTAMPING_OPT_STATS, 0):
        near.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, STAMPED | SOF_TIMESTAMPING_TX_ACK | flags)
        near.must.send(b"bytes")
        found += stamps(near, 1)

    assert [list(stamp.controls) for stamp in found] == [[(SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS)], []]
    told = dict(attributes_in(found[0].controls[SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS]))
    counts = [int.from_bytes(told[kind], "little") for kind in (TCP_NLA_DATA_SEGS_OUT, TCP_NLA_TOTAL_RETRANS)]
    assert counts == [1, 0]
