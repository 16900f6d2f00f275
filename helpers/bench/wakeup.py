"""How long a waiting receiver sleeps on after a frame was sent: from just before send(2) to poll(2)'s return.

A process of its own sends one frame at a time, a random while after the one before has been taken, so that the
receiver is asleep again. Both read the same clock (CLOCK_MONOTONIC), the times lie in memory that they share.
"""

import mmap
import os
import random
import select
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers import process, syscall, wait
from helpers.bench.drains import Source
from helpers.bench.load import processors

GAP = (100e-6, 300e-6)  # seconds between a frame's being taken and the next one's being sent
_LONGEST = 2.0  # seconds that one frame may take
_LONE = 1  # processors with which nobody may spin


class WakeupError(Exception):
    """A frame that was sent did not wake the receiver."""


def _send(end: Any, frame: bytes, shared: np.ndarray, count: int, seed: int) -> None:
    """Be the sender: *shared* has the number of frames taken, then the time at which each was sent."""
    os.sched_setaffinity(0, {processors()[-1]})
    alone = len(processors()) == _LONE
    gaps = random.Random(seed)
    fd = end.packet_socket(protocol=0).fd
    for number in range(count):
        while shared[0] < number:
            if alone:
                os.sched_yield()
        due = time.perf_counter() + gaps.uniform(*GAP)
        while time.perf_counter() < due:
            if alone:
                os.sched_yield()
        shared[1 + number] = time.perf_counter()
        if not syscall.sendto(fd, frame, len(frame), 0, None, 0).ok:
            raise WakeupError("the frame could not be sent")


def _wake(source: Source, poller: Any) -> float:
    """Wait until frames are there, take them, and return when poll(2) came back with them."""
    end = time.monotonic() + wait.scaled(_LONGEST)
    while time.monotonic() < end:
        poller.poll(100)
        woken = time.perf_counter()
        if source.take()[0]:
            return woken
    raise WakeupError(f"no frame within {wait.scaled(_LONGEST):g} s")


def wakeups(
    end: Any, frame: bytes, source: Source, count: int, seconds: float, clock: Callable[[], float] = time.monotonic
) -> list[float]:
    """Return how long each wake-up took, in microseconds: *count* of them, or as many as *seconds* allow, at least 20.

    *end* sends *frame* to *source*. Raises WakeupError when a frame does not arrive.
    """
    memory = mmap.mmap(-1, 8 * (1 + count))
    shared = np.frombuffer(memory, np.float64)
    poller = select.poll()
    poller.register(source.fd, select.POLLIN)
    found: list[float] = []
    until = clock() + seconds
    with process.start(_send, end, frame, shared, count, 1, namespace=end.namespace):
        for number in range(count):
            found.append(1e6 * (_wake(source, poller) - shared[1 + number]))
            if clock() > until and len(found) >= 20:
                break
            shared[0] = number + 1
    return found
