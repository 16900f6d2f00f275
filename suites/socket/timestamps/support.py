"""What the clauses of time stamps share: a datagram that is received with options, what the error queue returns."""

import select
import time
from collections.abc import Iterable
from errno import ENOMSG
from typing import NamedTuple

from helpers import messages, times, wait
from helpers.messages import Message
from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.uapi.errqueue import SO_EE_ORIGIN_TIMESTAMPING, sock_extended_err
from helpers.uapi.in6 import IPV6_RECVERR
from helpers.uapi.in_ import IP_RECVERR
from helpers.uapi.socket import MSG_ERRQUEUE, SOCK_DGRAM, SOL_IP, SOL_IPV6, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD
from helpers.uapi.time_types import timespec


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


class Sent(NamedTuple):
    """A time stamp of something sent, as the error queue has it.

    *kind*: SCM_TSTAMP_*. *number*: ee_data. *seconds*: since 1970, None if it is not reported. *data*: the bytes
    beside it. *controls*: the control messages but that of the stamp and that of the error, by level and type.
    """

    kind: int
    number: int
    seconds: float | None
    data: bytes
    controls: dict[tuple[int, int], bytes]


def sent_stamp(socket: Socket) -> Sent | None:
    """Take one time stamp from the error queue of an internet socket; None if it is empty."""
    entry = messages.receive(socket.fd, flags=MSG_ERRQUEUE)
    if entry is None:
        return None
    controls = {(level, kind): data for level, kind, data in entry.controls}
    (recverr,) = controls.keys() & {(SOL_IP, IP_RECVERR), (SOL_IPV6, IPV6_RECVERR)}
    error = sock_extended_err.from_buffer_copy(controls.pop(recverr))
    assert (error.ee_errno, error.ee_origin) == (ENOMSG, SO_EE_ORIGIN_TIMESTAMPING)
    stamp = controls.pop((SOL_SOCKET, SO_TIMESTAMPING_OLD), None)
    seconds = None
    if stamp is not None:
        whole, rest = times.words(timespec, stamp)
        seconds = whole + rest / 1e9
    return Sent(error.ee_info, error.ee_data, seconds, entry.data, controls)


def sent_stamps(socket: Socket, count: int) -> list[Sent]:
    """Take *count* time stamps from the error queue, once they are there; more of them are an AssertionError."""
    found = []
    while len(found) < count:
        wait.until(lambda: wait.poll(socket.fd, select.POLLPRI) & select.POLLERR, "a time stamp")
        found.append(sent_stamp(socket))
    assert sent_stamp(socket) is None
    return found
