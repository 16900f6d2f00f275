"""The pictures of a benchmark run: what is drawn of which results; valid results only, each with its interval."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.bench import sheet
from reports.bench.figures import Measured
from reports.bench.looks import DASHES, POOR, SIDES, constant, doubt, errors, legend, looks, panels
from reports.bench.words import rate, tell, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEAR = (0.80, 1.30)  # ratios that are drawn to scale; others stand at the edge, with their number
WANTED = 0.97


def by_size(key: str, title: str, rows: Sequence[Measured], top: float) -> Markup:
    """Draw rates by frame size, a line for each series; `top` is the end of the scale in frames/s."""
    rows = [row for row in rows if row.rate and row.valid]
    sizes = sorted({row.params["size"] for row in rows})
    look, plain = looks(rows, SIDES), constant(rows) | set(SIDES)

    def draw(figure: "Figure") -> None:
        places = panels(figure, rows)
        for axes, shown in places:
            names = list(dict.fromkeys(row.named(plain) for row in rows))
            for number, name in enumerate(names):
                line = sorted(
                    (row for row in shown if row.named(plain) == name),
                    key=lambda row: row.params["size"],
                )
                if not line:
                    continue
                shift = 1 + 0.022 * (number - (len(names) - 1) / 2)  # so that intervals stand beside each other
                axes.errorbar(
                    [row.params["size"] * shift for row in line],
                    [row.rate.mid for row in line],
                    yerr=errors([row.rate for row in line]),
                    linestyle=look(line[0]).dash,
                    label=sheet.short(name, 36),
                    elinewidth=1.3,
                    **look(line[0]).marks(),
                )
                for row in line:
                    doubt(axes, row, row.params["size"] * shift, row.rate.mid)
            axes.set_xscale("log", base=2)
            axes.set_xticks(sizes, [str(size) for size in sizes])
            axes.set_xlim(sizes[0] / 1.35, sizes[-1] * 1.35)
            axes.set_ylim(0, top * 1.06)
            axes.set_xlabel("frame size, bytes")
            axes.yaxis.set_major_formatter(lambda value, _: tick(value))
        places[0][0].set_ylabel("frames/s")
        legend(figure, [axes for axes, _ in places])

    return sheet.picture(key, title, _described(rows), 4.3, draw)


def dots(key: str, title: str, rows: Sequence[Measured], top: float) -> Markup:
    """Draw rates as dots, a row for each result, with what all results share left out of their names."""
    rows = [row for row in rows if row.rate and row.valid]
    look, plain = looks(rows), constant(rows)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for place, row in enumerate(rows):
            axes.errorbar(
                [row.rate.mid], [place], xerr=errors([row.rate]), linestyle="none", elinewidth=1.5, **look(row).marks()
            )
            doubt(axes, row, row.rate.mid, place)
        axes.set_yticks(range(len(rows)), [sheet.short(row.named(plain)) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, top * 1.06)
        axes.set_xlabel("frames/s")
        legend(figure, [axes])
        axes.xaxis.set_major_formatter(lambda value, _: tick(value))
        _bare(axes)

    return sheet.picture(key, title, _described(rows), 0.85 + 0.3 * len(rows), draw)


def _bare(axes: "Axes") -> None:
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def losses(key: str, title: str, rows: Sequence[Measured]) -> Markup:
    """Draw the share lost against the offered load, a line for each session, and the highest load without loss."""
    rows = [row for row in rows if row.valid and any(row.steps)]
    look, plain = looks(rows, ["link"]), constant(rows) | {"link"}

    def draw(figure: "Figure") -> None:
        places = panels(figure, rows)
        for axes, shown in places:
            step = min(0.025, 0.1 / max(len(shown), 1))  # below the axis, where the scale is linear
            for number, row in enumerate(shown):
                style = look(row)
                for place, steps in enumerate(filter(None, row.steps)):
                    axes.plot(
                        [load for load, _ in steps],
                        [100 * loss for _, loss in steps],
                        linestyle=style.dash,
                        linewidth=1.4,
                        markersize=4.5,
                        label="" if place else sheet.short(row.named(plain), 36),
                        **style.marks() | {"markeredgewidth": 1.2},
                    )
                if row.highest:
                    level = -0.03 - step * number
                    beyond = row.limit == "generator"
                    shape = {"marker": ">" if beyond else "|", "markeredgewidth": 0 if beyond else 3}
                    axes.errorbar(
                        [row.highest.mid],
                        [level],
                        xerr=errors([row.highest]),
                        elinewidth=2.4,
                        markersize=8,
                        linestyle="none",
                        **style.marks() | shape,
                    )
                    doubt(axes, row, row.highest.mid, level)
            axes.axhline(0, color=sheet.INK, linewidth=0.6, alpha=0.5)
            axes.set_yscale("symlog", linthresh=0.1)
            axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
            axes.set_ylim(-0.03 - step * max(len(shown), 2), 130)
            axes.set_xlim(left=0)
            axes.set_xlabel("offered frames/s")
            axes.xaxis.set_major_formatter(lambda value, _: tick(value))
        places[0][0].set_ylabel("frames lost, %")
        legend(figure, [axes for axes, _ in places])

    told_of = [f"{row.label}: up to {rate(row.highest.mid)} frames/s without loss" for row in rows if row.highest]
    return sheet.picture(key, title, "; ".join(told_of), 4.3, draw)


def latencies(key: str, title: str, rows: Sequence[Measured], span: tuple[float, float]) -> Markup:
    """Draw how wake-up times are spread (microseconds, log axis), with median, 99 % and worst marked."""
    import numpy as np

    rows = [row for row in rows if row.valid and row.quantile(0.5, "median")]
    look, plain = looks(rows), constant(rows)
    edges = np.geomspace(span[0] / 1.3, span[1] * 1.3, 90)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for place, row in enumerate(rows):
            colour = look(row).colour
            if row.samples.size:
                counts, _ = np.histogram(row.samples, edges)
                height = np.sqrt(counts / max(counts.max(), 1)) * 0.72  # the root lets rare long waits be seen
                axes.stairs(place - height, edges, baseline=place, fill=True, color=colour, alpha=0.3, linewidth=0)
            axes.axhline(place, color=colour, linewidth=0.8, alpha=0.6)
            for share, name, marker in ((0.5, "median", "o"), (0.99, "p99", "D")):
                found = row.quantile(share, name)
                if found:
                    axes.errorbar(
                        [found.mid], [place], xerr=errors([found]), linestyle="none", elinewidth=2, color=colour,
                        marker=marker, label=f"{'median' if share == 0.5 else '99 %'}" if not place else "",
                    )  # fmt: skip
            doubt(axes, row, row.quantile(0.5, "median").mid, place)
            if row.worst is not None:
                axes.plot([row.worst], [place], "X", color=colour, markersize=8, markeredgewidth=0,
                          label="" if place else "worst")  # fmt: skip
        axes.set_yticks(range(len(rows)), [sheet.short(row.named(plain)) for row in rows])
        axes.set_ylim(len(rows) - 0.6, -0.95)
        axes.set_xscale("log")
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("microseconds from the send to poll's return")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.grid(visible=False, axis="y")
        _bare(axes)
        _legend_plain(figure, axes)

    said = [
        f"{row.label}: median {row.quantile(0.5, 'median').mid:.1f}, worst {row.worst or 0:.1f} microseconds"
        for row in rows
    ]
    return sheet.picture(key, title, "; ".join(said), 1.1 + 0.72 * len(rows), draw)


def _legend_plain(figure: "Figure", axes: "Axes") -> None:
    """Explain markers without the colour of the series that happened to bring them."""
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    drawn = dict(zip(labels, handles, strict=True))
    plain = {
        name: Line2D([], [], linestyle="none", marker=marker, color=sheet.INK)
        for name, marker in {"median": "o", "99 %": "D", "worst": "X"}.items()
        if name in drawn
    } | {name: drawn[name] for name in drawn if name == POOR}
    if plain:
        figure.legend(plain.values(), plain, loc="outside upper left", ncols=4, handlelength=1.2)


def ratios(key: str, title: str, rows: Sequence[Measured]) -> Markup:
    """Draw the speed of our loops against the others', with the line that is wanted."""
    rows = [row for row in rows if row.valid and row.ratios]
    lines = [(row, arm, ratio) for row in rows for arm, ratio in row.ratios.items()]
    look, plain = looks(rows), constant(rows)
    low, high = NEAR

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.axvline(1, color=sheet.INK, linewidth=1, alpha=0.55)
        axes.axvline(WANTED, color=sheet.INK, linewidth=1.2, linestyle=DASHES[1])
        for place, (row, _, ratio) in enumerate(lines):
            style = look(row)
            if low <= ratio.mid <= high:
                axes.errorbar(
                    [ratio.mid], [place], xerr=errors([ratio]), linestyle="none", elinewidth=1.5, **style.marks()
                )
                doubt(axes, row, ratio.mid, place)
            else:
                edge, sign = (high, 1) if ratio.mid > high else (low, -1)
                axes.plot([edge - sign * 0.004], [place], ">" if sign > 0 else "<", color=style.colour)
                axes.text(
                    edge - sign * 0.012,
                    place,
                    f"{ratio.mid:.3g} times",
                    va="center",
                    ha="right" if sign > 0 else "left",
                )
        names = [f"{row.named(plain)} against {tell('', arm)}" for row, arm, _ in lines]
        axes.set_yticks(range(len(lines)), [sheet.short(name) for name in names])
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_xlim(low, high)
        axes.set_xticks([0.8, 0.9, WANTED, 1, 1.1, 1.2, 1.3], ["0.8", "0.9", "0.97", "1", "1.1", "1.2", "1.3"])
        axes.set_xlabel("our speed / theirs (more than 1: ours is faster)")
        _bare(axes)

    said = [f"{row.label} against {arm}: {ratio.mid:.3f}" for row, arm, ratio in lines]
    return sheet.picture(key, title, "; ".join(said), 0.95 + 0.3 * len(lines), draw)


def _described(rows: Iterable[Measured]) -> str:
    return "; ".join(f"{row.label}: {rate(row.rate.mid)} frames/s" for row in rows if row.rate)
