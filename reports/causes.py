"""Broken clauses grouped by probable cause: the same errno, the same field, the same message but for its numbers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reports.clauses import Clause
from reports.model import Evidence, Result

LONGEST = 120  # characters of a message that names a cause
_ERRNO = re.compile(r"\b(?:refused with|errno|Errno) (?:(E[A-Z0-9]+)\b|errno (\d+)|(\d+))")
_FIELD = re.compile(r"byte \d+ \(([^)]+)\)")
_VARYING = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{2}(?: [0-9a-f]{2}){3,}\b|\d+")
_WORDS = {"xpass": "holds against its recorded deviation", "timeout": "did not end in time"}


@dataclass
class Cause:
    """What several clauses break by, in *words*; "" for those that have it to themselves."""

    words: str
    clauses: list[Clause]

    @property
    def cases(self) -> int:
        """How many cases it breaks."""
        return sum(len(clause.broken_cases) for clause in self.clauses)

    @property
    def subjects(self) -> dict[str, list[Clause]]:
        """Its clauses by subject."""
        found: dict[str, list[Clause]] = {}
        for clause in self.clauses:
            found.setdefault(clause.subject, []).append(clause)
        return found


def causes_of(broken: Iterable[Clause]) -> list[Cause]:
    """Group clauses by what their first broken case shows: the most frequent first, those of one clause together."""
    found: dict[str, list[Clause]] = {}
    for clause in broken:
        found.setdefault(cause_of(clause.broken_cases[0]), []).append(clause)
    shared = [Cause(words, clauses) for words, clauses in found.items() if len(clauses) > 1]
    alone = [clauses[0] for clauses in found.values() if len(clauses) == 1]
    shared.sort(key=lambda cause: -len(cause.clauses))
    return [*shared, Cause("", alone)] if alone else shared


def cause_of(case: Result) -> str:
    """Say what a broken case broke by, in words that any other of the same cause has, too."""
    seen = case.evidence or Evidence()
    if case.verdict in _WORDS:
        return _WORDS[case.verdict]
    if seen.log:
        return f"kernel log: {_shape(seen.log)}"
    if case.verdict == "crash":
        return f"crash: {_shape(seen.observed or seen.message or '')}"
    wanted, shown = _errnos(seen.expected), _errnos(seen.observed)
    for errno in shown:
        if errno not in wanted:
            return f"unexpected {errno}"
    for errno in wanted:
        if errno not in shown:
            return f"expected {errno}, not observed"
    field = _FIELD.search(seen.difference or "")
    if field:
        return f"{field[1]} differs"
    return _shape(seen.message or seen.observed or case.reason or case.verdict)


def _errnos(text: str | None) -> dict[str, None]:
    """Return the errnos that a side names, in order."""
    return dict.fromkeys(next(filter(None, found)) for found in _ERRNO.findall(text or ""))


def _shape(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return _VARYING.sub("#", first)[:LONGEST]
