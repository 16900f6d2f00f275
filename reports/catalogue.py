"""The catalogue: every clause of the suite by folder, and what of the surface none covers; nothing is run."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from helpers import moved
from reports.clauses import in_order
from reports.model import ClauseFacts, RunFileError, SurfaceEntry
from reports.wording import counted, printable


class CatalogueError(Exception):
    """A catalogue file that is missing or not what it should be."""


@dataclass
class Clause(ClauseFacts):
    """A clause of the suite with the number of its cases."""

    cases: int = 0


@dataclass
class Catalogue:
    """Clauses and surface entries, as the suite gave them when it was collected; `folders` says what each is for."""

    clauses: list[Clause]
    surface: list[SurfaceEntry]
    folders: dict[str, str] = field(default_factory=dict)

    @property
    def uncovered(self) -> list[SurfaceEntry]:
        """The surface entries without a clause and without a reason why there is none."""
        return [entry for entry in self.surface if not entry.clauses and not entry.reason]

    @property
    def unshowable(self) -> list[SurfaceEntry]:
        """The surface entries that no clause can cover, with the reason."""
        return [entry for entry in self.surface if not entry.clauses and entry.reason]

    @property
    def subjects(self) -> dict[str, list[Clause]]:
        """The clauses by subject."""
        found: dict[str, list[Clause]] = {}
        for clause in sorted(self.clauses, key=in_order):
            found.setdefault(clause.subject, []).append(clause)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it, with every field."""
        return asdict(self)


def load(path: Path) -> Catalogue:
    """Read what `--catalogue=FILE` wrote; CatalogueError if it is not that."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Catalogue(
            [Clause.from_dict(item, "clause") for item in data["clauses"]],
            [SurfaceEntry.from_dict(item, "surface entry") for item in data["surface"]],
            dict(data.get("folders", {})),
        )
    except OSError as error:
        raise CatalogueError(f"the suite wrote no catalogue ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, RunFileError) as error:
        raise CatalogueError(f"not a catalogue ({type(error).__name__}: {error})") from error


def matching(catalogue: Catalogue, needle: str) -> Catalogue:
    """Keep what has `needle` in any of its texts, whatever the case; a clause also by the ids that it had before.

    Of a case's id, what stands before the bracket counts.
    """
    wanted = needle.lower()
    place = wanted.partition("[")[0] if "::" in wanted else wanted

    def fits(item: Clause | SurfaceEntry) -> bool:
        return any(wanted in text.lower() for text in _texts(_values(item)))

    def named(clause: Clause) -> bool:
        return any(place in name.lower() for name in moved.names(clause.id, clause.formerly))

    clauses = [clause for clause in catalogue.clauses if fits(clause) or named(clause)]
    folders = {subject: purpose for subject, purpose in catalogue.folders.items() if _above(subject, clauses)}
    return Catalogue(clauses, list(filter(fits, catalogue.surface)), folders)


def _values(item: ClauseFacts | SurfaceEntry) -> Iterable[Any]:
    return (getattr(item, known.name) for known in fields(item))


def _above(folder: str, clauses: Iterable[Clause]) -> bool:
    return any(f"{clause.subject}/".startswith(f"{folder}/") for clause in clauses)


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value)


def show_clauses(catalogue: Catalogue, console: Console) -> None:
    """Print the clauses by folder, with what the folder is for: statement and test, level, since, sources."""
    for subject, clauses in catalogue.subjects.items():
        console.print(Text(printable(subject.replace("/", " / ")), style="bold"))
        if catalogue.folders.get(subject):
            console.print(Text(printable(catalogue.folders[subject]), style="dim"))
        for clause in clauses:
            table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False, expand=True)
            table.add_column("clause", ratio=2, overflow="fold")
            table.add_column("level", no_wrap=True, width=10)
            table.add_column("since", no_wrap=True, width=13)
            table.add_column("sources", ratio=1, overflow="fold")
            table.add_row(
                Text(printable(clause.statement)),
                Text(clause.level),
                Text("-".join(release for release in (clause.since, clause.until) if release)),
                Text(printable("\n".join(clause.refs))),
            )
            console.print(table)
            console.print(Text(printable(clause.id), style="dim"), soft_wrap=True)  # whole, to be copied
        console.print()
    told = counted(len(catalogue.clauses), "clause"), counted(sum(clause.cases for clause in catalogue.clauses), "case")
    console.print(Text(", ".join([*told, counted(len(catalogue.subjects), "folder")])))


def show_uncovered(catalogue: Catalogue, console: Console) -> None:
    """Print what nothing covers yet, by subject, then the counts."""
    groups: dict[str, list[str]] = {}
    for entry in catalogue.uncovered:
        groups.setdefault(entry.subject, []).append(entry.token)
    for subject, tokens in groups.items():
        console.print(Text(printable(subject), style="bold"))
        for token in tokens:
            console.print(Text("  " + printable(token)), soft_wrap=True)
    if groups:
        console.print()
    total = len(catalogue.surface)
    missing, hidden = len(catalogue.uncovered), len(catalogue.unshowable)
    console.print(
        Text(f"surface {total}: {total - missing - hidden} covered, {missing} uncovered, {hidden} cannot be shown")
    )
