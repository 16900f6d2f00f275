"""Several kernels side by side: clause by target, from the runs of one session."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import wording
from reports.clauses import (
    MEANINGS,
    STANDINGS,
    Clause,
    clauses_of,
    count_standings,
    counts_line,
    in_order,
    share_told,
)
from reports.extent import Notice, extent_of
from reports.files import write_text
from reports.html import STATES, asset, css, environment, hash_of, script_of
from reports.model import Run
from reports.payload import as_json
from reports.printing import printed
from reports.summary import STYLES
from reports.untried import untried_of

NAME = "index.html"
ABSENT = "not run"
NAMED = 3  # kernels that the headline names
SHOWN_LINES = 200  # of a list of differences, in the page itself; its script draws the others from its data
_LOUD = ("broken", "not tried")  # standings that colour a figure


@dataclass
class Line:
    """One clause and its standing on each target, in the targets' order."""

    clause: Clause
    standings: list[str]

    @property
    def differs(self) -> bool:
        """Whether it does not hold somewhere, or not fare alike everywhere it was run and applies."""
        applying = set(self.standings) - {"n/a", "skipped", "partly", ABSENT}
        return bool(applying & {"broken", "not tried", "deviates"}) or len(applying) > 1

    @property
    def explained(self) -> bool:
        """Whether recorded deviations are all that makes it differ, and say why."""
        return not {"broken", "not tried"} & set(self.standings)

    @property
    def untried(self) -> bool:
        """Whether no kernel breaks it, and it was not tried on one at least: that says nothing of the kernels."""
        return "broken" not in self.standings and "not tried" in self.standings


@dataclass
class Folder:
    """A folder of clauses, or an area with all its folders: the standings counted for each target."""

    subject: str
    counters: list[Counter[str]]
    is_area: bool = False
    is_inside: bool = False  # its area stands above it

    @property
    def name(self) -> str:
        """The name as reports have it: "rings / setup" within the area packet."""
        inner = self.subject.partition("/")[2] if self.is_inside else self.subject
        return inner.replace("/", " / ") or "itself"


@dataclass
class Matrix:
    """The runs by target, their clauses line by line, and counts by folder."""

    runs: dict[str, Run]
    lines: list[Line]

    @property
    def differing(self) -> list[Line]:
        """The lines that a reader looks at first."""
        return [line for line in self.lines if line.differs]

    @property
    def unproven(self) -> list[str]:
        """The targets that did not come to their end."""
        return [target for target, run in self.runs.items() if run.problem or not run.is_complete]

    @property
    def where(self) -> str:
        """Say which kernels were proven: "every kernel", or those of which that is true."""
        proven = [target for target in self.runs if target not in self.unproven]
        if not self.unproven:
            return "every kernel"
        return f"{', '.join(proven) or 'none'}; not proven: {', '.join(self.unproven)}"

    def notices(self) -> list[tuple[str, Notice]]:
        """Say of which targets the run is not one of the whole suite, and why; what has a problem is told by that."""
        found: dict[Notice, list[str]] = {}
        for target, run in self.runs.items():
            for notice in extent_of(run):
                if not (run.problem and notice.proves_less):
                    found.setdefault(notice, []).append(target)
        return [(", ".join(targets) if len(targets) < len(self.runs) else "", told) for told, targets in found.items()]

    @property
    def headline(self) -> str:
        """Say in one sentence how the kernels fared."""
        if not self.lines:
            return f"Nothing was proven on {wording.counted(len(self.runs), 'kernel')}"
        of_all = f"of {wording.counted(len(self.lines), 'clause')}"
        broken, untried = self._targets_with("broken"), self._targets_with("not tried")
        proven = [target for target, run in self.runs.items() if run.results]
        if not broken:
            parts = [f"{wording.counted(len(proven), 'kernel')} break{'s' * (len(proven) == 1)} none {of_all}"]
        elif len(broken) > NAMED:
            parts = [f"{len(broken)} of {len(self.runs)} kernels break some {of_all}"]
        else:
            parts = [f"{target} breaks {count}" for target, count in broken.items()]
            parts[-1] += f" {of_all}"
        if len(untried) > NAMED:
            parts.append(f"some not tried on {len(untried)}")
        else:
            parts += [f"{count} not tried on {target}" for target, count in untried.items()]
        if self.unproven:
            few = len(self.unproven) <= NAMED
            parts.append(f"{', '.join(self.unproven) if few else len(self.unproven)} not proven")
        return "; ".join(parts)

    def _targets_with(self, standing: str) -> dict[str, int]:
        """Count the clauses of a standing by target, those with none left out."""
        counted = zip(self.runs, self.totals(), strict=True)
        return {target: counts[standing] for target, counts in counted if counts[standing]}

    @property
    def told_once(self) -> set[str]:
        """The clauses that were not tried for a reason that the machine gave to many."""
        groups = [group for run in self.runs.values() for group in untried_of(run) if group.is_of_the_machine]
        return {clause for group in groups for clause in group.clauses}

    def folders(self) -> list[Folder]:
        """Give the counts by folder, area by area: an area of several folders comes first as the sum of them."""
        subjects: dict[str, list[Counter[str]]] = {}
        areas: dict[str, list[Counter[str]]] = {}
        for line in self.lines:
            for counted, key in ((subjects, line.clause.subject), (areas, line.clause.area)):
                counters = counted.setdefault(key, [Counter() for _ in self.runs])
                for counter, standing in zip(counters, line.standings, strict=True):
                    counter[standing] += 1
        found = []
        for area, counters in areas.items():
            members = [subject for subject in subjects if subject.partition("/")[0] == area]
            several = len(members) > 1
            if several:
                found.append(Folder(area, counters, is_area=True))
            found += [Folder(each, subjects[each], is_inside=several) for each in members]
        return found

    def purpose(self, subject: str) -> str:
        """Say what a folder is for, "" if no run knows."""
        return next((run.folders[subject] for run in self.runs.values() if subject in run.folders), "")

    def totals(self) -> list[dict[str, int]]:
        """Give the standings counted for each target, as its own report counts them."""
        return [count_standings(line.standings[place] for line in self.lines) for place in range(len(self.runs))]


def matrix_of(runs: Mapping[str, Run]) -> Matrix:
    """Put the runs side by side; a clause that a run has no result of is "not run" there."""
    by_target = {target: {clause.id: clause for clause in clauses_of(run)} for target, run in runs.items()}
    first: dict[str, Clause] = {}
    for clauses in by_target.values():
        for name, clause in clauses.items():
            if name not in first or not first[name].is_known:
                first[name] = clause
    ordered = sorted(first.values(), key=in_order)
    lines = [
        Line(clause, [found[clause.id].standing if clause.id in found else ABSENT for found in by_target.values()])
        for clause in ordered
    ]
    return Matrix(dict(runs), lines)


def worst(counter: Mapping[str, int]) -> str:
    """Give the standing that a reader looks at first, "not run" where nothing could be shown."""
    found = ("broken", "not tried", "deviates", "partly", "held")
    return next((standing for standing in found if counter.get(standing)), ABSENT)


def text(matrix: Matrix, *, width: int = 100, colour: bool = False) -> str:
    """Give the matrix as text of `width` columns, with terminal colours if `colour`."""
    return printed(partial(show, matrix), width=width, colour=colour)


def show(matrix: Matrix, console: Console) -> None:
    """Print folder by target, then the clauses that differ unexplained, with the targets that break them."""
    table = Table(box=None, pad_edge=False)
    table.add_column("held of shown")
    for target in matrix.runs:
        table.add_column(target, justify="right")
    for folder in matrix.folders():
        name = f"{'  ' if folder.is_inside else ''}{wording.printable(folder.name)}"
        table.add_row(name, *map(_cell, folder.counters), style="bold" if folder.is_area else "")
    if matrix.lines:
        table.add_row("all", *(_cell(counter) for counter in matrix.totals()), style="bold")
    console.print(table)
    for (target, run), counts in zip(matrix.runs.items(), matrix.totals(), strict=True):
        if any(counts.values()):
            console.print(Text(f"{target}: {counts_line(counts)}"))
        if counts["deviates"]:
            told = wording.counted(counts["deviates"], "recorded deviation")
            console.print(Text(f"{target}: {told}, explained in its report", style=STYLES["deviates"]))
        for group in untried_of(run):
            if group.is_of_the_machine:
                told = f"{wording.counted(len(group.clauses), 'clause')} not tried, {group.blamed}: {group.reason}"
                console.print(Text(wording.printable(f"{target}: {told}"), style=STYLES["not tried"]))
    for targets, notice in matrix.notices():
        told = wording.printable(f"{targets}: {notice.text}" if targets else notice.text)
        console.print(Text(told, style=STYLES["broken"] if notice.proves_less else "bold"))
    if matrix.unproven:
        console.print(Text(f"not proven: {', '.join(matrix.unproven)}", style=STYLES["broken"]))
    told_once = matrix.told_once
    for line in matrix.differing:
        if line.explained or (line.untried and line.clause.id in told_once):
            continue
        told = ", ".join(f"{target} {standing}" for target, standing in _told(matrix, line))
        console.print(Text(wording.printable(f"{line.clause.subject}: {line.clause.statement}"), style="bold"))
        console.print(Text(f"  {told}"))


def _told(matrix: Matrix, line: Line) -> Iterable[tuple[str, str]]:
    return zip(matrix.runs, line.standings, strict=True)


def _cell(counts: Mapping[str, int]) -> Text:
    style = worst(counts)
    return Text(share_told(counts), style={ABSENT: "dim"}.get(style) or STYLES[style] * (style in _LOUD))


def write(matrix: Matrix, path: str | os.PathLike[str]) -> Path:
    """Write the matrix as one self-contained HTML file and return its path."""
    numbers = {line.clause.id: number for number, line in enumerate(matrix.lines)}
    script = script_of("matrix.js")
    page = (
        environment()
        .get_template("matrix.html.j2")
        .render(
            matrix=matrix,
            share=share_told,
            worst=worst,
            most=SHOWN_LINES,
            places=lambda lines: ",".join(str(numbers[line.clause.id]) for line in lines),
            styles=asset("report.css"),
            script=script,
            script_hash=hash_of(script),
            data=Markup(as_json(_data(matrix))),  # escaped for a script element, every string in it
            STATES={**STATES, ABSENT: ABSENT},
            MEANINGS=MEANINGS,
        )
    )
    return write_text(page, path)


def _data(matrix: Matrix) -> dict[str, Any]:
    """Give what the page's script draws: every line, its standings as places in `states` (class, word)."""
    states = [*STANDINGS, ABSENT]
    return {
        "targets": list(matrix.runs),
        "states": [[css(state) if state in MEANINGS else "", STATES.get(state, state)] for state in states],
        "lines": [
            [line.clause.subject, line.clause.statement, [states.index(standing) for standing in line.standings]]
            for line in matrix.lines
        ],
    }
