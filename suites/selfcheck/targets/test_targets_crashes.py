"""A guest that panics, hangs or is killed costs the clause that was running; the rest runs on the next guest."""

import os
import signal

import pytest

from helpers import wait
from helpers.kernels.kinds import uml
from helpers.kernels.targets import find
from suites.selfcheck.targets import oops_module
from suites.selfcheck.targets.guest_runs import need_guest, running

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
    assert run.clauses[results["culprit"]["clause"]]["statement"] == "Holds."
    assert run.process.returncode == 1


def test_an_oops_is_the_running_clauses_crash(small_suite):
    module = next(uml.files(find("uml-6.12"))[1].glob("kernel/drivers/net/dummy.ko*"))
    with running(small_suite, oops_module.write(module, small_suite.folder / "broken.ko")) as run:
        results = run.finish()

    assert outline(results)["culprit"] == ("crash", "guest")
    assert "Kernel mode fault at addr 0x0" in results["culprit"]["evidence"]["observed"]
    assert "init_module" in results["culprit"]["evidence"]["log"]
    assert outline(results).get("after") == ("pass", "guest:2"), run.text


def test_a_killed_guest_is_a_crash(small_suite):
    with running(small_suite, SLEEP) as run:
        run.wait_result()
        os.kill(run.guest(), signal.SIGKILL)
        results = run.finish()

    assert outline(results)["culprit"] == ("crash", "guest")
    assert outline(results).get("after") == ("pass", "guest:2"), run.text


def test_a_guest_without_a_sign_of_life_is_a_timeout(small_suite):
    with running(small_suite, SLEEP) as run:
        run.wait_result()
        os.kill(run.guest(), signal.SIGSTOP)
        results = run.finish()

    assert outline(results)["culprit"] == ("timeout", "guest")
    assert "silent for 8 s" in results["culprit"]["evidence"]["observed"]
    assert outline(results).get("after") == ("pass", "guest:2"), run.text


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
@pytest.mark.parametrize("when", ["booting", "running"])
def test_nothing_outlives_an_ended_run(small_suite, when, signal_number):
    with running(small_suite, SLEEP) as run:
        if when == "booting":
            wait.until(run.has_guest, "a guest", 240)
        else:
            run.wait_result()
        processes = run.processes() - {run.process.pid}
        assert run.guest() in processes
        run.process.send_signal(signal_number)
        alive = lambda: [pid for pid in processes if os.path.exists(f"/proc/{pid}")]  # noqa: E731
        wait.until(lambda: not alive(), "no process of the run left", 60)

    assert list((small_suite.folder / "temporary").glob("sockproof-*")) == []


def test_a_target_that_dies_again_and_again_is_given_up(small_suite):
    with running(small_suite, PANIC, "--max-worker-restart=0") as run:
        results = run.finish()

    assert outline(results) == {"before": ("pass", "guest"), "culprit": ("crash", "guest")}
    assert "guest: given up after 1 guests died" in run.text
    assert run.process.returncode == 1
