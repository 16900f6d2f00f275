"""The host's end of a guest's console: joins the guest's interpreter to this process's stdin and stdout."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading

from helpers.kernels.channel import (
    DATA,
    DIED,
    EXIT,
    HUNG,
    INPUT,
    OUTPUT,
    PIECE,
    READY,
    STATUS,
    TAKEN,
    UNACKNOWLEDGED,
    write_all,
)
from helpers.process import die_with_parent


class GuestError(Exception):
    """The guest did not come up, or is gone; *status* is the exit status to end with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Relay:
    """Runs *command*, whose stdin and stdout are the guest's console, until the guest's interpreter ends.

    *boot_seconds*: how long it may take to come up. *silence*: seconds without a sign of life after which it hangs.
    """

    def __init__(self, command: list[str], boot_seconds: float, silence: float, **options: object) -> None:
        parent = os.getpid()
        self.boot_seconds = boot_seconds
        self.silence = silence
        self._guest = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),
            **options,
        )
        self._ended = os.pidfd_open(self._guest.pid)  # readable then; a helper of its may keep the pipe open
        self._buffer = b""
        self._credit = threading.Semaphore(UNACKNOWLEDGED)

    def _more(self, seconds: float) -> None:
        """Wait for more of the guest's output."""
        output = self._guest.stdout.fileno()
        ready, _, _ = select.select([output, self._ended], [], [], seconds)
        if not ready:
            raise GuestError(f"the guest was silent for {seconds:.0f} s", HUNG)
        data = os.read(output, 65536) if output in ready else b""
        if not data:
            raise GuestError("the guest died", DIED)
        self._buffer += data

    def wait_ready(self) -> None:
        """Return when the guest's agent has announced itself."""
        while READY.strip() not in self._buffer:
            self._more(self.boot_seconds)
        self._buffer = self._buffer.split(READY.strip(), 1)[1].lstrip(b"\r\n")

    def _send_input(self) -> None:
        try:
            while data := os.read(0, 65536):
                for start in range(0, len(data), PIECE):
                    piece = data[start : start + PIECE]
                    self._credit.acquire()
                    write_all(self._guest.stdin.fileno(), INPUT.pack(len(piece)) + piece)
            write_all(self._guest.stdin.fileno(), INPUT.pack(0))
        except OSError:  # the guest is gone; the other direction says so
            pass

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more(self.silence)
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def run(self) -> int:
        """Pass data both ways and return the exit status of the guest's interpreter; GuestError if the guest ends."""
        threading.Thread(target=self._send_input, daemon=True).start()
        while True:
            kind, size = OUTPUT.unpack(self._take(OUTPUT.size))
            data = self._take(size)
            if kind == DATA:
                write_all(1, data)
            elif kind == TAKEN:
                self._credit.release()
            elif kind == EXIT:
                return STATUS.unpack(data)[0] & 255

    def stop(self) -> None:
        """Kill what is left of the guest, with every process it started."""
        if self._guest.returncode is None:  # not waited for yet: the number is still its own
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._guest.pid, signal.SIGKILL)
            self._guest.wait()
        if self._ended >= 0:
            os.close(self._ended)
            self._ended = -1


def complain(text: str) -> None:
    """Say something to whoever looks after this target."""
    print(f"sockproof: {text}", file=sys.stderr, flush=True)
