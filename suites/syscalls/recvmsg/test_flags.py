"""recvmsg(2): the MSG_* flags of the call, and those that come back in msg_flags."""

import select
from errno import EAGAIN, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.endpoints import listening
from helpers.kinds import INET_TCP
from helpers.messages import Message
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.sockets import must
from helpers.syscall import refused, returned
from helpers.syscall import socket as new_socket
from helpers.uapi.in_ import IPPROTO_SCTP
from helpers.uapi.socket import (
    AF_INET,
    MSG_CMSG_COMPAT,
    MSG_DONTWAIT,
    MSG_EOR,
    MSG_OOB,
    MSG_PEEK,
    MSG_TRUNC,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)

PACKET = "src:net/packet/af_packet.c:packet_recvmsg"
GENERIC = "src:net/socket.c:__sys_recvmsg"
INNER = "src:net/socket.c:____sys_recvmsg"


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", PACKET], covers=["msg:MSG_PEEK"])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_msg_peek_returns_the_frame_again_and_again(loopback, kind):
    """With MSG_PEEK a frame stays first in the queue, cut or not, until a call without it takes it."""
    frame = frames.ethernet(size=100)
    start = 14 if kind == SOCK_DGRAM else 0
    socket = queued(loopback, frame, kind=kind)
    messages = [Message([size]) for size in (10, 200, 200)]
    flags = [MSG_PEEK, MSG_PEEK, 0]

    results = [socket.recvmsg(message.header, flag) for message, flag in zip(messages, flags, strict=True)]

    assert results == [returned(10), returned(100 - start), returned(100 - start)]
    assert messages[0].data(10) == frame.data[start:][:10]
    assert [message.data(100 - start) for message in messages[1:]] == [frame.data[start:]] * 2
    assert [message.header.msg_flags for message in messages] == [MSG_TRUNC, 0, 0]
    assert socket.recvmsg(messages[0].header, MSG_DONTWAIT) == refused(EAGAIN)


@clause(
    since="2.2",
    level="source",
    refs=["man:recvmsg(2)", "src:net/unix/af_unix.c:__unix_dgram_recvmsg"],
    covers=["errno:EOPNOTSUPP", "msg:MSG_OOB"],
)
@pytest.mark.parametrize("kind", [SOCK_DGRAM, SOCK_SEQPACKET], ids=["dgram", "seqpacket"])
def test_msg_oob_without_out_of_band_data_in_the_protocol_is_eopnotsupp(sockets, kind):
    """An AF_UNIX datagram or seqpacket socket has no urgent data: MSG_OOB is EOPNOTSUPP, and the message stays."""
    _, receiver = messages_for(sockets, b"data", kind=kind)
    message = Message([16])

    result = receiver.recvmsg(message.header, MSG_OOB | MSG_DONTWAIT)

    assert result == refused(EOPNOTSUPP)
    assert receiver.recvmsg(message.header, MSG_DONTWAIT) == returned(4)


@clause(since="2.6.37", level="source", refs=[GENERIC, PACKET], covers=["errno:EINVAL", "msg:MSG_CMSG_COMPAT"])
def test_msg_cmsg_compat_is_not_for_programs(loopback):
    """MSG_CMSG_COMPAT, the kernel's own mark of a 32-bit caller, is EINVAL, and the frame stays in the queue."""
    socket = queued(loopback, frames.ethernet())
    message = Message([46], control=64)

    result = socket.recvmsg(message.header, MSG_CMSG_COMPAT | MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == returned(46)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", INNER])
def test_msg_flags_is_only_written(loopback):
    """What msg_flags holds before the call has no effect and is not returned."""
    socket = queued(loopback, frames.ethernet(size=100), frames.ethernet(size=100))
    messages = [Message([size], flags=MSG_PEEK | MSG_TRUNC | MSG_OOB) for size in (100, 99)]

    results = [socket.recvmsg(message.header) for message in messages]

    assert results == [returned(100), returned(99)]
    assert [message.header.msg_flags for message in messages] == [0, MSG_TRUNC]


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:tcp(7)"], covers=["msg:MSG_OOB"])
def test_urgent_data_is_flagged_msg_oob(loopback):
    """The urgent byte that MSG_OOB takes comes with MSG_OOB in msg_flags; ordinary data does not."""
    client, server = INET_TCP.pair(loopback.sockets, loopback.namespace)
    client.must.send(b"abc")
    client.must.send(b"!", MSG_OOB)
    wait.poll(server.fd, select.POLLPRI)  # or it might still be on its way
    urgent, plain = Message([8]), Message([8])

    results = [server.recvmsg(urgent.header, MSG_OOB), server.recvmsg(plain.header)]

    assert results == [returned(1), returned(3)]
    assert (urgent.data(1), plain.data(3)) == (b"!", b"abc")
    assert (urgent.header.msg_flags, plain.header.msg_flags) == (MSG_OOB, 0)


@clause(since="2.6.12", level="documented", refs=["man:recvmsg(2)", "man:sctp(7)"], covers=["msg:MSG_EOR"])
def test_the_end_of_a_record_is_flagged_msg_eor(loopback):
    """On SCTP, which has records, MSG_EOR in msg_flags marks data that ends one; a part before that comes without."""
    with loopback.namespace:
        listener = new_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP)
        if not listener.ok:
            pytest.skip(f"needs SCTP in the kernel: socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) {listener!r}")
    listener = loopback.sockets.adopt(must(listener))
    client = loopback.sockets.open(AF_INET, SOCK_STREAM, IPPROTO_SCTP, loopback.namespace)
    client.must.connect(listening(listener))
    server = loopback.sockets.adopt(listener.must.accept4())
    client.must.send(b"record")
    parts = [Message([size]) for size in (4, 4)]

    results = [server.recvmsg(part.header) for part in parts]

    assert results == [returned(4), returned(2)]
    assert [part.header.msg_flags & MSG_EOR for part in parts] == [0, MSG_EOR]


@clause(since="2.6.0", level="disputed", refs=["man:recvmsg(2)", "src:net/unix/af_unix.c:unix_seqpacket_recvmsg"])
def test_unix_seqpackets_come_without_msg_eor(sockets):
    """A record of an AF_UNIX SOCK_SEQPACKET socket comes without MSG_EOR.

    recv(2) says that the flag is generally used with sockets of this type; AF_UNIX has never set it.
    """
    _, receiver = messages_for(sockets, b"record", kind=SOCK_SEQPACKET)
    message = Message([16])

    assert receiver.recvmsg(message.header) == returned(6)
    assert message.header.msg_flags == 0
