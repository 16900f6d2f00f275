"""The descriptors of this process: which are open, and running out of them (in a child: see helpers/process.py).

Source: getrlimit(2), proc(5).
"""

import os
import resource


def open_descriptors() -> list[int]:
    """Return the open descriptors in order."""
    listing = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return sorted(int(name) for name in os.listdir(listing) if int(name) != listing)
    finally:
        os.close(listing)


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
