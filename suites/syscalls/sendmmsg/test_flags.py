"""sendmmsg(2): the flags of the call and of the messages, and O_NONBLOCK."""

from errno import EAGAIN, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause, not_applicable
from helpers import syscall
from helpers.arrivals import drain
from helpers.full_queues import fill
from helpers.kernel import has_compat_callers
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.syscall import refused, returned
from helpers.tcp import tcp_segments
from helpers.uapi.socket import (
    MSG_CMSG_COMPAT,
    MSG_DONTWAIT,
    MSG_EOR,
    MSG_OOB,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_SNDBUF

MAN = "man:sendmmsg(2)"
GENERIC = "src:net/socket.c:__sys_sendmmsg"
NO_COMPAT = "this kernel has no 32-bit callers (CONFIG_COMPAT), and no such flag"


@clause(since="4.7", level="source", refs=[GENERIC, "src:net/ipv4/tcp.c"], covers=["msg:MSG_EOR"])
@pytest.mark.parametrize(("flags", "segments"), [(0, 1), (MSG_EOR, 2)], ids=["without", "with"])
def test_msg_eor_counts_in_the_header(loopback, flags, segments):
    """MSG_EOR in the msg_flags of a message ends a record after it: TCP puts what follows into another segment."""

    def send(fd):
        messages = [Message([b"1"], flags=flags), Message([b"2"])]
        assert syscall.sendmmsg(fd, vector(messages), 2) == returned(2)

    assert tcp_segments(loopback, send) == segments


@clause(since="3.0", level="source", refs=[GENERIC])
def test_other_flags_of_the_header_do_not_count(sockets):
    """No other bit of msg_flags has an effect; the flags of the call apply to every message."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    entries = vector([Message([b"data"], flags=0xFFFFFFFF & ~MSG_EOR)] * 2)

    assert sender.sendmmsg(entries, 2) == returned(2)
    assert drain(receiver) == [b"data"] * 2
    assert sender.sendmmsg(entries, 2, MSG_OOB) == refused(EOPNOTSUPP)


@clause(since="3.10", level="source", refs=[GENERIC], covers=["errno:EINVAL", "msg:MSG_CMSG_COMPAT"])
def test_msg_cmsg_compat_is_refused(sockets):
    """MSG_CMSG_COMPAT, which stands for a 32-bit caller, is refused with EINVAL before the descriptor is looked at."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    entries = vector([Message([b"data"])])
    if not has_compat_callers():
        assert sender.sendmmsg(entries, 1, MSG_CMSG_COMPAT) == returned(1)
        not_applicable(NO_COMPAT)

    assert sender.sendmmsg(entries, 1, MSG_CMSG_COMPAT) == refused(EINVAL)
    assert syscall.sendmmsg(-1, entries, 1, MSG_CMSG_COMPAT) == refused(EINVAL)
    assert sender.sendmmsg(entries, 1) == returned(1)
    assert drain(receiver) == [b"data"]


@clause(since="3.0", level="documented", refs=[MAN, GENERIC], covers=["errno:EAGAIN"])
@pytest.mark.parametrize("flag", [True, False], ids=["flag", "descriptor"])
def test_sends_what_fits_when_told_not_to_wait(sockets, flag):
    """Without waiting as many messages are sent as fit, and their number is returned; EAGAIN when none does."""
    sender, receiver = sockets.pair(SOCK_DGRAM | (0 if flag else SOCK_NONBLOCK))
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    sent = fill(sender)
    drain(receiver)
    entries = vector([Message([data]) for data in [*sent, b"one more"]])

    first = sender.sendmmsg(entries, len(entries), MSG_DONTWAIT if flag else 0)
    second = sender.sendmmsg(entries, len(entries), MSG_DONTWAIT if flag else 0)

    assert first == returned(len(sent))
    assert second == refused(EAGAIN)
    assert lengths(entries) == [len(data) for data in sent] + [UNTOUCHED]
    assert drain(receiver) == sent
