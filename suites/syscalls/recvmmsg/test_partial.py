"""recvmmsg(2): an error at an entry, before and after messages were received."""

from errno import EFAULT, EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer, Memory
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    MSG_DONTWAIT,
    SOL_SOCKET,
    UIO_MAXIOV,
)
from helpers.uapi.socket_options import SO_ERROR

LOOP = "src:net/socket.c:do_recvmmsg"


def spoil(entries, number, how):
    """Break the entry *number* so that receiving into it is refused before a message is taken."""
    header = entries[number].msg_hdr
    if how == EMSGSIZE:
        header.msg_iovlen = UIO_MAXIOV + 1
    elif how == EINVAL:
        header.msg_name, header.msg_namelen = header.msg_iov, -1
    else:
        header.msg_iov = Memory.KERNEL


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:recvmmsg(2)", LOOP],
    covers=["errno:EFAULT", "errno:EINVAL", "errno:EMSGSIZE"],
)
@pytest.mark.parametrize("errno", [EFAULT, EINVAL, EMSGSIZE], ids=["EFAULT", "EINVAL", "EMSGSIZE"])
def test_an_error_at_the_first_message_is_returned(sockets, errno):
    """When nothing was received the error is returned, no message is lost, and no error stays pending."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries = vector([Message([8]), Message([8])])
    spoil(entries, 0, errno)

    result = receiver.recvmmsg(entries, 2, MSG_DONTWAIT)

    assert result == refused(errno)
    assert lengths(entries) == [UNTOUCHED, UNTOUCHED]
    assert receiver.recvfrom(Buffer(8).array, 8, MSG_DONTWAIT) == returned(1)


@clause(
    since="2.6.33",
    level="documented",
    refs=["man:recvmmsg(2)", LOOP],
    covers=["errno:EFAULT", "errno:EINVAL", "errno:EMSGSIZE"],
)
@pytest.mark.parametrize("errno", [EFAULT, EINVAL, EMSGSIZE], ids=["EFAULT", "EINVAL", "EMSGSIZE"])
def test_an_error_after_messages_is_returned_by_the_next_call(sockets, errno):
    """When messages were received their number is returned and the error by the next call, once; none is lost."""
    _, receiver = messages_for(sockets, b"1", b"22", b"333")
    entries = vector([Message([8]) for _ in range(3)])
    spoil(entries, 1, errno)

    results = [receiver.recvmmsg(entries, count, MSG_DONTWAIT) for count in (3, 1, 1)]

    assert results == [returned(1), refused(errno), returned(1)]
    assert lengths(entries) == [2, UNTOUCHED, UNTOUCHED]


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP])
def test_an_error_after_messages_is_what_so_error_tells(sockets):
    """The error that ended a call after some messages is the socket's pending error."""
    _, receiver = messages_for(sockets, b"1", b"22")
    entries = vector([Message([8]), Message([8])])
    spoil(entries, 1, EMSGSIZE)

    result = receiver.recvmmsg(entries, 2, MSG_DONTWAIT)

    assert result == returned(1)
    assert [receiver.option(SOL_SOCKET, SO_ERROR) for _ in range(2)] == [EMSGSIZE, 0]
