"""The report tells first what is broken, by probable cause and subject; and why something was not shown."""

import pytest

from reports import html, summary
from reports.causes import cause_of
from reports.model import Result
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import parts, result, written


@pytest.mark.parametrize(
    ("verdict", "evidence", "words"),
    [
        ("fail", {"expected": "returned 0", "observed": "refused with EPERM"}, "unexpected EPERM"),
        ("fail", {"expected": "refused with EINVAL", "observed": "refused with EPERM"}, "unexpected EPERM"),
        ("fail", {"expected": "refused with errno 524", "observed": "returned 7"}, "expected 524, not observed"),
        ("fail", {"observed": "OSError: [Errno 9] bad", "expected": ""}, "unexpected 9"),
        ("fail", {"difference": "[1].data byte 8 (sll_hatype): expected 2, observed 1"}, "sll_hatype differs"),
        ("fail", {"message": "assert 12 == 0x1f"}, "assert # == #"),
        (
            "fail",
            {"message": "AssertionError", "log": "WARNING: CPU: 1 at net/x.c:77\nmore"},
            "kernel log: WARNING: CPU: # at net/x.c:#",
        ),
        ("crash", {"observed": "worker 'gw3' crashed"}, "crash: worker 'gw#' crashed"),
        ("timeout", {"message": "Timeout (>20 s)"}, "did not end in time"),
        ("xpass", None, "holds against its recorded deviation"),
        ("fail", None, "fail"),
    ],
)
def test_the_cause_is_what_other_clauses_may_have_in_common(verdict, evidence, words):
    case = parts(result(verdict=verdict, evidence=evidence))[1]

    assert isinstance(case, Result)
    assert cause_of(case) == words


def test_the_terminal_counts_those_that_it_does_not_show_by_cause(tmp_path):
    def seen(number):
        return {"expected": "returned 0", "observed": "refused with EPERM" if number < 9 else f"x{chr(64 + number)}"}

    results = [result(f"test_{number}", "fail", evidence=seen(number)) for number in range(12)]

    lines = [" ".join(line.split()) for line in summary.text(written(tmp_path, results)).splitlines()]

    told = lines.index("… and 2 more broken clauses in the report. By probable cause:")
    assert lines[told + 1 : told + 3] == ["9 unexpected EPERM", "3 each by itself"]
    assert sum(line.startswith("BROKEN ") for line in lines) == 10


def test_broken_clauses_come_first_by_probable_cause_and_subject(tmp_path):
    def fails(name, observed, expected="returned 0", **more):
        seen = {"expected": expected, "observed": observed, "message": f"assert {observed} == {expected}"}
        return result(name, "fail", evidence={**seen, **more.pop("evidence", {})}, **more)

    results = [
        result(),
        fails("test_a", "refused with EPERM", subject="unix/bind"),
        fails("test_b", "(3, refused with EPERM)"),
        fails("test_c", "returned 0", "refused with EFAULT"),
        fails("test_d", "1", "2", evidence={"difference": "[1].data byte 8 (sll_hatype): expected 2, observed 1"}),
        fails("test_e", "5", "7", evidence={"difference": "byte 8 (sll_hatype): expected 7, observed 5"}),
        result("test_f", "error", evidence={"message": "SetupError: no"}),
    ]

    page = Page(html.render(written(tmp_path, results)))

    for words in (
        "unexpected EPERM 2 clauses, 2 cases",
        "sll_hatype differs 2 clauses",
        "Each by itself 1 clause, 1 case",
    ):
        assert words in " ".join(page.text.split())
    order = [
        page.text.index(word)
        for word in ("breaks 5 of", "By probable cause", "By subject", "Not tried 1 case", "Release")
    ]
    assert order == sorted(order)
    folded = [attributes for tag, attributes in page.elements if tag == "details" and attributes.get("class") == "card"]
    assert len(folded) == 5
    assert not any("open" in attributes for attributes in folded)
    assert "#clauses?verdict=broken&subject=unix/bind" in {attributes.get("href") for _, attributes in page.elements}


def test_a_difference_is_marked(tmp_path):
    marks = {"expected": "2 bytes: 00 ‹02›  |..|", "observed": "2 bytes: 00 ‹<b>›  |..|", "message": "m"}

    text = html.render(written(tmp_path, [result(verdict="fail", evidence=marks)]))

    assert "00 <mark>02</mark>  |..|" in text
    assert "<mark>&lt;b&gt;</mark>" in text


def test_why_something_was_not_shown_is_listed_with_its_clauses(tmp_path):
    results = [
        result("test_a", "skip", case="1", reason="needs two CPUs"),
        result("test_a", "skip", case="2", reason="needs two CPUs"),
        result("test_b", "skip", reason="needs two CPUs"),
        result("test_c", "n/a", reason="promised since Linux 7.2"),
        result("test_d"),
    ]

    page = Page(html.render(written(tmp_path, results)))

    assert "needs two CPUs2 clauses, 3 cases" in page.text
    assert "promised since Linux 7.21 clause, 1 case" in page.text
    lists = [attributes["data-clauses"] for _, attributes in page.elements if "data-clauses" in attributes]
    assert lists == ["0,1", "2"]
