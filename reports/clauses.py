"""Cases put together to clauses, and what a clause's cases say about it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from reports.model import BROKEN, ClauseFacts, Result, Run

# What a clause can come to, in the order in which it is told.
STANDINGS = ("held", "broken", "deviates", "partly", "n/a", "skipped")

MEANINGS = {
    "held": "every case that applies to this kernel passed",
    "broken": "at least one case failed, ended in an error, crashed, timed out or passed against a recorded deviation",
    "deviates": "it does not hold, and that is a recorded deviation of this target",
    "partly": "some cases passed, the others could not be shown on this machine",
    "n/a": "the kernel does not have it and need not",
    "skipped": "this machine cannot show it",
}

_OF_VERDICT = {"pass": "held", "xfail": "deviates", "n/a": "n/a", "skip": "skipped"} | dict.fromkeys(BROKEN, "broken")


def standing_of(verdict: str) -> str:
    """Translate one case's verdict into the words for clauses."""
    return _OF_VERDICT[verdict]


def combine(standings: Iterable[str]) -> str:
    """Say what several standings come to together: one broken breaks the whole, one skipped leaves it partly shown.

    What does not apply takes nothing away. ValueError if there is none.
    """
    found = set(standings)
    if not found:
        raise ValueError("nothing to combine")
    for decisive in ("broken", "deviates"):
        if decisive in found:
            return decisive
    applying = found - {"n/a"}
    if not applying:
        return "n/a"
    return applying.pop() if len(applying) == 1 else "partly"


@dataclass
class Clause(ClauseFacts):
    """One promise and all its cases of a run, at least one."""

    cases: list[Result] = field(default_factory=list)

    @cached_property
    def standing(self) -> str:
        """One of STANDINGS."""
        return combine(standing_of(case.verdict) for case in self.cases)

    @property
    def broken_cases(self) -> list[Result]:
        """The cases that break it."""
        return [case for case in self.cases if case.is_broken]

    @property
    def repeat(self) -> str:
        """The command that runs all its cases again."""
        first = self.cases[0]
        return first.repeat.replace(first.id, self.id) if first.id in first.repeat else f"pytest -n 0 '{self.id}'"


def in_order(clause: ClauseFacts) -> tuple[object, ...]:
    """Give what clauses are sorted by: folder, file, place in the file."""
    return clause.subject.split("/"), clause.file, clause.line, clause.id


def clauses_of(run: Run) -> list[Clause]:
    """Give the clauses that have a result in this run, by subject and place in the file."""
    found: dict[str, Clause] = {}
    for result in run.results:
        if result.clause not in found:
            facts = run.clauses[result.clause]
            found[result.clause] = Clause(**{item.name: getattr(facts, item.name) for item in fields(facts)})
        found[result.clause].cases.append(result)
    return sorted(found.values(), key=in_order)


def count_clauses(clauses: Iterable[Clause]) -> dict[str, int]:
    """Count by standing, in the order of STANDINGS, zeros included."""
    counted = Counter(clause.standing for clause in clauses)
    return {standing: counted[standing] for standing in STANDINGS}


def share(counts: Mapping[str, int]) -> tuple[int, int]:
    """Give how many clauses are held, at least in part, and how many apply and could be shown."""
    held = counts.get("held", 0) + counts.get("partly", 0)
    return held, held + counts.get("broken", 0) + counts.get("deviates", 0)
