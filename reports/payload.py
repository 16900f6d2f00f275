"""What the report's script draws on demand: every clause and case, compact, as JSON that is safe inside a page.

`clauses` are rows of CLAUSE, their cases rows of CASE without the empty end; places in `folders`, `files`, `standings`,
`levels`, `verdicts`, `refs`, `tokens`, `texts` stand for what is said often.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reports.clauses import STANDINGS, Clause, standing_of
from reports.model import VERDICTS, Evidence, Result, Run
from reports.wording import printable, ref_of, release_tag, seconds

CLAUSE = ("folder", "standing", "level", "statement", "file", "name", "line", "since", "until", "formerly")
CLAUSE += ("refs", "tokens", "cases")
CASE = ("verdict", "duration", "used", "name", "reason", "evidence")

FULL = 200  # broken cases that come with traceback and log; the others name run.json
LONGEST_TEXT = 12_000  # characters of a traceback or log, the end counts
LONGEST_EVIDENCE = 3_000  # characters of expected, observed and message, the beginning counts
SHORT_EVIDENCE = 300  # of those of a recorded deviation


class _Table:
    """Values by place: each is said once."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.places: dict[Any, int] = {}
        for value in values:
            self.place(value)

    def place(self, value: Any) -> int:
        """Give the place of a value, a new one if it has none."""
        return self.places.setdefault(value, len(self.places))

    @property
    def values(self) -> list[Any]:
        """The values in their places."""
        return list(self.places)


def clip(text: str | None, limit: int = LONGEST_EVIDENCE) -> str:
    """Give the beginning of a text, and say how much is missing."""
    shown = text or ""
    return shown if len(shown) <= limit else f"{shown[:limit]} … ({len(shown) - limit} more characters in the run file)"


def tail(text: str) -> str:
    """Give the end of a text, and say how much is missing."""
    cut = len(text) - LONGEST_TEXT
    return text if cut <= 0 else f"({cut} more characters in the run file) …\n{text[cut:]}"


def message_of(seen: Evidence) -> str:
    """Give what a failure said beside the two sides, "" where it only repeats them."""
    message = seen.message or ""
    repeated = message == seen.observed or (
        seen.expected and message.removeprefix("AssertionError: ").startswith("assert ")
    )
    return "" if repeated else message


def payload(run: Run, clauses: list[Clause], words: Mapping[str, str]) -> dict[str, Any]:
    """Put all that the script draws into one object; *words* say what each standing is called."""
    return {**_Payload(run).of(clauses), "words": dict(words), "repeat": _repeat(clauses)}


def _repeat(clauses: list[Clause]) -> str:
    """Give what stands before the id in the commands that repeat a clause."""
    found = (clause.repeat.partition(clause.id)[0].rstrip("'") for clause in clauses[:1] if clause.id in clause.repeat)
    return next(found, "pytest -n 0 ")


class _Payload:
    def __init__(self, run: Run) -> None:
        self.folders, self.files, self.refs = _Table(), _Table(), _Table()
        self.levels, self.tokens, self.texts = _Table(), _Table(), _Table()
        self.full = FULL
        self.tag = release_tag(run.kernel)
        self.purposes = run.folders

    def of(self, clauses: list[Clause]) -> dict[str, Any]:
        rows = [self._clause(clause) for clause in clauses]
        refs = [ref_of(ref, self.tag) for ref in self.refs.values]
        return {
            "standings": STANDINGS,
            "verdicts": [[verdict, standing_of(verdict)] for verdict in VERDICTS],
            "folders": self.folders.values,
            "files": self.files.values,
            "levels": self.levels.values,
            "refs": [[ref.kind, ref.text, ref.href or 0] for ref in refs],
            "tokens": self.tokens.values,
            "texts": self.texts.values,
            "clauses": rows,
        }

    def _clause(self, clause: Clause) -> list[Any]:
        file, _, name = clause.id.partition("::")
        return [
            self.folders.place(clause.subject),
            STANDINGS.index(clause.standing),
            self.levels.place(clause.level),
            clause.statement,
            self.files.place(file),
            name,
            clause.line or 0,
            clause.since or 0,
            clause.until or 0,
            clause.formerly or 0,
            [self.refs.place(ref) for ref in clause.refs],
            [self.tokens.place(token) for token in clause.covers],
            [self._case(case) for case in clause.cases],
        ]

    def _case(self, case: Result) -> list[Any]:
        used = ", ".join(case.used or case.domains)
        row = [
            VERDICTS.index(case.verdict),
            seconds(case.duration),
            self.texts.place(used) if used else -1,
            case.case or 0,
            self.texts.place(clip(case.reason)) if case.reason else -1,
            self._evidence(case),
        ]
        while row[-1] in (0, -1):
            row.pop()
        return row

    def _evidence(self, case: Result) -> dict[str, str] | int:
        seen = case.evidence
        loud = case.is_broken or case.is_untried
        if seen is None or not (loud or case.verdict == "xfail"):
            return 0
        limit = LONGEST_EVIDENCE if loud else SHORT_EVIDENCE
        told = {name: clip(getattr(seen, name), limit) for name in ("expected", "observed", "difference", "place")}
        if loud:
            told["message"] = clip(message_of(seen))
            self.full -= 1
            for name in ("log", "traceback"):
                text = getattr(seen, name)
                if text:
                    told[name] = tail(text) if self.full >= 0 else "In the run file."
        return {name: text for name, text in told.items() if text}


def as_json(data: Mapping[str, Any]) -> str:
    """Give *data* as JSON that may stand in a script element: no character in it can end that, or start another."""
    text = json.dumps(_printable(data), ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, (list, tuple)) else value
