"""sendmmsg(2): which messages are sent when one of them cannot be."""

import ctypes
import mmap
from errno import EFAULT, EINVAL, EMSGSIZE, ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.libc import check, libc
from helpers.memory import PAGE, Memory
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, mmsghdr, msghdr
from helpers.uapi.socket_options import SO_ERROR

MAN = "man:sendmmsg(2)"
GENERIC = "src:net/socket.c:__sys_sendmmsg"
SIZE, HEADER = ctypes.sizeof(mmsghdr), ctypes.sizeof(msghdr)


def spoil(errno, header):
    """Make the message of *header* one that is refused with *errno*."""
    if errno == EFAULT:
        header.msg_iov = Memory.KERNEL
    elif errno == EINVAL:
        header.msg_name, header.msg_namelen = Memory.KERNEL, -1
    elif errno == EMSGSIZE:
        header.msg_iovlen = 1025
    else:
        header.msg_controllen = 2**31


NAMES = ["EFAULT", "EINVAL", "EMSGSIZE", "ENOBUFS"]
ERRNOS = pytest.mark.parametrize("errno", [EFAULT, EINVAL, EMSGSIZE, ENOBUFS], ids=NAMES)


@clause(since="3.0", level="documented", refs=[MAN, GENERIC])
@ERRNOS
def test_an_error_ends_the_call_and_is_lost(sockets, errno):
    """When a later message is refused the number of those before it is returned; its error is lost, the rest unsent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    entries = vector([Message([data]) for data in (b"1", b"22", b"333", b"4444")])
    good = bytes(entries[2])
    spoil(errno, entries[2].msg_hdr)

    result = sender.sendmmsg(entries, 4)

    assert result == returned(2)
    assert lengths(entries) == [1, 2, UNTOUCHED, UNTOUCHED]
    assert drain(receiver) == [b"1", b"22"]
    assert sender.option(SOL_SOCKET, SO_ERROR) == 0
    ctypes.memmove(ctypes.addressof(entries) + 2 * SIZE, good, SIZE)
    assert sender.sendmmsg(entries, 4) == returned(4)


@clause(since="3.0", level="documented", refs=[MAN, GENERIC], covers=[f"errno:{name}" for name in NAMES])
@ERRNOS
def test_the_error_of_the_first_message_is_told(sockets, errno):
    """When the first message is refused its error is returned, and none is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    entries = vector([Message([b"1"]), Message([b"22"])])
    good = bytes(entries[0])
    spoil(errno, entries[0].msg_hdr)

    result = sender.sendmmsg(entries, 2)

    assert result == refused(errno)
    assert lengths(entries) == [UNTOUCHED, UNTOUCHED]
    assert drain(receiver) == []
    ctypes.memmove(entries, good, SIZE)
    assert sender.sendmmsg(entries, 2) == returned(2)


@clause(since="3.0", level="source", refs=[GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_vector_is_sent_up_to_where_it_cannot_be_read(sockets, memory, count):
    """Messages before the end of readable memory are sent; EFAULT when the first header is beyond it."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    parts = [Message([data]) for data in (b"1", b"22", b"333")]
    raw = bytes(vector(parts))

    result = sender.sendmmsg(memory.before_end(raw[: count * SIZE + HEADER - 1]), 3)

    assert result == (returned(count) if count else refused(EFAULT))
    assert drain(receiver) == [b"1", b"22"][:count]


@clause(since="3.0", level="source", refs=[GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("count", [0, 1], ids=["first", "second"])
def test_a_message_whose_length_cannot_be_written_is_sent_but_not_counted(sockets, memory, count):
    """A msg_len that cannot be written ends the call: its message is sent, not counted; EFAULT if it is the first."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    parts = [Message([data]) for data in (b"1", b"22", b"333")]
    pages = memory.before_end(bytes(2 * PAGE))
    place = pages + PAGE - count * SIZE
    ctypes.memmove(place, bytes(vector(parts)), 3 * SIZE)
    check(libc.mprotect(pages + PAGE, PAGE, mmap.PROT_READ), "mprotect")

    result = sender.sendmmsg(place, 3)

    assert result == (returned(count) if count else refused(EFAULT))
    assert drain(receiver) == [b"1", b"22"][: count + 1]


@clause(since="4.9", level="source", refs=[GENERIC])
def test_a_message_of_which_only_a_part_is_sent_is_the_last(sockets, memory):
    """A stream message sent in part counts, with the bytes sent as its msg_len, and those after it are not sent."""
    sender, receiver = sockets.pair(SOCK_STREAM)
    head = bytes(range(251)) * 400  # more than AF_UNIX puts into one piece of its queue, less than it takes in all
    broken = Message([head, b"tail"])
    broken.iov[1].iov_base = memory.unmapped
    entries = vector([Message([b"first"]), broken, Message([b"last"])])

    result = sender.sendmmsg(entries, 3)

    assert result == returned(2)
    sent = entries[1].msg_len
    assert 0 < sent <= len(head)
    assert lengths(entries) == [5, sent, UNTOUCHED]
    assert b"".join(drain(receiver)) == b"first" + head[:sent]
    assert sender.send(b"more") == returned(4)
