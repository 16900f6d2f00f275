"""What reports say about recorded deviations: which, why, and how much is held beside them."""

import datetime

import pytest

from reports import html, matrix, summary
from reports.clauses import clauses_of
from reports.deviations import due, recorded, shares
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import result, written

SEEN = {"expected": "EFAULT", "observed": "returned 7", "message": "m", "traceback": "", "log": None}


def deviation(name, number, reason, **more):
    """Give a case that deviates as the entry *number* says."""
    told = {"place": f"gvisor.toml #{number}", "link": f"https://example.org/{number}", "review": "2027-06-01"}
    return result(name, "xfail", reason=reason, deviation=told, evidence=SEEN, **more)


@pytest.fixture
def run(tmp_path):
    """Two entries met, one by two clauses, in two of three subjects."""
    other = {"subject": "syscalls/listen"}
    return written(
        tmp_path / "deviating",
        [
            deviation("test_a", 1, "No lengths are looked at."),
            deviation("test_b", 1, "No lengths are looked at.", case="x"),
            result("test_b", case="y"),
            result("test_c"),
            deviation("test_d", 2, "Any backlog will do.", **other),
            result("test_e", subject="syscalls/socket"),
        ],
        exit_status=0,
    )


def test_each_entry_is_told_with_the_clauses_it_is_about(run):
    first, second = recorded(clauses_of(run))

    assert (first.place, first.reason, first.cases) == ("gvisor.toml #1", "No lengths are looked at.", 2)
    assert [clause.rpartition("::")[2] for clause in first.clauses] == ["test_a", "test_b"]
    assert (second.link, list(second.clauses)) == ("https://example.org/2", [run.results[4].clause])


def test_the_share_is_told_of_subjects_that_deviate(run):
    assert [(share.subject, share.told) for share in shares(clauses_of(run))] == [
        ("syscalls/bind", "1 of 3"),
        ("syscalls/listen", "0 of 1"),
    ]


def test_the_page_shows_shares_reasons_and_observations(run):
    text = html.render(run)
    page = Page(text)

    assert "holds 2 of the 5 clauses shown; 3 recorded deviations" in text
    for told in ("1 of 3 held", "1/3 held", "No lengths are looked at.", "2027-06-01"):
        assert told in page.text
    assert "EFAULT" in page.drawn
    assert "returned 7" in page.drawn
    links = {attributes["href"] for name, attributes in page.elements if name == "a"}
    assert "https://example.org/2" in links
    assert [link for link in links if link.startswith("#") and not page.has_end(link)] == []


def test_the_matrix_counts_deviations_and_lists_what_is_unexplained(run, tmp_path):
    broken = written(tmp_path / "broken", [result("test_c", "fail", statement="Breaks.")])

    text = matrix.text(matrix.matrix_of({"gvisor": run, "host": broken}))

    assert "1 of 3" in text
    assert "gvisor: 3 recorded deviations" in text
    assert text.count("host broken") == 1
    assert "gvisor deviates" not in text
    page = matrix.write(matrix.matrix_of({"gvisor": run, "host": broken}), tmp_path / "matrix.html").read_text()
    assert "3 clauses with a recorded deviation" in page


def test_an_overdue_review_is_said(run):
    assert list(due(run, datetime.date(2027, 6, 1))) == []
    assert [entry.place for entry in due(run, datetime.date(2027, 6, 2))] == ["gvisor.toml #1", "gvisor.toml #2"]
    for case in run.results[:2]:
        case.deviation.review = "2020-01-01"
    assert "gvisor.toml #1 was to be reviewed by 2020-01-01: No lengths" in summary.text(run, width=200)
