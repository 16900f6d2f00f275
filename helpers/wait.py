"""Waiting for a condition with a deadline: the suites never sleep to synchronise and never wait without a bound."""

import contextlib
import os
import select
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 5.0  # seconds; long for a busy machine, short beside the time limit of a test

_factor = 1.0


def scale(factor: float) -> None:
    """Make every deadline *factor* times as long (``--slow-factor``: emulated kernels)."""
    global _factor
    _factor = factor


def scaled(seconds: float) -> float:
    """Return *seconds* on a machine of ordinary speed as seconds on this one."""
    return seconds * _factor


class DeadlineError(Exception):
    """A condition did not come true in time."""


def until(condition: Callable[[], T], what: str, seconds: float = DEADLINE) -> T:
    """Call *condition* until it returns something true and return that; DeadlineError names *what* when it is late."""
    end = time.monotonic() + scaled(seconds)
    pause = 0.0001
    while True:
        late = time.monotonic() > end  # asked first: what came while a busy machine let this process wait counts
        value = condition()
        if value:
            return value
        if late:
            raise DeadlineError(f"{what}: not within {scaled(seconds):g} s")
        time.sleep(pause)
        pause = min(pause * 2, 0.01)


def poll(fd: int, events: int = select.POLLIN, seconds: float = DEADLINE) -> int:
    """Return the poll(2) events of *fd* as soon as one of *events* (or an error) is up; 0 when none came in time."""
    poller = select.poll()
    poller.register(fd, events)
    ready = poller.poll(scaled(seconds) * 1000)
    return ready[0][1] if ready else 0


def readable(fd: int, seconds: float = DEADLINE) -> bool:
    """Wait until *fd* is readable and return whether it became so in time."""
    return bool(poll(fd, select.POLLIN, seconds) & select.POLLIN)


@contextlib.contextmanager
def elapsed() -> Iterator[list[float]]:
    """Measure the block: the list that is given holds its seconds afterwards."""
    seconds: list[float] = []
    start = time.monotonic()
    yield seconds
    seconds.append(time.monotonic() - start)


def timed(call: Callable[[], T], least: float, tries: int = 5) -> tuple[T, float]:
    """Return what *call* returned and the seconds it took, of the first try that took *least* seconds, or of the last.

    The kernel counts timeouts in ticks, and a virtual processor that was not scheduled for a while catches up on
    several at once: one wait may then be short of its time. A kernel that does not wait is short in every try.
    """
    for _ in range(tries):
        with elapsed() as seconds:
            result = call()
        if seconds[0] >= least:
            break
    return result, seconds[0]


def thread_ids() -> set[int]:
    """Return the kernel's ids of this process's threads."""
    return {int(name) for name in os.listdir("/proc/self/task")}
