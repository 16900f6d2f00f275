"""Datagrams of UDP whose checksum nobody has looked at before they are received: in pieces, cut, or not written."""

from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers.arrivals import drain
from helpers.messages import Message
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC
from suites.inet.udp.support import counted, deliver, take

SYSCALL = "recvmsg"
COPY = "src:net/core/datagram.c:skb_copy_and_csum_datagram_msg"
ITER = "src:net/core/datagram.c:__skb_datagram_iter"
RECEIVE = ["src:net/ipv4/udp.c:udp_recvmsg", "src:net/ipv6/udp.c:udpv6_recvmsg"]
REFS = ["man:udp(7)", *RECEIVE, COPY]
SIZE = 101  # bytes: the kernel verifies shorter ones, of up to 76 with their header, as they arrive
DATA = bytes(range(1, SIZE + 1))
SHAPES = {
    "one": [SIZE],
    "more-room": [SIZE + 3],
    "odd-first": [1, SIZE - 1],
    "odd-pieces": [3, 5, 7, SIZE],
    "empty-between": [0, 8, 0, 9, 0, SIZE, 0],
    "a-byte-each": [1] * SIZE,
}
pieces_of_datagrams = pytest.mark.parametrize("piece", [0, 8, 64], ids=["whole", "of-8", "of-64"])
"""Datagrams that come whole, and in fragments of so many bytes."""


@clause(since="2.2", level="documented", refs=[*REFS, ITER, "man:recvmsg(2)"])
@ip_versions
@pieces_of_datagrams
def test_a_datagram_is_whole_however_it_is_received(host, ip, piece):
    """A datagram with a right checksum, from fragments too, fills the buffers however they divide it."""
    socket, port = host.bound()
    answers = {}

    for shape, sizes in SHAPES.items():
        deliver(host, port, DATA, piece)
        host.settled()
        answers[shape] = take(socket, sizes)

    assert answers == dict.fromkeys(SHAPES, (returned(SIZE), DATA, 0))


@clause(since="2.2", level="documented", refs=[*REFS, ITER, "man:recvmsg(2)"], covers=["msg:MSG_TRUNC"])
@ip_versions
@pieces_of_datagrams
def test_a_datagram_is_cut_at_any_place(host, ip, piece):
    """A buffer that ends before, at or behind the end of a fragment gets so many bytes; what is peeked at stays."""
    socket, port = host.bound()
    sizes = [0, 1, 15, 16, 17, 55, 56, 57, SIZE - 1]
    deliver(host, port, DATA, piece)
    host.settled()

    peeked = [take(socket, [size], MSG_PEEK) for size in sizes]
    last = take(socket, [40], 0)

    assert peeked == [(returned(size), DATA[:size], MSG_TRUNC) for size in sizes]
    assert last == (returned(40), DATA[:40], MSG_TRUNC)
    assert take(socket, [SIZE])[0] == refused(EAGAIN)


@clause(since="2.6.39", level="source", refs=[*REFS, ITER], covers=["errno:EFAULT"])
@ip_versions
@pytest.mark.parametrize(("piece", "at"), [(0, 0), (0, 1), (64, 1)], ids=["first", "second", "of-fragments"])
def test_one_that_cannot_be_written_is_lost_and_counted(host, ip, memory, piece, at):
    """A buffer that cannot be written is EFAULT: the datagram is lost and counted in InErrors, but not as wrong."""
    socket, port = host.bound()
    before = counted(host)
    deliver(host, port, DATA, piece)
    deliver(host, port, b"next")
    host.settled()
    message = Message([20, SIZE])
    message.iov[at].iov_base = memory.unmapped

    peeked = socket.recvmsg(message.header, MSG_PEEK | MSG_DONTWAIT)
    unchanged = counted(host)
    result = socket.recvmsg(message.header, MSG_DONTWAIT)

    assert (peeked, result) == (refused(EFAULT), refused(EFAULT))
    assert unchanged == before
    assert [late - early for late, early in zip(counted(host), before, strict=True)] == [1, 0]
    assert drain(socket) == [b"next"]
