"""Closing sockets in the background.

Every close(2) of a packet socket waits for an RCU grace period, tens of milliseconds on an idle machine; the
descriptor itself is free at once. So the last close of a socket is left to threads, and several wait together.
"""

import contextlib
import os
import queue
import threading

from helpers import wait

_THREADS = 8
_queue: queue.SimpleQueue[int] = queue.SimpleQueue()
_threads: list[threading.Thread] = []
_owner = 0


def _work() -> None:
    while True:
        fd = _queue.get()
        with contextlib.suppress(OSError):
            os.close(fd)


def close_soon(fd: int) -> None:
    """Close *fd* in the background; in a forked child, where the threads are not, at once."""
    global _owner
    if _owner != os.getpid() and _owner:
        os.close(fd)
        return
    if not _threads:
        _owner = os.getpid()
        for number in range(_THREADS):
            thread = threading.Thread(target=_work, name=f"closer-{number}", daemon=True)
            _threads.append(thread)
            thread.start()
    _queue.put(fd)


def settle(fds: set[int]) -> None:
    """Return once none of *fds* is open any more: their numbers are free, the kernel may still be waiting."""
    open_fds = "/proc/self/fd"
    wait.until(lambda: not any(os.path.lexists(f"{open_fds}/{fd}") for fd in fds), "descriptors closed")
