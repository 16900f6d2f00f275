"""A run of a part of the suite, or one that was stopped, says so wherever it is shown, and makes nothing vanish."""

import re

import pytest
from click.testing import CliRunner

from reports import cli, compare, html, matrix, nightly, summary
from reports.extent import extent_of
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import result, written

ENDS = {
    "selected": (
        {"selected": "-k one", "deselected": 4},
        "This run is a part of the suite: -k one (4 cases deselected).",
    ),
    "stopped": (
        {"stopped": "after 1 failure (--maxfail=1)", "planned": 5200},
        "This run was stopped after 1 failure (--maxfail=1). It holds 1 of 5200 cases; of the others nothing is known.",
    ),
    "interrupted": (
        {"interrupted": True},
        "This run was interrupted. It holds the 1 case that finished; of the others nothing is known.",
    ),
}


@pytest.fixture(params=ENDS)
def case(request):
    """How a run ended, and what is said of it."""
    return ENDS[request.param]


@pytest.fixture
def runs(case, tmp_path):
    """A run of the whole suite, and one that ended so."""
    whole = written(tmp_path / "whole", [result("test_one"), result("test_two"), result("test_three", case="a")])
    return whole, written(tmp_path / "part", [result("test_one")], **case[0])


def plain(text):
    """Return text without its line breaks."""
    return " ".join(text.split())


def test_it_is_said_wherever_the_run_is_shown(runs, case, tmp_path):
    whole, part = runs
    side_by_side = matrix.matrix_of({"host": whole, "uml": part})
    page = Page(matrix.write(side_by_side, tmp_path / "m.html").read_text())

    assert extent_of(whole) == []
    assert side_by_side.unproven == ([] if part.selected else ["uml"])
    assert case[1] in plain(summary.text(part))
    assert case[1] in plain(Page(html.render(part)).text)
    assert f"uml: {case[1]}" in plain(matrix.text(side_by_side))
    assert f"uml: {case[1]}" in plain(page.text)
    assert case[1] in plain(compare.text([compare.compare(whole, part)]))
    assert case[1] in plain(compare.text([compare.compare(part, whole)]))
    assert compare.compare(whole, part).to_dict()["extent"] == {"old": [], "new": [case[1]]}


def test_it_is_said_once_where_all_kernels_ran_the_same_part(tmp_path):
    parts = {name: written(tmp_path / name, [result()], selected="-k one") for name in ("host", "uml")}

    assert matrix.matrix_of(parts).notices() == [("", *extent_of(parts["host"]))]


def test_what_it_did_not_run_did_not_vanish(runs, tmp_path):
    found = compare.compare(*runs)
    done = CliRunner().invoke(cli.main, ["compare", str(tmp_path / "whole"), str(tmp_path / "part")])

    assert [change.kind for change in found.changes] == ["not in this run"] * 2
    assert "2 not in this run" in done.output
    assert "VANISHED" not in done.output
    assert "nothing changed" not in done.output
    assert done.exit_code == int(not runs[1].selected)  # a part proves its part; what was stopped proves less


def test_from_a_whole_run_it_did(runs):
    whole, part = runs
    part.selected, part.stopped, part.interrupted = "", "", False

    assert [change.kind for change in compare.compare(whole, part).changes] == ["vanished"] * 2


def test_a_night_that_was_stopped_is_not_proven(tmp_path):
    old = written(tmp_path / "old", [result("test_one"), result("test_two")])
    new = written(tmp_path / "new", [result("test_one")], stopped="after 1 failure (--maxfail=1)")

    outcome = nightly.judge("host", nightly.Kernel("host", "6.18.3"), new, old, "yesterday")

    assert (outcome.verdict, outcome.problem) == (nightly.UNPROVEN, "the run was stopped after 1 failure (--maxfail=1)")


def test_both_suites_are_named_with_their_local_changes(tmp_path):
    old, new = (written(tmp_path / name, [result()]) for name in ("old", "new"))
    new.suite = {
        **new.suite,
        "commit": "f" * 40,
        "dirty": True,
        "changes": 5,
        "changed": ["suites/a.py", "b", "c", "d"],
    }

    text = plain(compare.text([compare.compare(old, new)], width=200))

    assert "old Linux 6.18.3, " in text
    assert "sockproof 0.1.0 (3f9a12c07be4)" in text
    assert "sockproof 0.1.0 (ffffffffffff, with local changes: suites/a.py, b, c and 2 more)" in text


def test_an_unknown_commit_is_said_in_terminal_and_report(tmp_path):
    run = written(tmp_path, [result()])
    run.suite = {"name": "sockproof", "version": "0.1.0", "commit": None, "unknown": "git is not installed"}

    said = "sockproof 0.1.0 (commit unknown: git is not installed)"
    assert said in plain(summary.text(run))
    assert re.search(re.escape(said), Page(html.render(run)).text)
