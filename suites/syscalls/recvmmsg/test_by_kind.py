"""recvmmsg(2): several messages, and one among them that cannot be written, on each kind of socket with a peer."""

from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.endpoints import name_of
from helpers.kinds import INET6_RAW, INET_RAW, LISTENS, PEER, RECORDS, kinds_of
from helpers.memory import Buffer
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.payloads import header_of, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

MAN = "man:recvmmsg(2)"
LOOP = "src:net/socket.c:do_recvmmsg"
DATA = [b"1", b"22", b"333"]
every_kind = of_kinds(*kinds_of(having=PEER))
records = of_kinds(*kinds_of(having=PEER | RECORDS))
streams = of_kinds(*kinds_of(having=PEER, lacking=RECORDS))


def messages_of(kind, sizes):
    """Return a message for each of *sizes* of data, behind what a socket of *kind* puts before them."""
    return [Message([header_of(kind), size]) for size in sizes]


def data_of(messages, kind):
    """Return the data that each message holds, of the length of DATA."""
    return [bytes(message.buffers[1])[: len(data)] for message, data in zip(messages, DATA, strict=False)]


def filled(loopback, sockets, kind):
    """Return a receiver with DATA in its queue, and its sender, which has to stay open."""
    near, far = kind.pair(sockets, loopback.namespace)
    for data in DATA:
        queued(near, far, data)
    return far, near


@clause(since="2.6.33", level="documented", refs=[MAN, LOOP])
@records
def test_each_record_fills_an_entry(loopback, sockets, kind):
    """Records fill entries in their order, each with its length and its own flags; the rest of them is untouched."""
    far, _ = filled(loopback, sockets, kind)
    messages = messages_of(kind, [8, 1, 8, 8])
    entries = vector(messages)

    assert far.recvmmsg(entries, 4, MSG_DONTWAIT) == returned(3)
    assert lengths(entries) == [header_of(kind) + size for size in (1, 1, 3)] + [UNTOUCHED]
    assert data_of(messages, kind) == [b"1", b"2", b"333"]
    assert [entry.msg_hdr.msg_flags for entry in entries] == [0, MSG_TRUNC, 0, 0]
    assert far.option(SOL_SOCKET, SO_ERROR) == 0
    assert far.recvmmsg(entries, 1, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.6.33", level="documented", refs=[MAN, LOOP])
@streams
def test_a_stream_fills_one_entry_after_the_other(loopback, sockets, kind):
    """Of a stream each entry gets what fits and the next goes on behind it, until nothing is left."""
    near, far = kind.pair(sockets, loopback.namespace)
    queued(near, far, b"122333")
    messages = messages_of(kind, [1, 2, 8, 8])
    entries = vector(messages)

    assert far.recvmmsg(entries, 4, MSG_DONTWAIT) == returned(3)
    assert lengths(entries) == [1, 2, 3, UNTOUCHED]
    assert data_of(messages, kind) == DATA
    assert far.option(SOL_SOCKET, SO_ERROR) == 0


@clause(since="2.6.33", level="source", refs=[MAN, LOOP], covers=["errno:EFAULT"])
@every_kind
@pytest.mark.parametrize("bad", range(3))
def test_an_entry_that_cannot_be_written_ends_the_call(loopback, sockets, memory, kind, bad):
    """EFAULT after messages is the next call's, once, and what SO_ERROR tells; a record is lost, a stream keeps it."""
    far, _ = filled(loopback, sockets, kind)
    messages = messages_of(kind, [1, 2, 3])
    messages[bad].iov[1].iov_base = memory.unmapped
    entries, good = vector(messages), vector(messages_of(kind, [3] * 3))

    result = far.recvmmsg(entries, 3, MSG_DONTWAIT)
    again = far.recvmmsg(good, 3, MSG_DONTWAIT) if bad else result

    assert result == (returned(bad) if bad else refused(EFAULT))
    assert lengths(entries)[bad:] == [UNTOUCHED] * (3 - bad)
    assert again == refused(EFAULT)
    left = DATA[bad + 1 :] if kind.has(RECORDS) else [b"".join(DATA[bad:])]
    message = Message([header_of(kind) + 8])
    for data in left:
        assert far.recvmsg(message.header, MSG_DONTWAIT) == returned(header_of(kind) + len(data))
    assert far.recvmsg(message.header, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.6.33", level="documented", refs=[MAN, LOOP], covers=["msg:MSG_PEEK"])
@records
def test_a_peek_fills_every_entry_with_the_first_record(loopback, sockets, kind):
    """With MSG_PEEK every entry gets the first record, and all of them stay in the queue."""
    far, _ = filled(loopback, sockets, kind)
    messages = messages_of(kind, [8, 8, 8])
    entries = vector(messages)

    assert far.recvmmsg(entries, 3, MSG_DONTWAIT | MSG_PEEK) == returned(3)
    assert lengths(entries) == [header_of(kind) + 1] * 3
    assert far.recvmmsg(entries, 3, MSG_DONTWAIT) == returned(3)
    assert lengths(entries) == [header_of(kind) + size for size in (1, 2, 3)]


@clause(since="2.6.33", level="documented", refs=[MAN, LOOP])
@of_kinds(*kinds_of(having=PEER | RECORDS, lacking=LISTENS))
def test_each_entry_has_the_address_of_its_sender(loopback, sockets, kind):
    """Each entry gets the address of the socket that sent its record, and the length of it."""
    far, there = kind.named(sockets, loopback.namespace)
    senders = [kind.named(sockets, loopback.namespace)[0] for _ in range(2)]
    for sender in (*senders, senders[0]):
        queued(sender, far, b"data", there)
    names = [Buffer(128) for _ in range(3)]
    entries = vector([Message([64], name.array) for name in names])

    expected = [bytearray(name_of(sender)) for sender in (*senders, senders[0])]
    if kind in (INET_RAW, INET6_RAW):
        for name in expected:
            name[2:4] = b"\0\0"  # getsockname(2) shows the protocol there
    assert far.recvmmsg(entries, 3, MSG_DONTWAIT) == returned(3)
    assert [entry.msg_hdr.msg_namelen for entry in entries] == [len(name) for name in expected]
    assert [bytes(name)[: len(known)] for name, known in zip(names, expected, strict=True)] == expected
