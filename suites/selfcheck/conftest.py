"""What the checks of the suite share: small suites of one file, run in a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from fixtures.clauses import ROOT
from helpers import wait
from reports.bench import sheet
from reports.suite import FROM

PLACE = "suites/syscalls/bind/test_bind.py"  # of a small suite's test file
PREFACE = """\
import pytest
from fixtures.clauses import clause, not_applicable
promise = clause(since="2.2", level="source", refs=["src:net/socket.c"])
"""
_TOX = "TOX_ENV_DIR"
_TOX_AROUND = os.environ.get(_TOX)
_FOLDERS = [f"suites/{folder}__init__.py" for folder in ("", "syscalls/", "syscalls/bind/")]


@dataclass
class Outcome:
    """What a small run left: exit status, what it printed, its record by test name (with the case)."""

    status: int
    text: str
    run: dict[str, Any]

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results by test name."""
        return {result["id"].rpartition("::")[2]: result for result in self.run.get("results", [])}

    @property
    def clauses(self) -> dict[str, dict[str, Any]]:
        """The clauses by test name (without the case)."""
        return {name.rpartition("::")[2]: facts for name, facts in self.run.get("clauses", {}).items()}

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdicts by test name."""
        return {name: result["verdict"] for name, result in self.results.items()}


class SmallSuite:
    """A project in a temporary folder with the real plugins and one test file, about bind(2) unless it is moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / PLACE
        self.file.parent.mkdir(parents=True)
        for name in ("conftest.py", "pyproject.toml", *_FOLDERS):
            (folder / name).write_text((ROOT / name).read_text())

    def place(self, file: str, purpose: str = "What is tried here.", documents: str | None = None) -> None:
        """Let the test file be *file* below suites/, in a folder with this purpose and these DOCUMENTS."""
        self.file = self.folder / "suites" / file
        self.file.parent.mkdir(parents=True, exist_ok=True)
        told = f"DOCUMENTS = {documents}\n" if documents else ""
        (self.file.parent / "__init__.py").write_text(f'"""{purpose}"""\n{told}')

    def command(self, *arguments: str) -> list[str]:
        """Return the command of a run."""
        record = f"--record={self.folder / 'out'}"
        return [*self.pytest, record, *(arguments or ("-n", "0"))]

    @property
    def pytest(self) -> list[str]:
        """Return the words that start pytest: without --record a run has a folder of its own in reports/out."""
        return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a run: the real project's plugins, and nothing of the run around it."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
        outer.pop(FROM, None)  # a command that another test has called leaves it
        if outer.get(_TOX) == _TOX_AROUND:  # where pytest would keep the notes of all runs; a test may set another
            outer.pop(_TOX, None)
        return {**outer, "PYTHONPATH": str(ROOT)}

    def write(self, text: str) -> None:
        """Write *text* as the test file; ``promise`` is a ready clause in it."""
        self.file.write_text(PREFACE + dedent(text))

    def run(self, text: str, *arguments: str) -> Outcome:
        """Write *text* as the test file and run it; *arguments* replace ``-n 0``."""
        self.write(text)
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=wait.scaled(240),
            check=False,
        )
        record = self.folder / "out" / "run.json"
        run = json.loads(record.read_text()) if record.exists() else {}
        return Outcome(done.returncode, done.stdout + done.stderr, run)


LIMIT = 300.0  # seconds: a check that runs a suite in a process of its own takes longer than a clause


# Folders whose checks make whole runs, boot kernels or measure; elsewhere the mark ``slow`` says it.
SLOW = ("bench", "environments", "targets")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --quick."""
    parser.getgroup("sockproof").addoption(
        "--quick", action="store_true", help="leave out the slow checks of the suite"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "slow: a check of the suite that --quick leaves out")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the checks more time than the clauses have; leave the slow ones out where only the quick are wanted."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.relative_to(here).parts[0] in SLOW:
            item.add_marker("slow")
    if config.getoption("--quick", default=False):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
    for item in items:
        if here in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LIMIT))


@pytest.fixture
def small_suite(tmp_path: Path) -> SmallSuite:
    """A small suite to run."""
    return SmallSuite(tmp_path)


@pytest.fixture(scope="session")
def fonts() -> None:
    """The fonts of the pictures, whose files matplotlib opens once and keeps open: before a test is watched."""
    if sheet.available():
        for weight in ("normal", "bold"):
            sheet.picture("fonts", "", "", 1.0, partial(_text, weight=weight))


def _text(figure: Any, weight: str) -> None:
    figure.text(0, 0, "x", weight=weight)


@pytest.fixture
def record_lies(request: pytest.FixtureRequest) -> Callable[[int, int], None]:
    """Note how many lies were caught, of how many: ``pytest_terminal_summary`` adds them up over the workers."""
    return lambda caught, tried: request.node.user_properties.append(("lies", (caught, tried)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the share of lies that a clause caught."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    counts = [value for report in reports for key, value in report.user_properties if key == "lies"]
    if counts:
        caught, tried = (sum(column) for column in zip(*counts, strict=True))
        terminalreporter.section("lying kernel")
        terminalreporter.write_line(f"{caught} of {tried} lies about system calls and options were caught by a clause")
