"""The few lines that close a run in the terminal: what broke, on which kernel, how the clauses stand, where more is."""

import os
import shutil
import sys
from functools import partial

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.causes import causes_of
from reports.clauses import Clause, clauses_of, count_cases, count_clauses, counts_told
from reports.deviations import due
from reports.extent import extent_of
from reports.model import Result, Run
from reports.printing import printed, say
from reports.untried import Untried, ids, reason_of, untried_of
from reports.wording import counted, kernel_name, printable, seconds, suite_name

WIDTH = 100  # columns where there is no terminal
SHOWN_CLAUSES = 10  # broken clauses shown here; the report has all
SHOWN_CAUSES = 8  # of the broken clauses, where not all are shown
SHOWN_CASES = 1  # broken cases shown of each
SHOWN_LINES = 4  # of expected and of observed
SHOWN_WIDTH = 400  # characters of a line

STYLES = {
    "held": "green",
    "partly": "green",
    "broken": "bold red",
    "not tried": "bold magenta",
    "deviates": "yellow",
} | dict.fromkeys(("n/a", "skipped"), "dim")


def text(run: Run, report: str | os.PathLike[str] | None = None, *, width: int = WIDTH, colour: bool = False) -> str:
    """Give the summary as text of `width` columns, with terminal colours if `colour`; it ends with a newline.

    Commands and paths are never broken, whatever the width.
    """
    return printed(partial(show, run, report), width=width, colour=colour)


def show(run: Run, report: str | os.PathLike[str] | None = None, console: Console | None = None) -> None:
    """Print the summary to a console, by default standard output: with colours only if that is a terminal."""
    if console is None:
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH
        say(text(run, report, width=width, colour=terminal))
        return
    clauses = clauses_of(run)
    broken = [clause for clause in clauses if clause.broken_cases]
    machine = [group for group in untried_of(run) if group.is_of_the_machine]
    told = ids(machine)
    untried = [clause for clause in clauses if {case.id for case in clause.untried_cases} - told]
    for group in machine:
        _show_untried(group, console)
    for clause in untried[:SHOWN_CLAUSES]:
        _show_untried_clause(clause, console)
    if len(untried) > SHOWN_CLAUSES:
        _show_rest(len(untried) - SHOWN_CLAUSES, "clause not tried", "clauses not tried", console)
    for clause in broken[:SHOWN_CLAUSES]:
        _show_broken(clause, console)
    if len(broken) > SHOWN_CLAUSES:
        _show_causes(broken, console)
    for notice in extent_of(run):
        console.print(Text(printable(notice.text), style="bold red" if notice.proves_less else "bold"))
    grid = _grid()
    grid.add_row("kernel", _kernel(run))
    grid.add_row("suite", suite_name(run) + (f", in {seconds(run.duration)}" if run.duration is not None else ""))
    grid.add_row("clauses", _clause_counts(clauses))
    grid.add_row("cases", _case_counts(run))
    covered = sum(bool(entry.clauses) for entry in run.surface)
    if covered:
        hidden = sum(bool(entry.reason and not entry.clauses) for entry in run.surface)
        told = f"{covered} of {len(run.surface)} entries covered by this run"
        grid.add_row("surface", told + (f", {hidden} cannot be shown" if hidden else ""))
    console.print(grid)
    for entry in due(run):
        console.print(Text(f"{entry.place} was to be reviewed by {entry.review}: {printable(entry.reason)}", "yellow"))
    if report is not None:
        _whole_line("report", os.fspath(report), console, "")


def _show_untried(group: Untried, console: Console) -> None:
    amount = f"{counted(len(group.clauses), 'clause')}, {counted(len(group.results), 'case')}"
    console.print(Text.assemble(("NOT TRIED ", STYLES["not tried"]), (amount, "bold"), f": {group.blamed}"))
    _show_why(group.reason, group.results[0].repeat, console)


def _show_untried_clause(clause: Clause, console: Console) -> None:
    cases = clause.untried_cases
    console.print(_head("not tried", clause, cases))
    _show_why(reason_of(cases[0]), cases[0].repeat, console)


def _show_why(reason: str, repeat: str, console: Console) -> None:
    grid = _grid()
    grid.add_row("reason", _clip(reason))
    console.print(Padding(grid, (0, 0, 0, 2)))
    if repeat:
        _whole_line("repeat", repeat, console, "  ")
    console.print()


def _show_rest(number: int, one: str, several: str, console: Console) -> None:
    console.print(Text(f"… and {number} more {one if number == 1 else several} in the report\n"))


def _head(standing: str, clause: Clause, cases: list[Result]) -> Text:
    word = (f"{standing.upper()} ", STYLES[standing])
    head = Text.assemble(word, (clause.subject, "bold"), ": ", printable(clause.statement))
    if len(clause.cases) > 1:
        head.append(f" ({len(cases)} of {len(clause.cases)} cases)", style="dim")
    return head


def _show_broken(clause: Clause, console: Console) -> None:
    cases = clause.broken_cases
    console.print(_head("broken", clause, cases))
    for case in cases[:SHOWN_CASES]:
        grid = _grid()
        grid.add_row(Text(case.verdict, style="red"), printable(case.case or case.id))
        for name, value in _evidence(case):
            grid.add_row(name, _clip(value))
        console.print(Padding(grid, (0, 0, 0, 2)))
        if case.repeat:
            _whole_line("repeat", case.repeat, console, "  ")
    if len(cases) > SHOWN_CASES:
        console.print(Text(f"  … and {counted(len(cases) - SHOWN_CASES, 'more case')}", style="dim"))
    console.print()


def _show_causes(broken: list[Clause], console: Console) -> None:
    """Print how many more clauses broke, and by what all of them did, as far as several have it in common."""
    more = counted(len(broken) - SHOWN_CLAUSES, "more broken clause")
    console.print(Text(f"… and {more} in the report. By probable cause:"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    causes = causes_of(broken)
    for cause in causes[:SHOWN_CAUSES]:
        grid.add_row(str(len(cause.clauses)), printable(cause.words or "each by itself"))
    if len(causes) > SHOWN_CAUSES:
        left = sum(len(cause.clauses) for cause in causes[SHOWN_CAUSES:])
        grid.add_row(str(left), "others")
    console.print(Padding(grid, (0, 0, 1, 2)))


def _evidence(case: Result) -> list[tuple[str, str]]:
    seen = case.evidence
    told = []
    if seen:
        told += [("expected", seen.expected), ("observed", seen.observed), ("differs", seen.difference)]
        told += [("at", seen.place)]
    found = [(name, value) for name, value in told if value]
    if seen and seen.message and not seen.observed:
        found.append(("evidence", seen.message))
    if case.reason:
        found.append(("reason", case.reason))
    return found


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, width=8)
    grid.add_column(overflow="fold")
    return grid


def _whole_line(name: str, value: str, console: Console, indent: str) -> None:
    line = Text.assemble(indent, (f"{name:<10}", "dim"), printable(value))
    console.print(line, soft_wrap=True)


def _clip(value: str) -> Text:
    lines = printable(value).split("\n")
    kept = [line if len(line) <= SHOWN_WIDTH else line[:SHOWN_WIDTH] + " …" for line in lines[:SHOWN_LINES]]
    text = Text("\n".join(kept) + (" …" if len(lines) > SHOWN_LINES else ""))
    text.highlight_regex("‹[^›]*›?", "bold red")
    return text


def _kernel(run: Run) -> str:
    kernel = run.kernel
    cpus = kernel.get("cpus")
    told = [kernel_name(run), kernel.get("machine"), kernel.get("distribution"), kernel.get("privileges")]
    told.append(counted(cpus, "CPU") if isinstance(cpus, int) else None)
    return printable(", ".join(str(part) for part in told if part))


def _clause_counts(clauses: list[Clause]) -> Text:
    counts = count_clauses(clauses)
    parts = [Text(told, style=STYLES[standing] if counts[standing] else "") for standing, told in counts_told(counts)]
    return Text.assemble(f"{sum(counts.values())}: ", Text(", ").join(parts))


def _case_counts(run: Run) -> str:
    parts = [f"{count} {verdict}" for verdict, count in count_cases(run.results).items()]
    return f"{len(run.results)}: {', '.join(parts)}" if parts else "0"
