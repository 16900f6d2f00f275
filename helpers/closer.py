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
_given: dict[int, tuple[int, int]] = {}  # descriptor: its file, until it is seen closed


def _work() -> None:
    while True:
        fd = _queue.get()
        with contextlib.suppress(OSError):
            os.close(fd)


def _file(fd: int) -> tuple[int, int] | None:
    """Return what identifies the open file behind *fd*, None if it is closed."""
    try:
        state = os.fstat(fd)
    except OSError:
        return None
    return state.st_dev, state.st_ino


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
    file = _file(fd)
    if file is not None:
        _given[fd] = file
    _queue.put(fd)


def _all_closed() -> bool:
    """Return whether everything given has left the descriptor table; a number may belong to another file by now."""
    for fd, file in list(_given.items()):
        if _file(fd) != file:
            del _given[fd]
    return not _given


def drain(seconds: float = 15.0) -> None:
    """Return once no descriptor given to ``close_soon`` is open any more; the kernel may still be waiting for RCU."""
    wait.until(_all_closed, "descriptors closed", seconds)


def settle(fds: set[int]) -> None:
    """Return once none of *fds* is open any more, whoever closes them."""
    wait.until(lambda: not any(_file(fd) for fd in fds), "descriptors closed")
