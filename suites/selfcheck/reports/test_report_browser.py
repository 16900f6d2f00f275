"""The report in a browser: what is seen first, what is drawn on demand, what its address keeps, and what never runs."""

import pytest

from helpers import wait
from reports import html, matrix
from reports.bench import page as bench_page
from suites.selfcheck.bench import bench_records as records
from suites.selfcheck.reports.browser import findings, needs_browser, opened
from suites.selfcheck.reports.sample_run import entry, result, written
from suites.selfcheck.reports.test_report_html import HOSTILE

pytestmark = needs_browser
MANY = 61
SEEN = {
    "expected": "2 bytes: 00 ‹02›  |..|",
    "observed": "2 bytes: 00 ‹01›  |..|",
    "difference": "byte 1: expected 0x02",
}
SEEN |= {"message": "AssertionError", "traceback": "def test():\n  ...", "place": "suites/x.py:7: assert a == b"}
EPERM = {"expected": "returned 0", "observed": "refused with EPERM", "message": "m", "traceback": "t"}


@pytest.fixture
def report(tmp_path):
    """The report of a run with something of everything, 61 clauses broken."""
    return drawn(tmp_path, 300, MANY)


@pytest.fixture
def small(tmp_path):
    """The same of a small run."""
    return drawn(tmp_path, 3, 9)


def drawn(tmp_path, held, broken):
    """Give the report of a run with so many clauses held and broken."""
    deviates = {"place": "x.toml #1", "link": "https://example.org/1", "review": "2099-01-01"}
    results = [
        *(result(f"test_held_{number}", case=case) for number in range(held) for case in ("one", "two")),
        *(
            result(f"test_{n}", "fail", evidence=EPERM if n % 2 else SEEN, subject=f"unix/{n % 7}")
            for n in range(broken)
        ),
        *(
            result(f"test_untried_{n}", "error", evidence={"message": "SetupError: no", "traceback": "t"})
            for n in range(7)
        ),
        result("test_skipped", "skip", reason="needs two CPUs"),
        result("test_absent", "n/a", reason="promised since Linux 7.2"),
        result("test_deviates", "xfail", reason="Known.", deviation=deviates, evidence=SEEN),
    ]
    surface = [
        entry("syscall:bind"),
        entry("errno:bind:EROFS", reason="none"),
        entry("option:X:set", subject="SOL_PACKET"),
    ]
    return html.write(written(tmp_path, results, surface), tmp_path / "index.html")


def wait_for(page, expression):
    """Wait until *expression* is true; the page's policy forbids what Playwright's own wait evaluates in it."""
    wait.until(lambda: page.evaluate(expression), expression)


def unfold(page):
    """Open every part that there is, and what that draws."""
    for _ in range(3):
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        drawn = "[...document.querySelectorAll('.group')].every((group) => group.querySelector('.rows'))"
        wait_for(page, drawn)


@pytest.mark.parametrize(("screen", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_axe_finds_nothing(small, screen, scheme):
    with opened(small, screen, color_scheme=scheme) as page:
        assert findings(page) == []

        page.locator("#k0 details.card").first.locator("summary").click()
        page.locator("#not-shown summary").first.click()
        page.locator("#untried summary").first.click()
        page.locator("#folders > .group > summary").first.click()
        page.locator("#folders .clause > summary").first.click()
        page.locator("#folders .clause .body").first.wait_for()

        assert findings(page) == []


def test_axe_finds_nothing_side_by_side(tmp_path):
    runs = {
        name: written(tmp_path / name, [result(), result("test_b", verdict), result("test_c", "xfail")])
        for name, verdict in (("host", "pass"), ("uml-6.12-of-a-long-name", "fail"), ("gvisor", "error"))
    }
    file = matrix.write(matrix.matrix_of(runs), tmp_path / "index.html")

    with opened(file, "narrow") as page:
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
        page.locator("#clauses summary").click()
        page.locator("#clauses tbody tr").first.wait_for()
        assert page.locator("#clauses tbody tr").count() == 3
        assert findings(page) == []


def test_axe_finds_nothing_on_the_page_of_benchmarks(tmp_path, fonts):
    file = tmp_path / "bench.html"
    file.write_text(bench_page.render(records.record([records.session()])))

    with opened(file, "narrow") as page:
        assert findings(page) == []


@pytest.mark.parametrize("screen", ["wide", "narrow"])
def test_what_is_broken_is_on_the_first_screen(report, screen):
    with opened(report, screen) as page:
        height = page.viewport_size["height"]
        for place in ("#headline", "#h-broken", ".causes li:last-child"):
            box = page.locator(place).first.bounding_box()
            assert box["y"] + box["height"] <= height, place
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
        name, line = page.locator("#headline .kernel").bounding_box(), page.locator("#headline").evaluate(LINE_HEIGHT)
        assert name["height"] < 1.5 * line


LINE_HEIGHT = "(node) => parseFloat(getComputedStyle(node).lineHeight)"


def test_a_link_draws_the_clause_that_it_leads_to(report):
    with opened(report, state="#c299") as page:
        body = page.locator("#c299 > .body")
        body.wait_for()
        assert page.locator("#c299").evaluate("(node) => node.closest('.group').open")
        assert body.locator("tbody tr").count() == 2
        assert page.locator("#folders .clause").count() == 300

        page.locator("#b0 > summary").click()
        page.locator("#b0 a[href^='#c']").click()

        assert page.locator(".clause[open] .evidence mark").all_inner_texts() == ["02", "01"]
        page.locator(".clause[open] .evidence summary").click()
        assert page.get_by_text("def test():").is_visible()


def test_the_filter_stands_in_the_address_and_is_read_from_it(report):
    with opened(report) as page:
        page.locator("#f-text").fill("held_7")
        wait_for(page, "location.hash.includes('q=')")
        sent = page.evaluate("location.hash")
        assert page.locator("#shown").inner_text() == "11 of 371"

    with opened(report, state=sent) as page:
        assert page.locator("#f-text").input_value() == "held_7"
        assert page.locator("#folders .clause:visible").count() == 11
        page.get_by_role("button", name="Clear").click()
        wait_for(page, "location.hash === '#clauses'")
        assert page.locator("#folders > .group:visible").count() == 8

    with opened(report, state="#clauses?verdict=broken&subject=unix%2F3") as page:
        assert page.locator("#shown").inner_text() == "9 of 371"
        assert page.locator("#f-standing").input_value() == "broken"


def test_without_a_script_it_tells_what_is_broken_and_the_folders(report):
    with opened(report, java_script_enabled=False) as page:
        assert page.locator("#headline").is_visible()
        page.locator("#k0 .card > summary").first.click()
        assert page.locator("#k0 .card .evidence").first.is_visible()
        assert page.locator("#folders > .group:visible").count() == 8
        assert page.get_by_text("drawn by a script").is_visible()
        assert not page.locator("form.filter").is_visible()


def test_hostile_text_never_runs(tmp_path):
    texts = ("statement", "subject", "level", "since", "formerly", "reason", "repeat", "case", "clause")
    evidence = dict.fromkeys(("expected", "observed", "difference", "place", "message", "traceback", "log"), HOSTILE)
    hostile = {**dict.fromkeys(texts, HOSTILE), "refs": [HOSTILE], "covers": [HOSTILE], "domains": [HOSTILE]}
    verdicts = ("fail", "error", "skip", "xfail", "pass")
    marks = {"place": HOSTILE, "link": "https://example.org/", "review": "2099-01-01"}
    results = [
        result(verdict=verdict, **{**hostile, "clause": f"{HOSTILE}::{verdict}"}, evidence=evidence)
        | ({"deviation": marks} if verdict == "xfail" else {})
        for verdict in verdicts
    ]
    surface = [entry(f"{kind}:{HOSTILE}", reason=HOSTILE) for kind in ("syscall", "option", HOSTILE)]
    file = html.write(written(tmp_path, results, surface), tmp_path / "index.html")

    with opened(file, bypass_csp=True) as page:  # nothing but the page's own care
        unfold(page)
        page.locator("#f-text").fill("alert")
        wait_for(page, "location.hash.includes('q=')")
        unfold(page)

        assert page.locator("img, script:not(#data)").count() == 1
        assert page.locator("#folders .clause .body .evidence").count() >= 2
        assert page.locator("#folders").get_by_text("<img src=x onerror=alert(2)>").count() > 10


def test_thousands_of_clauses_are_few_elements_whatever_is_searched(tmp_path):
    results = [
        result(f"test_{number // 3}", case=str(number % 3), subject=f"a/{number // 150}") for number in range(15_000)
    ]
    file = html.write(written(tmp_path, results), tmp_path / "index.html")
    elements = "document.querySelectorAll('*').length"

    with opened(file) as page:
        assert page.evaluate(elements) < 15_000
        page.locator("#f-text").fill("efault")
        wait_for(page, "location.hash.includes('q=')")
        assert page.locator("#shown").inner_text() == "5000 of 5000"
        assert page.evaluate(elements) < 15_000
