"""Set-up that fails for one reason in more than a few tests is told once, as not tried, and breaks no clause."""

import pytest
from click.testing import CliRunner

from reports import cli, html, matrix, summary
from reports.untried import FEW, untried_of
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import result, written

REASON = "Read-only file system"


def failed(number: int, message: str, verdict: str = "error") -> dict:
    """Return the result of a test of its own clause."""
    evidence = {"expected": "", "observed": "", "message": message, "traceback": "", "log": None}
    return result(f"test_{number}", verdict, evidence=evidence)


def readonly(number: int) -> dict:
    """Return a result as a read-only /proc/sys gave; a number in it differs each time."""
    return failed(number, f"OSError: [Errno 30] {REASON}: '/proc/sys/net/{number}'")


def of_the_machine(run) -> list[int]:
    """Return how many cases met each reason that is the machine's."""
    return [len(group.results) for group in untried_of(run) if group.is_of_the_machine]


@pytest.mark.parametrize("many", [True, False])
def test_one_reason_is_told_once(tmp_path, many):
    count = FEW + many

    run = written(tmp_path, [*map(readonly, range(count)), failed(99, "AssertionError: 1 == 2", "fail")])
    text = summary.text(run)

    assert of_the_machine(run) == ([count] if many else [])
    assert text.count("BROKEN ") == 1
    assert text.count("NOT TRIED ") == text.count(REASON) == (1 if many else count)
    assert (f"NOT TRIED {count} clauses, {count} cases: the machine fails their set-up" in text) == many
    assert f"1 broken, {count} not tried" in text


@pytest.fixture
def kernels(tmp_path):
    """Runs of one suite: all held, and on a machine that failed the set-up of all but one."""
    good = written(tmp_path / "good", [result(f"test_{number}") for number in range(FEW + 2)])
    poor = written(tmp_path / "poor", [*map(readonly, range(FEW + 1)), result(f"test_{FEW + 1}")])
    return {"good": good, "poor": poor}


def test_the_report_has_it_apart_from_what_is_broken(kernels):
    page = Page(html.render(kernels["poor"]))

    assert f"holds 1 of the 1 clause shown; {FEW + 1} not tried" in page.text
    assert {"untried", "h-untried"} <= set(page.ids)
    assert "broken" not in page.ids
    assert page.text.count(REASON) == 1
    assert f"{FEW + 1} clauses, {FEW + 1} cases: the machine fails their set-up" in page.text


def test_the_matrix_says_it_once_for_the_kernel(kernels, tmp_path):
    made = matrix.matrix_of(kernels)

    text, page = matrix.text(made, width=200), Page(matrix.write(made, tmp_path / "m.html").read_text())

    assert f"1 of 1, {FEW + 1} not tried" in text
    assert text.count(REASON) == 1
    assert f"poor: {FEW + 1} clauses not tried, the machine fails their set-up: OSError" in text
    assert "poor not tried" not in text  # not clause by clause
    assert page.rows["poor"][1] == f"not tried:1 of 1, {FEW + 1} not tried"
    assert f"{FEW + 1} clauses not tried on some kernel" in page.text


def test_a_comparison_fails_without_accusing_the_kernel(kernels, tmp_path):
    done = CliRunner().invoke(cli.main, ["compare", str(tmp_path / "good"), str(tmp_path / "poor")])

    assert done.exit_code == 1
    assert f"this kernel: {FEW + 1} not tried\n" in done.output
    assert done.output.count("NOT TRIED") == done.output.count(REASON) == 1
    assert not {"REGRESSED", "BROKEN"} & set(done.output.split())


def test_different_reasons_and_judged_failures_are_told_each(tmp_path):
    reasons = [failed(number, f"OSError: {word}") for number, word in enumerate("abcdefgh")]
    judged = [failed(number, "AssertionError: 1 == 2", "fail") for number in range(20, 30)]

    assert of_the_machine(written(tmp_path, reasons + judged)) == []
