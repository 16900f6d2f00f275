"""Connected ends: whether they are connected to each other, what they exchange, how long connect(2) waits."""

from helpers import wait
from helpers.memory import Buffer
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.socket import MSG_DONTWAIT, MSG_NOSIGNAL, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDTIMEO
from helpers.uapi.time_types import timeval


def exchange(near: Socket, far: Socket) -> tuple[Result, Result, Result, Result]:
    """Receive at both ends, then send from both, without waiting; the results of near, far, near, far.

    What is sent has arrived at the other end afterwards, or found it closed.
    """
    flags = MSG_DONTWAIT | MSG_NOSIGNAL
    received = [end.recv(Buffer(8).array, 8, flags) for end in (near, far)]
    sent = [end.send(b"data", flags) for end in (near, far)]
    for result, end in zip(sent, (far, near), strict=True):
        if result.ok:
            wait.readable(end.fd)
    return (*received, *sent)


def are_connected(near: Socket, far: Socket) -> bool:
    """Return whether *near* is connected with *far*: what the one sends the other receives, both ways."""
    received = []
    for source, sink, data in ((near, far, b"there"), (far, near, b"back!")):
        buffer = Buffer(8)
        sent = source.send(data)
        if sent.ok:
            wait.readable(sink.fd)
        got = sink.recv(buffer.array, 8, MSG_DONTWAIT)
        received.append(sent == got == (5, 0) and buffer[:5] == data)
    return all(received)


def wait_at_most(socket: Socket, seconds: float) -> None:
    """Set SO_SNDTIMEO, which connect(2) heeds."""
    socket.must.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(int(seconds), round(seconds % 1 * 1e6)))
