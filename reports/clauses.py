"""Cases put together to clauses, and what a clause's cases say about it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from reports.model import BROKEN, UNTRIED, VERDICTS, ClauseFacts, Result, Run

# What a clause can come to, in the order in which it is told.
STANDINGS = ("held", "broken", "not tried", "deviates", "partly", "n/a", "skipped")

MEANINGS = {
    "held": "every case that applies to this kernel passed",
    "broken": "at least one case failed, crashed, timed out or passed against a recorded deviation",
    "not tried": "no case broke it, and in at least one the suite's own set-up failed: nothing is said of the kernel",
    "deviates": "it does not hold, and that is a recorded deviation of this target",
    "partly": "some cases passed, the others could not be shown on this machine",
    "n/a": "the kernel does not have it and need not",
    "skipped": "this machine cannot show it",
}

_NAMES = {"deviates": "recorded deviation", "partly": "held in part"}
_ALWAYS = ("held", "broken", "n/a", "skipped")  # standings that are told where there is none, too
_SHOWN = ("held", "broken", "deviates")
_DECISIVE = ("broken", "not tried", "deviates")

_OF_VERDICT = {"pass": "held", "xfail": "deviates", "n/a": "n/a", "skip": "skipped", UNTRIED: "not tried"}
_OF_VERDICT |= dict.fromkeys(BROKEN, "broken")


def standing_of(verdict: str) -> str:
    """Translate one case's verdict into the words for clauses."""
    return _OF_VERDICT[verdict]


def combine(standings: Iterable[str]) -> str:
    """Say what several standings come to together: one broken breaks the whole, else one not tried leaves it untried.

    So what ends a run with status 1 is always seen. One skipped leaves the whole partly shown, and what does not apply
    takes nothing away. ValueError if there is none.
    """
    found = set(standings)
    if not found:
        raise ValueError("nothing to combine")
    for decisive in _DECISIVE:
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
    def untried_cases(self) -> list[Result]:
        """The cases whose set-up failed."""
        return [case for case in self.cases if case.is_untried]

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


# The numbers of a run. Every report takes them from here: a clause with a result in the run counts once, by standing.


def count_clauses(clauses: Iterable[Clause]) -> dict[str, int]:
    """Count by standing, in the order of STANDINGS, zeros included; their sum is the number of clauses in the run."""
    return count_standings(clause.standing for clause in clauses)


def count_standings(standings: Iterable[str]) -> dict[str, int]:
    """Count standings of clauses as `count_clauses` does; what is none of STANDINGS counts nowhere."""
    counted = Counter(standings)
    return {standing: counted[standing] for standing in STANDINGS}


def count_cases(results: Iterable[Result]) -> dict[str, int]:
    """Count cases by verdict, in the order of VERDICTS, without zeros."""
    counted = Counter(result.verdict for result in results)
    return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]}


def share(counts: Mapping[str, int]) -> tuple[int, int]:
    """Give how many clauses are held, and how many are shown as a whole: held, broken or a recorded deviation."""
    return counts.get("held", 0), sum(counts.get(standing, 0) for standing in _SHOWN)


def share_told(counts: Mapping[str, int]) -> str:
    """Say how many clauses are held of those shown, "12 of 14", and what beside them is to be seen; "-" for nothing.

    "12 of 14, 1 broken, 2 not tried".
    """
    held, shown = share(counts)
    parts = [f"{held} of {shown}"] if shown else []
    parts += [told for standing, told in _parts(counts) if standing in ("broken", "not tried") and counts[standing]]
    if not parts and counts.get("partly", 0):
        parts = [f"{counts['partly']} {_NAMES['partly']}"]
    return ", ".join(parts) or "-"


def counts_told(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Give the counts in words by standing: ("held", "12 held"), …; without zeros but for the ordinary standings."""
    return [(standing, told) for standing, told in _parts(counts) if counts[standing] or standing in _ALWAYS]


def counts_line(counts: Mapping[str, int]) -> str:
    """Give the counts in one line: "14: 12 held, 1 broken, 0 n/a, 1 skipped"."""
    return f"{sum(counts.values())}: {', '.join(told for _, told in counts_told(counts))}"


def _parts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(standing, f"{count} {_NAMES.get(standing, standing)}") for standing, count in counts.items()]
