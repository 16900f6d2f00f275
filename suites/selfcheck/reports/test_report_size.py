"""The report of a large run is small, and draws what is looked at."""

from reports import html
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import result, written


def test_thousands_of_clauses_make_a_page_of_few_elements(tmp_path):
    long = {"expected": "x" * 5000, "observed": "y" * 5000, "message": "m", "traceback": "t\n" * 7_000, "log": None}
    failing = {"verdict": "fail", "evidence": long}
    results = [
        result(f"test_{number // 3}", case=str(number), **(failing if number < 1500 else {}))
        for number in range(15_000)
    ]

    page = Page(text := html.render(written(tmp_path, results)))

    assert len(page.data["clauses"]) == 5000
    assert sum(len(row[-1]) for row in page.data["clauses"]) == 15_000
    assert len(page.elements) < 15_000
    assert len(text.encode()) < 16_000_000  # of it 12 are the evidence of 1,500 broken cases


def test_what_holds_costs_the_page_little(tmp_path):
    few, many = (
        [result(f"test_{number // 3}", case=str(number % 3)) for number in range(size)] for size in (300, 15_000)
    )

    small, large = (html.render(written(tmp_path / str(len(each)), each)) for each in (few, many))

    assert len(Page(large).elements) == len(Page(small).elements)
    assert (len(large) - len(small)) / 14_700 < 120  # bytes a case
