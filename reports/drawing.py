"""The pages of a record drawn again, and its closing lines printed: one run, or several targets side by side."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from reports import html, matrix, summary
from reports.model import Run
from reports.printing import say


def draw(runs: Mapping[str, Run], page: Path) -> None:
    """Write the page of a record, and the targets' own beside it; OSError as open(2) and rename(2) give it.

    *runs* are by target; "" is a run without targets.
    """
    if runs.keys() == {""}:
        summary.show(runs[""], html.write(runs[""], page))
        return
    for target, run in runs.items():
        html.write(run, page.parent / target / html.NAME)
    together = matrix.matrix_of(runs)
    written = matrix.write(together, page)
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((summary.WIDTH, 24)).columns if terminal else summary.WIDTH
    say(f"{matrix.text(together, width=width, colour=terminal)}report    {written}\n")
