"""The two files of a run and how they are read and written.

`run.jsonl` grows by one line per verdict while the run goes on; `run.json` holds the whole run once it ended.
"""

import datetime
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reports.files import write_json
from reports.model import BROKEN, SCHEMA, VERDICTS, Evidence, Result, Run, RunFileError, SurfaceEntry

__all__ = [
    "BROKEN",
    "SCHEMA",
    "STREAM",
    "VERDICTS",
    "WHOLE",
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


def load(path: str | os.PathLike[str]) -> Run:
    """Read a run from run.json, run.jsonl or a folder that has one of them (run.json first).

    The last line of a run.jsonl may be torn: the run then counts as interrupted. RunFileError otherwise says, in one
    line, what is wrong with the file.
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
    except RunFileError as error:
        raise RunFileError(f"{file}: {error}") from error
    except (TypeError, ValueError) as error:
        raise RunFileError(f"{file}: not a run file ({error})") from error


def _from_whole(text: str) -> Run:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise RunFileError(f"not JSON (line {error.lineno}: {error.msg})") from error
    _check_schema(data)
    return Run.from_dict(data, "run")


def _from_stream(text: str) -> Run:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    objects: list[tuple[int, Any]] = []
    torn = False
    for number, line in lines:
        try:
            objects.append((number, json.loads(line)))
        except json.JSONDecodeError as error:
            if number != lines[-1][0]:
                raise RunFileError(f"line {number} is not JSON ({error.msg})") from error
            torn = True
    if not objects:
        raise RunFileError("holds no run: its first line is missing or torn")
    _check_schema(objects[0][1])
    if objects[0][1].get("type", "run") != "run":
        raise RunFileError("its first line does not describe a run")
    run = Run.from_dict(objects[0][1], "line 1")
    run.results = [
        Result.from_dict(item, f"line {number}") for number, item in objects[1:] if _kind(item, number) == "result"
    ]
    run.interrupted = run.interrupted or torn
    return run


def _kind(item: Any, number: int) -> Any:
    if not isinstance(item, Mapping):
        raise RunFileError(f"line {number}: an object is expected, not {type(item).__name__}")
    return item.get("type")


def _check_schema(data: Any) -> None:
    if not isinstance(data, Mapping) or "schema" not in data:
        raise RunFileError("not a run file (it names no schema)")
    if data["schema"] != SCHEMA:
        raise RunFileError(f"run file of schema {data['schema']!r}, this sockproof reads schema {SCHEMA}")


class RunWriter:
    """Writes a run into `folder`: a line per verdict at once, the whole at the end.

    A line is on the disk when `write_result` returns, so it outlives the kernel; that costs one fdatasync(2) a line.
    Without `durable` it is only handed to the kernel, and outlives this process.
    """

    def __init__(self, folder: str | os.PathLike[str], *, durable: bool = True) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.durable = durable
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
        self, *, suite: Mapping[str, Any], kernel: Mapping[str, Any], command: Iterable[str], started: str | None = None
    ) -> None:
        """Write the first line: what is proven (suite) on what (kernel)."""
        self._start = {
            "schema": SCHEMA,
            "suite": dict(suite),
            "started": started or _now(),
            "command": list(command),
            "kernel": dict(kernel),
        }
        self._clock = time.monotonic()
        self._write({"type": "run", **self._start})

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write the line of one finished case; RunFileError if it is no result of schema 1."""
        self.results.append(Result.from_dict(result, "result"))
        self._write({**result, "type": "result"})

    def finish(
        self,
        *,
        exit_status: int,
        surface: Iterable[Mapping[str, Any] | SurfaceEntry] = (),
        interrupted: bool = False,
        problem: str = "",
        finished: str | None = None,
        duration: float | None = None,
    ) -> Run:
        """Write run.json in one step (a reader sees all of it or nothing) and return the run."""
        if self._start is None:
            raise RunFileError("finish() before write_start()")
        run = Run(
            **{key: value for key, value in self._start.items() if key != "schema"},
            finished=finished or _now(),
            duration=round(time.monotonic() - self._clock, 6) if duration is None else duration,
            exit_status=exit_status,
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
