"""A system call that sleeps and is interrupted by a signal.

Source: signal(7), sigaction(2).
"""

import os
import signal
from collections.abc import Callable
from typing import Any

from helpers import process, wait
from helpers.sockets import SetupError
from helpers.syscall import Result


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
