"""The repeat command runs as pasted, from the shell that the run was started from; what is missing is told."""

import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from fixtures.clauses import ROOT

BREAKS = '''
@promise
@pytest.mark.parametrize("case", ["a b", "c"])
def test_breaks(case):
    """Breaks."""
    assert case == "c"
'''


def repeat_of(outcome):
    """Give the printed command."""
    return next(
        line.partition("repeat")[2].strip() for line in outcome.text.splitlines() if line.startswith("  repeat")
    )


def environment_with(small_suite, path, monkeypatch, **more):
    """Let pytest be found in *path* first; tox's own variable is not set, unless it is one of *more*."""
    monkeypatch.delenv("TOX_ENV_DIR", raising=False)
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    for name, value in more.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("where", ["elsewhere", "tox", "active"])
def test_the_printed_command_runs_as_pasted(small_suite, tmp_path, monkeypatch, where):
    bin_folder = os.path.dirname(sys.executable)
    path = str(tmp_path) if where == "elsewhere" else bin_folder
    environment_with(small_suite, path, monkeypatch, **({"TOX_ENV_DIR": "x"} if where == "tox" else {}))
    (tmp_path / "pytest").write_text("#!/bin/sh\nexit 77\n")
    (tmp_path / "pytest").chmod(0o755)

    outcome = small_suite.run(BREAKS, "-n", "0", "--slow-factor=2")
    command = repeat_of(outcome)

    words = shlex.split(command)
    assert words[:1] == (["pytest"] if where == "active" else [sys.executable])
    assert words[-3:] == ["0", "--slow-factor=2", "suites/syscalls/bind/test_bind.py::test_breaks[a b]"]
    done = subprocess.run(
        [*words, f"--record={tmp_path / 'again'}"],
        cwd=small_suite.folder,
        env=small_suite.environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "1: 0 held, 1 broken" in done.stdout) == (1, True), done.stdout + done.stderr


def test_an_interpreter_below_the_working_directory_is_named_by_its_place_there(small_suite, monkeypatch):
    environment_with(small_suite, "/nowhere", monkeypatch)
    place = small_suite.folder / ".tox" / "conformance" / "bin"
    place.mkdir(parents=True)
    (place / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    small_suite.write(BREAKS)
    code = "import sys, pytest; sys.executable = sys.argv.pop(1); sys.exit(pytest.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, str(place / "python"), *small_suite.command()[3:]]

    done = subprocess.run(command, cwd=small_suite.folder, env=small_suite.environment, capture_output=True, text=True)

    assert "  repeat    .tox/conformance/bin/python -m pytest -n 0 'suites/" in done.stdout, done.stdout


def test_sockproof_run_is_repeated_from_where_it_was_started(small_suite, tmp_path, monkeypatch):
    environment_with(small_suite, "/nowhere", monkeypatch)
    small_suite.write(BREAKS)
    (tmp_path / "else" / "where").mkdir(parents=True)
    environment = {**small_suite.environment, "SOCKPROOF_FROM": str(tmp_path / "else" / "where")}

    done = subprocess.run(
        small_suite.command(), cwd=small_suite.folder, env=environment, capture_output=True, text=True
    )

    place = os.path.relpath(small_suite.file, tmp_path / "else" / "where")
    assert f"'{place}::test_breaks[a b]'" in done.stdout


def test_a_python_without_the_packages_says_which_and_how_to_get_them(tmp_path):
    venv.create(tmp_path / "bare", with_pip=False)
    packages = next((tmp_path / "bare" / "lib").glob("python*")) / "site-packages"
    here = Path(pytest.__file__).parents[1]
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py.py"):
        (packages / name).symlink_to(here / name)
    python = tmp_path / "bare" / "bin" / "python"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}

    done = subprocess.run([python, "-m", "pytest", "suites/unix"], cwd=ROOT, env=clean, capture_output=True, text=True)

    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stderr.startswith(f"ERROR: {python} has not got jinja2, numpy, pyroute2, pytest-benchmark, ")
    assert f"{python} -m pip install -c {ROOT}/constraints.txt -e {ROOT}" in done.stderr
    assert done.stderr.strip().count("\n") == 0
