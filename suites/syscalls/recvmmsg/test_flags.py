"""recvmmsg(2): the MSG_* flags."""

import select

from fixtures.clauses import clause
from helpers import wait
from helpers.kinds import INET_TCP
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.net import frames
from helpers.receive_queues import queued
from helpers.syscall import returned
from helpers.uapi.socket import (
    MSG_OOB,
    MSG_PEEK,
    MSG_TRUNC,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_ERROR

LOOP = "src:net/socket.c:do_recvmmsg"


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_PEEK"])
def test_peeking_fills_every_entry_with_the_first_frame(loopback):
    """With MSG_PEEK the queue does not advance: every entry gets the same frame, and it stays."""
    first, second = frames.ethernet(size=60), frames.ethernet(size=70)
    socket = queued(loopback, first, second)
    messages = [Message([100]) for _ in range(2)]
    entries = vector(messages)

    result = socket.recvmmsg(entries, 2, MSG_PEEK)

    assert result == returned(2)
    assert [message.data(60) for message in messages] == [first.data] * 2
    assert socket.recvmmsg(entries, 2) == returned(2)
    assert lengths(entries) == [60, 70]


@clause(since="2.6.33", level="documented", refs=["man:recvmmsg(2)", "man:packet(7)", LOOP], covers=["msg:MSG_TRUNC"])
def test_msg_trunc_gives_the_true_length_in_msg_len(loopback):
    """With MSG_TRUNC msg_len is the length of the frame, however much of it was copied."""
    socket = queued(loopback, frames.ethernet(size=60), frames.ethernet(size=70))
    entries = vector([Message([8]), Message([])])

    result = socket.recvmmsg(entries, 2, MSG_TRUNC)

    assert result == returned(2)
    assert lengths(entries) == [60, 70]
    assert [entry.msg_hdr.msg_flags for entry in entries] == [MSG_TRUNC] * 2


@clause(since="2.6.33", level="source", refs=["man:recvmmsg(2)", LOOP], covers=["msg:MSG_OOB"])
def test_out_of_band_data_ends_the_call(loopback):
    """After a message with MSG_OOB in its msg_flags the call returns at once, and no error stays pending."""
    client, server = INET_TCP.pair(loopback.sockets, loopback.namespace)
    client.must.send(b"!", MSG_OOB)
    wait.poll(server.fd, select.POLLPRI)  # or it might still be on its way
    entries = vector([Message([8]), Message([8])])

    result = server.recvmmsg(entries, 2, MSG_OOB)

    assert result == returned(1)
    assert (entries[0].msg_len, entries[0].msg_hdr.msg_flags) == (1, MSG_OOB)
    assert lengths(entries) == [1, UNTOUCHED]
    assert server.option(SOL_SOCKET, SO_ERROR) == 0
