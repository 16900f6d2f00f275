"""The record says which part of the suite was asked for, and whether the run stopped before its time."""

import os

import pytest

from reports.run import load
from suites.selfcheck.verdicts.interrupted_suite import INTERRUPTED

SUITE = '''
    @promise
    @pytest.mark.parametrize("number", range(4))
    def test_some(number):
        """Holds, but for one."""
        assert number != 1

    @promise
    def test_other():
        """Holds."""

    @promise
    @pytest.mark.race
    def test_race():
        """Is left out of every ordinary run."""
'''
PLACE = "suites/syscalls/bind/test_bind.py"
EXTENT = ("selected", "deselected", "stopped", "planned")


def extent(outcome):
    """Return what the record says of its extent, as far as it says anything."""
    return {name: outcome.run[name] for name in EXTENT if outcome.run.get(name)}


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], {"planned": 5}),
        (["suites"], {"planned": 5}),
        ([PLACE], {"selected": PLACE, "planned": 5}),
        (["-k", "other or 2"], {"selected": "-k 'other or 2'", "deselected": 3, "planned": 2}),
        (["-m", "race"], {"selected": "-m race", "deselected": 5, "planned": 1}),
        ([f"{PLACE}::test_other"], {"selected": f"{PLACE}::test_other", "planned": 1}),
        (
            [f"--deselect={PLACE}::test_other"],
            {"selected": f"--deselect={PLACE}::test_other", "deselected": 1, "planned": 4},
        ),
        ([f"--ignore={PLACE}", "-k", "other"], {"selected": f"-k other --ignore={PLACE}"}),
    ],
)
def test_a_part_of_the_suite_is_told_as_such(small_suite, workers, words, said):
    outcome = small_suite.run(SUITE, "-n", workers, *words)

    assert extent(outcome) == said
    assert not outcome.run["interrupted"]
    assert load(small_suite.folder / "out" / "run.jsonl").selected == said.get("selected", "")  # known from the start
    if outcome.verdicts:
        assert ("This run is a part of the suite" in outcome.text) == ("selected" in said)


def test_a_run_from_within_a_folder_is_of_that_folder(small_suite):
    small_suite.write(SUITE)

    outcome = small_suite.run(SUITE, "-n", "0", f"--rootdir={small_suite.folder}", f"{small_suite.file.parent}/")

    assert extent(outcome)["selected"] == "suites/syscalls/bind"


def test_what_failed_last_is_a_part_once_something_failed(small_suite):
    command = small_suite.command
    small_suite.command = lambda *words: [word for word in command(*words) if word not in ("-p", "no:cacheprovider")]

    first, second = (small_suite.run(SUITE, "-n", "0", "--last-failed") for _ in range(2))

    assert extent(first) == {"planned": 5}
    assert extent(second)["selected"] == "--last-failed"
    assert second.verdicts == {"test_some[1]": "fail"}


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
def test_a_run_that_stops_at_a_failure_is_not_complete(small_suite, option):
    outcome = small_suite.run(SUITE, "-n", "0", option)

    assert extent(outcome) == {"stopped": "after 1 failure (--maxfail=1)", "planned": 5}
    assert outcome.verdicts == {"test_some[0]": "pass", "test_some[1]": "fail"}
    assert (outcome.status, outcome.run["interrupted"]) == (1, False)
    assert not load(small_suite.folder / "out").is_complete
    assert "This run was stopped after 1 failure (--maxfail=1). It holds 2 of 5 cases;" in " ".join(
        outcome.text.split()
    )


def test_so_is_one_whose_workers_stop(small_suite):
    many = SUITE.replace("range(4)", "range(400)")

    outcome = small_suite.run(many, "-n", "2", "-x")

    assert extent(outcome) == {"stopped": "after 1 failure (--maxfail=1)", "planned": 401}
    assert not outcome.run["interrupted"]
    assert len(outcome.verdicts) < 401


def test_a_failure_in_the_last_case_leaves_the_run_complete(small_suite):
    outcome = small_suite.run(SUITE.replace("number != 1", "number < 4").replace("Holds.", "Fails."), "-n", "0", "-x")
    last = small_suite.run(
        f"{SUITE}\n    @promise\n    def test_z():\n        '''Fails.'''\n        assert 0\n".replace(
            "number != 1", "number < 4"
        ),
        "-n",
        "0",
        "-x",
    )

    assert extent(outcome) == {"planned": 5}
    assert extent(last) == {"planned": 6}
    assert last.status == 1
    assert load(small_suite.folder / "out").is_whole


def test_an_interrupted_run_says_of_how_many_cases_it_knows(small_suite):
    outcome = small_suite.run(INTERRUPTED)

    assert outcome.run["interrupted"]
    assert extent(outcome) == {"planned": 4}
    assert "This run was interrupted. It holds 2 of 4 cases;" in " ".join(outcome.text.split())


def test_a_run_of_nothing_was_not_interrupted(small_suite):
    outcome = small_suite.run(SUITE, "-n", "0", "-k", "nothing")

    assert outcome.status == os.EX_OK + int(pytest.ExitCode.NO_TESTS_COLLECTED)
    assert not outcome.run["interrupted"]
