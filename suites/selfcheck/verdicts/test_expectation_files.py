"""The files of recorded deviations: their form, the kernels and clauses that they mean, when they are due."""

import datetime
import subprocess
import sys

import pytest

from fixtures.clauses import ROOT
from fixtures.expectations import FOLDER
from helpers import wait
from helpers.expectations import Condition, ExpectationError, load, pattern_of, read

ENTRY = {
    "clauses": '["suites/syscalls/bind/test_bind.py::test_x"]',
    "when": '{platform = "gVisor"}',
    "reason": '"the kernel does otherwise"',
    "link": '"https://example.org/1"',
    "review": "2199-01-01",
}


def written(folder, entry, head=""):
    """Write a file with one entry into *folder* and give it."""
    file = folder / "known.toml"
    lines = "\n".join(f"{key} = {value}" for key, value in entry.items() if value)
    file.write_text(f"{head}\n[[deviation]]\n{lines}\n")
    return file


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"clauses": "[]"}, "'clauses' must be a list of ids"),
        ({"clauses": '"suites/x"'}, "'clauses' must be a list of ids"),
        ({"when": '{planet = "Mars"}'}, "'when' knows no planet"),
        ({"when": "{}"}, "'when' must be a table"),
        ({"when": '{platform = "BSD"}'}, "platform is 'BSD'"),
        ({"when": '{release = "6.1"}'}, "release is '6.1'"),
        ({"when": '{release = "> 6.1"}'}, "release is '> 6.1'"),
        ({"review": '"2027-01-01"'}, "'review' must be a date"),
        ({"review": "2027-01-01T00:00:00"}, "'review' must be a date"),
        ({"link": '"example.org"'}, "'link' must be one https link"),
        ({"reason": '" "'}, "'reason', 'sometimes' and 'harms' must be sentences"),
        ({"sometimes": "true"}, "'reason', 'sometimes' and 'harms' must be sentences"),
        ({"verdict": '"pass"'}, "'verdict' must be one or more of"),
        ({"verdict": "[]"}, "'verdict' must be one or more of"),
        ({"colour": '"red"'}, "has the unknown colour"),
        ({"reason": "", "link": ""}, "lacks link, reason"),
        ({"review": "2027-13-01"}, "not TOML"),
    ],
)
def test_a_malformed_entry_is_told_in_one_line(tmp_path, changes, complaint):
    assert len(read(written(tmp_path, ENTRY))) == 1  # the control

    with pytest.raises(ExpectationError) as error:
        read(written(tmp_path, ENTRY | changes))

    assert complaint in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "known.toml"))
    assert "\n" not in str(error.value)


def test_what_stands_at_the_top_is_for_entries_that_lack_it(tmp_path):
    head = 'when = {platform = "Linux"}\nreview = 2100-01-01'

    (own,) = read(written(tmp_path, ENTRY, head))
    (shared,) = read(written(tmp_path, ENTRY | {"when": "", "review": ""}, head))

    assert (own.when.platform, own.review.year) == ("gVisor", 2199)
    assert (shared.when.platform, shared.review.year) == ("Linux", 2100)
    with pytest.raises(ExpectationError, match="unknown colour at the top"):
        read(written(tmp_path, ENTRY, 'colour = "red"'))


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("a.py::test_x", ["a.py::test_x", "a.py::test_x[1]"], ["a.py::test_xy", "aXpy::test_x"]),
        ("a.py::test_x[1-*]", ["a.py::test_x[1-2]"], ["a.py::test_x[2-1]", "a.py::test_x"]),
        ("a.py::*", ["a.py::test_x", "a.py::test_y[1]"], ["b.py::test_x"]),
        ("a.py::test_?", ["a.py::test_x[1]"], ["a.py::test_xy"]),
    ],
)
def test_patterns_match_whole_ids(pattern, hits, misses):
    assert [case for case in hits + misses if pattern_of(pattern).fullmatch(case)] == hits


@pytest.mark.parametrize(
    ("condition", "kernel", "holds"),
    [
        ({"platform": "gVisor"}, {"platform": "gVisor"}, True),
        ({"platform": "gVisor"}, {"platform": "VM (QEMU)"}, False),
        ({"platform": "Linux"}, {"platform": "VM (QEMU)"}, True),
        ({"platform": "Linux"}, {"platform": "gVisor"}, False),
        ({"platform": "Linux"}, {}, False),
        ({"release": ">= 5.10, < 6.1.5"}, {"release": "6.1.4-amd64"}, True),
        ({"release": ">= 5.10, < 6.1.5"}, {"release": "6.1.5"}, False),
        ({"release": ">= 5.10"}, {"release": "5.9.16"}, False),
        ({"release": "< 7.0"}, {"release": "unknown"}, False),
        ({"architecture": "x86_64", "privileges": "root"}, {"architecture": "x86_64", "privileges": "root"}, True),
        ({"privileges": "root"}, {"privileges": "user namespace"}, False),
    ],
)
def test_conditions_are_about_the_kernel_of_the_run(condition, kernel, holds):
    assert Condition(**condition).holds(kernel) is holds


@pytest.fixture(scope="module")
def cases():
    """The ids of all cases of the suite."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=wait.scaled(240), check=True)
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_every_recorded_deviation_is_about_a_clause_that_is_there(cases):
    entries = load([FOLDER])

    lost = [
        f"{entry.place}: {text}"
        for entry in entries
        for text, pattern in zip(entry.clauses, entry.patterns, strict=True)
        if not any(pattern.fullmatch(case) for case in cases)
    ]

    assert entries
    assert not lost


def test_every_review_is_within_two_years():
    latest = datetime.date.today() + datetime.timedelta(days=2 * 366)

    assert not [entry.place for entry in load([FOLDER]) if entry.review > latest]
