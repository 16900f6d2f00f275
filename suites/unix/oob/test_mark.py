"""MSG_OOB of an AF_UNIX stream: where reads end, what SIOCATMARK and POLLPRI report, one step after the other."""

from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.syscall import refused
from helpers.uapi.socket import MSG_OOB, MSG_PEEK, SOL_SOCKET
from helpers.uapi.socket_options import SO_OOBINLINE
from helpers.unix_ends import got, mark, urgent_pair

SYSCALL = "recvfrom"
REFS = [
    "src:net/unix/af_unix.c:manage_oob",
    "src:net/unix/af_unix.c:unix_stream_recv_urg",
    "src:net/unix/af_unix.c:unix_ioctl",
    "src:net/unix/af_unix.c:unix_poll",
]
NO_MORE, NONE = refused(EAGAIN), refused(EINVAL)

# A send: ("send", data) or ("urgent", data). Everything else: (call, size, what it returns, at the mark, POLLPRI),
# where the call is "read" or "oob". With "inline" SO_OOBINLINE is set from there on.
STEPS = {
    "read-then-urgent": [
        ("urgent", b"hello"), ("read", 5, b"hell", True, True), ("oob", 1, b"o", True, False),
        ("read", 1, NO_MORE, False, False),
    ],
    "urgent-then-read": [
        ("urgent", b"hello"), ("send", b"world"), ("oob", 1, b"o", False, False), ("read", 9, b"hell", True, False),
        ("read", 5, b"world", False, False),
    ],
    "passed-over": [
        ("urgent", b"hello"), ("send", b"world"), ("read", 10, b"hell", True, True),
        ("read", 10, b"world", False, False), ("oob", 1, NONE, False, False),
    ],
    "passed-over-at-the-end": [
        ("urgent", b"x"), ("read", 1, NO_MORE, False, False), ("oob", 1, NONE, False, False),
        ("send", b"y"), ("read", 2, b"y", False, False),
    ],
    "second-one-before-the-first-is-read": [
        ("urgent", b"hello"), ("urgent", b"wor"), ("send", b"ld"), ("read", 10, b"hellowo", True, True),
        ("oob", 1, b"r", True, False), ("read", 2, b"ld", False, False),
    ],
    "two-in-a-row": [
        ("urgent", b"x"), ("urgent", b"y"), ("read", 1, b"x", True, True), ("oob", 1, b"y", True, False),
    ],
    "second-one-first": [
        ("urgent", b"x"), ("urgent", b"y"), ("oob", 1, b"y", False, False), ("read", 1, b"x", True, False),
    ],
    "after-a-received-one": [
        ("urgent", b"x"), ("oob", 1, b"x", True, False), ("urgent", b"y"), ("read", 1, NO_MORE, False, False),
        ("oob", 1, NONE, False, False),
    ],
    "two-received-ones": [
        ("urgent", b"x"), ("oob", 1, b"x", True, False), ("urgent", b"y"), ("oob", 1, b"y", True, False),
        ("send", b"z"), ("read", 1, b"z", False, False),
    ],
    "three": [
        ("urgent", b"hello"), ("urgent", b"wor"), ("oob", 1, b"r", False, False), ("urgent", b"ld"),
        ("read", 10, b"hellowol", True, True), ("oob", 1, b"d", True, False),
    ],
    "stop-before-a-received-one": [
        ("urgent", b"hello"), ("oob", 1, b"o", False, False), ("urgent", b"world"), ("read", 4, b"hell", False, True),
        ("read", 9, b"worl", True, True),
    ],
    "partly-read": [
        ("urgent", b"hello"), ("read", 2, b"he", False, True), ("read", 9, b"ll", True, True),
        ("oob", 1, b"o", True, False),
    ],
    "read-of-nothing": [
        ("urgent", b"ab"), ("read", 1, b"a", True, True), ("oob", 1, b"b", True, False),
    ],
}  # fmt: skip
IN_LINE = {
    "at-the-front": [
        ("inline",), ("urgent", b"x"), ("oob", 1, NONE, True, True), ("read", 1, b"x", False, False),
    ],
    "reads-end-before-it": [
        ("inline",), ("urgent", b"hello"), ("oob", 1, NONE, False, True), ("read", 5, b"hell", True, True),
        ("read", 1, b"o", False, False),
    ],
    "and-go-on-behind-it": [
        ("inline",), ("urgent", b"hello"), ("send", b"world"), ("read", 9, b"hell", True, True),
        ("read", 9, b"oworld", False, False),
    ],
    "set-after-one-was-received": [
        ("urgent", b"hello"), ("send", b"world"), ("oob", 1, b"o", False, False), ("inline",),
        ("read", 9, b"hell", True, False), ("read", 6, b"world", False, False),
    ],
    "set-after-two": [
        ("urgent", b"x"), ("urgent", b"y"), ("inline",), ("read", 1, b"x", True, True), ("read", 1, b"y", False, False),
    ],
    "two": [
        ("urgent", b"hello"), ("urgent", b"wor"), ("send", b"ld"), ("inline",), ("read", 10, b"hellowo", True, True),
        ("read", 3, b"rld", False, False),
    ],
    "set-between-one-received-and-one-new": [
        ("urgent", b"hello"), ("oob", 1, b"o", False, False), ("inline",), ("urgent", b"world"),
        ("read", 4, b"hell", False, True), ("read", 9, b"worl", True, True), ("read", 9, b"d", False, False),
    ],
}  # fmt: skip
SENT = {"send": 0, "urgent": MSG_OOB}


def walk(sockets, steps, peek):
    """Take *steps* and return what the reads of them showed, and what they should have; with *peek*, peek before."""
    sender, receiver = urgent_pair(sockets)
    seen, expected = [], []
    for call, *rest in steps:
        if call == "inline":
            receiver.must.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1)
        elif call in SENT:
            sender.must.send(*rest, SENT[call])
        else:
            size, result, at_mark, priority = rest
            flags = MSG_OOB if call == "oob" else 0
            if peek:
                seen.append(got(receiver, size, flags | MSG_PEEK))
                expected.append(result)
            seen.append((got(receiver, size, flags), *mark(receiver)))
            expected.append((result, at_mark, priority))
    return seen, expected


@clause(since="6.10", level="source", refs=["man:unix(7)", *REFS], covers=["msg:MSG_OOB", "file:ioctl_SIOCATMARK"])
@pytest.mark.parametrize("peek", [False, True], ids=["taken", "peeked-before"])
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_reads_end_before_the_last_urgent_byte(sockets, steps, peek):
    """A read ends before the last urgent byte, received or not; at its place is the mark, and a read passes over it."""
    seen, expected = walk(sockets, steps, peek)

    assert seen == expected


@clause(
    since="6.10", level="source", refs=["man:socket(7)", *REFS], covers=["msg:MSG_OOB", "option:SO_OOBINLINE:effect"]
)
@pytest.mark.parametrize("peek", [False, True], ids=["taken", "peeked-before"])
@pytest.mark.parametrize("steps", IN_LINE.values(), ids=IN_LINE)
def test_with_so_oobinline_the_urgent_byte_is_read_in_its_place(sockets, steps, peek):
    """With SO_OOBINLINE a read ends before the urgent byte, the next begins with it, and MSG_OOB is EINVAL."""
    seen, expected = walk(sockets, steps, peek)

    assert seen == expected
