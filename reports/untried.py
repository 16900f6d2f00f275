"""Set-up that failed for the same reason in many tests: the machine's doing, told once and not clause by clause."""

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


def untried_of(run: Run) -> list[Untried]:
    """Return what more than a few cases met, the most frequent first; numbers in the messages may differ."""
    groups: defaultdict[str, list[Result]] = defaultdict(list)
    for result in run.results:
        if result.verdict == "error" and result.evidence is not None:
            groups[_VARYING.sub("#", result.evidence.message)].append(result)
    many = [Untried(found[0].evidence.message, tuple(found)) for found in groups.values() if len(found) > FEW]
    return sorted(many, key=lambda untried: -len(untried.results))


def ids(groups: Iterable[Untried]) -> set[str]:
    """Return the ids of all cases in *groups*."""
    return {result.id for group in groups for result in group.results}
