"""A system call that sleeps and is interrupted by a signal; one that has a signal mask while it sleeps.

Source: signal(7), sigaction(2).
"""

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Any

from helpers import process, wait
from helpers.sockets import SetupError, Socket
from helpers.syscall import Result
from helpers.uapi.time_types import __kernel_timespec as timespec


class Interrupted:
    """A child blocked in ``receive()``, with a handler for SIGUSR1; *restart* is SA_RESTART's value.

    To be used in a ``with`` block. ``result`` of the child is what *receive* returned.
    """

    def __init__(self, receive: Callable[[], Any], restart: bool) -> None:
        self._receive = receive
        self._restart = restart
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.child = process.start(self._run)

    def _run(self) -> Any:
        signal.set_wakeup_fd(self._writer)  # written by the handler in C, while the call below is still to go on
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.siginterrupt(signal.SIGUSR1, not self._restart)
        return self._receive()

    def __enter__(self) -> "Interrupted":
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close()
        os.close(self._reader)
        os.close(self._writer)

    def interrupt(self, call: str) -> None:
        """Send the signal once the child sleeps in *call*, and return when its handler has run."""
        self.child.wait_blocked(call)
        self.child.signal(signal.SIGUSR1)
        if not wait.readable(self._reader):
            raise SetupError("set-up failed: the signal was not handled")

    def result(self) -> Result | Any:
        """Return what the receiving function returned."""
        return self.child.result()


def masked_waits(
    socket: Socket, peer: Socket, wait_with: Callable[[ctypes.c_uint64, timespec | None], tuple[Any, ...]]
) -> tuple[list[tuple[Any, ...]], int, bool]:
    """Have a child wait for data of *peer* by ``wait_with(mask, time)`` while SIGUSR1 is pending; return three things.

    The waits: with every signal masked, with none but data that are there, with none and no data; what each returned,
    and how many signals had been handled then. How many were in the end, after another one that is blocked again, and
    whether that one is pending.
    """
    none, every = ctypes.c_uint64(0), ctypes.c_uint64(2**64 - 1)

    def run() -> tuple[list[tuple[Any, ...]], int, bool]:
        handled: list[int] = []
        signal.signal(signal.SIGUSR1, lambda *_: handled.append(1))
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        signal.raise_signal(signal.SIGUSR1)
        seen = [(*wait_with(every, timespec(0, 1000)), len(handled))]
        peer.must.send(b"x")
        seen.append((*wait_with(none, None), len(handled)))
        socket.must.recv(bytearray(1), 1)
        seen.append((*wait_with(none, None), len(handled)))
        signal.raise_signal(signal.SIGUSR1)  # blocked again
        return seen, len(handled), signal.SIGUSR1 in signal.sigpending()

    return process.in_child(run)
