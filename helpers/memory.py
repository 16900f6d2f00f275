"""Memory laid out for system calls: patterned buffers, guarded page ends, read-only and unmapped addresses."""

import ctypes
import mmap
from types import TracebackType

from helpers.libc import check, libc
from helpers.uapi.mman import PROT_NONE

PAGE = mmap.PAGESIZE
PATTERN = 0xA5  # what a byte holds that the kernel must not touch

if libc is not None:
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_long,
    ]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class Buffer:
    """*size* bytes filled with PATTERN (or with *data* first), to be handed to the kernel.

    Give ``array`` or ``address`` to a system call; ``bytes(buffer)`` is the content.
    """

    def __init__(self, size: int, data: bytes = b"", fill: int = PATTERN) -> None:
        if len(data) > size:
            raise ValueError(f"{len(data)} bytes do not fit into {size}")
        self.size = size
        self.fill = fill
        self.array = (ctypes.c_char * size)()
        ctypes.memset(self.array, fill, size)
        ctypes.memmove(self.array, data, len(data))

    @property
    def address(self) -> int:
        """Where it lies."""
        return ctypes.addressof(self.array)

    def __bytes__(self) -> bytes:
        return self.array.raw

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, key: slice) -> bytes:
        return self.array.raw[key]

    def untouched(self, start: int = 0, end: int | None = None) -> bool:
        """Return whether the bytes from *start* to *end* still hold the filling."""
        rest = self.array.raw[start:end]
        return rest == bytes([self.fill]) * len(rest)


class Memory:
    """Addresses with a property; everything is unmapped by ``close()``."""

    # Beyond user space everywhere, the first of the kernel's half on x86-64: no access can succeed.
    KERNEL = 0xFFFF_8000_0000_0000 if ctypes.sizeof(ctypes.c_void_p) == 8 else 0xFFFF_F000

    def __init__(self) -> None:
        self._mappings: list[tuple[int, int]] = []

    def __enter__(self) -> "Memory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _map(self, pages: int) -> int:
        """Return the address of *pages* fresh writable pages followed by one that cannot be accessed."""
        size = (pages + 1) * PAGE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        address = libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
        if address == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap")
        self._mappings.append((address, size))
        check(libc.mprotect(address + pages * PAGE, PAGE, PROT_NONE), "mprotect")
        return address

    @property
    def unmapped(self) -> int:
        """An address in user space at which any access faults."""
        return self._map(1) + PAGE

    def readonly(self, data: bytes) -> int:
        """Return the address of *data* in memory that can be read but not written."""
        pages = -(-len(data) // PAGE) or 1
        address = self._map(pages)
        ctypes.memmove(address, data, len(data))
        check(libc.mprotect(address, pages * PAGE, mmap.PROT_READ), "mprotect")
        return address

    def before_end(self, data: bytes) -> int:
        """Return the address of *data* laid so that the byte after its last one is the first that faults.

        Give only the first bytes of a structure and it straddles the end of the page.
        """
        pages = -(-len(data) // PAGE) or 1
        address = self._map(pages) + pages * PAGE - len(data)
        ctypes.memmove(address, data, len(data))
        return address

    def readonly_until(self, data: bytes, split: int) -> int:
        """Return the address of *data* of which the first *split* bytes can only be read, the others be written too."""
        return self._halves(data, split, 0)

    def readonly_from(self, data: bytes, split: int) -> int:
        """Return the address of *data* of which the first *split* bytes can be written, the others only be read."""
        return self._halves(data, split, 1)

    def _halves(self, data: bytes, split: int, readonly: int) -> int:
        """Lay *data* over the end of a page, *split* bytes before it; the first page or the second is read-only."""
        start = self._map(2)
        address = start + PAGE - split
        ctypes.memmove(address, data, len(data))
        check(libc.mprotect(start + readonly * PAGE, PAGE, mmap.PROT_READ), "mprotect")
        return address

    @staticmethod
    def read(address: int, size: int) -> bytes:
        """Return the *size* bytes at *address*."""
        return ctypes.string_at(address, size)

    def close(self) -> None:
        """Unmap everything."""
        while self._mappings:
            check(libc.munmap(*self._mappings.pop()), "munmap")
