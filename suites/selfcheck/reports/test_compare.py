"""Two runs compared: what regressed, broke anew, was lost, vanished, was mended or is new, and the exit status."""

import json

import pytest
from click.testing import CliRunner

from reports import cli
from reports.compare import compare, load_all
from suites.selfcheck.reports.sample_run import result, written


def runs(folder, before, after, **end):
    """Write two runs, each a mapping of (test, case) to a verdict, and return their comparison."""
    made = [
        written(
            folder / name, [result(test, verdict, case=case) for (test, case), verdict in verdicts.items()], **given
        )
        for name, verdicts, given in (("old", before, {}), ("new", after, end))
    ]
    return compare(*made, "uml")


def outline(comparison):
    """Return kind, test and cases of each change."""
    return [(change.kind, change.clause.id.partition("::")[2], len(change.cases)) for change in comparison.changes]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("pass", "fail", "regressed"),
        ("pass", "crash", "regressed"),
        ("pass", "error", "not tried"),
        ("fail", "error", "newly not tried"),
        (None, "error", "newly not tried"),
        ("error", "error", None),
        ("error", "fail", "newly broken"),
        ("error", "pass", "newly held"),
        ("skip", "fail", "newly broken"),
        (None, "timeout", "newly broken"),
        ("xfail", "xpass", "newly broken"),
        ("pass", "skip", "lost"),
        ("pass", None, "vanished"),
        ("fail", "pass", "newly held"),
        ("n/a", "pass", "newly held"),
        (None, "pass", "new"),
        ("pass", "pass", None),
        ("fail", "crash", None),
        ("pass", "n/a", None),
        ("skip", "n/a", None),
    ],
)
def test_what_becomes_of_a_case(tmp_path, before, after, kind):
    verdicts = [
        {("test_other", None): "pass", **({("test_it", None): word} if word else {})} for word in (before, after)
    ]

    found = runs(tmp_path, *verdicts)

    assert outline(found) == ([(kind, "test_it", 1)] if kind else [])
    assert found.regressed == (kind == "regressed")
    assert found.proven == (kind != "not tried")


def test_a_further_broken_case_of_a_broken_clause_regressed(tmp_path):
    found = runs(
        tmp_path,
        {("test_it", "a"): "fail", ("test_it", "b"): "pass", ("test_it", "c"): "pass"},
        {("test_it", "a"): "fail", ("test_it", "b"): "fail", ("test_it", "c"): "pass"},
    )

    assert [(change.kind, change.cases) for change in found.changes] == [
        ("regressed", [result("test_it", case="b")["id"]])
    ]


def test_a_renamed_clause_is_the_same(tmp_path):
    old = written(tmp_path / "old", [result("test_old")])
    new = written(tmp_path / "new", [result("test_new", "fail", formerly=result("test_old")["clause"])])

    assert outline(compare(old, new)) == [("regressed", "test_new", 1)]


def test_what_an_unfinished_run_has_not_got_did_not_vanish(tmp_path):
    found = runs(
        tmp_path,
        {("test_one", None): "pass", ("test_two", None): "pass"},
        {("test_one", None): "pass"},
        interrupted=True,
    )

    assert outline(found) == [("not in this run", "test_two", 1)]
    assert not found.proven
    assert not found.regressed


@pytest.fixture
def call():
    return lambda *words: CliRunner().invoke(cli.main, ["compare", *map(str, words)])


def test_the_exit_status_tells_a_regression(tmp_path, call):
    runs(tmp_path, {("test_it", None): "pass"}, {("test_it", None): "fail"})
    old, new = tmp_path / "old", tmp_path / "new"

    assert [call(*words).exit_code for words in ((old, new), (new, old), (old, old / "run.json"))] == [1, 0, 0]
    assert "REGRESSED syscalls/bind: An address that is not mapped is refused with EFAULT." in call(old, new).output
    assert json.loads(call(old, new, "--json").output)[0]["counts"]["regressed"] == 1
    nothing = call(old, tmp_path / "nothing")
    assert (nothing.exit_code, nothing.output.count("\n")) == (2, 1)


def test_records_of_targets_are_compared_target_by_target(tmp_path, call):
    for name, verdict in (("old", "pass"), ("new", "fail")):
        written(tmp_path / name / "host", [result()])
        written(tmp_path / name / "uml-6.1", [result(verdict=verdict)])
    written(tmp_path / "old" / "gone", [result()])

    found = call(tmp_path / "old", tmp_path / "new")

    assert list(load_all(tmp_path / "new")) == ["host", "uml-6.1"]
    assert found.exit_code == 1
    lines = found.output.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "host: nothing changed",
        "uml-6.1: 1 regressed",
        "gone: not proven",
    ]
    assert "  not proven: there is no record of it" in lines
