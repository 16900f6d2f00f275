"""recvfrom(2), recvmsg(2) and recvmmsg(2): what each MSG_* flag means to each kind of socket that has a message."""

from errno import EAGAIN, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_UDP, INET_RAW, INET_UDP, NETLINK, PEER, UNIX_DGRAM, UNIX_SEQPACKET, kinds_of
from helpers.receive_calls import CALLS
from helpers.syscall import refused
from helpers.uapi import socket as uapi
from helpers.uapi.socket import AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB

GENERIC = "src:net/socket.c:sock_recvmsg"
PAGES = ["man:recvfrom(2)", "man:recvmsg(2)", "man:recvmmsg(2)"]
MESSAGE = b"some data to receive"
IGNORED = (
    "MSG_DONTROUTE", "MSG_CTRUNC", "MSG_PROBE", "MSG_EOR", "MSG_WAITALL", "MSG_FIN", "MSG_SYN", "MSG_CONFIRM",
    "MSG_RST", "MSG_NOSIGNAL", "MSG_MORE", "MSG_WAITFORONE", "MSG_BATCH", "MSG_ZEROCOPY", "MSG_FASTOPEN",
    "MSG_CMSG_CLOEXEC",
)  # fmt: skip
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def waiting(sockets, kind, namespace, messages=1):
    """Return a socket of *kind* with *messages* in its queue, and its sender, which has to stay open."""
    sender, receiver = kind.pair(sockets, namespace)
    for _ in range(messages):
        sender.must.send(MESSAGE)
    assert wait.readable(receiver.fd)
    return sender, receiver


def plain_length(sockets, kind, namespace, call):
    """Return what the call returns without a flag: a raw socket receives the IP header, too."""
    _, receiver = waiting(sockets, kind, namespace)
    return call(receiver.fd, MSG_DONTWAIT)


@clause(since="3.8", level="source", refs=[*PAGES, GENERIC], covers=["syscall:recvmsg", "syscall:recvmmsg"])
@every_call
@of_kinds(*kinds_of(having=PEER))
def test_flags_that_mean_nothing_to_a_receiver_are_ignored(loopback, sockets, kind, call):
    """Without waiting, flags that only senders heed, or that ask for nothing here, change no receive call's result."""
    plain = plain_length(sockets, kind, loopback.namespace, call)
    answers = {}

    for name in IGNORED:
        _, receiver = waiting(sockets, kind, loopback.namespace)
        answers[name] = (call(receiver.fd, getattr(uapi, name) | MSG_DONTWAIT), call(receiver.fd, MSG_DONTWAIT))

    assert plain.ok
    assert answers == dict.fromkeys(IGNORED, (plain, refused(EAGAIN)))


@clause(since="2.6.33", level="source", refs=[*PAGES, GENERIC], covers=["errno:EAGAIN", "msg:MSG_ERRQUEUE"])
@every_call
@of_kinds(*kinds_of(AF_INET, AF_INET6))
def test_msg_errqueue_takes_no_message_of_an_ip_socket(loopback, sockets, kind, call):
    """On TCP, UDP and raw sockets MSG_ERRQUEUE is EAGAIN without an error, although a message waits and stays."""
    _, receiver = waiting(sockets, kind, loopback.namespace)

    result = call(receiver.fd, MSG_ERRQUEUE)

    assert result == refused(EAGAIN)
    assert call(receiver.fd, MSG_DONTWAIT) == plain_length(sockets, kind, loopback.namespace, call)


@clause(since="2.6.33", level="source", refs=[*PAGES, GENERIC], covers=["msg:MSG_ERRQUEUE"])
@every_call
@of_kinds(*kinds_of(AF_UNIX, AF_NETLINK))
def test_msg_errqueue_is_ignored_by_sockets_without_an_error_queue(loopback, sockets, kind, call):
    """AF_UNIX and netlink sockets have no error queue: with MSG_ERRQUEUE they return the next message."""
    _, receiver = waiting(sockets, kind, loopback.namespace)

    result = call(receiver.fd, MSG_ERRQUEUE | MSG_DONTWAIT)

    assert result == plain_length(sockets, kind, loopback.namespace, call)
    assert call(receiver.fd, MSG_DONTWAIT) == refused(EAGAIN)


@clause(
    since="2.6.33", level="source", refs=[*PAGES, GENERIC],
    covers=["errno:EOPNOTSUPP", "errno:recvmsg:EOPNOTSUPP", "errno:recvmmsg:EOPNOTSUPP", "msg:MSG_OOB"],
)  # fmt: skip
@every_call
@of_kinds(UNIX_DGRAM, UNIX_SEQPACKET, INET_RAW, NETLINK)
def test_msg_oob_without_urgent_data_is_eopnotsupp(loopback, sockets, kind, call):
    """Datagram and seqpacket AF_UNIX, raw and netlink sockets refuse MSG_OOB with EOPNOTSUPP and keep the message."""
    _, receiver = waiting(sockets, kind, loopback.namespace)

    result = call(receiver.fd, MSG_OOB | MSG_DONTWAIT)

    assert result == refused(EOPNOTSUPP)
    assert call(receiver.fd, MSG_DONTWAIT) == plain_length(sockets, kind, loopback.namespace, call)


@clause(since="2.6.33", level="source", refs=[*PAGES, GENERIC], covers=["msg:MSG_OOB"])
@every_call
@of_kinds(INET_UDP, INET6_UDP)
def test_msg_oob_is_ignored_by_udp(loopback, sockets, kind, call):
    """UDP has no urgent data and ignores MSG_OOB: the call returns the next datagram."""
    _, receiver = waiting(sockets, kind, loopback.namespace)

    result = call(receiver.fd, MSG_OOB | MSG_DONTWAIT)

    assert result == plain_length(sockets, kind, loopback.namespace, call)
    assert call(receiver.fd, MSG_DONTWAIT) == refused(EAGAIN)
