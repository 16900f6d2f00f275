"""What is printed for a terminal, as text."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from reports.wording import printable


class _SafeConsole(Console):
    """A console on which nothing that is printed can steer the terminal or turn a line around, whoever wrote it."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Give the segments with their text spelled out."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def printed(show: Callable[[Console], None], *, width: int, colour: bool) -> str:
    """Return what `show` prints to a console of `width` columns (40 at least), with terminal colours if `colour`.

    No line ends with spaces. Neither the environment nor brackets in what is printed have a say.
    """
    file = io.StringIO()
    console = _SafeConsole(
        file=file,
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    show(console)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def say(text: str) -> None:
    """Write *text* to standard output; a reader that has seen enough and left (head(1)) is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        with contextlib.suppress(OSError):  # what Python writes at its end must not fail again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
