"""Where clauses and benchmarks were: suites/moved.toml, by which an id of an earlier release is found again.

An id is "suites/packet/bind/test_sequences.py::test_x", with the case in brackets behind it where it is a case's. In
the file "old path" = "new path" moves all functions of a file, "old path::function" = "new path" one of them, and
"old path::function" = "new path::function" renames it. A function's own line counts before that of its file, and
chains are followed: a line for each move, and none is changed. `@clause(formerly=…)` renames, too (`Present`).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "suites" / "moved.toml"
_ID = re.compile(r"([^\[]+?\.py)(?:::(\w+)(.*))?", re.DOTALL)
_PLACE = re.compile(r"[\w./-]+\.py(::\w+)?")


class MovedError(Exception):
    """A list of moves that cannot be used; the message is one line."""


class Moves:
    """The moves *told*, old place = new place; MovedError if one is malformed or they lead in a circle."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self._new = dict(told)
        self._old: dict[str, list[str]] = {}
        for old, new in told.items():
            if not isinstance(new, str) or not _PLACE.fullmatch(old) or not _PLACE.fullmatch(new):
                raise MovedError(f"{old!r} = {new!r}: both are to be a path of a .py file, or path::function")
            if "::" in new and "::" not in old:
                raise MovedError(f"{old!r} = {new!r}: a file cannot become a function")
            self._old.setdefault(_target(old, new), []).append(old)
        for old in told:
            self.resolve(old)

    def resolve(self, name: str) -> str:
        """Return today's id of what had the id *name*: a file's, a function's or a case's; *name* if it never moved."""
        found = _ID.fullmatch(name)
        if not found:
            return name
        path, function, rest = found.groups()
        passed: list[str] = []
        while True:
            place = path if function is None else f"{path}::{function}"
            if place in passed:
                raise MovedError(f"moves in a circle: {' = '.join([*passed, place])}")
            passed.append(place)
            new = self._new.get(place) or self._new.get(path)
            if new is None:
                return place + (rest or "")
            path, _, renamed = new.partition("::")
            function = renamed or function

    def former(self, name: str) -> list[str]:
        """Return every id that the function or case with the id *name* had before, latest first."""
        found = _ID.fullmatch(name)
        if not found or found[2] is None:
            return []
        path, function, rest = found.groups()
        here = f"{path}::{function}"
        names = [here]
        for known in names:  # which grows meanwhile
            file, _, function = known.partition("::")
            before = [*self._old.get(known, []), *(f"{old}::{function}" for old in self._old.get(file, []))]
            names += [old for old in before if old not in names and self.resolve(old) == self.resolve(here)]
        return [old + rest for old in names[1:]]

    def files_of(self, path: str) -> list[str]:
        """Return the files that what was in a file is in today; nothing if it never moved."""
        places = [path, *(old for old in self._new if old.startswith(f"{path}::"))]
        return sorted({self.resolve(old).partition("::")[0] for old in places} - {path})

    def files_from(self, folder: str) -> list[str]:
        """Return where the files are today that lay in a folder, at any depth."""
        place = folder.rstrip("/") + "/"
        return sorted({self.resolve(old) for old in self._new if old.startswith(place) and "::" not in old})


def _target(old: str, new: str) -> str:
    """Return the new place in full: a function that keeps its name has it in the new place, too."""
    function = old.partition("::")[2]
    return f"{new}::{function}" if function and "::" not in new else new


def read(file: Path) -> Moves:
    """Return the moves in a file; MovedError, in one line, if it is not as it should be."""
    try:
        with file.open("rb") as opened:
            return Moves(tomllib.load(opened))
    except OSError as error:
        raise MovedError(f"{file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MovedError(f"{file}: not TOML: {error}") from None
    except MovedError as error:
        raise MovedError(f"{file}: {error}") from None


@cache
def known() -> Moves:
    """Return the suite's own moves."""
    return read(FILE)


@cache
def files_today() -> list[str]:
    """Return the test files of the suite, "suites/packet/bind/test_sequences.py"."""
    return [str(file.relative_to(FILE.parent.parent)) for file in sorted(FILE.parent.rglob("test_*.py"))]


def names(name: str, formerly: str | None = None) -> list[str]:
    """Return every id that a clause or case has had, today's first; *formerly* is the clause's id before a rename."""
    moves = known()
    found = [name, *moves.former(name)]
    if formerly:
        case = name.partition("[")[1:]
        before = [formerly, moves.resolve(formerly), *moves.former(formerly), *moves.former(moves.resolve(formerly))]
        found += [old + "".join(case) for old in before]
    return list(dict.fromkeys(found))


class Present:
    """Finds the clauses that are there, given as (id, formerly), by any id that they have had."""

    def __init__(self, clauses: Iterable[tuple[str, str | None]]) -> None:
        self._renamed: dict[str, str] = {}
        self._there: set[str] = set()
        for name, formerly in clauses:
            self._there.add(name)
            if formerly:
                self._renamed |= {formerly: name, known().resolve(formerly): name}

    def id_of(self, name: str) -> str:
        """Return today's id of a clause; where it is not there any more, the id that it would have."""
        if name in self._there:
            return name
        today = known().resolve(name)
        return today if today in self._there else self._renamed.get(today, self._renamed.get(name, today))
