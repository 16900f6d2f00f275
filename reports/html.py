"""The report: one HTML file that needs nothing else, drawn from a run."""

import base64
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import wording
from reports.causes import Cause, causes_of
from reports.clauses import (
    MEANINGS,
    STANDINGS,
    Clause,
    clauses_of,
    count_cases,
    count_clauses,
    share,
    standing_of,
)
from reports.coverage import coverage_of
from reports.deviations import recorded, shares
from reports.extent import extent_of
from reports.files import write_text
from reports.model import Result, Run
from reports.payload import as_json, clip, message_of, payload, tail
from reports.reasons import reasons_of
from reports.untried import untried_of

TEMPLATES = Path(__file__).with_name("templates")
NAME = "index.html"

OPEN_CARDS = 3  # broken clauses, or reasons of those not tried: so many are unfolded from the start
CARDS = 100  # broken clauses that stand in the page itself; the script draws the others from its data
SLOWEST = 12

_WHOLE = re.compile(r"((?:Linux|gVisor) \S+(?: \(User Mode Linux\))?|\b[a-z]+-[\w.-]*\w|\d[\d.]* ?[kMG]? ?frames/s)")
_MARKED = re.compile("‹([^›]*)›")

# What each state is called where a shape and a colour alone would leave it unsaid.
STATES = {standing: standing for standing in STANDINGS} | {
    "deviates": "recorded deviation",
    "n/a": "not applicable",
    "partly": "held in part",
    "unrun": "has a clause, not run",
    "unshowable": "cannot be shown",
    "open": "uncovered",
}


@dataclass
class Section:
    """A subject's clauses under one heading: the subject is a folder, `purpose` what it is for."""

    anchor: str
    subject: str
    purpose: str
    clauses: list[Clause]

    @property
    def above(self) -> list[str]:
        """The folders that it is in, outermost first."""
        return self.subject.split("/")[:-1]

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.subject.rpartition("/")[2]

    @property
    def counts(self) -> dict[str, int]:
        """How many clauses came to what, without zeros."""
        return {standing: count for standing, count in count_clauses(self.clauses).items() if count}

    @property
    def share(self) -> tuple[int, int]:
        """How many clauses are held, of how many that are shown as a whole."""
        return share(self.counts)


def render(run: Run) -> str:
    """Draw the whole report as HTML text."""
    clauses = clauses_of(run)
    broken = [clause for clause in clauses if clause.standing == "broken"]
    numbers = {clause.id: number for number, clause in enumerate(clauses)}
    places = {name: f"c{number}" for name, number in numbers.items()}
    causes = causes_of(broken)
    cards = [clause.id for cause in causes for clause in cause.clauses][:CARDS]
    sections = list(_sections(run, clauses))
    folders = {section.subject: section.anchor for section in sections}
    calls = {subject.rpartition("/")[2]: place for subject, place in folders.items() if _is_call(subject)}
    script = script_of("report.js")
    # Templates end in .j2; every value in them is escaped, whatever it is.
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            run=run,
            clauses=clauses,
            broken=broken,
            anchors=places | {name: f"b{number}" for number, name in enumerate(cards)},
            places=places,
            numbers=lambda ids: ",".join(str(numbers[name]) for name in numbers if name in ids),
            causes=causes,
            cards=set(cards),
            broken_subjects=Cause("", broken).subjects,
            not_shown={standing: reasons_of(clauses, standing) for standing in ("skipped", "n/a")},
            sections=sections,
            recorded=recorded(clauses),
            shares=shares(clauses),
            choices=list(_choices(sections)),
            subjects=calls | folders,
            coverage=coverage_of(run, clauses),
            counts=_in_sight(count_clauses(clauses)),
            tag=wording.release_tag(run.kernel),
            data=Markup(as_json(payload(run, clauses, STATES))),  # escaped for a script element, every string in it
            verdicts=count_cases(run.results),
            untried=untried_of(run),
            slowest=sorted(run.results, key=lambda result: -result.duration)[:SLOWEST],
            headline=headline(run, clauses),
            levels=list(dict.fromkeys(clause.level for clause in clauses)),
            open_cards=OPEN_CARDS,
            styles=asset("report.css"),
            script=script,
            script_hash=hash_of(script),
        )
    )


def write(run: Run, path: str | os.PathLike[str]) -> Path:
    """Write the report to `path` in one step and return it; OSError as open(2) and rename(2) give it."""
    return write_text(render(run), path)


def headline(run: Run, clauses: list[Clause]) -> str:
    """Say in one sentence how the kernel fared; what was not tried says nothing of it."""
    kernel = wording.kernel_name(run)
    counts = count_clauses(clauses)
    total = wording.counted(len(clauses), "clause")
    held, shown = share(counts)
    told = wording.counted(shown, "clause")
    beside = f"; {counts['not tried']} not tried" if counts["not tried"] else ""
    if not clauses:
        return f"Nothing was proven on {kernel}"
    if not shown:
        return f"{kernel} shows none of {total} as a whole{beside}"
    if counts["broken"]:
        return f"{kernel} breaks {counts['broken']} of the {told} shown{beside}"
    if held == len(clauses):
        return f"{kernel} holds the one clause" if len(clauses) == 1 else f"{kernel} holds all {total}"
    if counts["deviates"]:
        beside = f"; {wording.counted(counts['deviates'], 'recorded deviation')}{beside}"
    return f"{kernel} holds {held} of the {told} shown{beside}"


def _sections(run: Run, clauses: list[Clause]) -> Iterator[Section]:
    found: dict[str, list[Clause]] = {}
    for clause in clauses:
        found.setdefault(clause.subject, []).append(clause)
    for number, (subject, members) in enumerate(found.items()):
        yield Section(f"s{number}", subject, run.folders.get(subject, ""), members)


def _choices(sections: list[Section]) -> Iterator[tuple[str, int, int]]:
    """Give each folder that has clauses in it or below it: its subject, its depth, the number of these clauses."""
    counts: Counter[str] = Counter()
    for section in sections:
        parts = section.subject.split("/")
        for depth in range(len(parts)):
            counts["/".join(parts[: depth + 1])] += len(section.clauses)
    for subject in sorted(counts, key=lambda subject: subject.split("/")):
        yield subject, subject.count("/"), counts[subject]


def _in_sight(counts: dict[str, int]) -> dict[str, int]:
    """Put first what a reader looks for first."""
    first = [standing for standing in ("broken", "not tried") if counts[standing]]
    return {standing: counts[standing] for standing in (*first, *counts)}


def _is_call(subject: str) -> bool:
    return subject.startswith("syscalls/") and subject.count("/") == 1


def _case_name(case: Result) -> str:
    return case.case or "only case"


def marked(text: str) -> Markup:
    """Set what stands between ‹ and › in a text apart; all of it is escaped."""
    parts = _MARKED.split(wording.printable(text))  # text and marks by turns
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _visible(value: Any) -> Any:
    return wording.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def asset(name: str) -> Markup:
    """Give one of the templates' own files as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # our own file, no data in it


def script_of(name: str) -> Markup:
    """Give a page's script, and before it what the scripts of all pages use."""
    return asset("page.js") + asset(name)


def hash_of(script: str) -> str:
    """Give what a content security policy calls a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def css(state: str) -> str:
    """Give the class of a state."""
    return {"n/a": "na", "not tried": "untried"}.get(state, state)


def whole(text: str) -> Markup:
    """Keep kernels' names and rates in a headline from being broken across lines, where one line holds them."""
    parts = _WHOLE.split(wording.printable(text))  # text and names by turns
    kept = (
        Markup('<span class="kernel">{}</span>').format(part) if place % 2 else part for place, part in enumerate(parts)
    )
    return Markup("").join(kept)


@cache
def environment() -> Environment:
    """Give the templates, with the filters and words that they use; every value in them is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {
        "seconds": wording.seconds,
        "zipped": lambda left, right: list(zip(left, right, strict=True)),
        "moment": wording.moment,
        "ref": wording.ref_of,
        "standing": standing_of,
        "case_name": _case_name,
        "clip": clip,
        "tail": tail,
        "marked": marked,
        "whole": whole,
    }
    environment.globals |= {
        "MEANINGS": MEANINGS,
        "STATES": STATES,
        "counted": wording.counted,
        "extent_of": extent_of,
        "message_of": message_of,
        "kernel_name": wording.kernel_name,
        "suite_name": wording.suite_name,
        "kernel_facts": wording.kernel_facts,
    }
    return environment
