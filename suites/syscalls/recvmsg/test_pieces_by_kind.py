"""recvmsg(2): a message scattered over pieces of memory, on each kind of socket that has a peer."""

from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import PEER, RECORDS, kinds_of
from helpers.messages import Message
from helpers.payloads import header_of, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, UIO_MAXIOV

PAGES = ["man:recvmsg(2)", "man:readv(2)"]
ITER = "src:lib/iov_iter.c:_copy_to_iter"
COPY = "src:net/core/datagram.c:__skb_datagram_iter"
DATA = bytes(range(1, 41))
REST = b"\xa5" * 8
SHAPES = {
    "one": [48],
    "two": [1, 47],
    "empty-first": [0, 20, 28],
    "empty-between": [20, 0, 0, 28],
    "empty-last": [20, 28, 0],
    "filled-exactly": [40, 8],
    "empty-everywhere": [0, 1, 0, 38, 0, 9, 0],
    "a-byte-each": [1] * (UIO_MAXIOV - 1),
}
records = of_kinds(*kinds_of(having=PEER | RECORDS))
streams = of_kinds(*kinds_of(having=PEER, lacking=RECORDS))


def room(kind, sizes):
    """Return a message to receive into, with a piece for what a socket of *kind* puts before the data."""
    return Message([header_of(kind), *sizes])


def got(kind, message):
    """Return what the pieces of a ``room`` hold behind the header."""
    return b"".join(bytes(buffer) for buffer in message.buffers)[header_of(kind) :]


@clause(since="2.2", level="documented", refs=[*PAGES, ITER, COPY])
@of_kinds(*kinds_of(having=PEER))
def test_data_fill_the_pieces_in_their_order(loopback, sockets, kind):
    """Data fill one piece after the other and skip empty ones; what is behind their end stays as it was."""
    near, far = kind.pair(sockets, loopback.namespace)
    answers = {}

    for shape, sizes in SHAPES.items():
        queued(near, far, DATA)
        message = room(kind, sizes)
        answers[shape] = far.recvmsg(message.header, MSG_DONTWAIT), got(kind, message)[:48], message.header.msg_flags

    assert answers == dict.fromkeys(SHAPES, (returned(40 + header_of(kind)), DATA + REST, 0))


@clause(since="2.2", level="documented", refs=[*PAGES, COPY], covers=["msg:MSG_TRUNC"])
@records
@pytest.mark.parametrize("sizes", [[], [0], [1], [0, 20, 0, 19]], ids=str)
def test_a_record_that_is_longer_is_cut_and_the_rest_is_lost(loopback, sockets, kind, sizes):
    """A record longer than all pieces fills them, sets MSG_TRUNC, and its rest is lost; the next comes whole."""
    near, far = kind.pair(sockets, loopback.namespace)
    queued(near, far, DATA)
    queued(near, far, b"next")
    first, second = room(kind, sizes), room(kind, [8])

    result = far.recvmsg(first.header, MSG_DONTWAIT)

    assert result == returned(header_of(kind) + sum(sizes))
    assert got(kind, first) == DATA[: sum(sizes)]
    assert first.header.msg_flags == MSG_TRUNC
    assert far.recvmsg(second.header, MSG_DONTWAIT) == returned(header_of(kind) + 4)
    assert (got(kind, second)[:4], second.header.msg_flags) == (b"next", 0)


@clause(since="3.4", level="documented", refs=["man:recv(2)", "man:unix(7)", COPY], covers=["msg:MSG_TRUNC"])
@records
@pytest.mark.parametrize("peek", [0, MSG_PEEK], ids=["taken", "MSG_PEEK"])
def test_msg_trunc_tells_how_long_the_record_was(loopback, sockets, kind, peek):
    """With MSG_TRUNC the call returns a record's whole length, whatever room there is; MSG_PEEK leaves it whole."""
    near, far = kind.pair(sockets, loopback.namespace)
    queued(near, far, DATA)
    whole = returned(header_of(kind) + len(DATA))
    short, longer = room(kind, [3, 4]), room(kind, [48])

    assert far.recvmsg(short.header, MSG_TRUNC | MSG_DONTWAIT | peek) == whole
    assert (got(kind, short), short.header.msg_flags) == (DATA[:7], MSG_TRUNC)
    assert far.recvmsg(longer.header, MSG_TRUNC | MSG_DONTWAIT) == (whole if peek else refused(EAGAIN))
    assert longer.header.msg_flags == 0


@clause(since="2.2", level="documented", refs=PAGES)
@streams
def test_a_stream_leaves_what_finds_no_room(loopback, sockets, kind):
    """A stream fills the pieces without MSG_TRUNC, and the next call goes on where this one ended."""
    near, far = kind.pair(sockets, loopback.namespace)
    queued(near, far, DATA)
    taken = []

    for sizes in ([3, 0, 4], [1], [30, 2]):
        message = Message(sizes)
        taken.append((far.recvmsg(message.header, MSG_DONTWAIT), got(kind, message), message.header.msg_flags))

    assert taken == [(returned(7), DATA[:7], 0), (returned(1), DATA[7:8], 0), (returned(32), DATA[8:], 0)]
    assert far.recvmsg(Message([1]).header, MSG_DONTWAIT) == refused(EAGAIN)


def with_bad(kind, memory, at):
    """Return a ``room`` of three pieces, of which the one *at* cannot be written."""
    message = room(kind, [10, 10, 28])
    message.iov[1 + at].iov_base = memory.unmapped
    return message


@clause(since="2.2", level="source", refs=[*PAGES, COPY], covers=["errno:EFAULT"])
@records
@pytest.mark.parametrize("at", range(3))
def test_a_record_that_cannot_be_written_is_lost(loopback, sockets, memory, kind, at):
    """A piece that is needed and cannot be written is EFAULT: that record is lost, MSG_PEEK leaves it."""
    near, far = kind.pair(sockets, loopback.namespace)
    queued(near, far, DATA)
    queued(near, far, b"next")
    whole = returned(header_of(kind) + len(DATA))

    assert far.recvmsg(with_bad(kind, memory, at).header, MSG_PEEK | MSG_DONTWAIT) == refused(EFAULT)
    assert far.recvmsg(room(kind, [48]).header, MSG_PEEK | MSG_DONTWAIT) == whole
    assert far.recvmsg(with_bad(kind, memory, at).header, MSG_DONTWAIT) == refused(EFAULT)
    assert far.recvmsg(room(kind, [48]).header, MSG_DONTWAIT) == returned(header_of(kind) + 4)


@clause(since="2.2", level="source", refs=[*PAGES, COPY], covers=["errno:EFAULT"])
@streams
@pytest.mark.parametrize("at", range(3))
def test_a_stream_keeps_what_cannot_be_written(loopback, sockets, memory, kind, at):
    """A piece that is needed and cannot be written is EFAULT, and a stream loses nothing of what it has."""
    near, far = kind.pair(sockets, loopback.namespace)
    queued(near, far, DATA)
    good = Message([48])

    assert far.recvmsg(with_bad(kind, memory, at).header, MSG_DONTWAIT) == refused(EFAULT)
    assert far.recvmsg(good.header, MSG_DONTWAIT) == returned(len(DATA))
    assert good.data(48) == DATA + REST
