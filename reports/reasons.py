"""Why clauses were not shown: the reasons of skips and of what does not apply, each with its clauses."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.clauses import Clause, standing_of


@dataclass
class Reason:
    """One reason as the cases gave it."""

    words: str
    standing: str
    clauses: dict[str, Clause] = field(default_factory=dict)
    cases: int = 0


def reasons_of(clauses: Iterable[Clause], standing: str) -> list[Reason]:
    """Give the reasons of all cases that are "skipped" or "n/a", those of most clauses first."""
    found: dict[str, Reason] = {}
    for clause in clauses:
        for case in clause.cases:
            if standing_of(case.verdict) == standing:
                words = case.reason or "no reason given"
                reason = found.setdefault(words, Reason(words, standing))
                reason.clauses[clause.id] = clause
                reason.cases += 1
    return sorted(found.values(), key=lambda reason: (-len(reason.clauses), reason.words))
