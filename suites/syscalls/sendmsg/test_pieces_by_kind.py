"""sendmsg(2): a message gathered from pieces, on each kind of socket that has a peer."""

from errno import EFAULT, ENODATA

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import (
    INET6_RAW,
    INET6_TCP,
    INET6_UDP,
    INET_RAW,
    INET_TCP,
    INET_UDP,
    NETLINK,
    PEER,
    RECORDS,
    UNIX_STREAM,
    kinds_of,
)
from helpers.messages import Message
from helpers.payloads import arrived
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_MORE, UIO_MAXIOV

PAGES = ["man:sendmsg(2)", "man:writev(2)"]
ITER = "src:lib/iov_iter.c:_copy_from_iter"
SHAPES = {
    "one": [40],
    "two": [1, 39],
    "empty-first": [0, 20, 20],
    "empty-between": [20, 0, 0, 20],
    "empty-last": [20, 20, 0],
    "empty-everywhere": [0, 1, 0, 38, 0, 1, 0],
    "a-byte-each": [1] * UIO_MAXIOV,
}


def pieces(sizes):
    """Return bytes of *sizes* that go on through all of them."""
    data = bytes(number % 251 for number in range(sum(sizes)))
    return [data[sum(sizes[:at]) : sum(sizes[: at + 1])] for at in range(len(sizes))]


@clause(since="2.2", level="documented", refs=[*PAGES, ITER])
@of_kinds(*kinds_of(having=PEER))
def test_pieces_are_put_together_in_their_order(loopback, sockets, kind):
    """However data are divided into pieces, empty ones among them, they arrive as one message in the pieces' order."""
    near, far = kind.pair(sockets, loopback.namespace)
    answers = {}

    for shape, sizes in SHAPES.items():
        result = near.sendmsg(Message(pieces(sizes)).header)
        answers[shape] = result, arrived(kind, near, far)

    assert answers == {shape: (returned(sum(sizes)), [b"".join(pieces(sizes))]) for shape, sizes in SHAPES.items()}


@clause(since="2.2", level="documented", refs=[*PAGES, ITER])
@of_kinds(*(kind for kind in kinds_of(having=PEER) if kind is not NETLINK))
def test_without_data_a_record_is_empty_and_a_stream_sends_nothing(loopback, sockets, kind):
    """A message of no pieces, or of empty ones, is an empty record, and nothing at all on a stream; 0 is returned."""
    near, far = kind.pair(sockets, loopback.namespace)

    answers = [(near.sendmsg(Message(sizes).header), arrived(kind, near, far)) for sizes in ([], [0], [0, 0])]

    assert answers == [(returned(0), [b""] if kind.has(RECORDS) else [])] * 3


@clause(
    since="5.16", level="source",
    refs=["man:sendmsg(2)", "src:net/netlink/af_netlink.c:netlink_sendmsg", "commit:f123cffdd8fe"],
)  # fmt: skip
def test_netlink_refuses_an_empty_message_with_enodata(sockets):
    """A netlink socket refuses a message of no bytes with ENODATA, and nothing is sent; one of a byte is sent."""
    near, far = NETLINK.pair(sockets)

    answers = [(near.sendmsg(Message(sizes).header), arrived(NETLINK, near, far)) for sizes in ([], [0], [1])]

    assert answers == [(refused(ENODATA), [])] * 2 + [(returned(1), [b"\xa5"])]


@clause(since="2.2", level="documented", refs=[*PAGES, ITER], covers=["errno:EFAULT"])
@of_kinds(*kinds_of(having=PEER))
def test_a_piece_that_cannot_be_read_lets_nothing_out(loopback, sockets, memory, kind):
    """With a piece that cannot be read, at any place, a short message is EFAULT, and none of its pieces is sent."""
    near, far = kind.pair(sockets, loopback.namespace)
    answers = []

    for bad in range(3):
        message = Message([b"one", b"two", b"three"])
        message.iov[bad].iov_base = memory.unmapped
        answers.append((near.sendmsg(message.header), arrived(kind, near, far)))

    assert answers == [(refused(EFAULT), [])] * 3
    assert near.sendmsg(Message([b"one", b"two", b"three"]).header) == returned(11)
    assert arrived(kind, near, far) == [b"onetwothree"]


@clause(since="2.2", level="source", refs=[*PAGES, "src:net/ipv4/ip_output.c:__ip_append_data"])
@of_kinds(INET_UDP, INET_RAW, INET6_UDP, INET6_RAW)
def test_a_piece_that_cannot_be_read_drops_what_was_kept(loopback, sockets, memory, kind):
    """When data cannot be read, what UDP and raw sockets kept with MSG_MORE is dropped with it; the next is sent."""
    near, far = kind.pair(sockets, loopback.namespace)
    broken = Message([b"two", b"three"])
    broken.iov[1].iov_base = memory.unmapped

    kept = near.sendmsg(Message([b"one"]).header, MSG_MORE)
    result = near.sendmsg(broken.header)

    assert (kept, result) == (returned(3), refused(EFAULT))
    assert arrived(kind, near, far) == []


@clause(since="2.2", level="source", refs=[*PAGES, "src:net/ipv4/tcp.c:tcp_sendmsg_locked"])
@of_kinds(UNIX_STREAM, INET_TCP, INET6_TCP)
def test_a_stream_sends_what_it_has_read(loopback, sockets, memory, kind):
    """A stream that has read enough before a piece that cannot be read returns how much, and exactly that arrives."""
    near, far = kind.pair(sockets, loopback.namespace)
    head = bytes(range(251)) * 400  # more than a stream takes in one piece
    message = Message([head, b"tail"])
    message.iov[1].iov_base = memory.unmapped

    result = near.sendmsg(message.header)

    assert 0 < result.value <= len(head)
    assert arrived(kind, near, far) == [head[: result.value]]
