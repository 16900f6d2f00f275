"""The model of one run on one kernel: its clauses, their results, the evidence and the surface that it covers.

Plain data of schema 2; durations are seconds, times are ISO 8601 with an offset. A clause stands once in a run, and
its results name it by id. A record leaves out what is at its default.
"""

import datetime
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self

from reports import shapes

SCHEMA = 2

VERDICTS = ("pass", "fail", "error", "n/a", "skip", "xfail", "xpass", "crash", "timeout")
BROKEN = frozenset({"fail", "xpass", "crash", "timeout"})
UNTRIED = "error"  # the suite's own set-up failed: nothing is said of the kernel


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
                fault = shapes.wrong(data[item.name], cls._shapes().get(item.name, Any))
                if fault:
                    raise RunFileError(f"{where}: {item.name!r} {fault}")
            elif item.default is MISSING and item.default_factory is MISSING:
                raise RunFileError(f"{where}: {item.name!r} is missing")
        return cls(**values)

    @classmethod
    def _shapes(cls) -> Mapping[str, Any]:
        return shapes.of(cls)

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON object: every field that is not at its default."""
        found = {}
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            default = item.default if item.default_factory is MISSING else item.default_factory()
            if value != default:
                found[item.name] = value.to_dict() if isinstance(value, _Record) else value
        return found


@dataclass(slots=True)
class Evidence(_Record):
    """What a broken case was expected to show and what it showed; all text.

    `difference` says where the two first differ, `place` is the line that found it: "suites/…/test_x.py:42: assert …".
    Bytes that differ stand between ‹ and ›.
    """

    expected: str | None = None
    observed: str | None = None
    difference: str | None = None
    place: str | None = None
    message: str | None = None
    traceback: str | None = None
    log: str | None = None

    @classmethod
    def _shapes(cls) -> Mapping[str, Any]:
        return {}  # whatever it is becomes text

    def __post_init__(self) -> None:
        for name in ("expected", "observed", "difference", "place", "message", "traceback", "log"):
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
class ClauseFacts(_Record):
    """What a clause is, whichever run: its statement and all that stands at its test. The one list of these facts.

    `id` is "suites/packet/rings/setup/test_mmap.py::test_x", `file` and `line` where it stands; `subject` is the folder
    below suites/, "packet/rings/setup"; `since` and `until` are releases; `covers` are tokens of the surface;
    `formerly` is the id before a rename.
    """

    id: str
    statement: str
    subject: str
    level: str = "documented"
    since: str | None = None
    until: str | None = None
    refs: list[str] = field(default_factory=list)
    covers: list[str] = field(default_factory=list)
    formerly: str | None = None
    file: str = ""
    line: int = 0

    def __post_init__(self) -> None:
        self.file = self.file or self.id.partition("::")[0]

    @classmethod
    def unknown(cls, name: str) -> Self:
        """Give what can be said of the clause with this id when nothing but the id is known."""
        file = name.partition("::")[0]
        subject = file.rpartition("suites/")[2].rpartition("/")[0] or file
        return cls(name, name, subject, level="source")

    @property
    def is_known(self) -> bool:
        """Whether it says more than its id."""
        return self.statement != self.id

    @property
    def area(self) -> str:
        """The first folder of the subject: "packet"."""
        return self.subject.partition("/")[0]


@dataclass(slots=True)
class Result(_Record):
    """One case of one clause and its verdict; `clause` is the clause's id, `duration` is in seconds.

    `domains` are the families of the sockets that it opened ("packet"), `used` their kinds ("packet raw").
    """

    id: str
    clause: str
    verdict: str
    case: str | None = None
    used: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
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
        """Whether this verdict breaks the clause: fail, crash, timeout, or a pass nobody expected."""
        return self.verdict in BROKEN

    @property
    def is_untried(self) -> bool:
        """Whether the suite's own set-up failed, so that the kernel is not accused."""
        return self.verdict == UNTRIED


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

    `id` names it among all runs, and sorts by time. `suite` says which sockproof, `folders` what each folder of its
    clauses is for, by subject. `problem`: why the kernel ran none of the tests, or not all of them.

    `selected`: what of the suite was asked for, in the words of the command line, "" for all of it; `deselected` cases
    were collected and left out for that. `stopped`: why it ended before its time ("after 1 failure"), `planned` how
    many cases it was to run (None where that is not known).
    """

    suite: dict[str, Any]
    started: str
    kernel: dict[str, Any]
    id: str = ""
    command: list[str] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    finished: str | None = None
    duration: float | None = None
    exit_status: int | None = None
    clauses: dict[str, ClauseFacts] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    surface: list[SurfaceEntry] = field(default_factory=list)
    interrupted: bool = False
    problem: str = ""
    selected: str = ""
    deselected: int = 0
    stopped: str = ""
    planned: int | None = None

    def __post_init__(self) -> None:
        for name in ("suite", "kernel", "folders", "clauses"):
            if not isinstance(getattr(self, name), Mapping):
                raise RunFileError(f"{name!r} is not an object")
        self.clauses = {name: _clause(name, facts) for name, facts in self.clauses.items()}
        self.results = [
            item if isinstance(item, Result) else Result.from_dict(item, f"result {number}")
            for number, item in enumerate(self.results)
        ]
        self.surface = [
            item if isinstance(item, SurfaceEntry) else SurfaceEntry.from_dict(item, f"surface entry {number}")
            for number, item in enumerate(self.surface)
        ]
        for result in self.results:
            if result.clause not in self.clauses:
                raise RunFileError(f"{result.id}: its clause {result.clause!r} is not in the run")

    @property
    def is_complete(self) -> bool:
        """Whether the run came to its own end: it was not interrupted, and did not stop at a failure."""
        return self.finished is not None and not self.interrupted and not self.stopped

    @property
    def is_whole(self) -> bool:
        """Whether it ran all of the suite, so that what is not in it is not in the suite."""
        return self.is_complete and not self.selected

    def to_dict(self) -> dict[str, Any]:
        """Give the object that run.json holds."""
        return {
            "schema": SCHEMA,
            **{item.name: getattr(self, item.name) for item in fields(self)},
            "clauses": {name: facts_without_id(facts) for name, facts in self.clauses.items()},
            "results": [result.to_dict() for result in self.results],
            "surface": [entry.to_dict() for entry in self.surface],
            "summary": dict(Counter(result.verdict for result in self.results)),
        }


def facts_without_id(facts: ClauseFacts) -> dict[str, Any]:
    """Give a clause's JSON object as it stands under its id."""
    return {name: value for name, value in facts.to_dict().items() if name != "id"}


def _clause(name: str, facts: Any) -> ClauseFacts:
    if isinstance(facts, ClauseFacts):
        return facts
    return ClauseFacts.from_dict({**facts, "id": name} if isinstance(facts, Mapping) else facts, f"clause {name}")


def run_id(started: str, kernel: Mapping[str, Any], unique: str = "") -> str:
    """Make a run's id, "2026-11-30T08-43-12Z-6.18.3-1f3a9c": time (UTC), kernel, and *unique*, by default at random."""
    try:
        when = datetime.datetime.fromisoformat(started).astimezone(datetime.UTC)
        told = f"{when:%Y-%m-%dT%H-%M-%SZ}"
    except (ValueError, OverflowError):
        told = _plain(started)
    parts = told, _plain(str(kernel.get("release") or "unknown"))[:40], unique or secrets.token_hex(3)
    return "-".join(part for part in parts if part)


def _plain(text: str) -> str:
    """Keep what may stand in a file's name."""
    return re.sub(r"[^0-9A-Za-z._]+", "-", text).strip("-")
