"""What earlier benchmark runs came to: a small file for each, so that a trend can be drawn.

They lie in the store of kept runs (reports/store.py), beside the newest runs' whole records, which `--against` reads. A
file is written under a draft's name and renamed, so a reader needs no lock; a torn or foreign one is left out with a
word.
"""

import hashlib
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from helpers.bench.sample import present
from reports import files, store
from reports.bench import model
from reports.bench.figures import Interval, Measured, measured
from reports.bench.model import MARKS, Bench, BenchFileError

FORMAT = 1
KEPT = 400  # runs: a year of nightlies and more
WHOLE_KEPT = 20  # runs with their whole record, some megabytes each
LARGEST = 4_000_000  # bytes of a file that can be ours
FLAGGED = ("slower", "faster")
UNITS = {"rate": "frames/s", "loss": "frames/s", "latency": "µs", "ratio": "times"}


@dataclass
class Point:
    """What a result came to: frames/s, the highest load without loss, µs (median) or a ratio, as its `kind` says.

    `verdict` is that of the run's comparison, "" where there was none.
    """

    kind: str
    mid: float
    low: float
    high: float
    valid: bool = True
    mark: str = "good"
    verdict: str = ""

    def __post_init__(self) -> None:
        numbers = self.mid, self.low, self.high
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise ValueError(f"{numbers} are no figures")
        if self.kind not in UNITS or self.mark not in MARKS:
            raise ValueError(f"unknown kind {self.kind!r} or mark {self.mark!r}")

    @property
    def flagged(self) -> bool:
        """Whether the run found it slower or faster than what it was compared with."""
        return self.verdict in FLAGGED


@dataclass
class Past:
    """One run: when (ISO 8601), with which suite, and for each target its kernel's release and its points by id."""

    time: str
    suite: dict[str, Any]
    selection: str = ""
    kernels: dict[str, str] = field(default_factory=dict)
    results: dict[str, dict[str, Point]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the object that its file holds."""
        return {"format": FORMAT, **asdict(self)}


def summary(bench: Bench, rows: Sequence[Measured] | None = None) -> Past:
    """Sum a run up; `rows` are its figures where somebody has them already."""
    past = Past(bench.started, dict(bench.suite), bench.selection)
    for target in bench.targets:
        sessions = bench.sessions_of(target)
        past.kernels[target] = next((str(s.kernel["release"]) for s in sessions if s.kernel.get("release")), "")
    for row in measured(bench) if rows is None else rows:
        points = past.results.setdefault(row.target, {})
        for name, kind, figure in _figures(row):
            points[name] = Point(kind, *figure, row.valid, row.mark, _verdict(bench, row))
    return past


def _figures(row: Measured) -> Iterator[tuple[str, str, Interval]]:
    """Give what a result came to, with the name it goes by; a ratio to each other arm has its own."""
    if row.kind == "ratio":
        yield from ((f"{row.id}:{arm}", "ratio", ratio) for arm, ratio in row.ratios.items())
        return
    figure = {"latency": row.quantile(0.5, "median"), "loss": row.highest}.get(row.kind, row.rate)
    if figure is not None:
        yield row.id, row.kind, figure


def _verdict(bench: Bench, row: Measured) -> str:
    """Give the verdict about a result of this run: its target is the comparison's second side."""
    names = (row.target, bench.name_of(row.target))
    return next((item.verdict for item in bench.comparisons if item.id == row.id and item.b in names), "")


def keep(bench: Bench, state: Path | None = None, most: int = WHOLE_KEPT) -> Path:
    """Keep a run's whole record and what it came to, remove the oldest beyond `most`, give the record's file."""
    shelf = store.benches(state)
    file = shelf.add(store.name_of(bench.started), lambda file: model.write(bench, file))
    shelf.prune(most)
    add(bench, state)
    return file


def find(run: str, state: Path | None = None) -> Bench:
    """Read RUN: a bench.json, the folder that has it, the beginning of a kept run's time, or "last".

    BenchFileError says in one line why there is none.
    """
    if Path(run).exists():
        return model.load(run)
    try:
        return model.load(store.benches(state).find(run))
    except store.StoreError as error:
        raise BenchFileError(f"{error}; a {model.NAME} or its folder will do, too") from None


def add(bench: Bench, state: Path | None = None, keep: int = KEPT) -> Path:
    """Keep what a run came to, remove the oldest beyond `keep`, give the file; OSError as open(2) gives it.

    The same run added twice is one file.
    """
    content = json.dumps(summary(bench).to_dict(), default=str)
    stamp = re.sub(r"[^0-9A-Za-z]+", "-", bench.started)[:40] or "unknown"
    name = f"{stamp}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    shelf = store.trends(state)
    file = shelf.add(name, lambda file: files.write_text(content + "\n", file))
    shelf.prune(keep)
    return file


def load(state: Path | None = None, complain: Callable[[str], None] | None = None) -> list[Past]:
    """Read the runs that are kept, oldest first; torn or foreign ones are left out, and `complain` gets the reason.

    Without `complain`, standard error does.
    """
    found = []
    for file in store.trends(state).paths():
        try:
            found.append(_past(file))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            said = f"{file} is left out of the history: {_told(error)}"
            complain(said) if complain else print(f"sockproof: {said}", file=sys.stderr)
    return sorted(found, key=lambda past: past.time)


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "not JSON, or torn"
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return "not a summary of a benchmark run" if not isinstance(error, ValueError) else str(error)


def _past(file: Path) -> Past:
    if file.stat().st_size > LARGEST:
        raise ValueError("larger than a summary is")
    data = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(data, Mapping) or "results" not in data:
        raise TypeError
    if data.get("format") != FORMAT:
        raise ValueError(f"of format {data.get('format')!r}, this sockproof reads format {FORMAT}")
    results = {
        str(target): {present(str(name)): Point(**point) for name, point in points.items()}
        for target, points in data["results"].items()
    }
    kernels = {str(target): str(release) for target, release in data["kernels"].items()}
    return Past(str(data["time"]), dict(data["suite"]), str(data["selection"]), kernels, results)
