"""Other programs that send and receive frames, each as an arm to compare with.

A tool is a process in a namespace, on one CPU, ended for certain. See ``tool_senders`` and ``tool_receivers`` for how
it is measured; what it takes to start never counts.
"""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from helpers import process, wait

PACKAGES = {  # Debian's
    "trafgen": "netsniff-ng",
    "netsniff-ng": "netsniff-ng",
    "tcpdump": "tcpdump",
    "tcpreplay": "tcpreplay",
}


class NoToolError(Exception):
    """The tool is not installed; the text says how to install it."""


class ToolError(Exception):
    """The tool did not do what was asked of it."""


def find(name: str) -> str:
    """Return the path of a tool; NoToolError where it is missing. Tools of root lie where a user's PATH does not go."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise NoToolError(f"{name} is not here: install Debian's package {PACKAGES[name]}")
    return found


def execute(arguments: Sequence[str]) -> None:
    """Become the program *arguments*, the first of which is its path."""
    os.execv(arguments[0], arguments)


class Running:
    """A tool at work: *work* is called in a child in the namespace of *end*, on *cpu*. A context manager.

    It leads a process group of its own, for some tools fork; the group ends with the block.
    """

    def __init__(self, work: Callable[[], object], end: Any, cpu: int) -> None:
        self.work = work
        self.end = end
        self.cpu = cpu

    def _become(self) -> None:
        os.setpgid(0, 0)
        os.sched_setaffinity(0, {self.cpu})
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        for source, target in ((nothing, 0), (self._output.fileno(), 1), (self._output.fileno(), 2)):
            os.dup2(source, target)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.work()

    def __enter__(self) -> "Running":
        self._output = tempfile.TemporaryFile()
        try:
            self._child = process.start(self._become, namespace=self.end.namespace)
        except BaseException:
            self._output.close()
            raise
        self._ended = os.pidfd_open(self._child.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended, or is not yet a leader
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.close()
        os.close(self._ended)
        self._output.close()

    def said(self) -> str:
        """Return what it has printed so far."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return bool(wait.poll(self._ended, seconds=0))

    def _members(self) -> list[int]:
        """Return the ids of its processes: its own, and those of what it has forked where the kernel lists them."""
        found = [self._child.pid]
        for pid in found:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as file:
                found += map(int, file.read().split())
        return found

    def stop(self) -> None:
        """Stop it, and return when it has: it may be in a system call until then. DeadlineError."""

        def stopped() -> bool:
            states = []
            for pid in self._members():
                with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
                    states.append(file.read().rpartition(")")[2].split()[0])
            return all(state in "TtZX" for state in states)

        os.killpg(self._child.pid, signal.SIGSTOP)
        wait.until(stopped, "the tool stopped")

    def go_on(self) -> None:
        """Have it go on."""
        os.killpg(self._child.pid, signal.SIGCONT)

    def wait_said(self, words: str) -> None:
        """Return once it has printed *words*. ToolError if it ends instead, DeadlineError."""

        def done() -> bool:
            ended = self.ended  # asked first: its last words count
            if words in self.said():
                return True
            if ended:
                raise ToolError(f"it ended: {self.said().strip()}")
            return False

        wait.until(done, words)

    def interrupt(self) -> str:
        """Send SIGINT, as the user's ^C, once it waits for more, and return all that it has printed. DeadlineError."""
        self._child.wait_blocked()
        self._child.signal(signal.SIGINT)
        if not wait.readable(self._ended):
            raise wait.DeadlineError("the tool does not end")
        return self.said()


class Tool:
    """A program that is *running* as long as this context lasts, and has begun its work when it is entered."""

    running: Running

    def _begin(self) -> None:
        """Wait until it works. Raises ToolError, DeadlineError."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.running.__enter__()
        try:
            self._begin()
        except BaseException:
            self.running.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *problem: Any) -> None:
        self.running.__exit__(*problem)
