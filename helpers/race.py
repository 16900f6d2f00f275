"""Calls that threads make at the same time, for a bounded time: to hit a moment between two steps of the kernel.

System calls made through helpers.syscall let other threads run meanwhile. A race that hits nothing proves nothing, so
what is asserted is what holds whoever comes first.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from helpers import wait

SECONDS = 0.7  # of a race, on a machine of ordinary speed
_HANGS = 10.0  # seconds after which a thread that should be done is given up
_LAGS = [0.0, *(1e-5 * 2**power for power in range(9))]  # seconds, up to 2.6 ms


class RaceError(Exception):
    """A thread of a race does not come back from its call."""


def _together(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run each call in a thread of its own and return what they return, in order; the first exception is raised."""
    results: dict[int, Any] = {}
    errors: list[BaseException] = []

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            results[number] = call()
        except BaseException as error:  # it belongs to the caller
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + wait.scaled(_HANGS)
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        raise RaceError(f"a call has not returned within {wait.scaled(_HANGS):g} s")
    if errors:
        raise errors[0]
    return [results[number] for number in sorted(results)]


def at_once(*calls: Callable[[], Any], lag: float = 0.0) -> list[Any]:
    """Make each call once, all at the same moment, and return what they return, in order.

    All but the first come *lag* seconds later, the first instead if it is negative. Raises RaceError.
    """
    start = threading.Barrier(len(calls))

    def timed(number: int, call: Callable[[], Any]) -> Any:
        start.wait(wait.scaled(_HANGS))
        late = lag if number else -lag
        end = time.monotonic() + late
        while time.monotonic() < end:  # busy: a sleep would be longer than the moment that is looked for
            time.sleep(0)
        return call()

    return _together(lambda number=number, call=call: timed(number, call) for number, call in enumerate(calls))


def rounds(seconds: float = SECONDS, most: int = 400) -> Iterator[float]:
    """Yield lags for ``at_once``, now positive, now negative, until the time is over; 3 to *most* of them."""
    end = time.monotonic() + wait.scaled(seconds)
    lags = itertools.cycle([sign * lag for lag in _LAGS for sign in (1, -1)])
    for number in range(most):
        if number >= 3 and time.monotonic() > end:
            return
        yield next(lags)


def contest(*calls: Callable[[], Any], seconds: float = SECONDS) -> list[Counter[Any]]:
    """Make each call again and again, each in a thread of its own, until the time is over.

    Returns how often each call returned what. Raises RaceError, or what a call raised, which ends them all.
    """
    over = threading.Event()

    def again(call: Callable[[], Any]) -> Counter[Any]:
        counted: Counter[Any] = Counter()
        end = time.monotonic() + wait.scaled(seconds)
        try:
            while not over.is_set() and time.monotonic() < end:
                counted[call()] += 1
        except BaseException:
            over.set()
            raise
        return counted

    return _together(lambda call=call: again(call) for call in calls)
