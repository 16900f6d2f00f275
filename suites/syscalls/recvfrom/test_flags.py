"""recvfrom(2): the MSG_* flags."""

import select
from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.kinds import INET_TCP
from helpers.memory import Buffer
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    MSG_DONTWAIT,
    MSG_ERRQUEUE,
    MSG_OOB,
    MSG_PEEK,
    MSG_TRUNC,
    MSG_WAITALL,
    SOCK_DGRAM,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_STREAM,
)

PACKET = "src:net/packet/af_packet.c:packet_recvmsg"


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", PACKET], covers=["msg:MSG_PEEK"])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
def test_msg_peek_returns_the_frame_again_and_again(loopback, kind):
    """With MSG_PEEK a frame stays first in the queue until a call without it takes it."""
    frame = frames.ethernet()
    socket = queued(loopback, frame, kind=kind)
    buffers = [Buffer(100) for _ in range(3)]
    flags = [MSG_PEEK, MSG_PEEK, 0]

    results = [socket.recvfrom(buffer.array, 100, flag) for buffer, flag in zip(buffers, flags, strict=True)]

    start = 14 if kind == SOCK_DGRAM else 0
    assert results == [returned(46 - start)] * 3
    assert [buffer[: 46 - start] for buffer in buffers] == [frame.data[start:]] * 3
    assert socket.recvfrom(buffers[0].array, 100, MSG_DONTWAIT | MSG_PEEK) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"], covers=["msg:MSG_PEEK"])
def test_an_empty_datagram_can_be_peeked_at_and_is_taken_once(sockets):
    """A datagram of length 0 is a message: MSG_PEEK shows it each time, and one call without it takes it."""
    _, receiver = messages_for(sockets, b"", b"next")
    buffer = Buffer(8)

    results = [receiver.recvfrom(buffer.array, 8, flags | MSG_DONTWAIT) for flags in (MSG_PEEK, MSG_PEEK, 0, 0)]

    assert results == [returned(0), returned(0), returned(0), returned(4)]
    assert buffer[:5] == b"next\xa5"


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", PACKET], covers=["msg:MSG_PEEK", "msg:MSG_TRUNC"])
def test_peek_and_trunc_together_ask_for_the_size_of_the_next_frame(loopback):
    """With MSG_PEEK and MSG_TRUNC a buffer of size 0 is enough to learn the next frame's length."""
    socket = queued(loopback, frames.ethernet(size=77))

    results = [socket.recvfrom(None, 0, MSG_PEEK | MSG_TRUNC) for _ in range(2)]

    assert results == [returned(77)] * 2
    assert socket.recvfrom(Buffer(100).array, 100, MSG_DONTWAIT) == returned(77)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", PACKET], covers=["errno:EAGAIN", "msg:MSG_ERRQUEUE"])
def test_an_empty_error_queue_is_eagain_at_once(loopback):
    """MSG_ERRQUEUE reads only the error queue and never waits: it is EAGAIN on a blocking socket with frames."""
    socket = queued(loopback, frames.ethernet())
    buffer = Buffer(46)

    result = socket.recvfrom(buffer.array, 46, MSG_ERRQUEUE)

    assert result == refused(EAGAIN)
    assert buffer.untouched()
    assert socket.recvfrom(buffer.array, 46, MSG_DONTWAIT) == returned(46)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"], covers=["msg:MSG_WAITALL"])
def test_msg_waitall_waits_for_the_whole_size_on_a_stream(sockets):
    """With MSG_WAITALL a stream's receiver blocks until the buffer is full, however the bytes arrive."""
    sender, receiver = messages_for(sockets, b"abc", kind=SOCK_STREAM)

    def receive():
        buffer = Buffer(8)
        return receiver.recvfrom(buffer.array, 6, MSG_WAITALL), bytes(buffer)

    with process.start(receive) as child:
        child.wait_blocked("recvfrom")
        sender.must.send(b"defgh")
        result, data = child.result()

    assert result == returned(6)
    assert data == b"abcdef\xa5\xa5"
    assert receiver.recvfrom(Buffer(8).array, 8, MSG_DONTWAIT) == returned(2)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)"], covers=["msg:MSG_WAITALL"])
@pytest.mark.parametrize("why", ["end", "dontwait"])
def test_msg_waitall_returns_less_when_no_more_can_come(sockets, why):
    """At the end of the connection, or with MSG_DONTWAIT, MSG_WAITALL returns what there is."""
    sender, receiver = messages_for(sockets, b"abc", kind=SOCK_STREAM)
    if why == "end":
        sender.close()
    buffer = Buffer(8)

    result = receiver.recvfrom(buffer.array, 6, MSG_WAITALL | (MSG_DONTWAIT if why == "dontwait" else 0))

    assert result == returned(3)
    assert buffer[:3] == b"abc"
    assert buffer.untouched(3)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:tcp(7)"], covers=["msg:MSG_OOB", "errno:EINVAL"])
def test_msg_oob_returns_the_urgent_byte_of_a_stream(loopback):
    """MSG_OOB takes TCP's urgent byte out of turn, once, and is EINVAL when there is none."""
    client, server = INET_TCP.pair(loopback.sockets, loopback.namespace)
    client.must.send(b"abcd")
    client.must.send(b"!", MSG_OOB)
    wait.poll(server.fd, select.POLLPRI)  # or it might still be on its way
    stream, urgent = Buffer(8), Buffer(8)

    results = [server.recvfrom(urgent.array, 8, MSG_OOB) for _ in range(2)]

    assert results == [returned(1), refused(EINVAL)]
    assert urgent[:2] == b"!\xa5"
    assert server.recvfrom(stream.array, 8) == returned(4)
    assert stream[:5] == b"abcd\xa5"
