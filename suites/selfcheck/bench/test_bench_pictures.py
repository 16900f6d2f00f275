"""The pictures of the benchmark page: in the page's own colours, nothing from elsewhere, the same every time."""

import re

import pytest

from reports.bench import page, sheet
from suites.selfcheck.bench import bench_records as records
from suites.selfcheck.reports.html_page import Page

pytestmark = [
    pytest.mark.usefixtures("fonts"),
    pytest.mark.skipif(not sheet.available(), reason="matplotlib is not installed"),
]


def rendered():
    return page.render(records.record(comparisons=records.COMPARISONS), records.nights(6))


@pytest.fixture(scope="module")
def drawn():
    """The page of a run of three sessions with comparisons."""
    return rendered()


def test_each_picture_stands_alone_in_the_colours_of_the_page(drawn):
    found = records.pictures(drawn)

    assert len(found) == 10
    for svg in found:
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!-)", re.sub(r'(href="#|url\(#|id=")[^")]*', "", svg))
        assert not re.search(r"\b(black|white)\b|font-family|xlink|<image|<style|<metadata|date", svg)
        for word in ("<text", "currentColor", 'role="img"', "</title>", "</desc>"):
            assert word in svg
    for name in ("--s1", "--s7", "--paper", "--broken"):
        assert len(re.findall(rf"{name}: #", drawn)) == 2  # light and dark


def test_ids_are_unique_and_every_reference_has_its_end(drawn):
    read = Page(drawn)
    ends = {value[1:] for _, a in read.elements for n, value in a.items() if n == "href" and value.startswith("#")}
    ends |= set(re.findall(r"url\(#([^)]+)\)", drawn))
    ends |= {word for _, a in read.elements for word in a.get("aria-labelledby", "").split()}

    assert len(read.ids) == len(set(read.ids))
    assert ends <= set(read.ids)


def test_equal_records_give_equal_pages(drawn):
    assert rendered() == drawn


def test_poor_conditions_are_seen_in_the_picture():
    first = records.session()["results"][0]
    poor = first | {"quality": {"mark": "poor", "reasons": ["one CPU only"]}}

    assert "poor conditions" not in records.pictures(page.render(records.only(first)))[0]
    text = page.render(records.only(poor))
    assert "poor conditions" in records.pictures(text)[0]
    assert "one CPU only" in Page(text).text


def test_what_a_picture_shows_is_said_for_those_who_do_not_see_it(drawn):
    receive = records.pictures(drawn)[0]

    assert "Receiving: rate by frame size</title>" in receive
    assert re.search(r"V3, 64 bytes: 1\.8\d M frames/s", receive)


def test_series_differ_by_more_than_colour(drawn):
    receive, send = records.pictures(drawn)[:2]

    shapes = {re.search(rf'<use href="(#[^"]+)"[^>]*style="[^"]*fill:var\(--s{n}\)', receive)[1] for n in (1, 2, 3)}
    assert len(shapes) == 3
    assert "stroke-dasharray" in send


def test_an_invalid_result_is_not_drawn(drawn):
    assert "recvmmsg" in records.pictures(drawn)[0]
    assert "recvmsg" not in records.pictures(drawn)[0]


def test_targets_are_drawn_each_by_itself_on_one_scale():
    results = [item for item in records.session()["results"] if item["id"].startswith("receive/ring[")]
    slow = [item for item in records.session(speed=0.2)["results"] if item["id"].startswith("receive/ring[")]
    sessions = [records.session("host", results=results), records.session("uml-6.1", results=slow)]

    fast, slow = records.pictures(page.render(records.record(sessions)))

    assert "rate by frame size · host" in fast
    assert "rate by frame size · uml-6.1" in slow
    for svg in (fast, slow):
        assert ">1.5 M</text>" in svg
