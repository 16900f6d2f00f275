"""A sheet to draw on, and its form in the page: inline SVG in the page's own colours and fonts.

matplotlib draws with sentinel colours; afterwards each becomes `currentColor` or a CSS variable of the page, so that
one picture reads well in light and in dark mode. Text stays text, nothing is referred to outside, and an equal
drawing gives equal bytes.
"""

import io
import logging
import re
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

from reports import wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 11.5  # inches of 72 units; the page scales the picture to its own width
INK, PAPER, BAD, GOOD = "#010101", "#020202", "#030303", "#040404"
SERIES = 7  # colours that tell series apart; markers and dashes do so, too

_COLOURS = {
    INK: "currentColor",
    PAPER: "var(--paper)",
    BAD: "var(--broken)",
    GOOD: "var(--held)",
} | {f"#0a000{number}": f"var(--s{number + 1})" for number in range(SERIES)}
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "sockproof",
    "text.parse_math": False,  # a $ in a name is a $
    "font.family": "DejaVu Sans",  # comes with matplotlib: equal layout everywhere; the page shows its own font
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.alpha": 0.13,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "lines.markeredgewidth": 1.6,
    "errorbar.capsize": 3,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
} | dict.fromkeys(
    ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color", "grid.color"),
    INK,
)
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_LABEL = 52  # characters of a name in a picture; the table has all of it


def available() -> bool:
    """Whether there is a library to draw with."""
    return find_spec("matplotlib") is not None


def colour(number: int) -> str:
    """Give the colour of the series with this number."""
    return f"#0a000{number % SERIES}"


def short(text: str, limit: int = _LABEL) -> str:
    """Give a name that a picture can hold: one line of printable text, not of the kind that legends leave out (_x)."""
    line = wording.printable(" ".join(text.split())).lstrip("_")
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def picture(key: str, title: str, description: str, height: float, draw: Callable[["Figure"], Any]) -> Markup:
    """Let `draw` draw on a figure that is `height` inches high; give it as an SVG element.

    `key` is unique on the page; title and description are for those who do not see the picture.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the layout's font lacks: the page's font has it
        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a font cache made anew is nobody's business
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
            matplotlib.rcParams.update(_STYLE)
            figure = Figure(figsize=(WIDTH, height), layout="constrained")
            FigureCanvasSVG(figure)
            draw(figure)
            file = io.BytesIO()
            figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return Markup(_cleaned(file.getvalue(), key, title, description))  # serialised, so escaped


def _cleaned(drawn: bytes, key: str, title: str, description: str) -> str:
    root = ElementTree.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}style", f"{_SVG}metadata") or child.tag.endswith("}RDF"):
                parent.remove(child)
    elements = list(root.iter())
    needed = {name for element in elements for name in _named(element)}
    for element in elements:
        element.tag = element.tag.removeprefix(_SVG)
        for name, value in list(element.attrib.items()):
            del element.attrib[name]
            if name == "id" and value not in needed:
                continue
            element.set(name.removeprefix(_XLINK), _attribute(name, value, key))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"class": "picture", "role": "img", "aria-labelledby": f"{key}-title {key}-desc"}
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        said = ElementTree.Element(tag, {"id": f"{key}-{tag}"})
        said.text = wording.printable(text)
        root.insert(place, said)
    return ElementTree.tostring(root, encoding="unicode")


def _named(element: ElementTree.Element) -> list[str]:
    """List the ids that an element refers to."""
    return [found for name, value in element.items() for found in re.findall(r"url\(#([^)]+)\)", value)] + [
        value[1:] for name, value in element.items() if name == f"{_XLINK}href"
    ]


def _attribute(name: str, value: str, key: str) -> str:
    if name == "id":
        return f"{key}-{value}"
    if name == f"{_XLINK}href":
        return f"#{key}-{value[1:]}"
    if name == "style":
        return _styled(value)
    value = value.replace("url(#", f"url(#{key}-")
    return " ".join(_NUMBER.sub(lambda match: f"{float(match[0]):.2f}", value).split())


def _styled(style: str) -> str:
    """Give a style in the page's colours, without a font of its own."""
    told = []
    for item in style.split(";"):
        name, _, value = item.strip().partition(": ")
        if name and name != "font-family":
            told.append(f"{name}:{_COLOURS.get(value, value)}")
    return ";".join(told)
