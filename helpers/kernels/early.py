"""A guest that is booted before its interpreter is asked for: boots overlap although gateways are made one by one.

The early launcher (SOCKPROOF_AHEAD: the descriptor on which it says that it is ready) boots and waits at a socket
(SOCKPROOF_EARLY: its abstract name, see unix(7)). The launcher that is started as the interpreter finds it there,
hands over its stdin and stdout, and ends as that one ends. Without an early launcher it boots the guest itself, as one
that replaces a dead guest does.
"""

import contextlib
import os
import signal
import socket
import struct
import threading

from helpers.kernels.channel import DIED

PLACE, AHEAD = "SOCKPROOF_EARLY", "SOCKPROOF_AHEAD"
_STATUS = struct.Struct("!ci")
_ENDED, _PROBLEM = b"S", b"P"
_LONGEST = 65536  # bytes of a problem


class Early:
    """The early launcher's end."""

    def __init__(self) -> None:
        self._ready = int(os.environ[AHEAD])
        self._connection: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind("\0" + os.environ[PLACE])
        self._listener.listen(1)

    def _announce(self) -> None:
        if self._ready >= 0:
            os.write(self._ready, b"!")
            os.close(self._ready)
            self._ready = -1

    def take_over(self) -> None:
        """Wait for the interpreter to be asked for, and take over its stdin and stdout."""
        self._announce()
        self._connection, _ = self._listener.accept()
        self._listener.close()  # one that comes later boots a guest of its own
        _, given, _, _ = socket.recv_fds(self._connection, 1, 2)
        for number, fd in enumerate(given):
            os.dup2(fd, number)
            os.close(fd)
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        """End when the one that was asked for ends."""
        with contextlib.suppress(OSError):
            self._connection.recv(1)
        os.kill(os.getpid(), signal.SIGTERM)

    def ended(self, status: int) -> None:
        """Say with what exit status the interpreter ended."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.sendall(_STATUS.pack(_ENDED, status))

    def failed(self, problem: str) -> None:
        """Say why there is no guest, to the one that asks for it."""
        self._announce()
        connection, _ = self._listener.accept()
        with contextlib.suppress(OSError):
            connection.sendall(_PROBLEM + problem.encode()[:_LONGEST])
        connection.close()


class ProblemError(Exception):
    """The early launcher has no guest; the message says why."""


def join() -> int | None:
    """Hand stdin and stdout to the early launcher and return its interpreter's exit status; None if there is none.

    ProblemError if it could not boot its guest.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect("\0" + os.environ[PLACE])
            socket.send_fds(connection, [b"!"], [0, 1])
        except (ConnectionError, KeyError):
            return None
        answer = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(_LONGEST):
                answer += piece
    if answer.startswith(_PROBLEM):
        raise ProblemError(answer[1:].decode(errors="replace"))
    return _STATUS.unpack(answer)[1] if len(answer) == _STATUS.size else DIED
