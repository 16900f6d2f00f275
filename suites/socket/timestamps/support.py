"""What the clauses of received time stamps share: a datagram that is received with options."""

import time
from collections.abc import Iterable

from helpers.messages import Message
from helpers.socket_pool import Sockets
from helpers.uapi.socket import SOCK_DGRAM, SOL_SOCKET


def now() -> int:
    """Return the time of day in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def received_with(
    sockets: Sockets, options: Iterable[tuple[int, int]], late: bool = False
) -> tuple[list[tuple[int, int, bytes]], int, int]:
    """Return the control messages of an AF_UNIX datagram, and the times between which it was to be stamped.

    The socket has the *options* of SOL_SOCKET when the message is sent, or gets them before it is received (*late*).
    """
    sender, receiver = sockets.pair(SOCK_DGRAM)
    message = Message([16], control=256)
    steps = [
        lambda: [receiver.must.setsockopt(SOL_SOCKET, option, value) for option, value in options],
        lambda: sender.must.send(b"data"),
    ]
    for step in reversed(steps) if late else steps:
        before = now()
        step()
        after = now()
    receiver.must.recvmsg(message.header)
    return message.control_messages(), before, now() if late else after
