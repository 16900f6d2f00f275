"""Runs of the real suite, or of its command, in an environment that is made for them."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from fixtures.clauses import ROOT
from helpers import wait

BROKEN = ("fail", "error", "xpass", "crash", "timeout")


class Outcome(NamedTuple):
    """What a command left: exit status, what it printed, the record of the run ({} without one)."""

    status: int
    out: str
    err: str
    run: dict[str, Any]

    @property
    def broken(self) -> list[tuple[str, str]]:
        """The cases that are broken, with what was seen."""
        return [
            (result["id"], result["evidence"]["message"])
            for result in self.run.get("results", [])
            if result["verdict"] in BROKEN
        ]

    @property
    def verdicts(self) -> Counter[str]:
        """How many cases have which verdict."""
        return Counter(result["verdict"] for result in self.run.get("results", []))

    @property
    def reasons(self) -> set[str]:
        """The reasons of skipped cases."""
        return {result["reason"] for result in self.run.get("results", []) if result["verdict"] == "skip"}

    @property
    def lacks(self) -> set[str]:
        """The names of what the preflight found missing."""
        return {lack["name"] for lack in self.run.get("kernel", {}).get("lacks", [])}


def command_in(makers: list[str], command: list[str], **settings: str) -> Outcome:
    """Run a command in the environment of *makers*; *settings* are variables of its environment."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "suites.selfcheck.environments.makers", *makers, "--", *command],
        cwd=ROOT,
        env={**outer, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=wait.scaled(280),
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr, {})


def suite_in(makers: list[str], record: Path, *arguments: str, **settings: str) -> Outcome:
    """Run the suite (*arguments* of pytest) in the environment of *makers*, recorded in *record*."""
    command = [sys.executable, "-m", "pytest", "-q", f"--record={record}", *arguments]
    done = command_in(makers, command, **settings)
    file = record / "run.json"
    return done._replace(run=json.loads(file.read_text()) if file.exists() else {})


def sockproof(*arguments: str) -> list[str]:
    """Return the command ``sockproof`` with *arguments*."""
    return [sys.executable, "-c", "from reports.cli import main; main()", *arguments]
