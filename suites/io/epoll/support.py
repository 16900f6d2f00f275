"""An epoll instance whose calls are raw."""

import itertools
import os
from typing import Any

from helpers import syscall
from helpers.descriptors import need_descriptors
from helpers.socket_pool import Sockets
from helpers.sockets import must
from helpers.syscall import Result
from helpers.uapi.eventpoll import EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, epoll_event
from helpers.uapi.time_types import __kernel_timespec as timespec

COOKIE = 0x0123456789ABCDEF
SIGSET = 8  # bytes of the kernel's sigset_t
ENTRIES = [name for name in ("epoll_wait", "epoll_pwait", "epoll_pwait2") if syscall.has(name)]


class Epoll:
    """An epoll instance, closed with the *sockets*."""

    def __init__(self, sockets: Sockets) -> None:
        self.fd = sockets.adopt(must(syscall.call("epoll_create1", os.O_CLOEXEC), "epoll_create1")).fd

    def control(self, operation: int, fd: int, events: int = 0, data: int = COOKIE) -> Result:
        """Return the Result of epoll_ctl(2)."""
        return syscall.call("epoll_ctl", self.fd, operation, fd, epoll_event(events, data))

    def add(self, fd: int, events: int, data: int = COOKIE) -> None:
        """Watch *fd*. Set-up."""
        must(self.control(EPOLL_CTL_ADD, fd, events, data), "EPOLL_CTL_ADD")

    def modify(self, fd: int, events: int, data: int = COOKIE) -> None:
        """Watch *fd* for other *events*. Set-up."""
        must(self.control(EPOLL_CTL_MOD, fd, events, data), "EPOLL_CTL_MOD")

    def remove(self, fd: int) -> None:
        """Watch *fd* no longer. Set-up."""
        must(self.control(EPOLL_CTL_DEL, fd), "EPOLL_CTL_DEL")

    def pwait(self, room: Any, count: int, milliseconds: int = 0) -> Result:
        """Return the Result of epoll_pwait(2) into *room*."""
        return syscall.call("epoll_pwait", self.fd, room, count, milliseconds, None, SIGSET)

    def ready(self, seconds: float = 0.0, count: int = 8) -> list[tuple[int, int]]:
        """Return events and data of at most *count* that are ready; raises SetupError where the call fails."""
        room = (epoll_event * count)()
        got = must(self.pwait(room, count, int(seconds * 1000)), "epoll_pwait")
        return [(event.events, event.data) for event in room[:got]]

    def wait(self, seconds: float = 0.0) -> list[int]:
        """Return the events reported, each checked for its cookie."""
        told = self.ready(seconds)
        assert all(data == COOKIE for _, data in told)
        return [events for events, _ in told]


def chain(sockets: Sockets, length: int) -> list[Epoll]:
    """Return *length* epoll instances, each of which watches the next one. Set-up."""
    need_descriptors(length)
    made = [Epoll(sockets) for _ in range(length)]
    for inner, outer in itertools.pairwise(reversed(made)):
        outer.add(inner.fd, 1)
    return made


def enter(
    entry: str, fd: int, room: Any, count: int, seconds: float | None = 0.0, mask: Any = None, size: int = SIGSET
) -> Result:
    """Return the Result of the entry point *entry*; *seconds* None waits for ever."""
    if entry == "epoll_pwait2":
        time = None if seconds is None else timespec(int(seconds), round(seconds % 1 * 10**9))
    else:
        time = -1 if seconds is None else round(seconds * 1000)
    return syscall.call(entry, fd, room, count, time, mask, size)
