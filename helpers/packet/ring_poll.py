"""What the clauses of rings and poll(2) share: what the socket of a ring is ready for."""

import select

from helpers import wait
from helpers.rings import BlockRing, SlotRing

READ, WRITE = select.POLLIN | select.POLLRDNORM, select.POLLOUT | select.POLLWRNORM | select.POLLWRBAND


def events(ring: SlotRing | BlockRing) -> int:
    """Return what the ring's socket is ready for now."""
    return wait.poll(ring.socket.fd, 0xFFFF & ~select.POLLNVAL, 0)
