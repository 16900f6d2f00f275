"""sendmsg(2): a message gathered from pieces."""

from errno import EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.messages import Message
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    SOCK_DGRAM,
    UIO_MAXIOV,
    iovec,
    msghdr,
)

GENERIC = "src:net/socket.c:____sys_sendmsg"
COPY = "src:net/socket.c:copy_msghdr_from_user"
IMPORT = "src:lib/iov_iter.c:__import_iovec"


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", COPY, IMPORT], covers=["errno:EMSGSIZE"])
@pytest.mark.parametrize("count", [1, 8, 9, UIO_MAXIOV])
def test_takes_up_to_uio_maxiov_pieces(sockets, count):
    """Up to UIO_MAXIOV (1024) pieces make one message; one more is refused with EMSGSIZE, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    data = bytes(number % 251 for number in range(UIO_MAXIOV + 1))
    message = Message([data[number : number + 1] for number in range(UIO_MAXIOV + 1)])

    refusal = sender.sendmsg(message.header)
    message.header.msg_iovlen = count
    result = sender.sendmsg(message.header)

    assert refusal == refused(EMSGSIZE)
    assert result == returned(count)
    assert drain(receiver) == [data[:count]]


@clause(since="2.2", level="source", refs=[COPY, "src:lib/iov_iter.c:iovec_from_user"])
def test_without_pieces_the_message_is_empty(sockets, memory):
    """With msg_iovlen 0 the vector is never read, and an empty datagram is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    result = sender.sendmsg(msghdr(msg_iov=memory.unmapped, msg_iovlen=0))

    assert result == returned(0)
    assert drain(receiver) == [b""]


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", GENERIC, COPY])
def test_everything_is_only_read(sockets, memory):
    """Header, vector, data and control may lie in read-only memory: the call changes nothing."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    vector = iovec(iov_base=memory.readonly(b"data"), iov_len=4)
    header = msghdr(
        msg_iov=memory.readonly(bytes(vector)),
        msg_iovlen=1,
        msg_control=memory.readonly(bytes(16)),
        msg_controllen=15,  # too short to be looked at
        msg_flags=0x5A5A,
    )

    result = sender.sendmsg(memory.readonly(bytes(header)))

    assert result == returned(4)
    assert drain(receiver) == [b"data"]
