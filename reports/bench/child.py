"""One process whose lines are read as they come, and that never outlives its time or the process that started it."""

import contextlib
import os
import selectors
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.process import signal_at_end_of

TICK = 0.5  # seconds between two looks at the clock
GRACE = 8.0  # seconds to end in order after each signal


class Child:
    """A process of *words*, in a process group of its own; the kernel sends it SIGTERM when this process ends."""

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        parent = os.getpid()

        def prepare() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background has it ignored
            signal_at_end_of(parent, signal.SIGTERM)

        self.process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=prepare,
        )
        self._over = os.pidfd_open(self.process.pid)  # what it leaves behind may hold the pipes open

    def lines(self) -> Iterator[str | None]:
        """Give its lines as they come, and None at least every TICK, until it has ended and said all."""
        rest = {self.process.stdout: b"", self.process.stderr: b""}
        with selectors.DefaultSelector() as selector:
            for file in (*rest, self._over):
                selector.register(file, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select(TICK)]
                for file in ready:
                    if file == self._over:
                        continue
                    data = os.read(file.fileno(), 1 << 16)
                    if not data:
                        selector.unregister(file)
                    *whole, rest[file] = (rest[file] + data).split(b"\n")
                    yield from map(_text, whole)
                if ready == [self._over]:
                    break
                yield None
        yield from (_text(line) for line in rest.values() if line)

    def stop(self, *signals: int) -> int:
        """End it: by each signal in turn, with some time for it, then by force; give its exit status (-signal)."""
        try:
            for number in signals:
                if not self._is_over(0):
                    self.process.send_signal(number)
                    self._is_over(GRACE)
        finally:  # a second interrupt, of one who does not want to wait, passes here
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)  # not waited for yet: the number is still its own
            status = self.process.wait()
            for file in (self.process.stdout, self.process.stderr):
                file.close()
            os.close(self._over)
        return status

    def _is_over(self, seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._over, selectors.EVENT_READ)
            return bool(selector.select(seconds))


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
