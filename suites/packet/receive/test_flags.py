"""Receiving on packet sockets: the flags that they refuse."""

from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net import frames
from helpers.receive_queues import queued
from helpers.syscall import refused, returned
from helpers.uapi import socket as socket_h
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB

SYSCALL = "recvfrom"

PACKET = "src:net/packet/af_packet.c:packet_recvmsg"
REFUSED = {
    name: getattr(socket_h, f"MSG_{name}")
    for name in (
        "OOB", "DONTROUTE", "CTRUNC", "PROBE", "EOR", "WAITALL", "FIN", "SYN", "CONFIRM", "RST", "NOSIGNAL", "MORE",
        "WAITFORONE", "BATCH", "ZEROCOPY", "FASTOPEN", "CMSG_CLOEXEC",
    )
} | {"unknown": 1 << 24}  # fmt: skip


@clause(
    since="2.2",
    level="source",
    refs=["man:recvfrom(2)", "man:recvmsg(2)", PACKET],
    covers=["errno:recvfrom:EINVAL", "errno:recvmsg:EINVAL", "msg:MSG_OOB"],
)
@pytest.mark.parametrize("call", ["recvfrom", "recvmsg"])
@pytest.mark.parametrize("flag", REFUSED.values(), ids=REFUSED)
def test_a_packet_socket_refuses_other_flags_with_einval(loopback, flag, call):
    """Flags that packet sockets do not support are EINVAL, and the frame stays in the queue."""
    frame = frames.ethernet()
    socket = queued(loopback, frame)
    message = Message([46])

    def receive(flags):
        if call == "recvmsg":
            return socket.recvmsg(message.header, flags)
        return socket.recvfrom(message.iov[0].iov_base, 46, flags)

    result = receive(flag | MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert message.data(46) == b"\xa5" * 46
    assert receive(MSG_DONTWAIT) == returned(46)
    assert message.data(46) == frame.data


@clause(since="2.2", level="source", refs=["man:recvfrom(2)", PACKET])
def test_bad_flags_are_reported_before_an_empty_queue(sockets):
    """With an empty queue flags that a packet socket refuses are still EINVAL."""
    socket = sockets.packet()

    result = socket.recvfrom(Buffer(16).array, 16, MSG_OOB | MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert socket.recvfrom(Buffer(16).array, 16, MSG_DONTWAIT) == refused(EAGAIN)
