"""The two files of a run and how they are read and written.

`run.jsonl` grows while the run goes on: a line for the run, then one per verdict, and a line for each clause before
its first verdict. `run.json` holds the whole run once it ended.
"""

import datetime
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reports.files import write_json
from reports.model import (
    BROKEN,
    SCHEMA,
    VERDICTS,
    ClauseFacts,
    Evidence,
    Result,
    Run,
    RunFileError,
    SurfaceEntry,
    run_id,
)
from reports.schema1 import modern

__all__ = [
    "BROKEN",
    "SCHEMA",
    "STREAM",
    "VERDICTS",
    "WHOLE",
    "ClauseFacts",
    "Evidence",
    "Result",
    "Run",
    "RunFileError",
    "RunWriter",
    "SurfaceEntry",
    "load",
]

STREAM = "run.jsonl"
WHOLE = "run.json"


def load(path: str | os.PathLike[str], tell: Callable[[str], object] = lambda text: None) -> Run:
    """Read a run from run.json, run.jsonl or a folder that has one of them (run.json first).

    Where run.json is torn, run.jsonl beside it is read, and *tell* is told. The last line of a run.jsonl may be torn:
    the run then counts as interrupted. RunFileError otherwise says, in one line, what is wrong with the file.
    """
    file = Path(path)
    if file.is_dir():
        folder = file
        file = next((folder / name for name in (WHOLE, STREAM) if (folder / name).is_file()), folder)
        if file is folder:
            raise RunFileError(f"{folder}: no {WHOLE} or {STREAM} here; start a run first")
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise RunFileError(f"{file}: {error.strerror or error}") from error
    try:
        return _from_stream(text) if file.suffix == ".jsonl" else _from_whole(text)
    except _TornError as error:
        stream = file.with_suffix(".jsonl")
        if not stream.is_file():
            raise RunFileError(f"{file}: {error}") from error
        tell(f"{file}: {error}; {stream.name} beside it is read instead")
        return load(stream)
    except RunFileError as error:
        raise RunFileError(f"{file}: {error}") from error
    except RecursionError:
        raise RunFileError(f"{file}: not a run file (it is nested too deeply)") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise RunFileError(f"{file}: not a run file ({error})") from error


class _TornError(RunFileError):
    """The file ends too early, or is no JSON at all."""


def _parse(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _from_whole(text: str) -> Run:
    try:
        data = _parse(text)
    except json.JSONDecodeError as error:
        raise _TornError(f"torn, or not JSON (line {error.lineno}: {error.msg})") from error
    return _run(data)


def _from_stream(text: str) -> Run:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    objects: list[tuple[int, Any]] = []
    torn = False
    for number, line in lines:
        try:
            objects.append((number, _parse(line)))
        except json.JSONDecodeError as error:
            if number != lines[-1][0]:
                raise RunFileError(f"line {number} is not JSON ({error.msg})") from error
            torn = True
    if not objects:
        raise RunFileError("holds no run: its first line is missing or torn")
    (_, head), *others = objects
    if isinstance(head, Mapping) and head.get("type", "run") != "run":
        raise RunFileError("its first line does not describe a run")
    clauses: dict[Any, Any] = {}
    results = []
    for number, item in others:
        kind = _kind(item, number)
        if kind == "clause":
            clauses[item.get("id")] = item
        elif kind == "result":
            results.append(item)
    run = _run({**head, "clauses": clauses, "results": results} if isinstance(head, Mapping) else head)
    run.interrupted = run.interrupted or torn
    return run


def _kind(item: Any, number: int) -> Any:
    if not isinstance(item, Mapping):
        raise RunFileError(f"line {number}: an object is expected, not {type(item).__name__}")
    return item.get("type")


def _run(data: Any) -> Run:
    """Build the run from the object of a whole one, of any schema that this sockproof knows."""
    if not isinstance(data, Mapping) or "schema" not in data:
        raise RunFileError("not a run file (it names no schema)")
    if data["schema"] == 1:
        data = modern(data)
    elif data["schema"] != SCHEMA:
        raise RunFileError(f"run file of schema {data['schema']!r}, this sockproof reads schemas 1 to {SCHEMA}")
    return Run.from_dict(data, "run")


class RunWriter:
    """Writes a run into `folder`: a line per verdict at once, the whole at the end.

    A line is on the disk when `write_result` returns, so it outlives the kernel; that costs one fdatasync(2) a line.
    Without `durable` it is only handed to the kernel, and outlives this process.
    """

    def __init__(self, folder: str | os.PathLike[str], *, durable: bool = True) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.durable = durable
        self.clauses: dict[str, ClauseFacts] = {}
        self.results: list[Result] = []
        self._start: dict[str, Any] | None = None
        self._clock = time.monotonic()
        # An earlier run's end must not pass for the end of this one; a new inode leaves a run still going its own.
        for name in (WHOLE, STREAM):
            (self.folder / name).unlink(missing_ok=True)
        self._stream = (self.folder / STREAM).open("x", encoding="ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close run.jsonl; without `finish` the record stays one that has no end."""
        self._stream.close()

    def write_start(
        self,
        *,
        suite: Mapping[str, Any],
        kernel: Mapping[str, Any],
        command: Iterable[str],
        folders: Mapping[str, str] | None = None,
        started: str | None = None,
        selected: str = "",
        name: str = "",
    ) -> None:
        """Write the first line: what is proven (suite, folders: the purpose of each subject) on what (kernel).

        *selected* says which part of the suite; *name* is the run's id, where its folder has it already.
        """
        began = started or _now()
        self._start = {
            "id": name or run_id(began, kernel),
            "suite": dict(suite),
            "started": began,
            "command": list(command),
            "kernel": dict(kernel),
            "folders": dict(folders or {}),
            "selected": selected,
        }
        self._clock = time.monotonic()
        self._write({"type": "run", "schema": SCHEMA, **self._start})

    def write_result(self, clause: ClauseFacts, result: Result) -> None:
        """Write the line of one finished case, and before it that of its clause if that is news."""
        known = self.clauses.get(clause.id)
        if known is None or (clause.is_known and not known.is_known):
            self.clauses[clause.id] = clause
            self._write({"type": "clause", **clause.to_dict()})
        self.results.append(result)
        self._write({"type": "result", **result.to_dict()})

    def finish(
        self,
        *,
        exit_status: int,
        surface: Iterable[Mapping[str, Any] | SurfaceEntry] = (),
        interrupted: bool = False,
        problem: str = "",
        finished: str | None = None,
        duration: float | None = None,
        **extent: Any,
    ) -> Run:
        """Write run.json in one step (a reader sees all of it or nothing) and return the run.

        *extent*: selected, deselected, stopped, planned, as a `Run` has them.
        """
        if self._start is None:
            raise RunFileError("finish() before write_start()")
        run = Run(
            **self._start | extent,
            finished=finished or _now(),
            duration=round(time.monotonic() - self._clock, 6) if duration is None else duration,
            exit_status=exit_status,
            clauses=self.clauses,
            results=self.results,
            surface=list(surface),  # type: ignore[arg-type]
            interrupted=interrupted,
            problem=problem,
        )
        write_json(run.to_dict(), self.folder / WHOLE)
        self.close()
        return run

    def _write(self, item: Mapping[str, Any]) -> None:
        # Escaped to ASCII: a lone surrogate in some evidence can neither fail here nor tear a character.
        self._stream.write(json.dumps(item, default=str) + "\n")
        self._stream.flush()
        if self.durable:
            os.fdatasync(self._stream.fileno())


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
