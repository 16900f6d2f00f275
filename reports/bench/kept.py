"""Whole records of earlier benchmark runs, by time, for `--against`: what was measured last, or on a certain day.

They lie in `runs` beside the history's summaries; a record is some megabytes, so only the newest are kept.
"""

import contextlib
import re
from pathlib import Path

from reports.bench import history, model
from reports.bench.model import Bench, BenchFileError

KEPT = 20
LAST = "last"


def _folder(state: Path | None) -> Path:
    return (state or history.state_folder()) / "runs"


def keep(bench: Bench, state: Path | None = None, most: int = KEPT) -> Path:
    """Keep a run under the time at which it started, remove the oldest beyond `most`, give the file."""
    stamp = re.sub(r"[+.].*$", "", bench.started).replace(":", "-")
    file = _folder(state) / f"{stamp}.json"
    model.write(bench, file)
    for old in names(state)[: -max(most, 1)]:
        with contextlib.suppress(OSError):
            (_folder(state) / f"{old}.json").unlink()
    return file


def names(state: Path | None = None) -> list[str]:
    """List the runs that are kept, oldest first: times such as 2026-11-22T17-30-00."""
    return sorted(file.stem for file in _folder(state).glob("[!.]*.json"))


def find(run: str, state: Path | None = None) -> Bench:
    """Read RUN: a bench.json, the folder that has it, the beginning of a kept run's time, or "last".

    BenchFileError says in one line why there is none.
    """
    if Path(run).exists():
        return model.load(run)
    there = names(state)
    found = there[-1:] if run == LAST else [name for name in there if name.startswith(run.replace(":", "-"))]
    if not found or not run:
        newest = f"; the last one kept is {there[-1]}" if there else "; no runs are kept yet"
        raise BenchFileError(f"{run!r} is no {model.NAME}, no folder of one and no run that was kept{newest}")
    return model.load(_folder(state) / f"{found[-1]}.json")
