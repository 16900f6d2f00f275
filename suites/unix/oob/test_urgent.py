"""MSG_OOB of an AF_UNIX stream: the urgent byte is the last one of its send, and is received once, apart."""

from errno import EFAULT, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK
from helpers.uapi.sockios import SIOCATMARK, SIOCINQ
from helpers.unix_ends import RECORDS, got, mark, need_urgent_data, number, urgent_pair

SYSCALL = "recvfrom"
MAN = "man:unix(7)"
SEND = "src:net/unix/af_unix.c:queue_oob"
URGENT = "src:net/unix/af_unix.c:unix_stream_recv_urg"
MARK = "src:net/unix/af_unix.c:unix_ioctl"
NONE = refused(EINVAL)


@clause(since="5.15", level="documented", refs=[MAN, SEND, URGENT], covers=["msg:MSG_OOB"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_last_byte_of_the_send_is_the_urgent_one(sockets, size):
    """A send with MSG_OOB returns its whole length; its last byte comes to MSG_OOB, once, and the others without it."""
    sender, receiver = urgent_pair(sockets)

    result = sender.send(b"abcde"[-size:], MSG_OOB)

    assert result == returned(size)
    assert [got(receiver, 9, MSG_OOB) for _ in range(2)] == [b"e", NONE]
    assert drain(receiver) == ([b"abcd"[-size + 1 :]] if size > 1 else [])


@clause(since="5.15", level="source", refs=[MAN, SEND], covers=["msg:MSG_OOB"])
def test_a_send_of_nothing_is_not_urgent(sockets):
    """A send of no bytes with MSG_OOB is EOPNOTSUPP and leaves the urgent byte that there is."""
    sender, receiver = urgent_pair(sockets, (b"ab", MSG_OOB))

    assert sender.send(b"", MSG_OOB) == refused(EOPNOTSUPP)
    assert sender.send(b"") == returned(0)
    assert [got(receiver, 9), got(receiver, 9, MSG_OOB)] == [b"a", b"b"]


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_dgram_sendmsg", MARK], covers=["msg:MSG_OOB"])
@pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)
def test_records_have_no_urgent_data(sockets, kind):
    """A datagram or record with MSG_OOB is EOPNOTSUPP and not queued, and so is a request for it; the next arrives."""
    sender, receiver = sockets.pair(kind)

    assert sender.send(b"lost", MSG_OOB) == refused(EOPNOTSUPP)
    assert sender.send(b"data") == returned(4)
    assert got(receiver, 9, MSG_OOB) == refused(EOPNOTSUPP)
    assert drain(receiver) == [b"data"]


@clause(since="6.12", level="source", refs=[MARK])
@pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)
def test_records_have_no_mark(sockets, kind):
    """SIOCATMARK of a socket that is no stream is EOPNOTSUPP, SIOCINQ is not."""
    need_urgent_data(sockets)

    end = sockets.pair(kind)[0]

    assert [number(end, request) for request in (SIOCATMARK, SIOCINQ)] == [refused(EOPNOTSUPP), 0]


@clause(since="5.15", level="source", refs=[URGENT], covers=["msg:MSG_OOB", "errno:EINVAL"])
def test_without_an_urgent_byte_msg_oob_is_einval(sockets):
    """MSG_OOB where no urgent byte waits is EINVAL, and takes no data; where one waits it is received."""
    sender, receiver = urgent_pair(sockets)
    sender.must.send(b"data")

    refusal = got(receiver, 9, MSG_OOB)
    sender.must.send(b"!", MSG_OOB)

    assert refusal == NONE
    assert [got(receiver, 9, MSG_OOB), got(receiver, 9)] == [b"!", b"data"]


@clause(since="5.15", level="source", refs=[URGENT], covers=["msg:MSG_OOB", "msg:MSG_PEEK"])
def test_the_urgent_byte_may_be_peeked(sockets):
    """MSG_PEEK with MSG_OOB returns the urgent byte each time and leaves it, the mark and SIOCINQ as they are."""
    _, receiver = urgent_pair(sockets, (b"ab", MSG_OOB))
    before = (mark(receiver), number(receiver, SIOCINQ))

    peeked = [got(receiver, 9, MSG_OOB | MSG_PEEK) for _ in range(2)]

    assert peeked == [b"b"] * 2
    assert (mark(receiver), number(receiver, SIOCINQ)) == before == ((False, True), 2)
    assert [got(receiver, 9), got(receiver, 9, MSG_OOB)] == [b"a", b"b"]


@clause(since="5.15", level="source", refs=[URGENT], covers=["msg:MSG_OOB"])
def test_msg_flags_says_that_it_is_urgent(sockets):
    """recvmsg(2) of the urgent byte sets MSG_OOB in msg_flags, of other data it does not."""
    _, receiver = urgent_pair(sockets, (b"ab", MSG_OOB))
    messages = [Message([8]), Message([8])]

    results = [
        receiver.recvmsg(message.header, flags | MSG_DONTWAIT)
        for message, flags in zip(messages, (MSG_OOB, 0), strict=True)
    ]

    assert results == [returned(1)] * 2
    assert [(message.data(1), message.header.msg_flags) for message in messages] == [(b"b", MSG_OOB), (b"a", 0)]


@clause(since="5.15", level="source", refs=[URGENT], covers=["errno:EFAULT"])
def test_an_urgent_byte_that_cannot_be_written_is_efault(sockets, memory):
    """The urgent byte is EFAULT where it cannot be written; the data before it are still received."""
    _, receiver = urgent_pair(sockets, (b"ab", MSG_OOB))

    result = receiver.recv(memory.unmapped, 1, MSG_OOB | MSG_PEEK)

    assert result == refused(EFAULT)
    assert receiver.recv(Buffer(1).array, 1, MSG_OOB | MSG_PEEK) == returned(1)
    assert [got(receiver, 9), got(receiver, 9, MSG_OOB)] == [b"a", b"b"]


@clause(since="6.17", level="source", refs=[SEND, URGENT, "src:net/unix/af_unix.c:unix_inq_len"])
def test_siocinq_counts_the_urgent_byte_until_it_is_received(sockets):
    """SIOCINQ of a stream counts the urgent byte among the others, until it is received."""
    sender, receiver = urgent_pair(sockets, (b"abc", MSG_OOB))
    sender.must.send(b"de")

    counted = [number(receiver, SIOCINQ)]
    for size, flags in ((1, MSG_OOB), (1, 0), (9, 0), (9, 0)):
        got(receiver, size, flags)
        counted.append(number(receiver, SIOCINQ))

    assert counted == [5, 4, 3, 2, 0]
