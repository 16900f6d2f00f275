"""Rings for frames of a given size, of about the same memory for every size."""

from helpers.memory import PAGE
from helpers.rings import V3, Geometry, Version

MEMORY = 8 << 20  # bytes of a ring: several thousand small frames
TRANSMIT_MEMORY = 1 << 20  # of a transmit ring: what is written there is sent from the processor's cache
V3_BLOCK = 256 << 10
V3_TIMEOUT = 8  # milliseconds: what the kernel picks for a link of 1 Gbit/s and a block of 1 MiB
_BESIDE = 128  # bytes of a slot that are no frame: header, address, gap before the network header


def slot_size(size: int) -> int:
    """Return the size of a slot for a frame of *size* bytes: a power of two."""
    return 1 << (size + _BESIDE - 1).bit_length()


def ring_for(
    version: Version, size: int, memory: int = MEMORY, block: int | None = None, timeout: int = V3_TIMEOUT
) -> Geometry:
    """Return a ring of *memory* bytes for frames of *size* bytes; *block* in bytes, *timeout* in ms for V3."""
    slot = slot_size(size)
    block = block or (V3_BLOCK if version is V3 else max(PAGE, slot, 64 << 10))
    block = min(block, memory)
    retire = timeout if version is V3 else 0
    return Geometry(block, memory // block, slot, retire_blk_tov=retire)


def transmit_ring_for(version: Version, size: int, memory: int = TRANSMIT_MEMORY) -> Geometry:
    """Return a transmit ring: as ``ring_for``, but without what a V3 transmit ring must not ask for."""
    return ring_for(version, size, memory, timeout=0)
