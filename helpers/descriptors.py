"""The descriptors of this process: which are open, and running out of them (in a child: see helpers/process.py).

Source: getrlimit(2), proc(5).
"""

import contextlib
import os
import resource
from collections.abc import Callable

from helpers.syscall import Result
from helpers.unavailable import unavailable

OWN = 16  # descriptors that a test has beside those that it is about


def open_descriptors() -> list[int]:
    """Return the open descriptors in order, even where RLIMIT_NOFILE leaves none to look with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        listed = [int(name) for name in os.listdir("/proc/self/fd")]
        return sorted(fd for fd in listed if os.path.lexists(f"/proc/self/fd/{fd}"))  # not that of the listing itself
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def need_descriptors(count: int) -> None:
    """Skip the test if RLIMIT_NOFILE does not leave *count* free descriptors, and some for its own files."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft != resource.RLIM_INFINITY and soft < count + len(open_descriptors()) + OWN:
        unavailable(f"RLIMIT_NOFILE is {soft}, and may not be raised: too few for {count} more descriptors")


def leave_free(count: int) -> int:
    """Leave just *count* free descriptors below RLIMIT_NOFILE, in one row, and return the first of them.

    Fills every gap between the open ones for good: for a child only.
    """
    highest = max(open_descriptors())
    while (first := os.dup(highest)) < highest:
        pass
    os.close(first)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first + count, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return first


def opened_by(call: Callable[[], Result]) -> tuple[Result, list[int]]:
    """Make a system call and return its Result and the descriptors that are open after it and were not before.

    For a child: in the process of the tests others are closed in the background.
    """
    before = open_descriptors()
    result = call()
    return result, [fd for fd in open_descriptors() if fd not in before]


def free_descriptors() -> list[int]:
    """Return the descriptors below RLIMIT_NOFILE that can be had, in order, by using them up. For a child."""
    found = []
    with contextlib.suppress(OSError):  # EMFILE, in the end
        while True:
            found.append(os.dup(0))
    return sorted(found)
