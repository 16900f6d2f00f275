"""Set-up that fails for one reason in more than a few tests is told once, as not tried, and breaks no clause."""

import pytest

from reports import summary
from reports.untried import FEW, untried_of
from suites.selfcheck.reports.sample_run import result, written


def failed(number: int, message: str, verdict: str = "error") -> dict:
    """Return the result of a test of its own clause."""
    evidence = {"expected": "", "observed": "", "message": message, "traceback": "", "log": None}
    return result(f"test_{number}", verdict, evidence=evidence)


def readonly(number: int) -> dict:
    """Return a result as a read-only /proc/sys gave; a number in it differs each time."""
    return failed(number, f"OSError: [Errno 30] Read-only file system: '/proc/sys/net/{number}'")


@pytest.mark.parametrize("many", [True, False])
def test_one_reason_is_told_once(tmp_path, many):
    count = FEW + many

    run = written(tmp_path, [*map(readonly, range(count)), failed(99, "AssertionError: 1 == 2", "fail")])
    text = summary.text(run)

    assert [len(group.results) for group in untried_of(run)] == ([count] if many else [])
    assert text.count("BROKEN ") == (1 if many else count + 1)
    assert text.count("Read-only file system") == (1 if many else count)
    assert (f"NOT TRIED {count} clauses, {count} cases" in text) == many
    assert ("1 broken" in text, f"{count} not tried" in text) == (many, many)


def test_different_reasons_and_judged_failures_are_told_each(tmp_path):
    reasons = [failed(number, f"OSError: {word}") for number, word in enumerate("abcdefgh")]
    judged = [failed(number, "AssertionError: 1 == 2", "fail") for number in range(20, 30)]

    assert untried_of(written(tmp_path, reasons + judged)) == []
