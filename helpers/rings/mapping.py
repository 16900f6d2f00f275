"""Memory that a socket's rings are mapped to: the raw calls, and what is mapped still.

Touching memory that is no longer mapped ends the process. So a Mapping knows its ranges, and ``close`` unmaps exactly
what is left; the views of a ring (NumPy arrays, slots) must not be used after that.
"""

import ctypes
import mmap

import numpy as np

from helpers import syscall
from helpers.syscall import Result

READ_WRITE = mmap.PROT_READ | mmap.PROT_WRITE


class Mapping:
    """*size* bytes at *address*."""

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.size = size
        self._ranges = [(address, address + size)]

    @property
    def bytes(self) -> np.ndarray:
        """The memory as an array of bytes."""
        return np.frombuffer((ctypes.c_uint8 * self.size).from_address(self.address), np.uint8)

    def unmap(self, start: int = 0, size: int | None = None) -> Result:
        """munmap(2) of *size* bytes from offset *start* on, of all without these."""
        low = self.address + start
        high = self.address + self.size if size is None else low + size
        result = syscall.munmap(low, high - low)
        if result.ok:
            cut = [piece for old in self._ranges for piece in ((old[0], min(old[1], low)), (max(old[0], high), old[1]))]
            self._ranges = [piece for piece in cut if piece[0] < piece[1]]
        return result

    def remap(self, size: int, flags: int = 0, address: int = 0) -> Result:
        """mremap(2) of the whole to *size* bytes; a mapping that moved is known at its new place."""
        result = syscall.mremap(self.address, self.size, size, flags, address)
        if result.ok:
            self.address, self.size = result.value, size
            self._ranges = [(self.address, self.address + size)]
        return result

    def protect(self, protection: int, start: int = 0, size: int | None = None) -> Result:
        """mprotect(2) of *size* bytes from offset *start* on, of all without these."""
        return syscall.mprotect(self.address + start, self.size if size is None else size, protection)

    def close(self) -> None:
        """Unmap what is still mapped."""
        while self._ranges:
            start, end = self._ranges.pop()
            syscall.munmap(start, end - start)


def map_socket(
    fd: int,
    size: int,
    offset: int = 0,
    protection: int = READ_WRITE,
    flags: int = mmap.MAP_SHARED,
    address: int = 0,
) -> tuple[Result, Mapping | None]:
    """mmap(2) of a descriptor: what it returned, and the mapping if it succeeded."""
    result = syscall.mmap(address, size, protection, flags, fd, offset)
    return result, Mapping(result.value, size) if result.ok else None
