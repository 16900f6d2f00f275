"""The page of a benchmark run: one HTML file that needs nothing else; bench.json lies beside it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from reports import wording
from reports.bench import history as past_runs
from reports.bench import model, pictures, sheet, tables, trends
from reports.bench.figures import Measured, measured
from reports.bench.model import Bench
from reports.bench.words import gathered, rate
from reports.files import write_text
from reports.html import asset, environment

NAME = "index.html"
LONGEST_TREND = 120  # runs in the picture of the history
LISTED = 20  # runs in the table under it

_TITLES = {
    "receive": "Receiving",
    "send": "Sending",
    "fanout": "Fanout",
    "options": "Options",
    "geometry": "Sizes of rings and blocks, time-outs",
}
_BARS = "Bars are 95 % intervals of the median"
_HINTS = {
    pictures.by_size: f"{_BARS}.",
    pictures.dots: f"{_BARS}.",
    pictures.losses: "A line for each session. The bars below the axis reach from the highest load without loss to the "
    "next one that lost frames; an arrow says that the load could not be made higher.",
    pictures.latencies: "The height of a distribution is the square root of its share, so that rare waits are seen.",
    pictures.ratios: f"Bars are 95 % intervals; the dashed line is the {pictures.WANTED} that is wanted.",
}
VERDICTS = {"slower": "broken", "faster": "held", "same": "na", "cannot tell": "unrun"}


@dataclass
class Section:
    """A heading with its pictures, the numbers in tables, and the same as JSON."""

    anchor: str
    title: str
    lead: list[str]
    drawn: list[Markup] = field(default_factory=list)
    numbers: list[tables.Table] = field(default_factory=list)
    data: Any = None
    hint: str = ""
    short: str = ""

    @property
    def link(self) -> str:
        """The section's numbers as an address that a browser saves."""
        return tables.link(self.data)


def render(bench: Bench | Mapping[str, Any], history: Sequence[past_runs.Past] = ()) -> str:
    """Draw the page as HTML text, with the runs before this one; BenchFileError if a mapping is no record."""
    bench = bench if isinstance(bench, Bench) else model.from_dict(bench)
    rows = measured(bench)
    return (
        environment()
        .get_template("bench.html.j2")
        .render(
            bench=bench,
            rows=rows,
            sections=[*_sections(rows), *_history(bench, rows, history)],
            headline=headline(bench, rows),
            compared=_compared(bench),
            invalid=sum(not row.valid for row in rows),
            facts=_facts(bench),
            unmeasured=_unmeasured(bench),
            gathered=gathered,
            drawable=sheet.available(),
            marks=tables.STATES,
            verdicts=VERDICTS,
            record=model.NAME,
            wanted_ratio=pictures.WANTED,
            styles=asset("report.css") + asset("bench.css"),
        )
    )


def write(
    bench: Bench | Mapping[str, Any], path: str | os.PathLike[str], history: Sequence[past_runs.Past] = ()
) -> Path:
    """Write the page to `path` in one step and return it; OSError as open(2) and rename(2) give it."""
    return write_text(render(bench, history), path)


def headline(bench: Bench, rows: Sequence[Measured]) -> str:
    """Say in one sentence what the run came to."""
    kernels = " and ".join(wording.kernel_name(s) for s in _first_sessions(bench)) or "no kernel"  # type: ignore[arg-type]
    if not any(row.valid for row in rows):
        return f"Nothing was measured on {kernels}"
    if bench.comparisons:
        sides = bench.comparisons[0]
        slower = sum(item.verdict == "slower" for item in bench.comparisons)
        total = wording.counted(len(bench.comparisons), "benchmark")
        if slower:
            return f"{sides.b} is slower than {sides.a} in {slower} of {total}"
        return f"{sides.b} is in none of {total} slower than {sides.a}"
    best = [_best(rows, subject) for subject in ("receive", "send")]
    verbs = [
        f"{verb} {rate(row.rate.mid)} frames/s" for verb, row in zip(("receives", "sends"), best, strict=True) if row
    ]
    if len(bench.targets) > 1 or not verbs:
        return f"Measured: {' and '.join(map(bench.name_of, bench.targets))}"
    return f"{kernels} {' and '.join(verbs)}"


def _best(rows: Iterable[Measured], subject: str) -> Measured | None:
    usable = [row for row in rows if row.valid and row.rate and row.subject.startswith(subject)]
    return max(usable, key=lambda row: row.rate.mid, default=None)


def _compared(bench: Bench) -> dict[tuple[str, str], dict[str, list[model.Comparison]]]:
    """Give the comparisons by their two sides and then by verdict, the worst first."""
    sides = dict.fromkeys((item.a, item.b) for item in bench.comparisons)
    return {
        (a, b): {
            verdict: found
            for verdict in [*VERDICTS, *(item.verdict for item in bench.comparisons)]
            if (found := [item for item in bench.comparisons if (item.a, item.b, item.verdict) == (a, b, verdict)])
        }
        for a, b in sides
    }


def _first_sessions(bench: Bench) -> list[model.Session]:
    return [bench.sessions_of(target)[0] for target in bench.targets if bench.sessions_of(target)]


def _facts(bench: Bench) -> list[tuple[str, list[tuple[str, str]]]]:
    """List what is known of each target's kernel."""
    return [
        (
            session.target,
            wording.kernel_facts(SimpleNamespace(kernel=session.kernel, started=session.started, duration=None)),  # type: ignore[arg-type]
        )
        for session in _first_sessions(bench)
    ]


def _unmeasured(bench: Bench) -> dict[str, list[str]]:
    """Give the cases that were skipped or failed, by the reason."""
    found: dict[str, list[str]] = {}
    for session in bench.sessions:
        for name, why in session.unmeasured.items():
            found.setdefault(why, []).append(name)
    return {why: list(dict.fromkeys(names)) for why, names in found.items()}


def _sections(rows: Sequence[Measured]) -> Iterator[Section]:
    of_kind = {kind: [row for row in rows if row.kind == kind] for kind in model.KINDS}
    lined, others = _with_sizes(of_kind["rate"])
    for number, (subject, shown) in enumerate(lined.items()):
        title = f"{_title(subject)}: rate by frame size"
        yield _section(
            f"size{number}", title, shown, pictures.by_size, tables.rates, _top(shown), short=_title(subject)
        )
    if shown := of_kind["loss"]:
        yield _section("loss", "Loss against offered load", shown, pictures.losses, tables.losses, short="Loss")
    if shown := of_kind["latency"]:
        values = [v for row in shown if row.valid for v in _span(row)]
        span = (max(min(values, default=1), 0.01), max(max(values, default=1), 0.02))
        title = "Wake-up latency"
        yield _section("latency", title, shown, pictures.latencies, tables.latencies, span, short="Latency")
    if shown := of_kind["ratio"]:

        def compared(caption: str, of: Sequence[Measured]) -> tables.Table:
            return tables.ratios(caption, of, pictures.WANTED)

        yield _section("ratio", "Beside C and other tools", shown, pictures.ratios, compared, short="Ratio")
    for number, (subject, shown) in enumerate(others.items()):
        title = _title(subject) if subject not in lined else f"{_title(subject)}: other cases"
        yield _section(f"dots{number}", title, shown, pictures.dots, tables.rates, _top(shown), short="")


def _title(subject: str) -> str:
    return _TITLES.get(subject, subject.replace("_", " ").capitalize() or "Rates")


def _span(row: Measured) -> list[float]:
    low, high = row.quantile(0.0, "median"), row.quantile(0.99, "p99")
    return [value for value in (low and low.low, high and high.high, row.worst) if value]


def _top(rows: Iterable[Measured]) -> float:
    return max((row.rate.high for row in rows if row.valid and row.rate), default=1.0)


def _with_sizes(rows: Sequence[Measured]) -> tuple[dict[str, list[Measured]], dict[str, list[Measured]]]:
    """Part rates, by subject, into those that are a line over frame sizes and the others."""
    lined: dict[str, list[Measured]] = {}
    others: dict[str, list[Measured]] = {}
    for subject in dict.fromkeys(row.subject for row in rows):
        of_subject = [row for row in rows if row.subject == subject]
        sizes: dict[tuple[str, str], set[int]] = {}
        for row in of_subject:
            if _size(row):
                sizes.setdefault((row.target, row.named(["size"])), set()).add(_size(row))
        a_line = any(len(found) > 1 for found in sizes.values())
        for row in of_subject:
            (lined if a_line and _size(row) else others).setdefault(subject, []).append(row)
    return lined, others


def _size(row: Measured) -> int:
    size = row.params.get("size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else 0


def _section(
    anchor: str,
    title: str,
    rows: Sequence[Measured],
    draw: Callable[..., Markup],
    tabulate: Callable[[str, Sequence[Measured]], tables.Table],
    *scale: Any,
    short: str,
) -> Section:
    """Draw and tabulate results, each target by itself on one scale for all."""
    statements = list(dict.fromkeys(row.parts[0].statement for row in rows if row.parts[0].statement))
    section = Section(anchor, title, statements, data=[tables.data_of(row) for row in rows], short=short)
    section.hint = _HINTS.get(draw, "")
    by_target = {
        target: [row for row in rows if row.target == target] for target in dict.fromkeys(r.target for r in rows)
    }
    for number, (target, shown) in enumerate(by_target.items()):
        named = f"{title} · {target}" if len(by_target) > 1 else title
        section.numbers.append(tabulate(target if len(by_target) > 1 else "", shown))
        if sheet.available() and any(row.valid and _has_figures(row) for row in shown):
            section.drawn.append(draw(f"{anchor}-{number}", named, shown, *scale))
        else:
            section.drawn.append(Markup(""))
    return section


def _has_figures(row: Measured) -> bool:
    if row.kind == "loss":
        return any(row.steps)
    if row.kind == "latency":
        return row.quantile(0.5, "median") is not None
    return bool(row.ratios) if row.kind == "ratio" else row.rate is not None


def _history(bench: Bench, rows: Sequence[Measured], history: Sequence[past_runs.Past]) -> Iterator[Section]:
    """Give the trend of the targets of this run, this run at its end."""
    before = [past for past in history if past.time < bench.started]
    shown = [*before[-LONGEST_TREND:], past_runs.summary(bench, rows)]
    section = Section("history", "History", ["Rates from run to run, each on a scale of its own."])
    data = {}
    for number, target in enumerate(bench.targets):
        own = [past for past in shown if target in past.results]
        names = trends.chosen(own, target, _spread(rows))
        if len(own) < 2 or not names:
            continue
        several = len(bench.targets) > 1
        drawn = (
            trends.trend(f"history-{number}", f"History · {target}", own, target, names) if sheet.available() else ""
        )
        section.drawn.append(Markup(drawn))
        section.numbers.append(tables.runs(target if several else "", own[-LISTED:], target, names))
        data[target] = [_past_data(past, target, names) for past in own]
    section.data, section.short = data, "History"
    section.hint = (
        "A triangle marks a point that its run's comparison found slower (down) or faster (up), an empty circle poor "
        "conditions, a dotted line another kernel; the band is the 95 % interval."
    )
    if section.numbers:
        yield section


def _past_data(past: past_runs.Past, target: str, names: Iterable[str]) -> dict[str, Any]:
    points = past.results[target]
    shown = {name: asdict(points[name]) for name in names if name in points}
    return {"time": past.time, "kernel": past.kernels.get(target), "results": shown}


def _spread(rows: Iterable[Measured]) -> list[str]:
    """Put first one rate for each subject and ring version, then the others."""
    rates = [row for row in rows if row.kind == "rate"]
    first: dict[tuple[str, str], str] = {}
    for row in rates:
        first.setdefault((row.subject, str(row.params.get("version"))), row.id)
    return list(dict.fromkeys([*first.values(), *(row.id for row in rates)]))
