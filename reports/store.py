"""The store of kept runs: what lasts from run to run, in the state folder. Who keeps a run asks here, and nowhere else.

The state folder is $XDG_STATE_HOME/sockproof, by default ~/.local/state/sockproof. It has the nights (`runs/<time>/`,
each with the records of its targets), `good.json` (the last good night of each target) and in `bench/` the benchmark
runs (`runs/<time>.json`, some megabytes each) and what each came to (`<time>-<hash>.json`).
"""

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reports import files

LAST = "last"
_GOOD = "good.json"
_STREAMS = ("run.jsonl", "*/run.jsonl")


class StoreError(Exception):
    """There is no such run; the message is one line."""


@dataclass(frozen=True)
class Shelf:
    """The kept runs of one kind: files with a suffix, or folders without one; a name begins with the run's time.

    What does not match the regular expression *form* is none.
    """

    place: Path
    suffix: str = ""
    form: str = ".+"

    def names(self) -> list[str]:
        """List what is kept, oldest first."""
        return sorted(path.name.removesuffix(self.suffix) for path in self.paths())

    def paths(self) -> list[Path]:
        """List where what is kept lies, oldest first; a draft is none."""
        found = self.place.glob(f"[!.]*{self.suffix}")
        kept = (path for path in found if re.fullmatch(self.form, path.name.removesuffix(self.suffix)))
        return sorted(path for path in kept if path.is_dir() == (not self.suffix))

    def path(self, name: str) -> Path:
        """Say where the run with this name lies, or would."""
        return self.place / f"{name}{self.suffix}"

    def add(self, name: str, write: Callable[[Path], object]) -> Path:
        """Keep a run: `write` writes its file in one step, or fills its folder, which is new; OSError as open(2)."""
        path = self.path(name)
        if not self.suffix:
            path.mkdir(parents=True)
        write(path)
        return path

    def find(self, which: str) -> Path:
        """Give where a run lies: "last", the beginning of its time ("2026-11-22T17:30"), or its id; else StoreError."""
        known = self.names()
        wanted = which.replace(":", "-")
        if which == LAST and known:
            return self.path(known[-1])
        found = [name for name in known if wanted and name.startswith(wanted)]
        if found:
            return self.path(found[-1])
        for path in reversed(self.paths()) if wanted else ():
            for name, folder in _ids_in(path):
                if name == which:
                    return folder
        newest = f"the last one kept is {known[-1]}" if known else "no runs are kept yet"
        raise StoreError(f"{which!r} is no run that was kept; {newest}")

    def prune(self, keep: int, needed: Iterable[str] = ()) -> None:
        """Remove the oldest beyond `keep`, but none of those that are needed."""
        for name in set(self.names()[: -max(keep, 1)]) - set(needed):
            if self.suffix:
                with contextlib.suppress(OSError):
                    self.path(name).unlink(missing_ok=True)
            else:
                shutil.rmtree(self.path(name), ignore_errors=True)


def state_folder() -> Path:
    """Give the folder for what is kept from run to run."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "sockproof"


def bench_folder() -> Path:
    """Give the part of the state folder that is about benchmarks."""
    return state_folder() / "bench"


def nights(state: Path | None = None) -> Shelf:
    """Give the nights that are kept in a state folder, by default the user's."""
    return Shelf((state or state_folder()) / "runs")


def benches(state: Path | None = None) -> Shelf:
    """Give the whole records of benchmark runs; *state* is a folder as `bench_folder` gives it."""
    return Shelf((state or bench_folder()) / "runs", ".json")


def trends(state: Path | None = None) -> Shelf:
    """Give what benchmark runs came to; *state* is a folder as `bench_folder` gives it."""
    return Shelf(state or bench_folder(), ".json")


def good_nights(state: Path) -> dict[str, str]:
    """Give the name of the last good night of each target."""
    try:
        return dict(json.loads((state / _GOOD).read_text()))
    except (OSError, ValueError):
        return {}


def write_good_nights(state: Path, good: Mapping[str, str]) -> None:
    """Keep the name of the last good night of each target."""
    files.write_text(f"{json.dumps(good, indent=2)}\n", state / _GOOD)


def name_of(started: str) -> str:
    """Give the name of a run that started at a time: 2026-11-22T17-30-00."""
    return re.sub(r"[+.].*$", "", started).replace(":", "-")


def _ids_in(path: Path) -> Iterator[tuple[str, Path]]:
    """Give the ids of the runs in a folder, each with its own folder."""
    for pattern in _STREAMS:
        for stream in sorted(path.glob(pattern)):
            try:
                with stream.open(encoding="utf-8", errors="replace") as lines:
                    yield str(json.loads(lines.readline())["id"]), stream.parent
            except (OSError, ValueError, KeyError, TypeError):
                continue  # not of today's schema: its time finds it
