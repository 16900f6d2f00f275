"""bench.json: what is written reads back, what is torn, foreign or of another format is refused in one line."""

import json
import random

import pytest

from reports import store
from reports.bench import history, model
from reports.bench.model import Bench, BenchFileError, Comparison, Quality, Session
from suites.selfcheck.bench.fake_bench import KERNEL, NAME, result

STARTED = "2026-11-22T12:00:00+00:00"


def bench(*names, rate=1e6, **keys):
    """Return a run of one session with a result for each name."""
    results = [model.result_of(result(name, rate, random.Random(name))) for name in names or [NAME]]
    session = Session("host", 0, dict(KERNEL), STARTED, 60.0, Quality("fair", ["steal"]), results)
    return Bench({"name": "sockproof"}, STARTED, "quick", ["sockproof", "bench"], sessions=[session], **keys)


def test_what_is_written_reads_back(tmp_path):
    whole = bench(comparisons=[Comparison(NAME, "a", "b", [0.9, 0.8, 1.0], 0.01, "slower", "…", True, [3, 3])])
    whole.sessions[0].unmeasured["send/x"] = "skipped: no compiler"

    model.write(whole, tmp_path / "deep" / model.NAME)

    assert model.load(tmp_path / "deep") == whole
    assert [file.name for file in (tmp_path / "deep").iterdir()] == [model.NAME]
    assert json.loads((tmp_path / "deep" / model.NAME).read_text())["format"] == 1


def test_a_newer_record_may_say_more():
    data = bench().to_dict() | {"weather": "fine"}
    data["sessions"][0]["results"][0]["rounds"][0]["cycles"] = 12

    assert model.from_dict(data) == bench()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON, or torn"),
        ('{"format": 1, "sessions": [{"tar', "not JSON, or torn (line 1"),
        ("[]", "not a benchmark's record"),
        ('{"schema": 1, "results": []}', "not a benchmark's record"),
        ('{"format": 2, "sessions": []}', "of format 2, this sockproof reads format 1"),
        ('{"format": 1, "sessions": {}}', "bench: 'suite' is missing"),
        ('{"format": 1, "suite": {}, "started": "", "selection": "", "sessions": {}}', "sessions: a list is expected"),
        (
            '{"format": 1, "suite": {}, "started": "", "selection": "", "sessions": [1]}',
            "an object is expected, not int",
        ),
        ("\xff", "not JSON"),
    ],
)
def test_what_is_no_record_is_refused_in_one_line(tmp_path, text, said):
    file = tmp_path / model.NAME
    file.write_bytes(text.encode("latin-1"))

    with pytest.raises(BenchFileError) as error:
        model.load(tmp_path)

    assert str(error.value).startswith(f"{file}: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("kind", "guess", "unknown kind 'guess'"),
        ("rounds", [{"seconds": "long"}], "seconds: a number is expected"),
        ("rounds", [{"seconds": 0.0, "frames": 1, "bytes": 1, "offered": 1}], "a round without time"),
        ("rounds", [{"seconds": float("nan"), "frames": 1, "bytes": 1, "offered": 1}], "a number is expected"),
        ("valid", "yes", "true or false is expected"),
        ("params", [], "params: an object is expected"),
    ],
)
def test_a_result_that_is_none_is_refused(key, value, said):
    with pytest.raises(BenchFileError, match=said):
        model.result_of(result(NAME, 1e6, random.Random(1)) | {key: value})


def test_a_missing_record_is_told(tmp_path):
    with pytest.raises(BenchFileError, match="is not there; 'sockproof bench' writes one"):
        model.load(tmp_path)


def test_sessions_that_measure_again_are_in_no_table():
    whole = bench()
    whole.sessions.append(Session("host", 0, {}, STARTED, results=whole.sessions[0].results, purpose="confirmation"))

    assert len(whole.results_of("host")[NAME]) == 1
    assert len(whole.results_of("host", "confirmation")[NAME]) == 1
    assert whole.name_of("host") == "host 6.18"


def test_kept_runs_are_found_by_time_and_the_oldest_go(tmp_path):
    for day in (20, 21, 22):
        run = bench(rate=day * 1e5)
        run.started = f"2026-11-{day}T12:00:00+00:00"
        history.keep(run, tmp_path, most=2)

    assert store.benches(tmp_path).names() == ["2026-11-21T12-00-00", "2026-11-22T12-00-00"]
    assert history.find("last", tmp_path).started.startswith("2026-11-22")
    assert history.find("2026-11-21", tmp_path).started.startswith("2026-11-21")
    assert history.find("2026-11-21T12:00", tmp_path).started.startswith("2026-11-21")
    with pytest.raises(BenchFileError, match="the last one kept is 2026-11-22T12-00-00"):
        history.find("2026-11-20", tmp_path)
