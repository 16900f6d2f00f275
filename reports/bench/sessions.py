"""The sessions of a benchmark run: each a fresh process, in a guest a fresh boot, one after the other.

A session that dies, hangs or measures nothing says why in its `problem`; those after it go on.
"""

import datetime
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.bench.sample import SUITE, name_of
from helpers.kernels.kind import Target
from reports.bench.child import Child
from reports.bench.model import Session
from reports.bench.reader import Reader, Watch

_BARE = "default::pytest_benchmark.logger.PytestBenchmarkWarning"  # that there is nothing to store: no error of its own
_AWAY = "/dev/shm/sockproof-bench"  # for what is not wanted, in a guest: nothing else can be written to there
_COPY = "unwanted"  # the same, on a machine over ssh: in the suite's copy, which goes when the session ends
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Plan:
    """One session to come: *name* is its target's in the record, *word* what `targets.find` knows that by.

    *seconds*: what it may take, None for what it needs. *expression* selects as pytest's -k does, *places* are node ids
    instead of the whole suite.
    """

    name: str
    word: str
    target: Target
    boot: int
    selection: str
    seconds: float | None = None
    expression: str = ""
    places: tuple[str, ...] = ()
    purpose: str = ""

    @property
    def local(self) -> bool:
        """Whether it runs on this machine's own kernel."""
        return self.target.kind.here

    @property
    def limit(self) -> float:
        """Seconds after which it hangs; other kernels boot, and import, for minutes."""
        longest = 3 * 3600.0 if self.seconds is None else 2 * self.seconds
        return longest + (60 if self.local else 600)

    @property
    def silence(self) -> float:
        """Seconds without a word after which it hangs."""
        return 150 if self.local and self.seconds is not None else 600


def order(targets: Sequence[str], sessions: int) -> list[tuple[str, int]]:
    """Give target and boot of each session: ABBA ABBA and so on, so that the machine's drift falls on all alike."""
    turns = [(list(targets) if boot % 2 == 0 else list(reversed(targets)), boot) for boot in range(sessions)]
    return [(target, boot) for turn, boot in turns for target in turn]


def command(plan: Plan, folder: Path, number: int, scratch: Path) -> list[str]:
    """Give a session's command, for the suite's root; *scratch* is a folder for what is not wanted."""
    unwanted = scratch if plan.local else _COPY if plan.target.kind.elsewhere else _AWAY
    words = ["-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "--benchmark-enable", "--benchmark-only", "-q"]
    words += [f"--bench={plan.selection}", "--bench-record", f"--record={unwanted}"]
    words += [f"--bench-seconds={plan.seconds:g}"] if plan.seconds is not None else []
    words += list(plan.places) or [SUITE]
    words += ["-k", plan.expression] if plan.expression else []
    if plan.local:
        return [
            sys.executable,
            *words,
            "-W",
            _BARE,
            f"--benchmark-json={(folder / f'session-{number}.json').absolute()}",
        ]
    return [sys.executable, "-m", "helpers.kernels.launch", plan.word, *words]


def environment() -> dict[str, str]:
    """Give a session's environment: that of this process, without what would make pytest another than it is to be."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return kept | {"PYTHONUNBUFFERED": "1"}


def begin(plan: Plan) -> Session:
    """Give the session of a plan, with nothing in it yet."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return Session(plan.name, plan.boot, {}, now, purpose=plan.purpose)


def run(plan: Plan, session: Session, root: Path, folder: Path, number: int, watch: Watch) -> None:
    """Run one session and fill `session` in as its lines come; what it says goes to session-NUMBER.log in `folder`.

    KeyboardInterrupt passes through when all its processes are gone; `session` then has what was measured.
    """
    reader = Reader(session, watch)
    scratch = folder / "unwanted"
    console = folder / f"session-{number}-console.log"  # of a guest's kernel
    began = time.monotonic()
    problem = ""
    watch.began(session)
    try:
        child = Child(command(plan, folder, number, scratch), root, environment() | {"SOCKPROOF_CONSOLE": str(console)})
        signals: tuple[int, ...] = ()
        try:
            problem = _follow(child, reader, plan, folder / f"session-{number}.log")
            signals = (signal.SIGTERM,)
        except BaseException as error:
            problem = INTERRUPTED if isinstance(error, KeyboardInterrupt) else str(error)
            signals = (signal.SIGINT, signal.SIGTERM) if plan.local else (signal.SIGTERM,)
            raise
        finally:
            status = child.stop(*signals)
            session.problem = problem or _death(plan.target, console) or reader.problem(status, plan.target.name)
    finally:
        session.seconds = round(time.monotonic() - began, 3)
        if not plan.target.kind.elsewhere and session.kernel:
            session.kernel.setdefault("cpu", processor())
        shutil.rmtree(scratch, ignore_errors=True)
        watch.ended(session)


def _death(target: Target, console: Path) -> str:
    """Say how a guest died and in which benchmark, "" if it did not."""
    text, place = target.kind.last_end(console).text, target.kind.running(console)
    return f"{text}, in {name_of(place)}" if text and place else text


def _follow(child: Child, reader: Reader, plan: Plan, log: Path) -> str:
    """Read a session to its end; give the reason if it hangs, else "" ."""
    began = heard = time.monotonic()
    with log.open("w", buffering=1, errors="replace") as file:
        for line in child.lines():
            now = time.monotonic()
            if line is not None:
                heard = now
                file.write(f"{line}\n")
                reader.take(line)
            if now - heard > plan.silence:
                return f"hangs: nothing heard of it for {now - heard:.0f} s"
            if now - began > plan.limit:
                return f"hangs: not done within {now - began:.0f} s"
            reader.watch.tick()
    return ""


def processor() -> str:
    """Give the name of this machine's processor, "" if unknown."""
    try:
        found = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip() if found else ""
