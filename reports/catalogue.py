"""The catalogue: every clause of the suite with its sources, and what of the surface none covers; nothing is run."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.wording import counted, printable


class CatalogueError(Exception):
    """A catalogue file that is missing or not what it should be."""


@dataclass
class Catalogue:
    """Clauses and surface entries, as the suite gave them when it was collected."""

    clauses: list[dict[str, Any]]
    surface: list[dict[str, Any]]

    @property
    def uncovered(self) -> list[dict[str, Any]]:
        """The surface entries without a clause and without a reason why there is none."""
        return [entry for entry in self.surface if not entry["clauses"] and not entry.get("reason")]

    @property
    def unshowable(self) -> list[dict[str, Any]]:
        """The surface entries that no clause can cover, with the reason."""
        return [entry for entry in self.surface if not entry["clauses"] and entry.get("reason")]


def load(path: Path) -> Catalogue:
    """Read what `--catalogue=FILE` wrote; CatalogueError if it is not that."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        catalogue = Catalogue(clauses=list(data["clauses"]), surface=list(data["surface"]))
        for item in catalogue.clauses:
            item["id"], item["statement"], item["refs"]
        for entry in catalogue.surface:
            entry["token"], entry["clauses"]
    except OSError as error:
        raise CatalogueError(f"the suite wrote no catalogue ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueError(f"not a catalogue ({type(error).__name__}: {error})") from error
    return catalogue


def matching(catalogue: Catalogue, needle: str) -> Catalogue:
    """Keep what has `needle` in any of its texts, whatever the case."""
    wanted = needle.lower()

    def fits(item: dict[str, Any]) -> bool:
        return any(wanted in text.lower() for text in _texts(item.values()))

    return Catalogue(list(filter(fits, catalogue.clauses)), list(filter(fits, catalogue.surface)))


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value)


def show_clauses(catalogue: Catalogue, console: Console) -> None:
    """Print every clause as a table row: statement and test, level, since, sources."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False, expand=True)
    table.add_column("clause", ratio=2, overflow="fold")
    table.add_column("level", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("sources", ratio=1, overflow="fold")
    for clause in catalogue.clauses:
        table.add_row(
            Text.assemble(printable(str(clause["statement"])), "\n", (printable(str(clause["id"])), "dim")),
            Text(str(clause.get("level") or "")),
            Text("-".join(str(clause[key]) for key in ("since", "until") if clause.get(key))),
            Text(printable("\n".join(map(str, clause["refs"])))),
        )
    if catalogue.clauses:
        console.print(table)
        console.print()
    cases = sum(int(clause.get("cases") or 0) for clause in catalogue.clauses)
    console.print(Text(f"{counted(len(catalogue.clauses), 'clause')}, {counted(cases, 'case')}"))


def show_uncovered(catalogue: Catalogue, console: Console) -> None:
    """Print what nothing covers yet, by subject, then the counts."""
    groups: dict[str, list[str]] = {}
    for entry in catalogue.uncovered:
        groups.setdefault(str(entry.get("subject") or ""), []).append(str(entry["token"]))
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
