"""Two runs of one kernel compared, case by case and told by clause: what regressed, broke anew, was mended, came, went.

A kernel that gave no whole record is "not proven": what is missing in it did not vanish, and nothing is good in it. Nor
did it vanish from a run of a part of the suite: it is "not in this run".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from helpers import moved
from reports import run as runs
from reports import wording
from reports.clauses import Clause, clauses_of, count_clauses, counts_line, in_order, share
from reports.extent import extent_of
from reports.model import BROKEN, UNTRIED, ClauseFacts, Run
from reports.printing import printed
from reports.untried import ids, reason_of, untried_of

# What can have become of a clause, worst first, with its heading.
CHANGES = {
    "regressed": "held before and is broken now",
    "newly broken": "broken now, was not shown before",
    "not tried": "held before, and the suite's own set-up fails now: nothing is said of the kernel",
    "newly not tried": "did not hold before, and the suite's own set-up fails now",
    "lost": "held before and is not shown any more",
    "vanished": "is not in the suite any more",
    "not in this run": "is not in the part of the suite that the new run ran",
    "newly held": "was broken, not tried or not shown before and holds now",
    "new": "was not in the old run, and holds or cannot be shown",
}
_COUNTED = ("pass",)  # verdicts that hold a case
_UNTRIED = ("not tried", "newly not tried")
_COUNTED_ONLY = ("not in this run", "newly held", "new")  # kinds whose clauses the text does not name
_STYLES = {
    "regressed": "bold red",
    "newly broken": "red",
    "not tried": "bold magenta",
    "newly not tried": "magenta",
    "lost": "yellow",
    "newly held": "green",
}


@dataclass
class Change:
    """What became of one clause; `cases` are the ids of those that changed so, `reason` why it was not tried."""

    kind: str
    clause: ClauseFacts
    before: str
    after: str
    cases: list[str] = field(default_factory=list)
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        told = {"clause": self.clause.id, "subject": self.clause.subject, "statement": self.clause.statement}
        became = {"before": self.before, "after": self.after, "cases": self.cases, "reason": self.reason}
        return {"kind": self.kind, **told, **became}


@dataclass
class Comparison:
    """One target's changes from the run `old` to `new`; `problem` says why the new one proves nothing, or not all."""

    target: str
    old: Run | None
    new: Run | None
    changes: list[Change]
    problem: str = ""

    def of(self, kind: str) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind == kind]

    @property
    def regressed(self) -> bool:
        """Whether anything that held is broken."""
        return bool(self.of("regressed"))

    @property
    def proven(self) -> bool:
        """Whether the new run came to its end with results, and tried everything that held."""
        return not self.problem and not self.of("not tried")

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        counts = {kind: len(self.of(kind)) for kind in CHANGES}
        both = {"old": self.old, "new": self.new}
        return {
            "target": self.target,
            **{side: _named(run) for side, run in both.items()},
            "problem": self.problem,
            "extent": {side: [notice.text for notice in extent_of(run)] if run else [] for side, run in both.items()},
            "clauses": {side: count_clauses(clauses_of(run)) if run else {} for side, run in both.items()},
            "counts": counts,
            "changes": [change.to_dict() for change in self.changes],
        }


def problem_of(run: Run | None) -> str:
    """Say why a run is no proof of its kernel, "" if it is one."""
    if run is None:
        return "there is no record of it"
    if run.problem:
        return run.problem
    if run.stopped:
        return f"the run was stopped {run.stopped}"
    if not run.is_complete:
        return "the run did not come to its end"
    if not run.results:
        return "no test ran"
    counts = count_clauses(clauses_of(run))
    if counts["not tried"] and not share(counts)[1] and not counts["partly"]:
        return f"no clause was tried: the suite's own set-up failed in {wording.counted(counts['not tried'], 'clause')}"
    return ""


def _verdicts(clause: Clause | None) -> dict[str, str]:
    return {} if clause is None else {case.case or "": case.verdict for case in clause.cases}


def _kind(before: str | None, after: str | None, whole: bool) -> str:
    """Name what became of a case; "" if nothing that counts. *whole*: what is not in the new run is in no suite."""
    if after in BROKEN:
        return "" if before in BROKEN else "regressed" if before in _COUNTED else "newly broken"
    if after == UNTRIED:
        return "" if before == UNTRIED else "not tried" if before in _COUNTED else "newly not tried"
    if after in _COUNTED:
        return "" if before in _COUNTED else "newly held" if before else "new"
    if after is None:
        return "vanished" if whole else "not in this run"
    return "lost" if before in _COUNTED and after == "skip" else "" if before else "new"


def _worst(verdicts: Iterable[str]) -> str:
    """Give the verdict that a clause comes to: a broken one, else a pass, else what there is."""
    return max(verdicts, key=lambda verdict: (verdict in BROKEN, verdict == UNTRIED, verdict in _COUNTED))


def _changes(old: Clause | None, new: Clause | None, whole: bool) -> Iterable[Change]:
    before, after = _verdicts(old), _verdicts(new)
    if old and new and old.id != new.id and not before.keys() & after.keys():
        # it was renamed with all its cases: only the whole can be compared
        before, after = ({"": _worst(verdicts.values())} for verdicts in (before, after))
    found: dict[str, list[str]] = {}
    for case in dict.fromkeys([*after, *before]):
        kind = _kind(before.get(case), after.get(case), whole)
        if kind:
            found.setdefault(kind, []).append(case)
    shown = new or old
    for kind in CHANGES:
        if kind in found:
            yield Change(
                kind,
                shown,
                old.standing if old else "",
                new.standing if new else "",
                [f"{shown.id}[{case}]" if case else shown.id for case in found[kind]],
                reason_of(new.untried_cases[0]) if kind in _UNTRIED else "",
            )


def compare(old: Run | None, new: Run | None, target: str = "") -> Comparison:
    """Compare two runs of a target; a clause that moved or was renamed is found by the ids that it had."""
    later = clauses_of(new) if new else []
    earlier = _by_present_id(clauses_of(old) if old else [], later)
    problem = problem_of(new)
    whole = new is not None and new.is_whole and not problem
    changes: list[Change] = []
    for clause in later:
        before = earlier.pop(clause.id, None)
        found = _changes(before, clause, whole)
        changes += [change for change in found if not problem or change.kind != "lost"]
    if later:
        changes += [change for clause in earlier.values() for change in _changes(clause, None, whole)]
    order = list(CHANGES)
    changes.sort(key=lambda change: (order.index(change.kind), in_order(change.clause)))
    return Comparison(target, old, new, changes, problem)


def _by_present_id(old: Iterable[Clause], new: Iterable[Clause]) -> dict[str, Clause]:
    """Give the clauses of an old run by the ids that they have in the new one, or would have if they were there.

    Where several became one, it is compared with the one that had its id, else with the first of them.
    """
    present = moved.Present((clause.id, clause.formerly) for clause in new)
    found: dict[str, Clause] = {}
    for clause in old:
        today = present.id_of(clause.id)
        if today == clause.id:
            found[today] = clause
        else:
            found.setdefault(today, clause)
    return found


def _named(run: Run | None) -> str:
    return f"{wording.kernel_name(run)}, {run.started}, {wording.suite_name(run)}" if run else ""


def load_all(path: Path, tell: Callable[[str], object] = lambda text: None) -> dict[str, Run]:
    """Read the runs in a record by target ("" for a run without targets); RunFileError if there is none.

    *tell* is told of what is damaged and was read all the same.
    """
    if path.is_dir() and not any((path / name).is_file() for name in (runs.WHOLE, runs.STREAM)):
        folders = sorted(file.parent for file in path.glob(f"*/{runs.STREAM}"))
        if folders:
            return {folder.name: runs.load(folder, tell) for folder in folders}
    return {"": runs.load(path, tell)}


def compare_all(old: Mapping[str, Run], new: Mapping[str, Run]) -> list[Comparison]:
    """Compare two records target by target; one run each are compared whatever their targets are called."""
    if len(old) == len(new) == 1:
        (earlier,), ((target, later),) = old.values(), new.items()
        return [compare(earlier, later, target)]
    old, new = (_with_host(one, other) for one, other in ((old, new), (new, old)))
    return [compare(old.get(target), new.get(target), target) for target in dict.fromkeys([*new, *old])]


def _with_host(one: Mapping[str, Run], other: Mapping[str, Run]) -> Mapping[str, Run]:
    """Call a run without targets what it is among targets: this machine."""
    return {"host": one[""]} if one.keys() == {""} and "host" in other else one


def text(comparisons: Iterable[Comparison], *, width: int = 100, colour: bool = False) -> str:
    """Give the comparisons as text of `width` columns, with terminal colours if `colour`."""

    def show(console: Console) -> None:
        for comparison in comparisons:
            _show(comparison, console)

    return printed(show, width=width, colour=colour)


def _show(comparison: Comparison, console: Console) -> None:
    head = Text(comparison.target or "this kernel", style="bold")
    counts = [f"{len(found)} {kind}" for kind in CHANGES if (found := comparison.of(kind))]
    counts += ["not proven"] if comparison.problem else []
    head.append(f": {', '.join(counts) or 'nothing changed'}", style="default")
    console.print(head)
    for side, run in (("old", comparison.old), ("new", comparison.new)):
        told = f"{_named(run)}\n       clauses {counts_line(count_clauses(clauses_of(run)))}" if run else "none"
        console.print(Text(f"  {side}  {wording.printable(told)}", style="dim"))
        for notice in extent_of(run) if run else ():
            console.print(Text(f"       {wording.printable(notice.text)}", style="bold"))
    if comparison.problem:
        console.print(Text(f"  not proven: {wording.printable(comparison.problem)}", style="bold red"))
    machine = [group for group in untried_of(comparison.new) if group.is_of_the_machine] if comparison.new else []
    for group in machine:
        line = Text("  NOT TRIED ", style=_STYLES["not tried"])
        told = f"{wording.counted(len(group.clauses), 'clause')}, {group.blamed}: {group.reason}"
        line.append(wording.printable(told), style="default")
        console.print(line)
    told_once = ids(machine)
    for kind in CHANGES:
        for change in comparison.of(kind) if kind not in _COUNTED_ONLY else ():
            if kind not in _UNTRIED or not told_once.issuperset(change.cases):
                _show_change(change, console)


def _show_change(change: Change, console: Console) -> None:
    line = Text(f"  {change.kind.upper()} ", style=_STYLES.get(change.kind, ""))
    line.append(wording.printable(f"{change.clause.subject}: {change.clause.statement}"), style="default")
    console.print(line)
    for case in change.cases[:3]:
        console.print(Text(f"    {wording.printable(case)}"), soft_wrap=True)
    if len(change.cases) > 3:
        console.print(Text(f"    … and {wording.counted(len(change.cases) - 3, 'more case')}", style="dim"))
    if change.kind in _UNTRIED:
        console.print(Text(f"    {wording.printable(change.reason)}", style="dim"))
