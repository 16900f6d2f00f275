"""What the checks of targets share: a small suite run on a User Mode Linux guest and watched from outside."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from helpers import wait
from helpers.kernels.kinds import uml
from helpers.kernels.packages import PackageError
from helpers.kernels.targets import find
from suites.selfcheck.conftest import SmallSuite

GUEST = "guest"  # a target of the run's own
_TARGETS = f"""\
[{GUEST}]
kind = "uml"
release = "trixie"
patience = "8"
"""
_SECONDS = 240  # a guest boots in seconds, on a busy machine in many
_CASES = """
@promise
@pytest.mark.parametrize("case", ["before", "culprit", "after"])
def test_case(case):
    \"\"\"Holds.\"\"\"
    if case == "culprit":
        {action}
"""


def need_guest() -> None:
    """Skip where the guest's kernel cannot be had."""
    try:
        uml.files(find("uml-6.12"))
    except PackageError as error:
        pytest.skip(f"User Mode Linux 6.12 cannot be had here: {error}")


def _parents() -> dict[int, int]:
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            found[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # gone meanwhile
            continue
    return found


class GuestRun:
    """A run of a small suite whose middle case does something to the guest, and what came of it."""

    def __init__(self, suite: SmallSuite, process: subprocess.Popen, target: str) -> None:
        self.process = process
        self.folder = suite.folder / "out" / target
        self.text = ""
        self.clauses: dict[str, dict[str, Any]] = {}

    def wait_result(self) -> None:
        """Return when the first case is recorded: the next is running, or about to."""
        file = self.folder / "run.jsonl"
        wait.until(lambda: file.exists() and '"type": "result"' in file.read_text(), "a result", _SECONDS)

    def processes(self) -> set[int]:
        """Return the run's processes, its guest's among them."""
        parents, found = _parents(), {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def _kernels(self) -> set[int]:
        found = set()
        for pid in self.processes():
            with suppress(OSError):  # gone meanwhile
                if b"rootfstype=hostfs" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.add(pid)
        return found

    def has_guest(self) -> bool:
        """Return whether a guest's kernel runs."""
        return bool(self._kernels())

    def guest(self) -> int:
        """Return the process that is the guest's kernel."""
        kernels, parents = self._kernels(), _parents()
        return next(pid for pid in kernels if parents.get(pid) not in kernels)

    def finish(self) -> dict[str, dict[str, Any]]:
        """Return the results by case when the run has ended."""
        self.text, _ = self.process.communicate(timeout=wait.scaled(_SECONDS))
        run = json.loads((self.folder / "run.json").read_text())
        self.clauses = run["clauses"]
        return {result["case"]: result for result in run["results"]}


@contextmanager
def running(suite: SmallSuite, action: str, *arguments: str) -> Iterator[GuestRun]:
    """Run three cases on a guest; the middle one does *action*. Nothing of the run outlives the block."""
    (suite.folder / "sockproof").mkdir()
    (suite.folder / "sockproof" / "targets.toml").write_text(_TARGETS)
    (suite.folder / "temporary").mkdir()
    suite.write(_CASES.format(action=action))
    process = subprocess.Popen(
        suite.command(f"--target={GUEST}", *arguments),
        cwd=suite.folder,
        env={
            **suite.environment,
            "XDG_CONFIG_HOME": str(suite.folder),
            "TMPDIR": str(suite.folder / "temporary"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    run = GuestRun(suite, process, GUEST)
    try:
        yield run
    finally:
        for pid in run.processes() if process.poll() is None else ():
            os.kill(pid, signal.SIGKILL)
        process.communicate()
