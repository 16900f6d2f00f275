"""How fast this kernel does what clauses do, measured by a short piece of work: for --slow-factor.

Each kind of work is done in pieces far shorter than a time slice, and the fastest of each counts: what else the machine
does can only make a piece longer, so a busy machine's kernel does not pass for a slow one.
"""

import os
import socket
import time
from collections.abc import Callable

_LOOP = 1000  # additions in one piece
_ORDINARY = 1.5  # times as slow is the machine's noise, not the kernel
_MOST = 100.0


def _compute() -> None:
    total = 0
    for number in range(_LOOP):
        total += number


def _have_a_child() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _fastest(work: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def measure() -> float:
    """Return the seconds that computing, calling and forking take here, in the proportions of an ordinary clause.

    The proportions are those with which the factor is what the clauses' own durations show: about 7 on User Mode Linux,
    about 10 under emulation.
    """
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:

        def call() -> None:
            left.send(b"x")
            right.recv(1)

        return 40 * _fastest(_compute, 200) + 70 * _fastest(call, 200) + 0.2 * _fastest(_have_a_child, 12)


def factor(here: float, reference: float) -> float:
    """Return how many times as long as the *reference* this kernel takes; 1 where the difference is small."""
    times = here / reference
    return round(min(times, _MOST), 1) if times > _ORDINARY else 1.0
