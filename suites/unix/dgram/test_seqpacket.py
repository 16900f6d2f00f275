"""AF_UNIX seqpacket sockets, where they are neither like streams nor like datagram sockets."""

from errno import EAGAIN, ECONNRESET, ENOTCONN, EPIPE

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.endpoints import listening
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.process import start
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    AF_UNIX,
    MSG_DONTWAIT,
    MSG_EOR,
    MSG_NOSIGNAL,
    MSG_WAITALL,
    SHUT_WR,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)
from helpers.uapi.sockios import SIOCINQ
from helpers.unix_ends import got, number

SYSCALL = "sendto"
SEND = "src:net/unix/af_unix.c:unix_seqpacket_sendmsg"
RECEIVE = "src:net/unix/af_unix.c:unix_seqpacket_recvmsg"


@clause(since="2.6", level="source", refs=[SEND, RECEIVE], covers=["errno:ENOTCONN"])
@pytest.mark.parametrize("state", ["new", "bound", "listening"])
def test_without_a_connection_it_is_enotconn(sockets, state):
    """A seqpacket socket that is not connected neither sends nor receives: ENOTCONN, with an address too."""
    socket, (_, name) = sockets.open(AF_UNIX, SOCK_SEQPACKET), UNIX_SEQPACKET.ready(sockets)
    if state == "bound":
        UNIX_SEQPACKET.name(socket)
    elif state == "listening":
        listening(socket)

    assert [socket.send(b"data"), socket.sendto(b"data", 0, name)] == [refused(ENOTCONN)] * 2
    assert got(socket) == refused(ENOTCONN)
    client = sockets.open(AF_UNIX, SOCK_SEQPACKET)
    client.must.connect(name)
    assert client.send(b"data") == returned(4)


@clause(since="2.6", level="source", refs=[SEND])
def test_an_address_does_not_count(sockets):
    """A connected seqpacket socket sends to its peer whatever address is given, even one that is none."""
    near, far = sockets.pair(SOCK_SEQPACKET)
    other, name = UNIX_DGRAM.named(sockets)

    results = [near.sendto(b"data", 0, name), near.sendto(b"more", 0, name, 1)]

    assert results == [returned(4)] * 2
    assert (drain(far), drain(other)) == ([b"data", b"more"], [])


@clause(since="2.6", level="source", refs=[RECEIVE, "src:net/unix/af_unix.c:__unix_dgram_recvmsg"])
@pytest.mark.parametrize("blocking", [False, True], ids=["nonblocking", "blocking"])
def test_the_end_comes_behind_the_records(sockets, blocking):
    """After the records that were sent before SHUT_WR each receive returns 0, whether it may wait or not."""
    near, far = sockets.pair(SOCK_SEQPACKET)
    far.must.send(b"")
    far.must.send(b"data")
    far.must.shutdown(SHUT_WR)
    flags = 0 if blocking else MSG_DONTWAIT

    results = [near.recv(Buffer(8).array, 8, flags) for _ in range(4)]

    assert results == [returned(0), returned(4), returned(0), returned(0)]


@clause(since="2.6", level="source", refs=[SEND])
def test_a_send_that_waits_ends_when_it_is_shut_down(sockets):
    """A send that waits for room is EPIPE when there is some and its socket was shut down for sending meanwhile."""
    near, far = sockets.pair(SOCK_SEQPACKET)
    while near.send(bytes(4096), MSG_DONTWAIT).ok:
        pass

    with start(near.send, bytes(4096)) as child:
        child.wait_blocked("sendto")
        near.must.shutdown(SHUT_WR)
        drain(far)
        result = child.result()

    assert result == refused(EPIPE)


@clause(since="2.6", level="source", refs=[SEND, "src:net/unix/af_unix.c:unix_stream_sendmsg"])
def test_a_send_reports_the_reset_where_that_of_a_stream_does_not(sockets):
    """After a reset the first send is ECONNRESET, then EPIPE; of a stream each is EPIPE, and the read ECONNRESET."""
    reports = {}
    for kind in (SOCK_SEQPACKET, SOCK_STREAM):
        near, far = sockets.pair(kind)
        near.must.send(b"unread")
        far.must.close()
        reports[kind] = [*(near.send(b"lost", MSG_NOSIGNAL) for _ in range(2)), got(near)]

    assert reports[SOCK_SEQPACKET] == [refused(ECONNRESET), refused(EPIPE), b""]
    assert reports[SOCK_STREAM] == [refused(EPIPE), refused(EPIPE), refused(ECONNRESET)]


@clause(since="2.6", level="source", refs=["src:net/unix/af_unix.c:unix_inq_len"], covers=["file:ioctl_SIOCINQ"])
def test_siocinq_counts_the_bytes_of_all_records(sockets):
    """SIOCINQ of a seqpacket socket is the bytes of all records that wait, and less after each that is taken."""
    near, far = sockets.pair(SOCK_SEQPACKET)
    for data in (b"one", b"", b"three"):
        near.must.send(data)

    counted = [number(far, SIOCINQ)]
    for _ in range(3):
        got(far, 1)
        counted.append(number(far, SIOCINQ))

    assert counted == [8, 5, 5, 0]


@clause(since="2.6", level="source", refs=[RECEIVE], covers=["msg:MSG_WAITALL", "msg:MSG_EOR"])
def test_waitall_and_eor_change_nothing(sockets):
    """MSG_WAITALL returns one record, MSG_EOR of the sender does not come with it."""
    near, far = sockets.pair(SOCK_SEQPACKET)
    assert [near.send(b"one", MSG_EOR), near.send(b"two")] == [returned(3)] * 2
    message = Message([16])

    result = far.recvmsg(message.header, MSG_WAITALL | MSG_DONTWAIT)

    assert (result, message.data(3), message.header.msg_flags) == (returned(3), b"one", 0)
    assert [got(far), got(far)] == [b"two", refused(EAGAIN)]
