"""How results are told apart in a picture: colour, marker, dash and name; rings round what is to be doubted."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.bench import sheet
from reports.bench.figures import Interval, Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = "osD^vP*"
DASHES = ("-", (0, (5, 2)), (0, (1, 1.6)), (0, (6, 1.5, 1, 1.5)))
_VERSIONS = ("v1", "v2", "v3")
SIDES = ("link", "size")  # parameters that a picture shows by place
POOR = "poor conditions"


class Look(NamedTuple):
    """How a series is told from the others: colour, marker, dash, and whether its markers are hollow."""

    colour: str
    marker: str
    dash: Any
    hollow: bool

    def marks(self) -> dict[str, Any]:
        """Give what a line's markers look like."""
        return {
            "color": self.colour,
            "marker": self.marker,
            "markerfacecolor": sheet.PAPER if self.hollow else self.colour,
            "markeredgecolor": self.colour,
        }


def family(row: Measured) -> str:
    """Name what a series' colour stands for: the ring version, else the first word among the parameters."""
    words = [value for name, value in row.params.items() if isinstance(value, str) and name not in SIDES]
    blocks = "timeout" in row.params or row.what.startswith("block")  # only V3 has them
    return str(row.params.get("version") or ("v3" if blocks else words[0] if words else row.what)).lower()


def constant(rows: Sequence[Measured]) -> set[str]:
    """Name the parameters that are the same in all rows, so that no label needs them."""
    names = {name for row in rows for name in row.params}
    same = {name for name in names if len({repr(row.params.get(name)) for row in rows}) == 1}
    return same - {"version"} if len(rows) > 1 else set()


def looks(rows: Iterable[Measured], sides: Iterable[str] = ()) -> Callable[[Measured], Look]:
    """Give each family its colour and marker, each variation within one its dash; V1, V2, V3 are always the same.

    `sides`: the parameters that the picture shows by place.
    """
    rows, sides = list(rows), list(sides)
    families = list(dict.fromkeys([*_VERSIONS, *map(family, rows)]))
    variations: dict[str, list[str]] = {each: [] for each in families}
    for row in rows:
        if (name := row.named(sides)) not in variations[family(row)]:
            variations[family(row)].append(name)

    def look(row: Measured) -> Look:
        place, turn = families.index(family(row)), variations[family(row)].index(row.named(sides))
        turn = turn if sides else 0  # where there are no lines, a row's name says which it is
        return Look(sheet.colour(place), _MARKERS[place % len(_MARKERS)], DASHES[turn % len(DASHES)], turn % 2 == 1)

    return look


def errors(figures: Sequence[Interval]) -> list[list[float]]:
    """Give intervals as matplotlib wants them: distances below, distances above."""
    return [[f.mid - f.low for f in figures], [f.high - f.mid for f in figures]]


def panels(figure: "Figure", rows: Sequence[Measured]) -> list[tuple["Axes", list[Measured]]]:
    """Give each link its own axes beside the others, with one scale for all."""
    links = list(dict.fromkeys(str(row.params.get("link") or "") for row in rows))
    axes = figure.subplots(1, len(links), sharey=True, squeeze=False)[0]
    for place, link in zip(axes, links, strict=True):
        place.set_title(sheet.short(link))
    return [
        (a, [row for row in rows if str(row.params.get("link") or "") == link])
        for a, link in zip(axes, links, strict=True)
    ]


def doubt(axes: "Axes", row: Measured, x: float, y: float) -> None:
    """Put a ring round a point that was measured under poor conditions."""
    if row.mark == "poor":
        ring = {"markersize": 13, "markerfacecolor": "none", "markeredgecolor": sheet.INK, "markeredgewidth": 0.9}
        axes.plot([x], [y], "o", label=POOR, **ring)


def legend(figure: "Figure", axes: Iterable["Axes"]) -> None:
    """Name the series above the axes, each once."""
    handles = {label: handle for each in axes for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}
    if handles:
        names = sorted(handles, key=POOR.__eq__)  # that one last
        figure.legend([handles[name] for name in names], names, loc="outside upper left", ncols=4)
