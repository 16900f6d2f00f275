"""The history of benchmark runs: what is kept of a run, how it is read again, and how it is drawn."""

import json
import re

import pytest

from reports.bench import history, model, page, sheet
from suites.selfcheck.bench import bench_records as records
from suites.selfcheck.reports.html_page import Page

pytestmark = pytest.mark.usefixtures("fonts")


def bench(**changes):
    return model.from_dict(records.record(**changes))


def test_a_run_comes_back_as_it_was(tmp_path):
    file = history.add(bench(comparisons=records.COMPARISONS), tmp_path)

    (past,) = history.load(tmp_path)

    assert (past.time, past.kernels) == (records.STARTED, {"host": "6.18.3"})
    assert past == history.summary(bench(comparisons=records.COMPARISONS))
    points = past.results["host"]
    assert points["receive/ring[64-v3]"].verdict == "slower"
    assert points["receive/ring[64-v3]"].low < points["receive/ring[64-v3]"].mid < points["receive/ring[64-v3]"].high
    assert not points["receive/call[recvmsg-64]"].valid
    assert points["wakeup/ring[v2]"].mid == pytest.approx(12, rel=0.1)
    assert points["loss/ring[v1-64]"].mid == pytest.approx(9e5)
    assert points["reference/send[v1]:trafgen"].mid == pytest.approx(1.04, rel=0.02)
    assert file.stat().st_size < 30_000


def test_a_verdict_about_another_target_is_not_its(tmp_path):
    both = [records.session("host"), records.session("uml-6.1")]

    past = history.summary(bench(sessions=both, comparisons=records.COMPARISONS))

    assert past.results["host"]["receive/ring[64-v3]"].flagged
    assert not past.results["uml-6.1"]["receive/ring[64-v3]"].flagged


def test_the_oldest_are_removed_and_the_same_run_is_kept_once(tmp_path):
    for day in (3, 1, 2, 2):
        history.add(bench(sessions=[], started=f"2026-11-0{day}T03:10:00+00:00"), tmp_path, keep=2)

    assert [past.time[:10] for past in history.load(tmp_path)] == ["2026-11-02", "2026-11-03"]
    assert len(list(tmp_path.iterdir())) == 2


GOOD = history.Past("2026-11-22", {}, results={"host": {"x": history.Point("rate", 1, 1, 1)}}).to_dict()
WRONG_POINT = {**GOOD, "results": {"host": {"x": {"kind": "rate", "mid": "fast", "low": 1, "high": 1}}}}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ('{"format": 1, "ti', "torn"),
        ("[1]", "not a summary"),
        ("\udc80", "torn"),
        (json.dumps({**GOOD, "format": 7}), "format 7"),
        (json.dumps({**GOOD, "results": 3}), "not a summary"),
        (json.dumps(WRONG_POINT), "no figures"),
        (json.dumps(WRONG_POINT).replace('"fast"', "NaN"), "no figures"),
    ],
)
def test_what_is_torn_or_foreign_is_left_out_with_a_word(tmp_path, capsys, content, word):
    (tmp_path / "a.json").write_bytes(content.encode(errors="surrogateescape"))
    (tmp_path / "b.json").write_text(json.dumps(GOOD))
    (tmp_path / ".c.json.1").write_text("a draft")
    said = []

    assert [past.time for past in history.load(tmp_path, said.append)] == ["2026-11-22"]
    assert len(said) == 1
    assert word in said[0]
    history.load(tmp_path)
    assert word in capsys.readouterr().err


def test_it_lies_in_the_state_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert history.load() == []
    assert history.add(bench(sessions=[])).parent == tmp_path / "sockproof" / "bench"
    assert len(history.load()) == 1


@pytest.mark.skipif(not sheet.available(), reason="matplotlib is not installed")
def test_the_trend_shows_what_was_flagged():
    nights = records.nights(9)

    text = page.render(records.record(), nights)

    svg = re.search(r"<svg[^>]*history.*?</svg>", text, re.DOTALL)[0]
    assert "receive/ring[64-v3]: 10 runs" in svg
    assert "2 flagged" in svg
    assert {"var(--broken)", "var(--held)"} <= set(re.findall(r"var\(--\w+\)", svg))
    assert "receive/ring[64-v3]" in svg
    row = Page(text).rows[nights[-1].time]
    assert [cell for cell in row if cell.endswith("slower")]


def test_one_run_makes_no_trend_and_times_need_not_be_readable():
    nights = records.nights(2)
    assert 'id="history"' not in page.render(records.record())

    for number, past in enumerate(nights):
        past.time = f"2026, day {number}"
    assert 'id="history"' in page.render(records.record(started="2026, day 7"), nights)
