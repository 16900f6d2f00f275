"""SO_PEEK_OFF of AF_UNIX sockets: where a peek begins, how it moves on, what moves it back."""

from errno import EAGAIN

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.options import covers
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_PEEK_OFF
from helpers.unix_ends import RECORDS, TYPES, got

SYSCALL = "recvfrom"
MAN = ["man:socket(7)", "man:unix(7)"]
STREAM = [*MAN, "src:net/unix/af_unix.c:unix_stream_read_generic"]
RECORD = [*MAN, "src:net/unix/af_unix.c:__unix_dgram_recvmsg"]
EFFECT = [*covers(["SO_PEEK_OFF"], "effect"), "msg:MSG_PEEK"]
KINDS = pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)
EMPTY = refused(EAGAIN)


def waiting(sockets, kind, *payloads, offset=None):
    """Return the sender, and the receiver with *payloads* in its queue and SO_PEEK_OFF. Set-up."""
    sender, receiver = sockets.pair(kind)
    for data in payloads:
        sender.must.send(data)
    if offset is not None:
        receiver.must.setsockopt(SOL_SOCKET, SO_PEEK_OFF, offset)
    return sender, receiver


def look(receiver, size, flags=MSG_PEEK):
    """Return what one receive brings and what SO_PEEK_OFF reads after it."""
    return got(receiver, size, flags), receiver.option(SOL_SOCKET, SO_PEEK_OFF)


@clause(since="2.2", level="documented", refs=["man:recv(2)", *STREAM], covers=["msg:MSG_PEEK"])
@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_without_it_each_peek_begins_at_the_front(sockets, kind):
    """Without SO_PEEK_OFF each peek returns the same first bytes, of a stream over several sends, and takes none."""
    _, receiver = waiting(sockets, kind, b"abc", b"de", b"fgh")

    peeked = [got(receiver, 7, MSG_PEEK) for _ in range(2)]
    taken = [got(receiver, 7) for _ in range(4)]

    stream = kind == TYPES["stream"]
    assert peeked == [b"abcdefg" if stream else b"abc"] * 2
    assert taken == ([b"abcdefg", b"h", EMPTY, EMPTY] if stream else [b"abc", b"de", b"fgh", EMPTY])


@clause(since="3.4", level="documented", refs=STREAM, covers=EFFECT)
@pytest.mark.parametrize("start", range(8))
def test_a_peek_of_a_stream_begins_at_the_offset(sockets, start):
    """A peek of a stream begins SO_PEEK_OFF bytes behind the front, in whichever send that lies, and moves it on."""
    _, receiver = waiting(sockets, TYPES["stream"], b"abc", b"de", b"fgh", offset=start)

    seen = [look(receiver, 4), look(receiver, 9)]

    first, rest = b"abcdefgh"[start : start + 4], b"abcdefgh"[start + 4 :]
    assert seen == [(first, start + len(first)), (rest or EMPTY, 8)]
    assert got(receiver) == b"abcdefgh"


@clause(since="3.4", level="documented", refs=STREAM, covers=EFFECT)
def test_a_peek_beyond_the_end_waits_for_more(sockets):
    """A peek of a stream at an offset where nothing is yet is EAGAIN, returns what comes then, and the end after it."""
    sender, receiver = waiting(sockets, TYPES["stream"], b"abc", offset=0)

    seen = [look(receiver, 9), look(receiver, 9)]
    sender.must.send(b"de")
    seen.append(look(receiver, 9))
    sender.must.shutdown(SHUT_WR)

    assert [*seen, look(receiver, 9)] == [(b"abc", 3), (EMPTY, 3), (b"de", 5), (b"", 5)]
    assert [got(receiver), got(receiver)] == [b"abcde", b""]


@clause(since="3.4", level="documented", refs=STREAM, covers=EFFECT)
def test_reading_a_stream_moves_the_offset_back(sockets):
    """A read moves the offset back by what it took, at most to 0, so that the next peek goes on where it was."""
    _, receiver = waiting(sockets, TYPES["stream"], b"abc", b"defgh", offset=0)

    seen = [look(receiver, size, flags) for size, flags in ((5, MSG_PEEK), (2, 0), (2, MSG_PEEK), (9, 0))]

    assert seen == [(b"abcde", 5), (b"ab", 3), (b"fg", 5), (b"cdefgh", 0)]


@clause(since="3.4", level="documented", refs=STREAM, covers=EFFECT)
def test_minus_one_switches_it_off(sockets):
    """With SO_PEEK_OFF of -1 each peek begins at the front again, and neither peek nor read moves it."""
    _, receiver = waiting(sockets, TYPES["stream"], b"abcd", offset=2)
    before = look(receiver, 1)
    receiver.must.setsockopt(SOL_SOCKET, SO_PEEK_OFF, -1)

    seen = [look(receiver, 3), look(receiver, 3), look(receiver, 1, 0), look(receiver, 3)]

    assert (before, seen) == ((b"c", 3), [(b"abc", -1), (b"abc", -1), (b"a", -1), (b"bcd", -1)])


@clause(since="3.4", level="documented", refs=RECORD, covers=EFFECT)
@KINDS
def test_peeks_go_through_a_record_and_on_to_the_next(sockets, kind):
    """A peek of records begins within the record where the offset lies and ends with it; the next goes on behind."""
    _, receiver = waiting(sockets, kind, b"abc", b"defgh", b"i", offset=0)

    seen = [look(receiver, size) for size in (2, 9, 3, 9, 9, 9)]

    assert seen == [(b"ab", 2), (b"c", 3), (b"def", 6), (b"gh", 8), (b"i", 9), (EMPTY, 9)]
    assert [got(receiver) for _ in range(3)] == [b"abc", b"defgh", b"i"]


@clause(since="3.4", level="documented", refs=RECORD, covers=EFFECT)
@KINDS
@pytest.mark.parametrize(("start", "first"), [(0, b"abc"), (2, b"c"), (3, b"de"), (4, b"e"), (5, EMPTY), (99, EMPTY)])
def test_the_offset_counts_over_records(sockets, kind, start, first):
    """SO_PEEK_OFF counts over the records that wait; behind the last one there is EAGAIN, and all can be taken."""
    _, receiver = waiting(sockets, kind, b"abc", b"de", offset=start)

    seen = got(receiver, 9, MSG_PEEK)

    assert seen == first
    assert [got(receiver), got(receiver)] == [b"abc", b"de"]


@clause(since="3.4", level="documented", refs=RECORD, covers=EFFECT)
@KINDS
def test_taking_a_record_moves_the_offset_back_by_all_of_it(sockets, kind):
    """Taking a record moves the offset back by its whole length, whatever fitted into the buffer, at most to 0."""
    _, receiver = waiting(sockets, kind, b"abc", b"defgh", offset=6)

    seen = [look(receiver, size, flags) for size, flags in ((1, 0), (9, MSG_PEEK), (9, 0))]

    assert seen == [(b"a", 3), (b"gh", 5), (b"defgh", 0)]


@clause(since="3.4", level="documented", refs=RECORD, covers=[*EFFECT, "msg:MSG_TRUNC"])
@KINDS
@pytest.mark.parametrize(("size", "cut"), [(2, True), (3, False), (4, False)])
def test_the_rest_behind_the_offset_is_what_counts(sockets, kind, size, cut):
    """MSG_TRUNC is set when what lies behind the offset does not fit; asked for, it returns the length of that."""
    _, receiver = waiting(sockets, kind, b"abcde", offset=2)
    message = Message([size])

    result = receiver.recvmsg(message.header, MSG_PEEK | MSG_DONTWAIT)
    receiver.must.setsockopt(SOL_SOCKET, SO_PEEK_OFF, 2)

    assert (result, message.data(size)[:3]) == (returned(min(size, 3)), b"cde"[:size])
    assert message.header.msg_flags == (MSG_TRUNC if cut else 0)
    assert receiver.recv(Buffer(8).array, size, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT) == returned(3)
    assert receiver.option(SOL_SOCKET, SO_PEEK_OFF) == 2 + min(size, 3)


@clause(since="3.4", level="source", refs=["src:net/core/datagram.c:__skb_try_recv_from_queue", *RECORD], covers=EFFECT)
@KINDS
def test_an_empty_record_is_peeked_once(sockets, kind):
    """With SO_PEEK_OFF an empty record is peeked once, and then the record behind it; both can be taken."""
    _, receiver = waiting(sockets, kind, b"", b"ab", offset=0)

    seen = [look(receiver, 9), look(receiver, 9), look(receiver, 9)]

    assert seen == [(b"", 0), (b"ab", 2), (EMPTY, 2)]
    assert [got(receiver), got(receiver), got(receiver)] == [b"", b"ab", EMPTY]
