"""Recorded deviations of a kernel: the files in suites/expectations, read and checked.

One TOML file for each kind of kernel, ``gvisor.toml``, ``linux.toml`` …; a list of ``[[deviation]]`` with these keys:

``clauses``
    which clauses deviate, a list of ids "suites/unix/bind/test_bind.py::test_x" (all cases of the clause) or
    "suites/unix/bind/test_bind.py::test_x[case]". ``*`` stands for any text and ``?`` for any character, in ids with a
    case too; brackets mean themselves. "suites/packet/*" is every clause of a folder: but a clause that is named and
    holds is an unexpected pass, so name what deviates. An id from before a clause moved or got another name
    (suites/moved.toml, ``formerly``) still means it, and so does a pattern that fits no file of today.
``reason``
    what the kernel does instead, one sentence or a few.
``link``
    https link to the kernel's source, its documentation or the report of the fault.
``when``
    the kernels that deviate: a table of ``platform`` ("gVisor", "User Mode Linux" or "Linux", which is any kernel but
    gVisor), ``release`` (bounds, all of which must hold: ">= 5.10, < 6.1.99"; the operators are < and >=),
    ``architecture`` ("x86_64") and ``privileges`` ("root", "user namespace"). All keys given must fit.
``review``
    the date, unquoted (2027-06-01), by which somebody looks at the entry again. The run's summary says when it is past.
``verdict``
    what the clause comes to instead of a pass: "fail" (the default), "error", "timeout" or "crash", or a list of these.
    Anything else still breaks the clause.
``sometimes``
    why the clause holds now and then. Without it a pass is unexpected (xpass) and fails the run.
``harms``
    what the clause does to such a kernel, for one that would spoil the clauses after it: it is not tried there.

``when``, ``review`` and ``link`` may stand at the top of a file instead, for those of its entries that have none.
"""

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from helpers import moved

VERDICTS = ("fail", "error", "timeout", "crash")
PLATFORMS = ("gVisor", "User Mode Linux", "Linux")
_SHARED = ("when", "review", "link")
_REQUIRED = {"clauses", "reason", "link", "when", "review"}
_OPTIONAL = {"verdict", "sometimes", "harms"}
_CONDITIONS = ("platform", "release", "architecture", "privileges")
_BOUND = re.compile(r"\s*(<|>=)\s*(\d+(?:\.\d+){1,2})\s*")
_RELEASE = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


class ExpectationError(Exception):
    """A file of expectations that cannot be used; the message is one line that names file and entry."""


def _numbers(release: str) -> tuple[int, int, int]:
    """Return "6.12.101-amd64" as (6, 12, 101), "6.12" as (6, 12, 0)."""
    major, minor, patch = _RELEASE.match(release).groups(default="0")
    return int(major), int(minor), int(patch)


def _true_release(release: str, version: str) -> str:
    """Return the release that a kernel's source has.

    Debian's kernels call themselves 5.10.0-32-amd64 and have in their version: "#1 SMP Debian 5.10.223-1 (…)".
    """
    told = re.search(r"\bDebian (\d+\.\d+\.\d+)", version)
    return told[1] if told else release


@dataclass(frozen=True)
class Condition:
    """The kernels that an entry is about."""

    platform: str = ""
    release: str = ""
    architecture: str = ""
    privileges: str = ""

    def holds(self, kernel: Mapping[str, Any]) -> bool:
        """Return whether the kernel with these facts (``helpers.kernel.describe``) is one of them."""
        return (
            self._of_platform(str(kernel.get("platform", "")))
            and self.architecture in ("", kernel.get("architecture"))
            and self.privileges in ("", kernel.get("privileges"))
            and self._within(_true_release(str(kernel.get("release", "")), str(kernel.get("version", ""))))
        )

    def _of_platform(self, platform: str) -> bool:
        if self.platform == "Linux":
            return platform not in ("", "gVisor")
        return self.platform in ("", platform)

    def _within(self, release: str) -> bool:
        if not self.release:
            return True
        if not _RELEASE.match(release):
            return False
        found = _numbers(release)
        bounds = (_BOUND.fullmatch(text).groups() for text in self.release.split(","))
        return all(found < _numbers(bound) if sign == "<" else found >= _numbers(bound) for sign, bound in bounds)


@dataclass(frozen=True)
class Expectation:
    """One entry; *place* is its file's name and its number there, from 1."""

    place: str
    clauses: tuple[str, ...]
    reason: str
    link: str
    when: Condition
    review: datetime.date
    verdicts: tuple[str, ...]
    sometimes: str
    harms: str

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """What ``clauses`` mean: made when first asked for, since most entries are about other kernels."""
        return tuple(map(pattern_of, self.clauses))

    def matches(self, case: str, former: Sequence[str] = ()) -> bool:
        """Return whether the case with this id, which had *former* ids before, is one of the clauses'."""
        return any(
            pattern.fullmatch(case) or (former and not _is_of_today(text) and any(map(pattern.fullmatch, former)))
            for text, pattern in zip(self.clauses, self.patterns, strict=True)
        )


@cache
def _is_of_today(text: str) -> bool:
    """Return whether a pattern fits a file of the suite, so that today's ids are all that it means."""
    path, colons, _ = text.partition("::")
    fits = pattern_of(path).fullmatch
    return bool(set(text) & set("*?")) and any(fits(file if colons else f"{file}::x") for file in moved.files_today())


def pattern_of(text: str) -> re.Pattern[str]:
    """Return what an entry of ``clauses`` matches: the ids of cases."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in text)
    return re.compile(expression if "[" in text else rf"{expression}(\[.*\])?", re.DOTALL)


def _condition(entry: object) -> Condition:
    if not isinstance(entry, dict) or not entry or not all(isinstance(value, str) for value in entry.values()):
        raise ExpectationError(f"'when' must be a table of texts, with one or more of {', '.join(_CONDITIONS)}")
    strange = entry.keys() - set(_CONDITIONS)
    if strange:
        raise ExpectationError(f"'when' knows no {', '.join(sorted(strange))}; it knows {', '.join(_CONDITIONS)}")
    condition = Condition(**entry)
    if condition.platform not in ("", *PLATFORMS):
        raise ExpectationError(f"platform is {condition.platform!r}, but must be one of {', '.join(PLATFORMS)}")
    if condition.release and not all(_BOUND.fullmatch(text) for text in condition.release.split(",")):
        raise ExpectationError(f"release is {condition.release!r}, but must be bounds as in '>= 5.10, < 6.1'")
    return condition


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _expectation(entry: Mapping[str, Any], place: str) -> Expectation:
    missing, strange = _REQUIRED - entry.keys(), entry.keys() - _REQUIRED - _OPTIONAL
    if missing or strange:
        told = [f"lacks {', '.join(sorted(missing))}"] if missing else []
        told += [f"has the unknown {', '.join(sorted(strange))}"] if strange else []
        raise ExpectationError(" and ".join(told))
    clauses, verdicts = entry["clauses"], entry.get("verdict", "fail")
    verdicts = [verdicts] if isinstance(verdicts, str) else verdicts
    if not isinstance(clauses, list) or not clauses or not all(map(_is_text, clauses)):
        raise ExpectationError("'clauses' must be a list of ids")
    if not isinstance(verdicts, list) or not verdicts or not all(verdict in VERDICTS for verdict in verdicts):
        raise ExpectationError(f"'verdict' must be one or more of {', '.join(VERDICTS)}")
    if not all(_is_text(entry.get(key, "why")) for key in ("reason", "sometimes", "harms")):
        raise ExpectationError("'reason', 'sometimes' and 'harms' must be sentences")
    if not _is_text(entry["link"]) or not re.fullmatch(r"https://\S+", entry["link"]):
        raise ExpectationError("'link' must be one https link")
    if type(entry["review"]) is not datetime.date:
        raise ExpectationError("'review' must be a date as in 2027-06-01, without quotes")
    return Expectation(
        place=place,
        clauses=tuple(clauses),
        reason=" ".join(entry["reason"].split()),
        link=entry["link"],
        when=_condition(entry["when"]),
        review=entry["review"],
        verdicts=tuple(verdicts),
        sometimes=" ".join(entry.get("sometimes", "").split()),
        harms=" ".join(entry.get("harms", "").split()),
    )


def read(file: Path) -> list[Expectation]:
    """Return the entries of one file; ExpectationError if it is not as it should be."""
    try:
        with file.open("rb") as opened:
            data = tomllib.load(opened)
    except OSError as error:
        raise ExpectationError(f"{file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExpectationError(f"{file}: not TOML: {error}") from None
    entries = data.pop("deviation", [])
    strange = data.keys() - set(_SHARED)
    if strange or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        told = f"unknown {', '.join(sorted(strange))} at the top" if strange else "'deviation' must be [[deviation]]"
        raise ExpectationError(f"{file}: {told}; it knows {', '.join(_SHARED)} and [[deviation]]")
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_expectation({**data, **entry}, f"{file.name} #{number}"))
        except ExpectationError as error:
            raise ExpectationError(f"{file}: deviation {number}: {error}") from None
    return found


def load(paths: Iterable[Path]) -> list[Expectation]:
    """Return the entries of files, and of all ``*.toml`` in folders by name; ExpectationError."""
    found = []
    for path in paths:
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            found += read(file)
    return found
