"""The history in a picture: how results of one target went from run to run, with the points that were flagged."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.bench import sheet
from reports.bench.history import Past, Point
from reports.bench.words import rate, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 9  # results in one picture
COLUMNS = 3


def moments(history: Sequence[Past]) -> list[float]:
    """Give each run's time in seconds; where one has none that can be read, all get their number instead."""
    try:
        return [datetime.datetime.fromisoformat(past.time).timestamp() for past in history]
    except (ValueError, OverflowError):
        return [float(number) for number in range(len(history))]


def chosen(history: Sequence[Past], target: str, preferred: Sequence[str]) -> list[str]:
    """Choose the results to draw: rates that two runs or more have; the preferred ones, then those flagged lately."""
    points = [past.results.get(target, {}) for past in history]
    counts: dict[str, int] = {}
    flagged: dict[str, int] = {}
    for number, each in enumerate(points):
        for name, point in each.items():
            if point.kind == "rate" and point.valid:
                counts[name] = counts.get(name, 0) + 1
                if point.flagged:
                    flagged[name] = number
    usable = [name for name, count in counts.items() if count > 1]
    lately = sorted((name for name in usable if name in flagged), key=lambda name: -flagged[name])[: MOST // 3]
    first = [name for name in [*preferred, *usable] if name in usable and name not in lately]
    wanted = {*first[: MOST - len(lately)], *lately}
    return [name for name in usable if name in wanted]


def trend(key: str, title: str, history: Sequence[Past], target: str, names: Sequence[str]) -> Markup:
    """Draw a small picture for each result, each with its own scale: middle, interval, flagged points."""
    times = moments(history)
    labels = [past.time[:10] for past in history]
    lines = -(-len(names) // COLUMNS)

    def draw(figure: "Figure") -> None:
        grid = list(figure.subplots(lines, min(COLUMNS, len(names)), squeeze=False).flat)
        for axes in grid[len(names) :]:
            axes.set_axis_off()
        for axes, name in zip(grid, names, strict=False):
            points = [(when, past.results.get(target, {}).get(name)) for when, past in zip(times, history, strict=True)]
            _draw_one(axes, name, [(when, point) for when, point in points if point and point.valid])
            for when, before, after in zip(times[1:], history, history[1:], strict=False):
                if before.kernels.get(target) != after.kernels.get(target):
                    axes.axvline(when, color=sheet.INK, linewidth=0.9, linestyle=(0, (2, 2)), alpha=0.5)
            axes.set_xticks([times[0], times[-1]], [labels[0], labels[-1]])
            axes.get_xticklabels()[0].set_horizontalalignment("left")
            axes.get_xticklabels()[1].set_horizontalalignment("right")
        figure.supylabel("frames/s", fontsize=9.5)

    return sheet.picture(key, title, _described(history, target, names), 0.5 + 1.75 * lines, draw)


def _draw_one(axes: "Axes", name: str, points: Sequence[tuple[float, Point]]) -> None:
    when = [moment for moment, _ in points]
    axes.fill_between(when, [p.low for _, p in points], [p.high for _, p in points], color=sheet.colour(0), alpha=0.2,
                      linewidth=0)  # fmt: skip
    axes.plot(when, [p.mid for _, p in points], color=sheet.colour(0), linewidth=1.4)
    for moment, point in points:
        if point.flagged:
            slower = point.verdict == "slower"
            colour = sheet.BAD if slower else sheet.GOOD
            axes.plot([moment], [point.mid], marker="v" if slower else "^", color=colour, markersize=9)
        else:
            face = sheet.PAPER if point.mark == "poor" else sheet.colour(0)
            axes.plot([moment], [point.mid], marker="o", markersize=3.5, color=sheet.colour(0), markerfacecolor=face,
                      markeredgewidth=1)  # fmt: skip
    axes.set_title(sheet.short(name, 40), fontsize=9.5)
    bottom, top = min(p.low for _, p in points), max(p.high for _, p in points)
    room = max((top - bottom) * 0.12, 0.05 * top, 1)  # noise of a few per cent is not to fill the picture
    axes.set_ylim(max(bottom - room, 0), top + room)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda value, _: tick(value))


def _described(history: Sequence[Past], target: str, names: Sequence[str]) -> str:
    told = []
    for name in names:
        points = [past.results.get(target, {}).get(name) for past in history]
        shown = [point for point in points if point and point.valid]
        flagged = sum(point.flagged for point in shown)
        told.append(f"{name}: {len(shown)} runs, last {rate(shown[-1].mid)} frames/s, {flagged} flagged")
    return "; ".join(told)
