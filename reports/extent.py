"""How much of the suite a run took in: a part that was selected, or what ran before it was stopped or interrupted."""

from dataclasses import dataclass

from reports.model import Run
from reports.wording import counted


@dataclass(frozen=True)
class Notice:
    """What a reader must know of a run before its numbers; `proves_less`: it did not do what it was asked for."""

    head: str
    told: str
    proves_less: bool

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.head} {self.told}"


def extent_of(run: Run) -> list[Notice]:
    """Say why a run is not one of the whole suite, nothing if it is."""
    found = []
    if run.selected:
        left_out = f" ({counted(run.deselected, 'case')} deselected)" if run.deselected else ""
        found.append(Notice("This run is a part of the suite:", f"{run.selected}{left_out}.", False))
    ending = _ending(run)
    if ending:
        found.append(Notice(ending, f"It holds {_share(run)}; of the others nothing is known.", True))
    return found


def _ending(run: Run) -> str:
    if run.stopped:
        return f"This run was stopped {run.stopped}."
    if run.interrupted:
        return "This run was interrupted."
    return "" if run.is_complete else "This record has no end."


def _share(run: Run) -> str:
    if run.planned is None:
        return f"the {counted(len(run.results), 'case')} that finished"
    return f"{len(run.results)} of {counted(run.planned, 'case')}"
