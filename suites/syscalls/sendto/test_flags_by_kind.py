"""sendto(2), sendmsg(2) and sendmmsg(2): what each MSG_* flag means to each kind of socket that has a peer."""

import signal
from errno import EINVAL, EOPNOTSUPP, EPIPE

import pytest

from fixtures.clauses import clause, not_applicable
from fixtures.parameters import of_kinds
from helpers import process
from helpers.kernel import has_compat_callers
from helpers.kinds import (
    INET6_RAW,
    INET6_TCP,
    INET6_UDP,
    INET_RAW,
    INET_TCP,
    INET_UDP,
    NETLINK,
    PEER,
    UNIX_DGRAM,
    UNIX_SEQPACKET,
    kinds_of,
)
from helpers.payloads import arrived
from helpers.send_calls import CALLS, by_sendto
from helpers.syscall import refused, returned
from helpers.uapi import socket as uapi
from helpers.uapi.socket import (
    AF_NETLINK,
    AF_UNIX,
    MSG_CMSG_COMPAT,
    MSG_NOSIGNAL,
    MSG_OOB,
    SHUT_WR,
    SOCK_STREAM,
)

GENERIC = "src:net/socket.c:__sock_sendmsg"
PAGES = ["man:sendto(2)", "man:sendmsg(2)", "man:sendmmsg(2)"]
DATA = b"some data to send"
SENT = returned(len(DATA))
IGNORED = (
    "MSG_PEEK", "MSG_DONTROUTE", "MSG_CTRUNC", "MSG_TRUNC", "MSG_DONTWAIT", "MSG_EOR", "MSG_WAITALL", "MSG_FIN",
    "MSG_SYN", "MSG_CONFIRM", "MSG_RST", "MSG_ERRQUEUE", "MSG_NOSIGNAL", "MSG_WAITFORONE", "MSG_BATCH",
    "MSG_NO_SHARED_FRAGS", "MSG_SENDPAGE_DECRYPTED", "MSG_SOCK_DEVMEM", "MSG_ZEROCOPY", "MSG_CMSG_CLOEXEC",
)  # fmt: skip
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def outcomes(loopback, sockets, kind, call, names):
    """Return by name of a flag what the call answers and what arrives, each on two new sockets."""
    answers = {}
    for name in names:
        near, far = kind.pair(sockets, loopback.namespace)
        answers[name] = (call(near.fd, DATA, getattr(uapi, name)), arrived(kind, near, far))
    return answers


@clause(since="3.0", level="source", refs=[*PAGES, GENERIC], covers=["syscall:sendmsg", "syscall:sendmmsg"])
@every_call
@of_kinds(*kinds_of(having=PEER))
def test_flags_that_ask_for_nothing_here_are_ignored(loopback, sockets, kind, call):
    """Flags that only receivers heed, or that ask for nothing here, change neither the result nor what arrives."""
    answers = outcomes(loopback, sockets, kind, call, IGNORED)

    assert answers == dict.fromkeys(IGNORED, (SENT, [DATA]))


@clause(since="3.7", level="source", refs=[*PAGES, GENERIC])
@every_call
@of_kinds(*kinds_of(AF_UNIX, AF_NETLINK))
def test_flags_of_ip_are_ignored_by_others(loopback, sockets, kind, call):
    """AF_UNIX and netlink sockets ignore MSG_MORE, MSG_PROBE and MSG_FASTOPEN: the message is sent at once."""
    names = ("MSG_MORE", "MSG_PROBE", "MSG_FASTOPEN")

    assert outcomes(loopback, sockets, kind, call, names) == dict.fromkeys(names, (SENT, [DATA]))


@clause(
    since="3.0", level="documented", refs=[*PAGES, GENERIC],
    covers=["errno:EOPNOTSUPP", "errno:sendmsg:EOPNOTSUPP", "errno:sendmmsg:EOPNOTSUPP", "msg:MSG_OOB"],
)  # fmt: skip
@every_call
@of_kinds(UNIX_DGRAM, UNIX_SEQPACKET, INET_UDP, INET_RAW, INET6_RAW, NETLINK)
def test_msg_oob_is_eopnotsupp_where_nothing_is_urgent(loopback, sockets, kind, call):
    """Datagram and seqpacket AF_UNIX, IPv4 UDP, raw and netlink sockets refuse MSG_OOB: nothing is sent."""
    near, far = kind.pair(sockets, loopback.namespace)

    assert call(near.fd, DATA, MSG_OOB) == refused(EOPNOTSUPP)
    assert arrived(kind, near, far) == []
    assert call(near.fd, DATA) == SENT
    assert arrived(kind, near, far) == [DATA]


@clause(since="3.10", level="source", refs=[*PAGES, GENERIC], covers=["errno:EINVAL", "msg:MSG_CMSG_COMPAT"])
@every_call
@of_kinds(*kinds_of(having=PEER))
def test_msg_cmsg_compat_is_for_32_bit_messages_only(loopback, sockets, kind, call):
    """MSG_CMSG_COMPAT is EINVAL for a call with a msghdr, and nothing is sent; sendto(2) ignores it."""
    near, far = kind.pair(sockets, loopback.namespace)
    result, data = call(near.fd, DATA, MSG_CMSG_COMPAT), arrived(kind, near, far)
    if not has_compat_callers():
        assert (result, data) == (SENT, [DATA])
        not_applicable("this kernel has no 32-bit callers (CONFIG_COMPAT), and no such flag")

    assert (result, data) == ((SENT, [DATA]) if call is by_sendto else (refused(EINVAL), []))


def handled(call, sender):
    """Send without and with MSG_NOSIGNAL; return the result of each and how often SIGPIPE has been handled by then."""
    signals = []
    signal.signal(signal.SIGPIPE, lambda number, _: signals.append(number))
    return [(call(sender.fd, DATA, flags), len(signals)) for flags in (MSG_NOSIGNAL, 0)]


@clause(since="3.0", level="documented", refs=[*PAGES, GENERIC], covers=["errno:EPIPE", "msg:MSG_NOSIGNAL"])
@every_call
@of_kinds(*kinds_of(AF_UNIX), INET_TCP, INET_UDP, INET6_TCP, INET6_UDP)
def test_only_streams_raise_sigpipe(loopback, sockets, kind, call):
    """On a socket shut down for sending each call is EPIPE; SIGPIPE comes only from streams without MSG_NOSIGNAL."""
    near, far = kind.pair(sockets, loopback.namespace)
    before = process.in_child(handled, call, near)
    near.must.shutdown(SHUT_WR)

    after = process.in_child(handled, call, near)

    assert before == [(SENT, 0), (SENT, 0)]
    assert after == [(refused(EPIPE), 0), (refused(EPIPE), int(kind.type == SOCK_STREAM))]
    assert far.fd >= 0  # it is open all the time
