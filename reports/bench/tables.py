"""The tables under the pictures: the same figures in numbers, and as JSON to take along."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.bench.figures import Interval, Measured
from reports.bench.history import Past
from reports.bench.words import percent, rate, scaled
from reports.wording import counted

STATES = {"good": "held", "fair": "deviates", "poor": "broken", "invalid": "broken", "": "na"}
NOTHING = "-"  # in a cell


@dataclass
class Cell:
    """A figure and what stands beside it in small letters: its interval, its unit; `folded`: lines to unfold."""

    text: str
    beside: str = ""
    folded: list[str] = field(default_factory=list)


@dataclass
class Row:
    """A result's cells; `mark` is its quality, or "invalid", with the reasons."""

    name: str
    cells: list[Cell]
    mark: str = ""
    reasons: list[str] = field(default_factory=list)
    title: str = ""

    @property
    def state(self) -> str:
        """The CSS class of the mark."""
        return STATES.get(self.mark, "broken")


@dataclass
class Table:
    """Rows under column names, and what they are of."""

    caption: str
    columns: list[str]
    rows: list[Row]


def figure(value: Interval | None, factor: float = 1.0) -> Cell:
    """Put an interval in a cell, all in the scale of its middle."""
    if value is None:
        return Cell(NOTHING)
    (mid, low, high), letter = scaled(*(factor * each for each in value))
    return Cell(f"{mid} {letter}".rstrip(), f"{low} to {high}")


def number(value: float | None, places: int = 3) -> Cell:
    """Put a number in a cell; a dash where it was not measured."""
    return Cell(NOTHING) if value is None else Cell(f"{value:.{places}f}")


def _row(row: Measured, cells: list[Cell], name: str = "", valid: bool | None = None) -> Row:
    sessions = f"{len(row.good)} of {len(row.parts)} sessions valid"
    mark = row.mark if (row.valid if valid is None else valid) else "invalid"
    why = row.why if mark == "invalid" else [f"{sessions}: {why}" for why in row.why]
    return Row(name or row.label, cells, mark, [*why, *row.reasons], row.id)


def rates(caption: str, rows: Sequence[Measured]) -> Table:
    """Frames/s, bits/s, what was lost, and what each frame cost."""
    columns = ["Frames/s", "Bits/s", "Dropped", "of offered", "System calls per frame"]
    columns += ["CPU s per million frames: receiver", "sender", "Rounds"]
    shared = any(row.members for row in rows)
    lines = []
    for row in rows:
        offered = row.total("offered")
        share = percent(row.total("dropped") / offered) if offered else ""
        load = f"{rate(row.offered_rate)}/s" if row.offered_rate else ""
        dropped = Cell(f"{row.total('dropped'):,}", share)
        cells = [figure(row.rate), figure(row.bits), dropped, Cell(f"{offered:,}", load)]
        cells += [number(row.calls, 4), number(row.cpu("receiver")), number(row.cpu("sender"))]
        cells.append(Cell(str(len(row.rounds))))
        if shared:
            cells.append(Cell(" / ".join(f"{count:,}" for count in row.members) or NOTHING))
        lines.append(_row(row, cells))
    return Table(caption, columns + ["Frames by member"] * shared, lines)


def losses(caption: str, rows: Sequence[Measured]) -> Table:
    """The highest load without loss, what limited it, and every step of the search."""
    lines = []
    for row in rows:
        steps = [f"{rate(load)}: {percent(loss)}" for session in row.steps for load, loss in session]
        folded = Cell(counted(len(steps), "load"), folded=steps)
        lines.append(_row(row, [figure(row.highest), Cell(row.limit), folded]))
    return Table(caption, ["Highest load without loss, frames/s", "Limited by", "Lost at each load"], lines)


def latencies(caption: str, rows: Sequence[Measured]) -> Table:
    """Median, 99 % and worst wake-up in microseconds."""
    lines = []
    for row in rows:
        cells = []
        for share, name in ((0.5, "median"), (0.99, "p99")):
            found = row.quantile(share, name)
            cells.append(Cell(f"{found.mid:.1f}", f"{found.low:.1f} to {found.high:.1f}") if found else Cell(NOTHING))
        lines.append(_row(row, [*cells, number(row.worst, 1), Cell(str(row.samples.size))]))
    return Table(caption, ["Median, µs", "99 %, µs", "Worst, µs", "Wake-ups"], lines)


def ratios(caption: str, rows: Sequence[Measured], wanted: float) -> Table:
    """The speed of our loop against each other's; arms that could not run, with why."""
    lines = []
    for row in rows:
        for arm, ratio in row.ratios.items():
            reached = "yes" if ratio.mid >= wanted else "no"
            cells = [Cell(arm), Cell(f"{ratio.mid:.3f}", f"{ratio.low:.3f} to {ratio.high:.3f}"), Cell(reached)]
            lines.append(_row(row, cells))
        for arm, why in row.skipped.items():
            lines.append(Row(row.label, [Cell(arm), Cell("not run"), Cell(NOTHING)], "", [why], row.id))
        if not row.ratios and not row.skipped:
            lines.append(_row(row, [Cell(NOTHING), Cell(NOTHING), Cell(NOTHING)]))
    return Table(caption, ["Against", "Ours / theirs", f"At least {wanted}"], lines)


def runs(caption: str, history: Sequence[Past], target: str, names: Sequence[str]) -> Table:
    """The chosen results of each run, newest first."""
    lines = []
    for past in reversed(history):
        cells = []
        for name in names:
            point = past.results.get(target, {}).get(name)
            if point is None:
                cells.append(Cell(NOTHING))
                continue
            cell = figure(Interval(point.mid, point.low, point.high))
            cells.append(Cell(cell.text if point.valid else "invalid", point.verdict or cell.beside))
        lines.append(Row(past.time, cells, title=past.kernels.get(target, "")))
    return Table(caption, list(names), lines)


def data_of(row: Measured) -> dict[str, Any]:
    """Give a result's figures as JSON takes them."""
    found: dict[str, Any] = {"target": row.target, "id": row.id, "kind": row.kind, "params": dict(row.params)}
    found |= {"valid": row.valid, "why": row.why, "quality": {"mark": row.mark, "reasons": row.reasons}}
    if row.kind == "latency":
        found |= {"microseconds": {"median": row.quantile(0.5, "median"), "p99": row.quantile(0.99, "p99")}}
        found["microseconds"]["worst"] = row.worst
    elif row.kind == "loss":
        found |= {"highest": row.highest, "limit": row.limit, "steps": row.steps}
    elif row.kind == "ratio":
        found |= {"ratios": row.ratios, "skipped": row.skipped}
    else:
        found |= {"frames_per_second": row.rate, "bits_per_second": row.bits, "calls_per_frame": row.calls}
        found |= {name: row.total(name) for name in ("offered", "frames", "dropped")}
        found["cpu_seconds_per_million"] = {side: row.cpu(side) for side in ("receiver", "sender")}
        found |= {"offered_per_second": row.offered_rate, "members": row.members}
    return found


def link(data: Any) -> str:
    """Give data as an address that a browser saves as a file."""
    text = json.dumps(data, indent=1, default=str)
    return "data:application/json;base64," + base64.b64encode(text.encode()).decode()
