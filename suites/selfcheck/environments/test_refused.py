"""Where no verdict would be true the run ends before its first test: status 4, one line that says what to do."""

import sys

import pytest

from suites.selfcheck.environments.surroundings import command_in, sockproof

pytestmark = pytest.mark.timeout(300)

PATH = "suites/unix/bind/test_path.py"
PYTEST = [sys.executable, "-m", "pytest"]
STARTS = {"alone": [*PYTEST, "-n", "0"], "workers": [*PYTEST, "-n", "2"], "command": sockproof("run", "-n", "2")}


def refuse(environment: str, command: list[str], tmp_path: object, **settings: str) -> str:
    """Run a clause where it must be refused, and return the one line."""
    done = command_in(environment.split(), [*command, f"--record={tmp_path}", PATH], **settings)
    lines = done.err.strip().splitlines()

    assert (done.status, len(lines)) == (4, 1), done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert " passed" not in done.out
    return lines[0]


@pytest.mark.parametrize("start", STARTS)
def test_too_few_network_namespaces(tmp_path, start):
    line = refuse("few-namespaces", STARTS[start], tmp_path)

    assert "raise user.max_net_namespaces" in line


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("environment", ["no-proc no-mount", "foreign-proc no-mount"])
def test_no_proc_of_ours(tmp_path, environment, start, initial_user_namespace):
    line = refuse(environment, STARTS[start], tmp_path)

    assert "/proc" in line
    assert "mount the proc of this PID namespace" in line


@pytest.mark.parametrize("start", STARTS)
def test_a_temporary_folder_whose_name_cannot_be_written(tmp_path, start):
    folder = tmp_path / "bücher"
    folder.mkdir()

    line = refuse(
        "plain", STARTS[start], tmp_path, LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", TMPDIR=str(folder)
    )

    assert "set TMPDIR, or PYTHONUTF8=1" in line
