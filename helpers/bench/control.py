"""Control work: how fast the machine itself is at the moment, measured beside each round of the thing under test.

Half of it is computing and never enters the kernel, half is the cheapest system call, so the clock's speed, a stolen
processor and the price of entering the kernel show in it, and nothing of the network does. It is done in pieces of
some 20 us; what disturbs a piece makes it longer, so the lower quartile of each kind counts.
"""

import os
import time

import numpy as np

PIECES = 24  # of each kind: about 1 ms in all
_COMPUTED = 500  # turns in a piece
_CALLED = 200  # calls in a piece


def _compute() -> float:
    start = time.perf_counter()
    value = 1
    for _ in range(_COMPUTED):
        value = value * 5 % 8191
    return time.perf_counter() - start


def _call() -> float:
    getppid = os.getppid
    start = time.perf_counter()
    for _ in range(_CALLED):
        getppid()
    return time.perf_counter() - start


def measure(pieces: int = PIECES) -> float:
    """Return the seconds that PIECES pieces of each kind take when nothing disturbs them; *pieces* are tried."""
    times = np.array([(_compute(), _call()) for _ in range(pieces)])
    return float(np.quantile(times, 0.25, axis=0).sum()) * PIECES
