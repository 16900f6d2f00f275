"""A guest that panics, hangs or is killed costs the clause that was running; the rest runs on the next guest."""

import os
import signal

import pytest

from helpers import wait
from suites.selfcheck.guest_runs import need_guest, running

pytestmark = pytest.mark.timeout(600)
SLEEP = "__import__('time').sleep(15)"
PANIC = "open('/proc/sysrq-trigger', 'w').write('c')"


@pytest.fixture(autouse=True)
def guest_kernel():
    """The guest's kernel is there."""
    need_guest()


def outline(results) -> dict[str, tuple[str, str]]:
    """Return verdict and worker by case."""
    return {case: (result["verdict"], result["worker"]) for case, result in results.items()}


def test_a_panic_is_the_running_clauses_crash(small_suite):
    with running(small_suite, PANIC) as run:
        results = run.finish()

    assert outline(results) == {
        "before": ("pass", "guest"),
        "culprit": ("crash", "guest"),
        "after": ("pass", "guest:2"),
    }
    evidence = results["culprit"]["evidence"]
    assert "died" in evidence["observed"]
    assert "sysrq triggered crash" in evidence["observed"] + evidence["log"]
    assert results["culprit"]["statement"] == "Holds."
    assert run.process.returncode == 1


def test_a_killed_guest_is_a_crash(small_suite):
    with running(small_suite, SLEEP) as run:
        run.wait_result()
        os.kill(run.guest(), signal.SIGKILL)
        results = run.finish()

    assert outline(results)["culprit"] == ("crash", "guest")
    assert outline(results)["after"] == ("pass", "guest:2")


def test_a_guest_without_a_sign_of_life_is_a_timeout(small_suite):
    with running(small_suite, SLEEP) as run:
        run.wait_result()
        os.kill(run.guest(), signal.SIGSTOP)
        results = run.finish()

    assert outline(results)["culprit"] == ("timeout", "guest")
    assert "silent for 5 s" in results["culprit"]["evidence"]["observed"]
    assert outline(results)["after"] == ("pass", "guest:2")


def test_nothing_outlives_a_killed_run(small_suite):
    with running(small_suite, SLEEP) as run:
        run.wait_result()
        processes = run.processes() - {run.process.pid}
        assert run.guest() in processes
        run.process.kill()
        alive = lambda: [pid for pid in processes if os.path.exists(f"/proc/{pid}")]  # noqa: E731
        wait.until(lambda: not alive(), "no process of the run left", 30)

    assert not list((small_suite.folder / "temporary").glob("sockproof-*"))


def test_a_target_that_dies_again_and_again_is_given_up(small_suite):
    with running(small_suite, PANIC, "--max-worker-restart=0") as run:
        results = run.finish()

    assert outline(results) == {"before": ("pass", "guest"), "culprit": ("crash", "guest")}
    assert "guest: given up after 1 guests died" in run.text
    assert run.process.returncode == 1
