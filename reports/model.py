"""The model of one run on one kernel: its results, its evidence and the surface that it covers.

Plain data of schema 1; durations are seconds, times are ISO 8601 with an offset.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Self

SCHEMA = 1

VERDICTS = ("pass", "fail", "error", "n/a", "skip", "xfail", "xpass", "crash", "timeout")
BROKEN = frozenset({"fail", "error", "xpass", "crash", "timeout"})


class RunFileError(Exception):
    """A run file that is missing, torn in the middle, of another schema or not what the schema says."""


class _Record:
    """A dataclass that is read from a JSON object; keys it does not know are left for newer readers."""

    __slots__ = ()

    @classmethod
    def from_dict(cls, data: Any, where: str = "record") -> Self:
        """Build the record; RunFileError names `where` if a key is missing."""
        if not isinstance(data, Mapping):
            raise RunFileError(f"{where}: an object is expected, not {type(data).__name__}")
        values: dict[str, Any] = {}
        for item in fields(cls):  # type: ignore[arg-type]
            if item.name in data:
                values[item.name] = data[item.name]
            elif item.default is MISSING and item.default_factory is MISSING:
                raise RunFileError(f"{where}: {item.name!r} is missing")
        return cls(**values)


@dataclass(slots=True)
class Evidence(_Record):
    """What a broken case was expected to show and what it showed; all text."""

    expected: str | None = None
    observed: str | None = None
    message: str | None = None
    traceback: str | None = None
    log: str | None = None

    def __post_init__(self) -> None:
        for name in ("expected", "observed", "message", "traceback", "log"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                setattr(self, name, str(value))


@dataclass(slots=True)
class Deviation(_Record):
    """The recorded deviation that a verdict xfail or xpass is about: file and number, link, date of the next review."""

    place: str
    link: str
    review: str


@dataclass(slots=True)
class Result(_Record):
    """One case of one clause and its verdict; `duration` is in seconds."""

    id: str
    clause: str
    subject: str
    area: str
    statement: str
    verdict: str
    case: str | None = None
    since: str | None = None
    until: str | None = None
    level: str = "documented"
    refs: list[str] = field(default_factory=list)
    covers: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    formerly: str | None = None
    line: int = 0
    duration: float = 0.0
    worker: str = "main"
    reason: str | None = None
    evidence: Evidence | None = None
    repeat: str = ""
    deviation: Deviation | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise RunFileError(f"{self.id}: unknown verdict {self.verdict!r}")
        if self.evidence is not None and not isinstance(self.evidence, Evidence):
            self.evidence = Evidence.from_dict(self.evidence, f"{self.id}: evidence")
        if self.deviation is not None and not isinstance(self.deviation, Deviation):
            self.deviation = Deviation.from_dict(self.deviation, f"{self.id}: deviation")

    @property
    def is_broken(self) -> bool:
        """Whether this verdict breaks the clause: fail, error, crash, timeout, or a pass nobody expected."""
        return self.verdict in BROKEN


@dataclass(slots=True)
class SurfaceEntry(_Record):
    """One thing of the API that must be covered, and the ids of the clauses that cover it."""

    token: str
    kind: str
    subject: str
    clauses: list[str] = field(default_factory=list)
    reason: str | None = None


@dataclass(slots=True)
class Run(_Record):
    """One run. `finished`, `duration` and `exit_status` are None in a record that has no end.

    `problem`: why the kernel ran none of the tests, or not all of them.
    """

    suite: dict[str, Any]
    started: str
    kernel: dict[str, Any]
    command: list[str] = field(default_factory=list)
    finished: str | None = None
    duration: float | None = None
    exit_status: int | None = None
    results: list[Result] = field(default_factory=list)
    surface: list[SurfaceEntry] = field(default_factory=list)
    interrupted: bool = False
    problem: str = ""

    def __post_init__(self) -> None:
        for name in ("suite", "kernel"):
            if not isinstance(getattr(self, name), Mapping):
                raise RunFileError(f"{name!r} is not an object")
        self.results = [
            item if isinstance(item, Result) else Result.from_dict(item, f"result {number}")
            for number, item in enumerate(self.results)
        ]
        self.surface = [
            item if isinstance(item, SurfaceEntry) else SurfaceEntry.from_dict(item, f"surface entry {number}")
            for number, item in enumerate(self.surface)
        ]

    @property
    def is_complete(self) -> bool:
        """Whether the run came to its own end, so that what is not in it did not happen."""
        return self.finished is not None and not self.interrupted

    def to_dict(self) -> dict[str, Any]:
        """Give the object that run.json holds."""
        return {
            "schema": SCHEMA,
            **asdict(self),
            "summary": dict(Counter(result.verdict for result in self.results)),
        }
