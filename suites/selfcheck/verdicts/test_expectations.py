"""A recorded deviation excuses what it is about and nothing else, and is missed when it is gone."""

import platform

import pytest

from helpers.expectations import Condition

ENTRY = {
    "clauses": '["suites/syscalls/bind/test_bind.py::test_x"]',
    "when": '{platform = "User Mode Linux"}',
    "reason": '"the kernel does otherwise"',
    "link": '"https://example.org/1"',
    "review": "2199-01-01",
}
HERE = f'{{release = ">= {".".join(platform.release().split("-")[0].split(".")[:2])}"}}'
CASES = '''
    import os

    @promise
    @pytest.mark.parametrize("case", ["breaks", "holds", "skips"])
    def test_x(case):
        """Holds."""
        if case == "skips":
            pytest.skip("one CPU only")
        assert case == "holds"

    @promise
    def test_errs():
        """Errs."""
        raise RuntimeError("ours")

    @promise
    def test_dies():
        """Dies."""
        os.kill(os.getpid(), 9)
'''


@pytest.fixture
def verdicts(small_suite):
    """Run the cases with one deviation recorded, ENTRY with *changes*, and give their verdicts."""

    def run(*arguments: str, suite: str = CASES, **changes: str):
        entry = ENTRY | {"when": HERE} | changes
        lines = "\n".join(f"{key} = {value}" for key, value in entry.items())
        (small_suite.folder / "known.toml").write_text(f"[[deviation]]\n{lines}\n")
        return small_suite.run(suite, "-n", "1", "--expectations=known.toml", *arguments)

    return run


def test_a_deviation_is_excused_and_its_absence_is_not(verdicts):
    outcome = verdicts("-k", "test_x")

    assert outcome.verdicts == {"test_x[breaks]": "xfail", "test_x[holds]": "xpass", "test_x[skips]": "skip"}
    assert outcome.status == 1
    told = outcome.results["test_x[breaks]"]
    assert told["reason"] == "the kernel does otherwise"
    assert told["deviation"] == {"place": "known.toml #1", "link": "https://example.org/1", "review": "2199-01-01"}
    assert (told["evidence"]["expected"], told["evidence"]["observed"]) == ("'holds'", "'breaks'")
    assert outcome.results["test_x[holds]"]["evidence"]["observed"] == "the clause holds"


def test_a_case_can_be_named_alone_and_a_review_that_is_due_is_said(verdicts):
    outcome = verdicts("-k", "test_x", clauses='["suites/*/test_bind.py::test_?[br*]"]', review="2020-01-01")

    assert outcome.verdicts == {"test_x[breaks]": "xfail", "test_x[holds]": "pass", "test_x[skips]": "skip"}
    assert outcome.status == 0
    assert "known.toml #1 was to be reviewed by 2020-01-01" in outcome.text


def test_a_deviation_that_comes_and_goes_passes_too(verdicts):
    outcome = verdicts("-k", "test_x", sometimes='"it depends on the weather"')

    assert outcome.verdicts == {"test_x[breaks]": "xfail", "test_x[holds]": "pass", "test_x[skips]": "skip"}
    assert outcome.status == 0


@pytest.mark.parametrize("changes", [{"when": '{platform = "gVisor"}'}, {"when": '{release = "< 2.6"}'}])
def test_a_deviation_of_another_kernel_excuses_nothing(verdicts, changes):
    outcome = verdicts("-k", "test_x", **changes)

    assert outcome.verdicts == {"test_x[breaks]": "fail", "test_x[holds]": "pass", "test_x[skips]": "skip"}
    assert outcome.status == 1


def test_only_the_verdict_that_is_recorded_is_excused(verdicts):
    everything = '["suites/syscalls/*"]'
    expected = {"test_x[breaks]": "fail", "test_x[holds]": "pass", "test_x[skips]": "skip"}

    errors = verdicts("-k", "not dies", clauses=everything, verdict='"error"', sometimes='"why"')
    crashes = verdicts(clauses=everything, verdict='["crash", "timeout"]', sometimes='"why"')

    assert errors.verdicts == {**expected, "test_errs": "fail"}
    assert crashes.verdicts == {**expected, "test_errs": "fail", "test_dies": "xfail"}
    assert crashes.results["test_dies"]["reason"] == "the kernel does otherwise"


LEAVES = '''
    import os

    @promise
    @pytest.mark.parametrize("case", ["leaves", "tidies"])
    def test_x(case):
        """Leaves a descriptor."""
        if case == "leaves":
            os.open("/", os.O_RDONLY)
'''


def test_an_error_that_comes_after_the_test_is_excused_too(verdicts):
    outcome = verdicts(suite=LEAVES, verdict='"error"')

    assert outcome.verdicts == {"test_x[leaves]": "xfail", "test_x[tidies]": "xpass"}


def test_what_harms_a_kernel_is_not_tried_there(verdicts):
    outcome = verdicts("-k", "test_x", harms='"it spoils the rest"')

    assert set(outcome.verdicts.values()) == {"xfail"}
    assert outcome.status == 0


def test_debians_own_release_numbers_are_understood():
    told = {"platform": "Linux", "release": "5.10.0-32-amd64", "version": "#1 SMP Debian 5.10.223-1 (2024-08-10)"}

    releases = ("< 5.10.88", "< 5.10.224")
    assert [Condition(release=one).holds(told) for one in releases] == [False, True]
    assert Condition(release="< 5.10.88").holds(told | {"version": "#1"})


def test_a_run_without_expectations_shows_what_they_hide(verdicts):
    outcome = verdicts("-k", "test_x", "--runxfail")

    assert outcome.verdicts == {"test_x[breaks]": "fail", "test_x[holds]": "pass", "test_x[skips]": "skip"}


def test_a_malformed_file_is_one_clear_line(verdicts):
    outcome = verdicts(when='{planet = "Mars"}')

    assert outcome.status == 4
    (line,) = [line for line in outcome.text.splitlines() if line.startswith("ERROR")]
    assert "known.toml: deviation 1: 'when' knows no planet; it knows platform" in line
    assert "Traceback" not in outcome.text
