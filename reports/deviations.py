"""What a run says about recorded deviations: each with the clauses that it is about, and the share that is held."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.clauses import Clause, count_clauses, share
from reports.model import Run


@dataclass
class Recorded:
    """One entry of a file of expectations, as a run met it."""

    place: str
    reason: str
    link: str
    review: str
    clauses: dict[str, Clause] = field(default_factory=dict)
    cases: int = 0

    def is_due(self, day: datetime.date) -> bool:
        """Whether it was to be looked at again before *day*."""
        return self.review < day.isoformat()


@dataclass
class Share:
    """How much of a subject is held: "12 of 14", and in percent."""

    subject: str
    told: str
    percent: float


def recorded(clauses: Iterable[Clause]) -> list[Recorded]:
    """Give the entries that the cases of *clauses* met, those with most clauses first."""
    found: dict[str, Recorded] = {}
    for clause in clauses:
        for case in clause.cases:
            seen = case.deviation
            if seen is not None:
                entry = found.setdefault(seen.place, Recorded(seen.place, case.reason or "", seen.link, seen.review))
                entry.clauses[clause.id] = clause
                entry.cases += 1
    return sorted(found.values(), key=lambda entry: (-len(entry.clauses), entry.place))


def due(run: Run, day: datetime.date | None = None) -> list[Recorded]:
    """Give the entries that were to be looked at again before *day* (today), by file and number."""
    seen = {
        result.deviation.place: Recorded(
            result.deviation.place, result.reason or "", result.deviation.link, result.deviation.review
        )
        for result in run.results
        if result.deviation is not None
    }
    return [entry for _, entry in sorted(seen.items()) if entry.is_due(day or datetime.date.today())]


def shares(clauses: Iterable[Clause]) -> list[Share]:
    """Give the share held of each subject with a deviation, in the clauses' order."""
    subjects: dict[str, list[Clause]] = {}
    for clause in clauses:
        subjects.setdefault(clause.subject, []).append(clause)
    found = []
    for subject, members in subjects.items():
        counts = count_clauses(members)
        if counts["deviates"]:
            held, shown = share(counts)
            found.append(Share(subject, f"{held} of {shown}", 100 * held / shown))
    return found
