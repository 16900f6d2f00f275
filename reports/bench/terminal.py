"""A benchmark run in the terminal: a short table for each subject, what compares how, what is wrong."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.bench.figures import Interval, Measured, measured
from reports.bench.model import Bench, Comparison, Session
from reports.printing import printed
from reports.wording import counted, printable, seconds

WIDTH = 80  # columns where there is no terminal
SHOWN = 5  # comparisons of which nobody can tell
_STYLES = {"good": "green", "fair": "yellow", "poor": "red"}
_UNITS = ((1e6, "M"), (1e3, "k"))
_NONE = "-"

Row = Callable[[Measured], list[str]]


def text(
    bench: Bench, report: str | os.PathLike[str] | None = None, *, width: int = WIDTH, colour: bool = False
) -> str:
    """Give the run as text of `width` columns, with terminal colours if `colour`; it ends with a newline."""

    def show(console: Console) -> None:
        everything = measured(bench)
        for target in bench.targets:
            _show_target(bench, target, [item for item in everything if item.target == target], console)
        _show_comparisons(bench.comparisons, console)
        for note in bench.notes:
            console.print(Text(printable(note), style="yellow"))
        if report is not None:
            console.print(Text.assemble(("report  ", "dim"), printable(os.fspath(report))), soft_wrap=True)

    return printed(show, width=max(width, 60), colour=colour)


def _show_target(bench: Bench, target: str, items: list[Measured], console: Console) -> None:
    sessions = bench.sessions_of(target)
    console.print(_head(bench, target, sessions))
    for subject in dict.fromkeys(item.subject for item in items):
        for kind, (columns, row) in _TABLES.items():
            shown = [item for item in items if (item.subject, item.kind, item.valid) == (subject, kind, True)]
            if shown:
                console.print()
                console.print(_table(subject, columns, shown, row))
    console.print()
    for item in items:
        for why in item.why:
            head = "INVALID " if not item.valid else "invalid in a session: "
            console.print(Text.assemble((head, "bold red"), printable(f"{item.id}: {why}")))
    for line in _quality(items):
        console.print(Text(printable(line), style="dim"))
    _show_problems(sessions, console)
    console.print()


def _head(bench: Bench, target: str, sessions: Sequence[Session]) -> Text:
    kernel = next((session.kernel for session in sessions if session.kernel), {})
    cpus = kernel.get("cpus")
    told = [f"Linux {kernel['release']}" if "release" in kernel else "", kernel.get("platform"), kernel.get("cpu")]
    told.append(counted(cpus, "CPU") if isinstance(cpus, int) else "")
    took = seconds(sum(session.seconds for session in sessions))
    facts = f"  {', '.join(str(part) for part in told if part)}\n"
    selected = f"{bench.selection}: {counted(len(sessions), 'session')} in {took}"
    return Text.assemble((target, "bold"), printable(facts), (selected, "dim"))


def _table(subject: str, columns: Sequence[str], items: Iterable[Measured], row: Row) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(Text(subject, style="bold not dim"), overflow="fold", min_width=10)
    for column in columns:
        table.add_column(column, justify="left" if row is _ratio else "right", no_wrap=row is not _ratio)
    table.add_column("mark", no_wrap=True)
    for item in items:
        name = item.id.partition("/")[2] or item.id
        table.add_row(printable(name), *row(item), Text(item.mark, style=_STYLES.get(item.mark, "")))
    return table


def figure(value: float | None, digits: int = 3) -> str:
    """Give a number three figures and its thousands a letter: 1.23 M, 812 k, 0.0061."""
    if value is None:
        return _NONE
    for unit, letter in _UNITS:
        if abs(value) >= 0.9995 * unit:
            return f"{_short(value / unit, digits)} {letter}"
    return _short(value, digits)


def _short(value: float, digits: int) -> str:
    if not value:
        return "0"
    whole = len(f"{abs(value):.0f}")
    return f"{value:.{max(digits - whole, 0)}f}" if abs(value) >= 0.9995 else f"{value:.{digits}g}"


def span(interval: Interval | None) -> str:
    """Give the ends of an interval with the unit once: 1.20-1.26 M."""
    if interval is None:
        return _NONE
    (low, _, unit), (high, _, other) = figure(interval.low).partition(" "), figure(interval.high).partition(" ")
    return f"{low}-{high} {other}".rstrip() if unit == other else f"{low} {unit}-{high} {other}".rstrip()


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2g} %" if whole and part else "0"


def _rate(item: Measured) -> list[str]:
    cpu = [spent for side in ("receiver", "sender") if (spent := item.cpu(side)) is not None]
    return [
        figure(item.rate and item.rate.mid),
        span(item.rate),
        _short(item.bits.mid / 1e9, 3) if item.bits else _NONE,
        _percent(item.total("dropped"), item.total("offered")),
        figure(item.calls, 2),
        _short(sum(cpu), 2) if cpu else _NONE,
    ]


def _latency(item: Measured) -> list[str]:
    quantiles = [item.quantile(0.5, "median"), item.quantile(0.99, "p99")]
    return [*(_time(each and each.mid) for each in quantiles), _time(item.worst), str(len(item.samples))]


def _time(microseconds: float | None) -> str:
    if microseconds is None:
        return _NONE
    milli = microseconds >= 999.5
    return f"{_short(microseconds / 1e3, 3)} ms" if milli else f"{_short(microseconds, 3)} us"


def _loss(item: Measured) -> list[str]:
    return [figure(item.highest and item.highest.mid), span(item.highest), item.limit]


def _ratio(item: Measured) -> list[str]:
    told = [f"{each.mid:.3f} ({each.low:.3f}-{each.high:.3f}) {name}" for name, each in item.ratios.items()]
    told += [f"{name}: {why}" for name, why in item.skipped.items()]
    return [printable("\n".join(told)) or _NONE]


_TABLES: dict[str, tuple[tuple[str, ...], Row]] = {
    "rate": (("frames/s", "95 %", "Gbit/s", "drops", "calls/fr", "CPU s/M"), _rate),
    "latency": (("median", "99 %", "worst", "wake-ups"), _latency),
    "loss": (("no loss up to", "95 %", "limited by"), _loss),
    "ratio": (("speed of ours / that of",), _ratio),
}


def _quality(items: Iterable[Measured]) -> list[str]:
    """Say each reason for a lower mark once, with an example of its numbers."""
    reasons = [(item.mark, reason) for item in items if item.mark != "good" for reason in item.reasons]
    alike = [re.sub(r"[\d.]+", "#", reason) for _, reason in reasons]
    examples = dict(zip(reversed(alike), reversed(reasons), strict=True))
    return [
        f"quality of {counted(count, 'result')} lowered: {'e.g. ' if '#' in key else ''}{examples[key][1]}"
        for key, count in Counter(alike).items()
    ]


def _show_problems(sessions: Iterable[Session], console: Console) -> None:
    cases: dict[str, list[str]] = {}
    for session in sessions:
        if session.problem:
            words = printable(f"session {session.boot + 1} of {session.target}: {session.problem}")
            console.print(Text(words, style="bold red"))
        for name, why in session.unmeasured.items():
            names = cases.setdefault(why, [])
            names += [name] if name not in names else []
    for why, names in cases.items():
        style = "bold red" if why.startswith("failed") else "dim"
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        console.print(Text(printable(f"{why}: {names[0]}{more}"), style=style))


def _show_comparisons(comparisons: Sequence[Comparison], console: Console) -> None:
    styles = {"slower": "bold red", "faster": "green", "cannot tell": "yellow"}
    for a, b in dict.fromkeys((item.a, item.b) for item in comparisons):
        items = [item for item in comparisons if (item.a, item.b) == (a, b)]
        counts = Counter(item.verdict for item in items)
        words = ", ".join(f"{counts[name]} {name}" for name in (*styles, "same") if counts[name])
        console.print(Text.assemble((f"{b} against {a}", "bold"), f": {words}"))
        for verdict, style in styles.items():
            found = [item for item in items if item.verdict == verdict]
            shown = found if verdict != "cannot tell" else found[:SHOWN]
            for item in shown:
                console.print(Text.assemble("  ", (printable(item.id), style), f": {printable(item.text)}"))
            if len(shown) < len(found):
                console.print(Text(f"  … and {len(found) - len(shown)} more of which nobody can tell", style="dim"))
        same = [item.floor for item in items if item.verdict == "same"]
        if same:
            floors = f"{100 * min(same):.1f} to {100 * max(same):.1f}" if len(same) > 1 else f"{100 * same[0]:.1f}"
            console.print(Text(f"  {counted(len(same), 'result')}: no difference above the floor of {floors} %"))
        console.print()
