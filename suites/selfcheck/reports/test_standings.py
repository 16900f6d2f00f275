"""The numbers of a run are the same wherever they stand: terminal, report, matrix and comparison; so are the words."""

import re

import pytest
from click.testing import CliRunner

from reports import cli, compare, html, matrix, nightly, summary
from reports.clauses import MEANINGS, STANDINGS, clauses_of, count_clauses, counts_line, share
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import result, written

VERDICTS = {
    "held": ["pass", "n/a"],
    "broken": ["fail", "error", "pass"],
    "not tried": ["error", "pass"],
    "deviates": ["xfail", "pass"],
    "partly": ["pass", "skip"],
    "n/a": ["n/a"],
    "skipped": ["skip", "n/a"],
}
SEEN = dict.fromkeys(("expected", "observed", "traceback"), "") | {"message": "SetupError: refused with EBADF"}


@pytest.fixture
def run(tmp_path):
    """A run with as many clauses of each standing as its place says: 7 held, 6 broken, 5 not tried and so on."""
    results = [
        result(f"test_{standing}_{number}".replace(" ", "_"), verdict, case=str(case), evidence=SEEN)
        for place, standing in enumerate(STANDINGS)
        for number in range(len(STANDINGS) - place)
        for case, verdict in enumerate(VERDICTS[standing])
    ]
    return written(tmp_path / "run", results)


LINE = "28: 7 held, 6 broken, 5 not tried, 4 recorded deviation, 3 held in part, 2 n/a, 1 skipped"


def test_every_standing_has_its_number_its_meaning_and_its_clauses(run):
    counts = count_clauses(clauses_of(run))

    assert list(counts.values()) == [7, 6, 5, 4, 3, 2, 1]
    assert list(MEANINGS) == list(counts) == list(STANDINGS)
    assert share(counts) == (7, 17)  # of 28: what is held in part, not tried, n/a or skipped is not shown as a whole
    assert counts_line(counts) == LINE


def test_the_numbers_are_the_same_everywhere(run, tmp_path):
    page = Page(html.render(run))
    side_by_side = matrix.matrix_of({"host": run, "uml": run})
    matrix_page = Page(matrix.write(side_by_side, tmp_path / "m.html").read_text())

    assert f"clauses {LINE}" in " ".join(summary.text(run).split())
    assert f"clauses {LINE}" in " ".join(compare.text([compare.compare(run, run)]).split())
    assert f"host: {LINE}" in " ".join(matrix.text(side_by_side).split())
    assert "breaks 6 of the 17 clauses shown; 5 not tried" in page.text
    counted = re.findall(
        r"(\d+)(held|broken|not tried|recorded deviation|held in part|not applicable|skipped)", page.text
    )
    assert [int(number) for number, _ in counted[:7]] == [6, 5, 7, 4, 3, 2, 1]  # what is looked for comes first
    assert "7 of 17, 6 broken, 5 not tried" in matrix.text(side_by_side)
    assert matrix_page.rows["host"][1:] == ["broken:7 of 17, 6 broken, 5 not tried", *"6543212"[:6], "28"]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["error"], "shows none of 1 clause as a whole; 1 not tried"),
        (["pass", "error"], "holds 1 of the 1 clause shown; 1 not tried"),
        (["pass", "xfail", "error"], "holds 1 of the 2 clauses shown; 1 recorded deviation; 1 not tried"),
        (["pass", "pass"], "holds all 2 clauses"),
        (["skip"], "shows none of 1 clause as a whole"),
    ],
)
def test_the_headline_accuses_no_kernel_of_what_was_not_tried(tmp_path, verdicts, said):
    run = written(tmp_path, [result(f"test_{number}", verdict) for number, verdict in enumerate(verdicts)])

    assert html.headline(run, clauses_of(run)) == f"Linux 6.18.3 {said}"
    assert "broken" not in Page(html.render(run)).ids


def test_what_is_not_tried_is_a_shape_a_colour_and_a_word(run):
    text = html.render(run)

    assert '<i class="g untried"></i>' in text
    assert "--shape: var(--diamond)" in text
    assert len(re.findall(r"--untried: #\w+; --untried-bg: #\w+", text)) == 2  # light and dark
    assert '<span class="vh">not tried: </span>' in text
    assert "1;35mNOT TRIED" in summary.text(run, colour=True)


def test_a_broken_clause_with_a_case_not_tried_is_told_as_both(tmp_path):
    results = [result(case="a", verdict="fail"), result(case="b", verdict="error", evidence=SEEN)]

    text = summary.text(written(tmp_path, results))

    assert [line.partition(" syscalls")[0] for line in text.splitlines() if "EFAULT." in line] == [
        "NOT TRIED",
        "BROKEN",
    ]
    assert "1: 0 held, 1 broken, 0 n/a, 0 skipped" in text


def test_a_comparison_and_a_night_say_what_was_not_tried(tmp_path):
    old = written(tmp_path / "old", [result("test_a"), result("test_b")])
    new = written(tmp_path / "new", [result("test_a"), result("test_b", "error", evidence=SEEN)])

    done = CliRunner().invoke(cli.main, ["compare", str(tmp_path / "old"), str(tmp_path / "new")])
    outcome = nightly.judge("host", nightly.Kernel("host", "6.18.3"), new, old, "yesterday")

    assert done.exit_code == 1
    assert "this kernel: 1 not tried\n" in done.output
    assert "  NOT TRIED syscalls/bind: An address" in done.output
    assert "SetupError: refused with EBADF" in done.output
    assert outcome.verdict == nightly.UNPROVEN
    assert "1 clause that held not tried" in nightly.text("now", [outcome], tmp_path)
    first = nightly.judge("host", nightly.Kernel("host", "6.18.3"), new, None, "")
    assert "1 clause not tried, the suite's own set-up failed" in nightly.text("now", [first], tmp_path)


def test_a_run_that_tried_nothing_proves_nothing(tmp_path):
    new = written(tmp_path / "new", [result("test_a", "error", evidence=SEEN)])

    found = compare.compare(new, new)

    assert found.problem == "no clause was tried: the suite's own set-up failed in 1 clause"
    assert compare.text([found]).startswith("this kernel: not proven\n")
