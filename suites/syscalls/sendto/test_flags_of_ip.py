"""sendto(2), sendmsg(2) and sendmmsg(2): flags that sockets of IP have a use for, on each kind of them."""

from errno import EISCONN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_RAW, INET6_TCP, INET6_UDP, INET_RAW, INET_TCP, INET_UDP
from helpers.messages import Message
from helpers.payloads import arrived
from helpers.send_calls import CALLS
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_FASTOPEN, MSG_MORE, MSG_OOB, MSG_PROBE, SOCK_STREAM

PAGES = ["man:sendto(2)", "man:sendmsg(2)", "man:sendmmsg(2)"]
DATA = b"some data to send"
SENT = returned(len(DATA))
DATAGRAMS = (INET_UDP, INET_RAW, INET6_UDP, INET6_RAW)
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@clause(
    since="3.7", level="documented", refs=[*PAGES, "src:net/ipv4/tcp.c:tcp_sendmsg_locked"], covers=["errno:EISCONN"]
)
@every_call
@of_kinds(INET_TCP, INET6_TCP, *DATAGRAMS)
def test_msg_fastopen_is_for_unconnected_tcp(loopback, sockets, kind, call):
    """On a connected TCP socket MSG_FASTOPEN is EISCONN and sends nothing; UDP and raw sockets ignore it."""
    near, far = kind.pair(sockets, loopback.namespace)

    result = call(near.fd, DATA, MSG_FASTOPEN)

    assert result == (refused(EISCONN) if kind.type == SOCK_STREAM else SENT)
    assert arrived(kind, near, far) == ([] if kind.type == SOCK_STREAM else [DATA])


@clause(since="3.0", level="disputed", refs=[*PAGES, "src:net/ipv6/udp.c:udpv6_sendmsg"])
@every_call
def test_msg_oob_is_ignored_by_udp_over_ipv6(loopback, sockets, call):
    """UDP over IPv6 does not look at MSG_OOB: the datagram is sent.

    send(2) says EOPNOTSUPP for a flag that does not go with the type of the socket; UDP over IPv4 answers it.
    """
    near, far = INET6_UDP.pair(sockets, loopback.namespace)

    assert call(near.fd, DATA, MSG_OOB) == SENT
    assert arrived(INET6_UDP, near, far) == [DATA]


@clause(
    since="3.0",
    level="documented",
    refs=[*PAGES, "man:tcp(7)", "src:net/ipv4/tcp.c:tcp_mark_urg"],
    covers=["msg:MSG_OOB"],
)
@every_call
@of_kinds(INET_TCP, INET6_TCP)
def test_msg_oob_makes_the_last_byte_urgent_on_tcp(loopback, sockets, kind, call):
    """On TCP the last byte that a call with MSG_OOB sends is the urgent one, out of the stream; the rest is not."""
    near, far = kind.pair(sockets, loopback.namespace)

    assert call(near.fd, DATA, MSG_OOB) == SENT
    message = Message([2])
    wait.until(lambda: far.recvmsg(message.header, MSG_OOB | MSG_DONTWAIT) == returned(1), "the urgent byte")
    assert message.data(1) == DATA[-1:]
    assert arrived(kind, near, far) == [DATA[:-1]]


@clause(since="3.0", level="documented", refs=[*PAGES, "src:net/ipv4/raw.c:raw_sendmsg"], covers=["msg:MSG_MORE"])
@every_call
@of_kinds(*DATAGRAMS)
def test_msg_more_keeps_a_datagram_for_what_follows(loopback, sockets, kind, call):
    """UDP and raw sockets keep what is sent with MSG_MORE, and send it as one with what is sent next without."""
    near, far = kind.pair(sockets, loopback.namespace)

    results = [call(near.fd, DATA, MSG_MORE), call(near.fd, b"", MSG_MORE), call(near.fd, b"end")]

    assert results == [SENT, returned(0), returned(3)]
    assert arrived(kind, near, far) == [DATA + b"end"]


@clause(since="3.0", level="source", refs=[*PAGES, "src:net/ipv4/raw.c:raw_sendmsg"], covers=["msg:MSG_PROBE"])
@every_call
@of_kinds(*DATAGRAMS)
def test_msg_probe_sends_nothing(loopback, sockets, kind, call):
    """With MSG_PROBE UDP and raw sockets only look up the way: the length is returned and nothing sent."""
    near, far = kind.pair(sockets, loopback.namespace)

    assert call(near.fd, DATA, MSG_PROBE) == SENT
    assert arrived(kind, near, far) == []
