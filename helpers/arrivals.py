"""What has arrived in a socket's queue, and what is still to arrive."""

from helpers import messages, wait
from helpers.sockets import Socket
from helpers.uapi.socket import MSG_DONTWAIT

_MANY = 2000  # messages: more than any queue here takes


def drain(receiver: Socket, size: int = 65536) -> list[bytes]:
    """Return what is in the queue, message by message (of a stream: read by read)."""
    taken: list[bytes] = []
    while len(taken) < _MANY and (received := messages.receive(receiver.fd, size, flags=MSG_DONTWAIT)) is not None:
        taken.append(received.data)
    return taken


def arrivals(receiver: Socket, last: bytes) -> list[bytes]:
    """Return every message that arrives up to the one that contains *last*, and what is behind it.

    DeadlineError if that one does not come. AF_UNIX needs none of this: there a message arrives as it is sent.
    """
    arrived: list[bytes] = []
    while not any(last in data for data in arrived):
        if not wait.readable(receiver.fd):
            raise wait.DeadlineError(f"{last!r} did not arrive, but {arrived!r}")
        arrived += drain(receiver)
    return arrived
