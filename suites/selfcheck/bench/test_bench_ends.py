"""The sessions of `sockproof bench`: their order, their commands, and every way in which one can end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.clauses import ROOT
from helpers import wait
from helpers.bench.sample import name_of, place_of
from reports.bench import benchmark, model, sessions
from suites.selfcheck.bench.bench_runs import FAKE, Benches
from suites.selfcheck.bench.fake_bench import NAME

START = """
import sys
from reports import cli
from reports.bench import sessions
from reports.bench import child
child.GRACE = 1
sessions.command = lambda *_: [sys.executable, {fake!r}, '{{"do": "{do}"}}']
cli.main(["bench", "--no-history", "--output", {output!r}])
"""


@pytest.fixture
def benches(tmp_path, monkeypatch):
    return Benches(tmp_path, monkeypatch)


def test_the_order_of_targets_cancels_drift():
    assert sessions.order(["a", "b"], 4) == [(t, n) for n, turn in enumerate(["ab", "ba", "ab", "ba"]) for t in turn]
    assert sessions.order(["a"], 2) == [("a", 0), ("a", 1)]


def test_a_session_is_a_fresh_process_a_boot_in_a_guest(tmp_path):
    plans, _ = benchmark.plans_of(["host", "uml-6.1", "uml-6.1"], "quick", 1, "v3")

    host, guest, again = (sessions.command(plan, tmp_path, 1, tmp_path) for plan in plans)

    assert host[1:5] == ["-m", "pytest", "-n", "0"]
    assert {"--bench-record", "--benchmark-only", f"--benchmark-json={tmp_path / 'session-1.json'}"} < set(host)
    assert guest[1:6] == ["-m", "helpers.kernels.launch", "uml-6.1", "-m", "pytest"]
    assert not [word for word in guest if str(tmp_path) in word]  # the guest can write to none of it
    assert again == guest
    assert [plan.name for plan in plans] == ["host", "uml-6.1", "uml-6.1#2"]


def test_names_and_places_are_each_other_s_inverse():
    assert place_of(NAME) == "suites/benchmarks/test_receive.py::test_ring[v3-64]"
    assert name_of(place_of(NAME)) == NAME


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        ("dies", "killed by SIGKILL"),
        ("mute", "it measured nothing: no tests ran"),
        ("torn", "a line of its record cannot be read"),
        ("hangs", "hangs: nothing heard of it for"),
    ],
)
def test_a_session_that_fails_says_why_and_the_others_go_on(benches, monkeypatch, do, problem):
    monkeypatch.setattr(sessions.Plan, "silence", 1.0)
    benches.plays = lambda plan: {"do": do if plan.boot == 1 else "good"}

    status, said = benches()

    assert status == 0
    assert problem in said
    good, bad, last = benches.bench().sessions
    assert bad.problem.startswith(problem)
    assert not good.problem + last.problem
    assert len(bad.results) == (0 if do == "mute" else 1)  # what was measured before stays


def test_a_case_that_fails_is_told(benches):
    benches.plays = lambda _: {"do": "fails"}

    status, said = benches("--quick")

    assert status == 0
    assert "failed: AssertionError: no frame came: send/broken" in said
    assert not benches.bench().sessions[0].problem


@pytest.fixture
def start(tmp_path):
    """Start the command with a fake session, and give it and the session's process id once that runs."""
    runs = []

    def begin(do):
        script = START.format(fake=FAKE, do=do, output=str(tmp_path))
        run = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        runs.append(run)
        log = tmp_path / "session-1.log"
        wait.until(lambda: log.exists() and '"}' in log.read_text().partition("pid ")[2], "a session that runs", 30)
        return run, int(log.read_text().partition("pid ")[2].partition('"')[0])

    yield begin
    for run in runs:
        run.kill()
        run.communicate()


@pytest.mark.parametrize(("number", "do", "status"), [(signal.SIGINT, "late", 130), (signal.SIGTERM, "hangs", 143)])
def test_an_interrupt_leaves_the_record_and_no_process(tmp_path, start, number, do, status):
    run, session = start(do)

    run.send_signal(number)
    said = run.communicate(timeout=wait.scaled(60))[0].decode()

    assert run.returncode == status, said
    assert _group(session) == []
    [left] = model.load(tmp_path).sessions
    assert (left.problem, [result.id for result in left.results]) == ("interrupted", [NAME])
    assert "interrupted" in said


def test_the_sessions_end_with_the_command_that_is_killed(start):
    run, session = start("late")

    run.kill()
    run.wait(10)

    wait.until(lambda: session not in _group(session), "the session's end", 10)
    for process in _group(session):
        os.kill(process, signal.SIGKILL)  # the fake's sleeper: it does not follow its parent, as a load does


def _group(leader: int) -> list[int]:
    """List the processes of a process group."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split() if entry.isdigit() else []
        except OSError:
            continue
        if fields and int(fields[2]) == leader and fields[0] != "Z":
            found.append(int(entry))
    return found
