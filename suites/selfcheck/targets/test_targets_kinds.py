"""A new kind of target is one module and one line: a toy kind goes into a copy of the suite, and clauses run on it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from fixtures.clauses import ROOT
from helpers import wait
from helpers.kernels.kinds import by_word, kinds
from suites.selfcheck.conftest import PLACE, PREFACE
from suites.selfcheck.targets import toy_kind

CLAUSES = '''
    import os

    @promise
    @pytest.mark.parametrize("case", ["before", "culprit", "after"])
    def test_case(case):
        """Holds on a toy."""
        assert os.environ["TOY"]
        if case == "culprit":
            os.kill(os.getpid(), 9)
'''


def _left_out(folder: str, names: list[str]) -> list[str]:
    """Return what a copy does not need: the suite's own clauses and checks, and what runs have left."""
    clauses = Path(folder).is_relative_to(ROOT / "suites")
    return [name for name in names if name in ("__pycache__", "out") or (clauses and name.endswith(".py"))]


class Copy:
    """A copy of the suite, with clauses of its own, that knows the toy kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "copy"
        for name in ("fixtures", "helpers", "reports", "suites"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=_left_out)
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder / name)
        clauses = self.folder / PLACE
        clauses.parent.mkdir(parents=True, exist_ok=True)
        (clauses.parent / "__init__.py").write_text('"""What toys promise."""\n')
        clauses.write_text(PREFACE + dedent(CLAUSES))
        registry = self.folder / "helpers" / "kernels" / "kinds" / "__init__.py"
        shutil.copy(toy_kind.__file__, registry.with_name("toy.py"))
        registry.write_text(registry.read_text().replace('    "ssh",\n', '    "ssh",\n    "toy",\n'))

    def __call__(self, *words: str) -> subprocess.CompletedProcess:
        """Call ``sockproof``."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
        return subprocess.run(
            [sys.executable, "-c", "from reports.cli import main; main()", *words],
            cwd=self.folder,
            env={**outer, "PYTHONPATH": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=wait.scaled(240),
            check=False,
        )

    def results(self, target: str) -> dict[str, str] | str:
        """Return the verdicts of a target by case, or why there are none."""
        run = json.loads((self.folder / "reports" / "out" / "last" / target / "run.json").read_text())
        return {result["case"]: result["verdict"] for result in run["results"]} or run["problem"]


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def test_a_toy_kind_is_one_module_and_one_line(copy, tmp_path):
    added = copy("targets", "add", "mine", f"toy={tmp_path}", "colour=red")
    wrong = copy("targets", "add", "other", f"toy={tmp_path}", "colour=green")
    listed = copy("targets", "list")
    ran = copy("run", *(f"--target={name}" for name in ("host", "mine", f"toy={tmp_path},colour=blue")), PLACE)

    assert (added.returncode, added.stdout.split()[:2]) == (0, ["mine", "(toy)"])
    assert "colour is 'green', but must be red or blue" in wrong.stderr
    assert "mine        *a toy kernel\n" in listed.stdout
    assert copy.results("mine") == {"before": "pass", "culprit": "crash", "after": "pass"}, ran.stdout + ran.stderr
    assert copy.results("host")["before"] == "fail"
    [blue] = (copy.folder / "reports" / "out" / "last").glob("toy-*")
    assert copy.results(blue.name) == "blue toys do not run"


def test_a_run_tells_how_a_toy_ended(copy, tmp_path):
    copy("run", "--target", f"toy={tmp_path}", PLACE)

    [folder] = (copy.folder / "reports" / "out" / "last").glob("toy-*")
    run = json.loads((folder / "run.json").read_text())
    [culprit] = [result for result in run["results"] if result["case"] == "culprit"]
    assert culprit["evidence"]["observed"] == "the toy broke"


@pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
def test_what_a_kind_says_of_itself_fits_together(kind):
    assert set(kind.one_of) <= kind.settings.keys()
    assert kind.text
    if kind.word:
        assert kind.first in kind.settings
        assert kind.usage.startswith(f"{kind.word}=")
        assert by_word()[kind.word] is kind
    assert not (kind.here and (kind.elsewhere or kind.boots_ahead))


def test_nothing_asks_for_a_kind_by_name():
    asked = re.compile(rf"""kind\b.*["'](?:{"|".join(kinds())})["']""")
    files = [file for folder in ("fixtures", "helpers/kernels", "reports") for file in (ROOT / folder).rglob("*.py")]

    found = [
        f"{file}: {line.strip()}"
        for file in files
        if file.parent.name != "kinds"
        for line in file.read_text().splitlines()
        if asked.search(line.partition("  #")[0])
    ]

    assert found == []
