"""Signal-driven I/O: its signals are blocked, and taken one by one with what they tell.

Source: fcntl(2) (F_SETOWN, F_SETSIG, O_ASYNC), sigtimedwait(2). For a child: signals stay blocked.
"""

import ctypes
import os
import resource
import signal
from fcntl import F_GETFL, F_SETFL, F_SETOWN, F_SETSIG, fcntl

from helpers import signals, syscall, wait
from helpers.sockets import must
from helpers.uapi.siginfo import siginfo
from helpers.unavailable import unavailable

CHOSEN = signal.SIGRTMIN + 1
NUMBERS = (signal.SIGIO, signal.SIGURG, CHOSEN)
_MASK = sum(1 << number - 1 for number in NUMBERS)


def drive(fd: int, number: int = CHOSEN, owner: int | None = None) -> None:
    """Have *fd* send its signals to *owner* (this process), which are blocked here; *number* for F_SETSIG. Set-up."""
    if number and signals.room(resource.RLIMIT_SIGPENDING) < signals.QUEUED:
        unavailable("RLIMIT_SIGPENDING leaves no room for a queued signal, and may not be raised")
    signal.pthread_sigmask(signal.SIG_BLOCK, {*NUMBERS, number} - {0})
    fcntl(fd, F_SETOWN, os.getpid() if owner is None else owner)
    fcntl(fd, F_SETSIG, number)
    switch(fd, True)


def switch(fd: int, on: bool) -> None:
    """Switch O_ASYNC. Set-up."""
    flags = fcntl(fd, F_GETFL)
    must(syscall.call("fcntl", fd, F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC), "F_SETFL")


def take(seconds: float = 0.0, *others: int) -> siginfo | None:
    """Return what the next signal of NUMBERS and *others* tells that is there or comes in time; None if none does."""
    mask = ctypes.c_uint64(_MASK | sum(1 << number - 1 for number in others))
    info = siginfo()
    signal_, nanoseconds = divmod(wait.scaled(seconds), 1)
    time = (ctypes.c_long * 2)(int(signal_), int(nanoseconds * 10**9))
    return info if syscall.call("rt_sigtimedwait", mask, info, time, 8).ok else None


def take_all() -> list[tuple[int, int, int, int]]:
    """Return number, si_code, si_band and si_fd of every signal that is there, SIGURG's and SIGIO's with their own."""
    taken = []
    while (info := take()) is not None:
        taken.append((info.si_signo, info.si_code, info.si_band, info.si_fd))
    return taken
