"""poll(2) by each of its entry points."""

import ctypes
import math
from collections.abc import Callable
from typing import Any

from helpers import syscall
from helpers.syscall import Result
from helpers.uapi.poll import pollfd
from helpers.uapi.time_types import __kernel_timespec as timespec

SIGSET = 8  # bytes of the kernel's sigset_t
ANY = 0x7FFF
UNTOUCHED = 0x5A5A


def by_poll(fds: Any, count: int, seconds: float | None) -> Result:
    """poll(2); *seconds* None waits for ever."""
    return syscall.call("poll", fds, count, -1 if seconds is None else math.ceil(seconds * 1000))


def by_ppoll(fds: Any, count: int, seconds: float | None) -> Result:
    """ppoll(2) without a signal mask."""
    time = None if seconds is None else timespec(int(seconds), round(seconds % 1 * 10**9))
    return syscall.call("ppoll", fds, count, time, None, 0)


ENTRIES: dict[str, Callable[..., Result]] = {"ppoll": by_ppoll, **({"poll": by_poll} if syscall.has("poll") else {})}


def entries(*wanted: tuple[int, int]) -> Any:
    """Return an array of pollfd for descriptors and events; revents are UNTOUCHED."""
    return (pollfd * len(wanted))(*[pollfd(fd, events, UNTOUCHED) for fd, events in wanted])


def revents(fds: Any) -> list[int]:
    """Return revents of each entry."""
    return [entry.revents for entry in fds]


SIZE = ctypes.sizeof(pollfd)
