"""A benchmark run in the terminal: readable at 80 columns, with all that is doubtful; and how far it is meanwhile."""

import io
import random
from dataclasses import replace

import pytest

from reports.bench import model, terminal
from reports.bench.model import Comparison, Session
from reports.bench.progress import Progress
from suites.selfcheck.bench.fake_bench import NAME, result
from suites.selfcheck.bench.test_bench_model import STARTED, bench

LONG = "send/ring[v3-1514-bypass-with_a_very_long_parameter_indeed-and_another]"


def other(kind, **extra):
    """Return a result of another kind than a rate."""
    made = model.result_of(result(f"{kind}/ring[v1]", 1e6, random.Random(1)))
    return replace(made, kind=kind, rounds=[], extra=extra)


def test_every_kind_has_its_table_and_none_is_wider_than_80_columns():
    run = bench(NAME, LONG, "send/ring[slow]")
    run.sessions[0].results += [
        other("latency", microseconds=[5.0, 12.0, 2500.0], median=12.0, p99=2500.0, worst=2500.0),
        other("loss", steps=[{"offered": 2e5, "loss": 0.1, "seconds": 1}], highest=123456.0, limit="receiver"),
        other("ratio", arms={}, frames=1, ratios={"c": [0.991, 0.98, 1.003]}, skipped={"trafgen": "not installed"}),
    ]

    text = terminal.text(run, "/somewhere/index.html", width=80)

    assert max(map(len, text.splitlines())) <= 80
    for words in (" k ", "0.51", "0.004", "12.0 us", "2.50 ms", "123 k", "0.991 (0.980-1.003) c", "not installed"):
        assert words in text
    assert text.endswith("report  /somewhere/index.html\n")
    assert "\x1b" not in text


def test_what_is_invalid_poor_failed_or_skipped_is_said():
    run = bench(NAME, "send/ring[v1]")
    bad, poor = run.sessions[0].results
    run.sessions[0].results = [
        replace(bad, valid=False, why="3 of 4 rounds do not add up"),
        replace(poor, quality=model.Quality("poor", ["others took 40 % of the processors"])),
    ]
    run.sessions[0].unmeasured = {
        "a/b": "skipped: no compiler",
        "a/c": "skipped: no compiler",
        "a/d": "failed: \x1b[2J",
    }
    run.sessions.append(Session("uml-6.1", 0, {}, STARTED, problem="its kernel died: Oops"))

    text = " ".join(terminal.text(run, width=80).split())

    assert f"INVALID {NAME}: 3 of 4 rounds do not add up" in text
    assert "quality of 1 result lowered: e.g. others took 40 % of the processors" in text
    assert "skipped: no compiler: a/b and 1 more" in text
    assert r"failed: \x1b[2J: a/d" in text
    assert "session 1 of uml-6.1: its kernel died: Oops" in text


def test_comparisons_come_worst_first_and_the_unchanged_are_counted():
    words = {"slower": "slower by 10 % (8 to 12 %)", "same": "no difference", "cannot tell": "cannot tell: wide"}
    run = bench(
        comparisons=[
            Comparison(f"send/{number}-{verdict}", "old", "new", [1, 1, 1], 0.01 * number, verdict, words[verdict])
            for number, verdict in enumerate(["same", "cannot tell", "same", "slower"], 1)
        ],
        notes=["another processor: B (new), A (old)"],
    )

    text = terminal.text(run, width=80)

    assert "new against old: 1 slower, 1 cannot tell, 2 same" in text
    assert text.index("send/4-slower: slower by 10 %") < text.index("send/2-cannot tell")
    assert "2 results: no difference above the floor of 1.0 to 3.0 %" in text
    assert "another processor" in text


@pytest.mark.parametrize(
    ("value", "told"),
    [(1234567, "1.23 M"), (999999, "1.00 M"), (81250, "81.2 k"), (950, "950"), (0.00612, "0.0061"), (0.5, "0.5")],
)
def test_figures_are_short(value, told):
    assert terminal.figure(value, 2 if value < 1 else 3) == told


def test_progress_tells_the_time_left_and_learns_from_what_passed():
    now = [0.0]
    stream = io.StringIO()
    progress = Progress([80, 80, 80], stream, lambda: now[0])
    session = Session("host", 0, {}, STARTED)
    progress.began(session)
    assert progress.line() == "session 1/3 host  starts  about 4:00 left"

    progress.cases(40)
    for case in range(20):
        now[0] += 1
        progress.case(f"send/{case}")
    assert progress.line() == "session 1/3 host  20/40  send/19  about 3:00 left"
    assert stream.getvalue().count("\n") == 3  # one at the start, then one in ten seconds

    now[0] = 40
    progress.ended(session)
    progress.began(session)
    assert progress.line() == "session 2/3 host  starts  about 2:00 left"
    progress.ended(replace(session, problem="hangs"))
    assert stream.getvalue().endswith("session 2 (host): hangs\n")
