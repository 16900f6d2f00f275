"""Memory below 4 GiB: where the arguments of the 32-bit system call entry have to lie.

A pointer that enters through ``int 0x80`` keeps only its lower 32 bits (``compat_ptr`` in the kernel), and the heap
of a 64-bit process lies far above them. ``LowMemory`` hands out addresses that survive the cut; as it is a
``helpers.memory.Memory``, it lays out read-only, guarded and unmapped ones there, too. Every entry can use them.

Source: mmap(2); MAP_32BIT is x86's (``arch/x86/include/uapi/asm/mman.h``).
"""

import ctypes
import errno
import mmap
from typing import Any, Self, TypeVar

from helpers.libc import check, libc
from helpers.memory import PAGE, Memory  # which also gives libc.mmap and its kin their prototypes
from helpers.syscall_numbers import architecture
from helpers.uapi.mman import PROT_NONE

LIMIT = 1 << 32  # the first address that a 32-bit pointer cannot name
_MAP_32BIT = 0x40
_READ_WRITE = mmap.PROT_READ | mmap.PROT_WRITE

_Viewed = TypeVar("_Viewed")


def map_pages(size: int, protection: int = _READ_WRITE, flags: int = 0, fd: int = -1) -> int:
    """Map *size* bytes privately, of the file *fd* or zeroed, and return their address; OSError as mmap(2) refuses."""
    flags |= mmap.MAP_PRIVATE | (mmap.MAP_ANONYMOUS if fd == -1 else 0)
    address = libc.mmap(None, size, protection, flags, fd, 0)
    if address == ctypes.c_void_p(-1).value:
        check(-1, "mmap")
    return address


def map_low(size: int) -> int:
    """Map *size* zeroed bytes, readable and writable, wholly below 4 GiB; OSError where there is no such room."""
    address = map_pages(size, flags=_MAP_32BIT if architecture() == "x86_64" else 0)
    if address + size > LIMIT:
        check(libc.munmap(address, size), "munmap")
        raise OSError(errno.ENOMEM, f"no memory below 4 GiB: mmap gave {address:#x}")
    return address


class LowMemory(Memory):
    """An arena below 4 GiB, to be used in a ``with`` block, at whose end all of it is unmapped.

    Addresses are plain ints, sizes are in bytes. Memory from ``alloc`` is zeroed, nothing is freed before the end, and
    a view must not be used after it. *size* is what one more mapping adds at least.
    """

    def __init__(self, size: int = 16 * PAGE) -> None:
        super().__init__()
        self._chunk_pages = _pages(size)
        self._next = self._end = 0

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        """Unmap everything; a second time it does nothing."""
        self._next = self._end = 0
        super().close()

    def alloc(self, size: int, align: int = 16) -> int:
        """Return the address of *size* zeroed bytes, a multiple of *align* (a power of two up to a page)."""
        if size < 0 or not 1 <= align <= PAGE or align & (align - 1):
            raise ValueError(f"cannot allocate {size} bytes aligned to {align}")
        address = -(-self._next // align) * align
        if address + max(size, 1) > self._end:
            pages = max(self._chunk_pages, _pages(size))
            address = self._map(pages)
            self._end = address + pages * PAGE
        self._next = address + max(size, 1)  # so that no two allocations share an address
        return address

    def place(self, data: Any) -> int:
        """Copy *data* (bytes, bytearray or a ctypes object) into the arena and return its address."""
        content = memoryview(data).tobytes()
        address = self.alloc(len(content))
        ctypes.memmove(address, content, len(content))
        return address

    def guarded(self, size: int) -> int:
        """Return the address of *size* zeroed bytes, of which the next one faults."""
        return self.before_end(bytes(size))

    def view(self, type: type[_Viewed], address: int) -> _Viewed:  # noqa: A002  (the word for it)
        """Return the ctypes object of *type* that lies at *address* of this arena: it reads and writes in place."""
        self._own(address, ctypes.sizeof(type))
        return type.from_address(address)

    def read(self, address: int, size: int) -> bytes:
        """Return the *size* bytes at *address* of this arena."""
        self._own(address, size)
        return ctypes.string_at(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Put *data* at *address* of this arena, which must not be a read-only one."""
        self._own(address, len(data))
        ctypes.memmove(address, data, len(data))

    def _map(self, pages: int) -> int:
        """Return the address of *pages* zeroed pages followed by one that cannot be accessed."""
        size = (pages + 1) * PAGE
        address = map_low(size)
        self._mappings.append((address, size))
        check(libc.mprotect(address + pages * PAGE, PAGE, PROT_NONE), "mprotect")
        return address

    def _own(self, address: int, size: int) -> None:
        # a slip in a test shall be an error with a name, not a SIGSEGV of the process that runs all of them
        if not any(start <= address and address + size <= start + room - PAGE for start, room in self._mappings):
            raise ValueError(f"{size} bytes at {address:#x} are not of this arena")


def _pages(size: int) -> int:
    return max(-(-size // PAGE), 1)
