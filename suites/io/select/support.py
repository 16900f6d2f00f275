"""select(2) by each of its entry points, on sets of descriptors of any size."""

import ctypes
from collections.abc import Iterable
from typing import Any

from helpers import syscall
from helpers.syscall import Result
from helpers.uapi.time_types import __kernel_timespec as timespec
from helpers.uapi.time_types import timeval

WORD = 8 * ctypes.sizeof(ctypes.c_ulong)
READ, WRITE, EXCEPT = range(3)
ENTRIES = [name for name in ("select", "pselect6") if syscall.has(name)]


def bits(fds: Iterable[int], room: int = 1024) -> Any:
    """Return a set of *room* bits in which those of *fds* are."""
    words = (ctypes.c_ulong * (room // WORD))()
    for fd in fds:
        words[fd // WORD] |= 1 << fd % WORD
    return words


def members(words: Any) -> list[int]:
    """Return the descriptors in a set."""
    return [number * WORD + bit for number, word in enumerate(words) for bit in range(WORD) if word >> bit & 1]


def enter(entry: str, count: int, sets: Iterable[Any], seconds: float | None = 0.0) -> Result:
    """Return the Result of select(2) or pselect6 without a mask; *seconds* None waits for ever."""
    time: Any = None
    if seconds is not None:
        whole, rest = int(seconds), seconds % 1
        time = timeval(whole, round(rest * 10**6)) if entry == "select" else timespec(whole, round(rest * 10**9))
    return syscall.call(entry, count, *sets, time, None)
