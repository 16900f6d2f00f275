"""Datagrams of UDP with a wrong checksum, which the kernel finds when they are received or polled for."""

import fcntl
import os
import select
from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers.arrivals import drain
from helpers.messages import Message, lengths, vector
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC
from suites.inet.udp.support import counted, deliver, take

SYSCALL = "recvmsg"
COPY = "src:net/core/datagram.c:skb_copy_and_csum_datagram_msg"
RECEIVE = ["src:net/ipv4/udp.c:udp_recvmsg", "src:net/ipv6/udp.c:udpv6_recvmsg"]
REFS = ["man:udp(7)", *RECEIVE, COPY]
WRONG = 0x1234
SIZE = 101  # bytes: the kernel verifies shorter ones, of up to 76 with their header, as they arrive
DATA = bytes(range(1, SIZE + 1))
pieces_of_datagrams = pytest.mark.parametrize("piece", [0, 8, 64], ids=["whole", "of-8", "of-64"])
"""Datagrams that come whole, and in fragments of so many bytes."""


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
@pieces_of_datagrams
def test_a_wrong_datagram_is_passed_over(host, ip, piece):
    """With a wrong checksum a datagram is passed over, whatever the buffer and flags, and counted; the next comes."""
    socket, port = host.bound()
    ways = [(sizes, flags) for sizes in ([], [1], [20, SIZE - 21], [SIZE]) for flags in (0, MSG_PEEK, MSG_TRUNC)]
    before, answers = counted(host), []

    for sizes, flags in ways:
        deliver(host, port, DATA, piece, WRONG)
        host.settled()
        refusal = take(socket, sizes, flags)
        deliver(host, port, DATA, piece, WRONG)
        deliver(host, port, b"")
        host.settled()
        answers.append((refusal, take(socket, sizes, flags)))
        drain(socket)  # what MSG_PEEK left

    assert answers == [((refused(EAGAIN), b"", 0), (returned(0), b"", 0))] * len(ways)
    assert [late - early for late, early in zip(counted(host), before, strict=True)] == [2 * len(ways)] * 2


@clause(since="2.6.33", level="documented", refs=[*REFS, "man:recvmmsg(2)"])
@ip_versions
def test_wrong_datagrams_take_no_entry_of_recvmmsg(host, ip):
    """Of datagrams with right and wrong checksums recvmmsg(2) returns the right ones, in order, without a gap."""
    socket, port = host.bound()
    for data, check in ((b"1", None), (b"xxx", WRONG), (b"22", None), (b"x", WRONG), (b"x", WRONG), (b"333", None)):
        deliver(host, port, data, check=check)
    host.settled()
    entries = vector([Message([8]) for _ in range(6)])

    assert socket.recvmmsg(entries, 6, MSG_DONTWAIT) == returned(3)
    assert lengths(entries)[:3] == [1, 2, 3]


@clause(since="2.6.12", level="source", refs=["man:poll(2)", "man:udp(7)", "src:net/ipv4/udp.c:udp_poll"])
@ip_versions
@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "O_NONBLOCK"])
def test_poll_looks_at_the_sum_for_who_would_block(host, ip, nonblock):
    """poll(2) passes over wrong datagrams on a descriptor that blocks; with O_NONBLOCK it reports them as readable."""
    socket, port = host.bound()
    if nonblock:
        fcntl.fcntl(socket.fd, fcntl.F_SETFL, os.O_NONBLOCK)
    poll = select.poll()
    poll.register(socket.fd, select.POLLIN)
    deliver(host, port, DATA, check=WRONG)
    host.settled()

    before = poll.poll(0)
    result = take(socket, [SIZE])
    deliver(host, port, DATA)
    host.settled()

    assert before == ([(socket.fd, select.POLLIN)] if nonblock else [])
    assert result[0] == refused(EAGAIN)
    assert poll.poll(0) == [(socket.fd, select.POLLIN)]
