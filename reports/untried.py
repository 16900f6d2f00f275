"""Cases that were not tried, by reason: set-up that failed alike in many tests is the machine's doing, told once."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from reports.model import Result, Run

FEW = 5  # tests whose set-up may fail for the same reason before it is the machine's

_VARYING = re.compile(r"0x[0-9a-f]+|\d+")


@dataclass(frozen=True)
class Untried:
    """Cases that were not tried for one *reason*, the message of the first of them."""

    reason: str
    results: tuple[Result, ...]

    @property
    def clauses(self) -> set[str]:
        """The ids of the clauses concerned."""
        return {result.clause for result in self.results}

    @property
    def is_of_the_machine(self) -> bool:
        """Whether more than a few tests met it, so that it is told once for all of them."""
        return len(self.results) > FEW

    @property
    def blamed(self) -> str:
        """Say whose doing it is."""
        return "the machine fails their set-up" if self.is_of_the_machine else "the suite's own set-up failed"


def reason_of(result: Result) -> str:
    """Say why a case was not tried."""
    told = result.evidence.message if result.evidence is not None else None
    return told or result.reason or "no reason is on record"


def untried_of(run: Run) -> list[Untried]:
    """Return the cases that were not tried by reason, the most frequent first; numbers in the messages may differ."""
    groups: defaultdict[str, list[Result]] = defaultdict(list)
    for result in run.results:
        if result.is_untried:
            groups[_VARYING.sub("#", reason_of(result))].append(result)
    found = [Untried(reason_of(results[0]), tuple(results)) for results in groups.values()]
    return sorted(found, key=lambda untried: -len(untried.results))


def ids(groups: Iterable[Untried]) -> set[str]:
    """Return the ids of all cases in *groups*."""
    return {result.id for group in groups for result in group.results}
