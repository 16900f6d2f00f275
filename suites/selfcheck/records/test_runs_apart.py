"""A run that is recorded in no named place has a folder of its own; a part never takes the place of a whole run."""

import json
import os
import subprocess

import pytest

from helpers.kernels.targets import label
from reports.run_folders import RunFolders
from reports.store import StoreError

TWO = '''
@promise
def test_two():
    """Breaks."""
    assert 1 == 2

@promise
def test_one():
    """Holds."""
'''


class Runs:
    """Runs of a small suite with two clauses, one of which breaks."""

    def __init__(self, suite):
        suite.write(TWO)
        self.suite = suite
        self.folders = RunFolders(suite.folder / "reports" / "out")

    def start(self, *arguments):
        """Start a run."""
        return subprocess.Popen(
            [*self.suite.pytest, *arguments],
            cwd=self.suite.folder,
            env=self.suite.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __call__(self, *arguments):
        """Run; give the exit status and what was printed."""
        run = self.start(*(arguments or ["-n", "0"]))
        text, _ = run.communicate(timeout=200)
        return run.returncode, text

    def cases(self, which):
        """Give the tests in a run's record."""
        run = json.loads((self.folders.find(which) / "run.json").read_text())
        return [result["id"].rpartition("::")[2] for result in run["results"]]


@pytest.fixture
def runs(small_suite):
    return Runs(small_suite)


@pytest.mark.parametrize("arguments", [["-n", "0"], ["-n", "2", "suites"], ["-n", "0", "."]])
def test_a_run_of_the_whole_suite_is_one(runs, arguments):
    status, text = runs(*arguments)

    folder = runs.folders.find("last-full")
    assert status == 1, text
    assert f"report    {folder.relative_to(runs.suite.folder)}/index.html" in text
    assert sorted(os.listdir(folder)) == ["full", "index.html", "run.json", "run.jsonl"]
    assert sorted(runs.cases("last-full")) == ["test_one", "test_two"]
    assert json.loads((folder / "run.json").read_text())["id"] == folder.name
    assert sorted(os.listdir(runs.folders.place)) == sorted([folder.name, "index.html", "last", "last-full"])


def test_no_part_takes_its_place(runs):
    runs()
    whole = runs.folders.find("last-full")
    file = str(runs.suite.file.relative_to(runs.suite.folder))
    kept = 1
    parts = {"-k one": ["test_one"], f"{file}::test_two": ["test_two"], "--deselect suites/none": None, "-x": None}

    for words, cases in parts.items():
        runs("-n", "0", *words.split())
        kept += 1

        assert runs.folders.find("last-full") == whole
        assert len(runs.folders.names()) == kept, words
        assert cases in (None, runs.cases("last"))
    assert f"url={whole.name}/" in (runs.folders.place / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["-n", "0", "-k", "nothing"], 5),
        (["--target=typo"], 2),
        (["-n", "0", "--expectations=/nowhere"], 4),
        (["--target=host", "--expectations=/nowhere"], 4),
        (["-n", "0", "--slow-factor=0"], 4),
        (["--target=host", "--collect-only"], 0),
    ],
)
def test_a_run_that_proves_nothing_leaves_nothing(runs, arguments, status):
    runs()
    before = sorted(os.listdir(runs.folders.place))

    found, text = runs(*arguments)

    assert found == status, text
    assert sorted(os.listdir(runs.folders.place)) == before
    assert sorted(runs.cases("last")) == ["test_one", "test_two"]


def test_runs_at_once_never_mix(runs):
    started = [runs.start("-n", "0") for _ in range(3)]
    texts = [run.communicate(timeout=200)[0] for run in started]

    names = runs.folders.names()
    assert len(names) == 3, texts
    assert [sorted(runs.cases(name)) for name in names] == [["test_one", "test_two"]] * 3
    assert sorted(text.partition("reports/out/")[2].partition("/")[0] for text in texts) == names


def test_several_targets_are_one_run_with_a_folder_each(runs):
    status, text = runs("--target=host", "--target=uml=/bin/false")

    folder = runs.folders.find("last")
    assert status == 1, text
    assert "-host-uml-bin-false-" in folder.name
    assert {"host", label("uml=/bin/false"), "index.html"} <= set(os.listdir(folder))
    assert f"report    {folder.relative_to(runs.suite.folder)}/index.html" in text
    with pytest.raises(StoreError, match="no whole run is kept"):
        runs.folders.find("last-full")


def test_how_many_are_kept_is_an_option(runs):
    for _ in range(3):
        status, text = runs("-n", "0", "--keep-runs=2", "-k", "one")
    refused, said = runs("-n", "0", "--keep-runs=0")

    assert (status, len(runs.folders.names())) == (0, 2), text
    assert (refused, "--keep-runs=0: 1 run is the fewest" in said) == (4, True)
