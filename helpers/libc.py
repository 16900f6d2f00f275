"""The C library, loaded once: the way into the kernel for everything that Python does not offer itself."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def check(value: int, what: str) -> int:
    """Return *value*, or raise OSError with the C library's errno when it is -1."""
    if value == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return value
