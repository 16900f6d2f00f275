"""What the clauses of V3's blocks share: the room that a frame takes."""

from helpers.packet.received_slots import aligned, place
from helpers.rings import V3


def block_room(size: int) -> int:
    """Return the bytes that a frame of *size* takes in a block."""
    return aligned(place(V3)[0] + size)
