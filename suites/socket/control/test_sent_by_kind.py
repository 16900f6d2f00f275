"""sendmsg(2): control messages of SOL_SOCKET on each kind of socket that has a peer."""

import os
import struct
from errno import EINVAL

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_RAW, INET6_UDP, INET_RAW, INET_UDP, NETLINK, PEER, kinds_of
from helpers.messages import cmsg
from helpers.payloads import arrived
from helpers.syscall import refused
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_UNIX,
    SCM_CREDENTIALS,
    SCM_PIDFD,
    SCM_RIGHTS,
    SCM_SECURITY,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import (
    SCM_TS_OPT_ID,
    SCM_TXTIME,
    SO_MARK,
    SO_PRIORITY,
    SO_TIMESTAMP_NEW,
    SO_TIMESTAMP_OLD,
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
    SO_TIMESTAMPNS_OLD,
)
from suites.socket.control.support import SENT_DATA, send_data, word

SYSCALL = "sendmsg"
SOCKET = "src:net/core/sock.c:__sock_cmsg_send"
SCM = "src:net/core/scm.c:__scm_send"
ip_kinds = of_kinds(*kinds_of(AF_INET, AF_INET6))
datagrams = of_kinds(INET_UDP, INET_RAW, INET6_UDP, INET6_RAW)
RECEIVED_ONLY = {
    "SCM_SECURITY": SCM_SECURITY, "SCM_PIDFD": SCM_PIDFD, "SO_TIMESTAMP_OLD": SO_TIMESTAMP_OLD,
    "SO_TIMESTAMP_NEW": SO_TIMESTAMP_NEW, "SO_TIMESTAMPNS_OLD": SO_TIMESTAMPNS_OLD,
}  # fmt: skip
OF_PACKETS = {
    "SO_MARK": SO_MARK, "SO_PRIORITY": SO_PRIORITY, "SO_TIMESTAMPING_OLD": SO_TIMESTAMPING_OLD,
    "SO_TIMESTAMPING_NEW": SO_TIMESTAMPING_NEW, "SCM_TXTIME": SCM_TXTIME, "SCM_TS_OPT_ID": SCM_TS_OPT_ID,
}  # fmt: skip


@clause(since="4.7", level="source", refs=[SOCKET, SCM], covers=["errno:EINVAL"])
@of_kinds(*kinds_of(having=PEER))
def test_what_is_only_received_cannot_be_sent(loopback, sockets, kind):
    """Types of SOL_SOCKET that only recvmsg(2) returns are EINVAL to send on any kind, and nothing is sent."""
    near, far = kind.pair(sockets, loopback.namespace)

    answers = {
        (name, size): send_data(near, word(type_, 0, size))
        for name, type_ in RECEIVED_ONLY.items()
        for size in (0, 4, 16)
    }

    assert set(answers.values()) == {refused(EINVAL)}
    assert send_data(near, b"") == SENT_DATA
    assert b"".join(arrived(kind, near, far)) == b"data"


@clause(since="4.7", level="source", refs=[SCM], covers=["errno:EINVAL"])
@of_kinds(*kinds_of(AF_UNIX, AF_NETLINK))
def test_what_is_of_packets_is_einval_on_local_sockets(sockets, kind):
    """Marks, priorities and times are EINVAL on AF_UNIX and netlink sockets, of any size, and nothing is sent."""
    near, far = kind.pair(sockets)

    answers = {
        (name, size): send_data(near, word(type_, 0, size)) for name, type_ in OF_PACKETS.items() for size in (4, 8)
    }

    assert set(answers.values()) == {refused(EINVAL)}
    assert send_data(near, b"") == SENT_DATA
    assert arrived(kind, near, far) == [b"data"]


@clause(since="4.7", level="source", refs=[SOCKET])
@ip_kinds
def test_what_is_of_af_unix_is_passed_over_by_ip(loopback, sockets, kind):
    """SCM_RIGHTS and SCM_CREDENTIALS, of any size and content, are passed over by sockets of IP: the data are sent."""
    near, far = kind.pair(sockets, loopback.namespace)

    answers = [
        send_data(near, cmsg(SOL_SOCKET, type_, b"\xff" * size))
        for type_ in (SCM_RIGHTS, SCM_CREDENTIALS)
        for size in (0, 1, 4, 12)
    ]

    assert answers == [SENT_DATA] * 8
    assert b"".join(arrived(kind, near, far)) == b"data" * 8


@clause(
    since="3.2", level="source", refs=[SCM, "man:unix(7)", "man:netlink(7)"], covers=["errno:EINVAL", "errno:EPERM"]
)
@of_kinds(*kinds_of(AF_UNIX, AF_NETLINK))
def test_credentials_have_exactly_their_size(sockets, kind):
    """SCM_CREDENTIALS has the 12 bytes of a ucred on AF_UNIX and netlink sockets; any other size is EINVAL."""
    near, far = kind.pair(sockets)
    own = struct.pack("=III", os.getpid(), os.getuid(), os.getgid())

    answers = [send_data(near, cmsg(SOL_SOCKET, SCM_CREDENTIALS, data)) for data in (b"", own[:-1], own + b"\0", own)]

    assert answers == [refused(EINVAL)] * 3 + [SENT_DATA]
    assert arrived(kind, near, far) == [b"data"]


@clause(since="2.6.14", level="source", refs=[SCM], covers=["errno:EINVAL"])
def test_netlink_sends_no_descriptors(sockets):
    """SCM_RIGHTS is EINVAL on a netlink socket, whatever it holds, and nothing is sent."""
    near, far = NETLINK.pair(sockets)

    assert [send_data(near, cmsg(SOL_SOCKET, SCM_RIGHTS, data)) for data in (b"", struct.pack("=i", near.fd))] == [
        refused(EINVAL)
    ] * 2
    assert arrived(NETLINK, near, far) == []
