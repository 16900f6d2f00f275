"""The benchmark page: it has every number, stands alone, reads in light and dark, and no text in it can do harm."""

import base64
import json
import re
import statistics
from xml.etree import ElementTree

import pytest

from reports.bench import page, sheet
from reports.bench.words import gathered
from suites.selfcheck.bench import bench_records as records
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.test_report_html import HOSTILE

pytestmark = pytest.mark.usefixtures("fonts")


class Numbers(Page):
    """A page whose table rows are found by the result's id."""

    def __init__(self, text):
        self.of = {}
        super().__init__(text)

    def handle_starttag(self, tag, attrs):
        """Note which row is of which result; its cells come later."""
        super().handle_starttag(tag, attrs)
        if tag == "th" and (name := dict(attrs).get("title")):
            self.of.setdefault(name, []).append(self.row)


@pytest.fixture(scope="module")
def drawn():
    """The page of a run of three sessions with comparisons."""
    return page.render(records.record(comparisons=records.COMPARISONS), records.nights(6))


def scaled(text):
    """Read the number at the beginning of a cell: 1.23 M."""
    number, letter = re.match(r"([\d.]+) ([kMG])", text).groups()
    return float(number) * {"k": 1e3, "M": 1e6, "G": 1e9}[letter]


def test_every_result_has_its_numbers(drawn):
    found = Numbers(drawn).of
    sessions = records.record()["sessions"]

    for results in zip(*(each["results"] for each in sessions), strict=True):
        rows = found[results[0]["id"]]
        rounds = [one for result in results for one in result["rounds"]]
        if rounds:
            told = statistics.median(
                statistics.median(o["frames"] / o["seconds"] for o in r["rounds"]) for r in results
            )
            assert scaled(rows[0][1]) == pytest.approx(told, rel=1e-3)
            assert rows[0][3].startswith(f"{sum(one['dropped'] for one in rounds):,}")
            assert rows[0][4].startswith(f"{sum(one['offered'] for one in rounds):,}")
            assert rows[0][4].endswith("/s") == ("offered_rate" in results[0]["extra"])
            assert rows[0][8] == str(len(rounds))
        elif results[0]["kind"] == "loss":
            assert scaled(rows[0][1]) == pytest.approx(results[0]["extra"]["highest"], rel=1e-3)
            assert "18 loads" in rows[0][3]
        elif results[0]["kind"] == "latency":
            assert rows[0][3] == f"{max(r['extra']['worst'] for r in results):.1f}"
        else:
            assert [row[1] for row in rows] == ["c", "trafgen", "scapy", "tcpreplay"]
            assert rows[3][-1] == "install tcpreplay"


def test_what_was_compared_is_told_first(drawn):
    read = Page(drawn)

    assert "host 6.18 is slower than host 6.17 (2026-11-21 03:10 UTC) in 1 of 4 benchmarks" in read.text
    for item in records.COMPARISONS:
        row = read.rows[item["id"]]
        assert row[:2] == [item["verdict"], item["text"]]
        assert row[2].startswith(f"{item['ratio'][0]:.3f}")
    assert drawn.index("receive/ring[64-v3]") < drawn.index("send/ring[v3-64-bypass]")


def test_conditions_are_said(drawn):
    text = Page(drawn).text

    assert "session 3: steal time 3.1 %" in text
    assert "session 1: nothing disturbed the measurement" in text


def test_reasons_that_differ_in_a_number_are_said_once():
    noisy = {"mark": "poor", "reasons": ["one CPU", "others took 9 % of it", "others took 83.5 % of it"]}

    text = Page(page.render(records.record([records.session(results=[], quality=noisy)]))).text

    assert gathered(noisy["reasons"]) == ["one CPU", "others took 9 to 83.5 % of it"]
    assert "one CPU; others took 9 to 83.5 % of it" in text


def test_what_was_not_measured_is_listed():
    text = Page(page.render(records.record([records.session(unmeasured={"send/x": "skipped: one CPU"})]))).text

    assert "skipped: one CPU" in text
    assert "send/x" in text


def test_it_needs_nothing_from_elsewhere(drawn):
    assert "default-src 'none'" in drawn
    for tag, attributes in Page(drawn).elements:
        assert tag not in ("script", "link", "iframe", "object", "img", "image", "base")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith(("#", "data:application/json;base64,")) or (
            attributes["href"] == "bench.json"
        )


def test_the_numbers_come_as_json(drawn):
    links = re.findall(r'href="data:application/json;base64,([^"]+)" download="(\w+)\.json"', drawn)
    data = {name: json.loads(base64.b64decode(text)) for text, name in links}

    first = data["size0"][0]
    assert first["id"] == "receive/ring[64-v1]"
    assert first["frames_per_second"][0] == pytest.approx(1e6, rel=0.05)
    assert data["history"]["host"][0]["kernel"] == "6.17.9"


def test_an_invalid_result_is_shown_and_not_drawn():
    invalid = records.result(
        "receive/call[recvmsg-64]", valid=False, why="3 frames <too many>", params={"call": "recvmsg"}
    )

    text = page.render(records.only(invalid | {"rounds": records.session()["results"][0]["rounds"]}))

    assert not records.pictures(text)
    assert Numbers(text).of["receive/call[recvmsg-64]"][0][-1] == "invalid3 frames <too many>"
    assert "Nothing was measured on Linux 6.18.3" in Page(text).text


@pytest.mark.parametrize("record", [records.only(), records.record([]), records.only(records.result("loss/x", "loss"))])
def test_without_data_there_is_no_picture(record):
    assert not records.pictures(page.render(record))


def test_without_the_library_there_are_the_tables(monkeypatch):
    monkeypatch.setattr(sheet, "available", lambda: False)

    text = page.render(records.record())

    assert not records.pictures(text)
    assert "matplotlib is not installed" in text
    assert "V3, 64 bytes" in Page(text).rows


def test_hostile_text_stays_text(tmp_path):
    quality = {"mark": "poor", "reasons": [HOSTILE]}
    hostile = dict.fromkeys(("id", "subject", "statement", "why"), HOSTILE) | {"quality": quality}
    results = [
        item | hostile | {"id": f"{HOSTILE}{number}", "params": item["params"] | {"link": HOSTILE, HOSTILE: "$x$"}}
        for number, item in enumerate(records.session()["results"])
    ]
    results[-2]["extra"] = {"ratios": {HOSTILE: [1, 1, 1]}, "skipped": {HOSTILE: HOSTILE}}
    sessions = [
        records.session(HOSTILE, results=results, problem=HOSTILE, quality=quality, unmeasured={HOSTILE: HOSTILE})
    ]
    compared = [records.comparison(HOSTILE, HOSTILE, [1, 1, 1], HOSTILE) | {"a": HOSTILE, "b": HOSTILE}]

    file = page.write(records.record(sessions, comparisons=compared, notes=[HOSTILE]), tmp_path / "index.html")

    read = Page(text := file.read_text(encoding="utf-8"))
    assert [svg for svg in records.pictures(text) if not len(ElementTree.fromstring(svg))] == []
    assert len(records.pictures(text)) == 5 * sheet.available()
    assert "script" not in [tag for tag, _ in read.elements]
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert not {"\x1b", "\u202e"} & set(text)
    assert r"{{ 7*7 }} \x1b[31m \ud800 \u202e" in read.text
