"""What two connected sockets of a kind exchange: the data of each message, without what the kind puts before it.

Source: raw(7): an IPv4 raw socket receives the IP header, too.
"""

from helpers import wait
from helpers.arrivals import arrivals
from helpers.kinds import INET_RAW, RECORDS, SocketKind
from helpers.sockets import Socket

LAST = b"<the last>"  # what is in no other message


def header_of(kind: SocketKind) -> int:
    """Return how many bytes a socket of *kind* receives before the data that were sent."""
    return 20 if kind is INET_RAW else 0


def arrived(kind: SocketKind, near: Socket, far: Socket) -> list[bytes]:
    """Return what *far* has received from *near* by now; of a stream, all of it as one.

    A last message is sent to know that nothing else is on its way; set-up: SetupError where *near* cannot send.
    """
    near.must.send(LAST)
    taken = [data[header_of(kind) :] for data in arrivals(far, LAST)]
    if kind.has(RECORDS):
        return taken[:-1]
    whole = b"".join(taken)[: -len(LAST)]
    return [whole] if whole else []


def queued(near: Socket, far: Socket, data: bytes) -> None:
    """Send *data* from *near*, and wait until it is in the queue of *far*. Set-up."""
    near.must.send(data)
    if not wait.readable(far.fd):
        raise wait.DeadlineError(f"{data!r} did not arrive")
