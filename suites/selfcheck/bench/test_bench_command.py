"""`sockproof bench`: what it leaves, what it compares and confirms, how it refuses and exits."""

import platform

import pytest
from click.testing import CliRunner

from fixtures.clauses import ROOT
from helpers.bench.sample import place_of
from reports import cli
from reports.bench import benchmark, model, page, sessions
from suites.selfcheck.bench.bench_runs import OTHER, Benches
from suites.selfcheck.bench.fake_bench import NAME


@pytest.fixture
def benches(tmp_path, monkeypatch):
    return Benches(tmp_path, monkeypatch)


def test_a_run_leaves_record_history_and_table(benches):
    status, said = benches()

    assert status == 0, said
    assert [session.boot for session in benches.bench().sessions] == [0, 1, 2]
    assert "ring[v3-64]" in said
    assert max(map(len, said.splitlines())) <= max(80, len(str(benches.folder)) + 30)
    assert (benches.folder / "out" / "session-3.log").exists()
    assert benches("--against=last", "--no-history", "--json", "--quick")[0] == 0
    assert len(list((benches.folder / "state" / "sockproof" / "bench" / "runs").iterdir())) == 1


def test_what_cannot_be_measured_is_one_line_and_the_others_go_on(benches):
    status, said = benches("--quick", "--target=nosuch", "--target=host")

    assert status == 2
    assert said.startswith("sockproof: there is no target 'nosuch'")
    assert benches.bench().targets == ["host"]
    assert benches("--target=nosuch")[0] == 2


@pytest.mark.parametrize("run", ["nowhere", "last", "torn.json", "other.json"])
def test_a_bad_run_is_refused_in_one_line(benches, run):
    (benches.folder / "torn.json").write_text('{"format": 1, "sess')
    (benches.folder / "other.json").write_text('{"schema": 1, "results": []}')

    status, said = benches("--against", str(benches.folder / run) if "." in run else run)

    assert (status, said.count("\n"), benches.plans) == (2, 1, [])
    assert said.startswith("sockproof: ")


@pytest.mark.parametrize(
    ("share", "again", "verdict", "confirmed", "status"),
    [
        (1.0, None, "same", None, 0),
        (0.9, None, "slower", True, 1),
        (0.9, 1.0, "cannot tell", False, 0),
        (1.1, None, "faster", None, 0),
    ],
)
def test_slower_is_confirmed_before_it_is_said(benches, share, again, verdict, confirmed, status):
    benches.slows(1.0)
    benches(output="old")
    benches.slows(share, again=again)

    found = benches(f"--against={benches.folder / 'old'}")

    assert found[0] == status, found[1]
    first, other = benches.bench().comparisons
    assert (first.verdict, first.confirmed, other.verdict) == (verdict, confirmed, "same")
    assert verdict != "same" or "no difference above the floor" in found[1]
    places = {plan.places for plan in benches.plans if plan.purpose}
    assert places == ({(place_of(NAME),)} if share < 1 else set())


def test_an_interrupted_second_look_calls_nothing_slower(benches, monkeypatch):
    benches.slows(1.0)
    benches(output="old")
    benches.slows(0.9)
    real = sessions.run

    def interrupted(plan, *rest):
        if plan.purpose:
            raise KeyboardInterrupt
        real(plan, *rest)

    monkeypatch.setattr(sessions, "run", interrupted)
    status, said = benches(f"--against={benches.folder / 'old'}")

    assert status == 130
    assert [item.verdict for item in benches.bench().comparisons] == ["cannot tell", "same"]
    assert "not measured again" in " ".join(said.split())


def test_the_second_target_is_judged_against_the_first_and_both_are_measured_again(benches):
    benches.plays = lambda plan: {"speeds": {NAME: 1e6 if plan.name == "host" else 8e5}}

    status, said = benches("--target=host", "--target=host", "--sessions=2")

    assert status == 1
    assert "slower by" in said
    assert [plan.name for plan in benches.plans] == ["host", "host#2", "host#2", "host"] * 2
    assert {plan.purpose for plan in benches.plans[4:]} == {"confirmation"}


def test_what_is_invalid_or_of_another_machine_is_said(benches):
    benches.plays = lambda _: {"invalid": [NAME], "speeds": {NAME: 1e6, OTHER: 1e6}}
    benches("--quick", output="old")
    benches.plays = lambda _: {"speeds": {NAME: 5e5, OTHER: 1e6}, "cpus": 4}

    status, said = benches("--quick", f"--against={benches.folder / 'old'}")

    assert status == 0
    said = " ".join(said.split())
    assert f"not compared: {NAME}: invalid on host 6.18" in said
    assert "another number of CPUs: 4" in said
    assert [item.id for item in benches.bench().comparisons] == [OTHER]


def test_a_night_measures_in_a_session_and_tells_what_became_slower(benches):
    state = benches.folder / "kept"
    benches.slows(1.0)
    first = benchmark.night(ROOT, benches.folder / "one", state, ["host"])
    benches.slows(0.8)

    second = benchmark.night(ROOT, benches.folder / "two", state, ["host", "nosuch"])

    assert first == f"bench   {benches.folder / 'one' / 'index.html'}\n"
    assert second.startswith(f"host 6.18 SLOWER {NAME}: slower by 2")
    assert [plan.purpose for plan in benches.plans] == ["", "", "confirmation"]
    assert (benches.folder / "two" / "index.html").read_text() == "1 before"
    assert "there is no target 'nosuch'" in benches.bench("two").notes[0]


def test_a_real_session_of_this_kernel(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "write", lambda *_: None)
    words = ["bench", "--quick", "--no-history", "--select=test_receive and ring and v2-64", f"--output={tmp_path}"]

    done = CliRunner().invoke(cli.main, words)

    assert done.exit_code == 0, done.output
    [session] = model.load(tmp_path).sessions
    [result] = session.results
    assert result.id == "receive/ring[v2-64]"
    assert session.kernel["release"] == platform.release()
    assert not session.problem
