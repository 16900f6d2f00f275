"""bench.json: the sessions of one benchmark run, their results, and what was compared.

Plain data of format 1; durations are seconds, times are ISO 8601 with an offset. `Round`, `Quality` and `Result` are
those that a session measures with (helpers/bench/sample.py).
"""

import json
import math
import os
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from helpers.bench.sample import Quality, Result, Round, present
from reports.files import write_json

__all__ = [
    "CONFIRMATION",
    "FORMAT",
    "KINDS",
    "MARKS",
    "NAME",
    "Bench",
    "BenchFileError",
    "Comparison",
    "Quality",
    "Result",
    "Round",
    "Session",
    "from_dict",
    "load",
    "result_of",
    "worst",
    "write",
]

FORMAT = 1
NAME = "bench.json"
KINDS = ("rate", "latency", "loss", "ratio")
MARKS = ("good", "fair", "poor")  # best first
VERDICTS = ("slower", "faster", "same", "cannot tell")
CONFIRMATION = "confirmation"  # the purpose of a session that measures again what was slower
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}

T = TypeVar("T")


class BenchFileError(Exception):
    """A bench.json that is missing, torn, of something else or of another format; the message is one line."""


@dataclass
class Session:
    """One process over the benchmarks on one boot of one kernel: the sampling unit. *target* is the kernel's name.

    *boot* counts the target's sessions from 0. *problem* says why it came to no end (its results up to there stand).
    *unmeasured* are cases by id that were skipped or failed, with the reason.
    *purpose* is CONFIRMATION where only what was slower was measured again: such a session is in no table.
    """

    target: str
    boot: int
    kernel: dict[str, Any]
    started: str
    seconds: float = 0.0
    quality: Quality = field(default_factory=Quality)
    results: list[Result] = field(default_factory=list)
    problem: str = ""
    unmeasured: dict[str, str] = field(default_factory=dict)
    purpose: str = ""

    @property
    def name(self) -> str:
        """The kernel in two words: `host 6.18`."""
        release = ".".join(str(self.kernel.get("release", "")).split("-")[0].split(".")[:2])
        return f"{self.target} {release}".strip()


@dataclass
class Comparison:
    """One result on two sides; *ratio* is speed of *b* / speed of *a*: middle, low, high ([] where nobody can tell).

    *floor* is the share that differs between equal kernels. *confirmed*: measured again, it said the same (None: there
    was no need to).
    """

    id: str
    a: str
    b: str
    ratio: list[float]
    floor: float
    verdict: str
    text: str
    confirmed: bool | None = None
    sessions: list[int] = field(default_factory=list)


@dataclass
class Bench:
    """A whole benchmark run. *notes* say what could not be compared, or only with care."""

    suite: dict[str, Any]
    started: str
    selection: str
    command: list[str] = field(default_factory=list)
    finished: str = ""
    sessions: list[Session] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def targets(self) -> list[str]:
        """The targets in the order of their first sessions."""
        return list(dict.fromkeys(session.target for session in self.sessions))

    def sessions_of(self, target: str, purpose: str = "") -> list[Session]:
        """Give a target's sessions of one purpose: "" are those that every table is made of."""
        return [item for item in self.sessions if item.target == target and item.purpose == purpose]

    def results_of(self, target: str, purpose: str = "") -> dict[str, list[Result]]:
        """Give a target's results by id, one of each session that has it, in the order in which they were measured."""
        found: dict[str, list[Result]] = {}
        for session in self.sessions_of(target, purpose):
            for result in session.results:
                found.setdefault(result.id, []).append(result)
        return found

    def name_of(self, target: str) -> str:
        """Name a target with the release of its kernel: `host 6.18`."""
        return next((item.name for item in self.sessions_of(target) if item.kernel.get("release")), target)

    def to_dict(self) -> dict[str, Any]:
        """Give the object that bench.json holds."""
        return {"format": FORMAT, **asdict(self)}


def worst(marks: Iterable[str]) -> str:
    """Give the worst of quality marks; one that is not known counts as the worst."""
    known = [mark if mark in MARKS else MARKS[-1] for mark in marks]
    return max(known, key=MARKS.index, default=MARKS[0])


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _built(kind: type[T], data: Any, where: str) -> T:
    """Build a dataclass from a JSON object; keys it does not know are left for newer readers."""
    if not isinstance(data, Mapping):
        raise BenchFileError(f"{where}: an object is expected, not {type(data).__name__}")
    values = {}
    for item in fields(kind):  # type: ignore[arg-type]
        if item.name in data:
            values[item.name] = _value(_hints(kind)[item.name], data[item.name], f"{where}: {item.name}")
        elif item.default is MISSING and item.default_factory is MISSING:
            raise BenchFileError(f"{where}: {item.name!r} is missing")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    """Give a JSON value as the type that *hint* says; BenchFileError if it is another."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin is types.UnionType:
        return None if value is None else _value(inner[0], value, where)
    if origin is list and isinstance(value, list):
        return [_value(inner[0], item, f"{where} {number}") for number, item in enumerate(value)]
    if origin is dict and isinstance(value, Mapping):
        return {str(key): _value(inner[1], item, f"{where} {key}") for key, item in value.items()}
    if is_dataclass(hint):
        return _built(hint, value, where)  # type: ignore[arg-type]
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if hint in (str, int, bool) and type(value) is hint:
        return value
    wanted = _WORDS.get(hint, "a list" if origin is list else "an object")
    raise BenchFileError(f"{where}: {wanted} is expected, not {str(value)[:40]!r}")


def result_of(data: Any, where: str = "result") -> Result:
    """Build a result from its JSON object; BenchFileError names `where` if it is none."""
    result = _built(Result, data, where)
    _check(result, where)
    return result


def _check(result: Result, where: str) -> None:
    if result.kind not in KINDS:
        raise BenchFileError(f"{where}: {result.id} is of unknown kind {result.kind!r}")
    if any(item.seconds <= 0 or item.frames < 0 for item in result.rounds):
        raise BenchFileError(f"{where}: {result.id} has a round without time")


def from_dict(data: Any) -> Bench:
    """Build the run from the object that bench.json holds; BenchFileError says what is wrong with it."""
    if not isinstance(data, Mapping) or "format" not in data or "sessions" not in data:
        raise BenchFileError("not a benchmark's record (it names no format and no sessions)")
    if data["format"] != FORMAT:
        raise BenchFileError(f"of format {data['format']!r}, this sockproof reads format {FORMAT}")
    bench = _built(Bench, data, "bench")
    for session in bench.sessions:
        for result in session.results:
            _check(result, f"session of {session.target}")
            result.id = present(result.id)
    return bench


def load(path: str | os.PathLike[str]) -> Bench:
    """Read bench.json, or the folder that has it; BenchFileError says in one line what is wrong."""
    file = Path(path)
    if file.is_dir():
        file /= NAME
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BenchFileError(f"{file}: is not there; 'sockproof bench' writes one") from None
    except OSError as error:
        raise BenchFileError(f"{file}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise BenchFileError(f"{file}: not JSON") from None
    try:
        return from_dict(json.loads(text))
    except json.JSONDecodeError as error:
        raise BenchFileError(f"{file}: not JSON, or torn (line {error.lineno}: {error.msg})") from error
    except RecursionError:
        raise BenchFileError(f"{file}: not a benchmark's record") from None
    except BenchFileError as error:
        raise BenchFileError(f"{file}: {error}") from error


def write(bench: Bench, file: Path) -> None:
    """Write bench.json in one step: a reader sees all of it or nothing."""
    write_json(bench.to_dict(), file)
