"""recvfrom(2): how much one call takes, and the end of a connection."""

import ctypes

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.receive_queues import messages_for
from helpers.syscall import returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_SEQPACKET, SOCK_STREAM

GENERIC = "src:net/socket.c:__sys_recvfrom"


@clause(since="2.2", level="source", refs=["src:lib/iov_iter.c:import_ubuf", GENERIC])
@pytest.mark.parametrize("size", [2**31, 2**64 - 1], ids=["INT_MAX+1", "SIZE_MAX"])
def test_a_size_beyond_int_is_clamped_not_refused(sockets, size):
    """A buffer size beyond what one call can move receives like a sufficient one."""
    _, receiver = messages_for(sockets, b"datagram")
    buffer = Buffer(4096)

    result = receiver.recvfrom(buffer.array, ctypes.c_size_t(size).value)

    assert result == returned(8)
    assert buffer[:8] == b"datagram"
    assert buffer.untouched(8)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:unix(7)"])
def test_a_stream_gives_what_is_there_and_keeps_the_rest(sockets):
    """On a stream no more than the size is returned, less if less is there; the rest stays for the next call."""
    _, receiver = messages_for(sockets, b"abcde", kind=SOCK_STREAM)
    buffer = Buffer(16)

    first = receiver.recvfrom(buffer.array, 2)
    second = receiver.recvfrom(buffer.address + 2, 14)

    assert (first, second) == (returned(2), returned(3))
    assert buffer[:5] == b"abcde"
    assert buffer.untouched(5)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])
def test_the_end_of_a_connection_is_a_zero_after_the_data(sockets, kind):
    """After the peer has closed, what it sent is returned first and then 0, each time."""
    sender, receiver = messages_for(sockets, b"last", kind=kind)
    sender.close()
    buffer = Buffer(16)

    results = [receiver.recvfrom(buffer.array, 16, MSG_DONTWAIT) for _ in range(3)]

    assert results == [returned(4), returned(0), returned(0)]
    assert buffer[:4] == b"last"
    assert buffer.untouched(4)
