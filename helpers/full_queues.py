"""Queues without room for another message."""

from errno import EAGAIN

from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF

_MANY = 2000  # messages: more than any queue here takes


def fill(sender: Socket, size: int = 1000) -> list[bytes]:
    """Send numbered messages of *size* bytes until no more fits, and return them."""
    sent = []
    for number in range(_MANY):
        data = number.to_bytes(4, "big") + bytes(size - 4)
        result = sender.send(data, MSG_DONTWAIT)
        if result.errno == EAGAIN:
            return sent
        if not result.ok:
            raise SetupError(f"set-up failed: filling a queue {result!r}")
        sent.append(data)
    raise SetupError(f"set-up failed: {_MANY} messages do not fill the queue")


def full_pair(sockets: Sockets, kind: int = SOCK_DGRAM) -> tuple[Socket, Socket, list[bytes]]:
    """Return the ends of an AF_UNIX pair and what fills it: the first can send nothing more until the second reads."""
    sender, receiver = sockets.pair(kind)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)  # the kernel makes it its minimum
    return sender, receiver, fill(sender)
