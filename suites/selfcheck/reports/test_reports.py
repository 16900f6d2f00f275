"""What a run's results come to: clauses counted, the surface covered, the lines on the terminal."""

import io
import shlex

import pytest

from reports import summary
from reports.clauses import clauses_of, combine, count_clauses
from reports.coverage import coverage_of
from reports.run import VERDICTS, ClauseFacts, Run, RunWriter, load
from suites.selfcheck.reports.sample_run import entry, parts, result, written

STANDING = {"pass": "held", "xfail": "deviates", "n/a": "n/a", "skip": "skipped", "error": "not tried"}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_clause_stands_as_its_only_case(tmp_path, verdict):
    run = written(tmp_path, [result(verdict=verdict)])

    (clause,) = clauses_of(run)

    assert clause.standing == STANDING.get(verdict, "broken")
    assert count_clauses([clause])[clause.standing] == 1


@pytest.mark.parametrize(
    ("standings", "together"),
    [
        ("held held", "held"),
        ("held broken skipped deviates", "broken"),
        ("broken 'not tried'", "broken"),
        ("held 'not tried'", "not tried"),
        ("skipped 'not tried' n/a", "not tried"),
        ("deviates 'not tried'", "not tried"),
        ("held skipped", "partly"),
        ("held n/a", "held"),
        ("skipped n/a", "skipped"),
        ("n/a n/a", "n/a"),
        ("held deviates", "deviates"),
    ],
)
def test_cases_come_to_one_standing_in_any_order(standings, together):
    found = shlex.split(standings)

    assert combine(found) == combine(reversed(found)) == together


def test_a_crashed_case_takes_its_clause_s_statement_from_the_others(tmp_path):
    crashed, other = result(case="a", verdict="crash"), result(case="b")
    with RunWriter(tmp_path, durable=False) as writer:
        writer.write_start(suite={}, kernel={}, command=[])
        writer.write_result(ClauseFacts.unknown(crashed["clause"]), parts(crashed)[1])
        (unknown,) = clauses_of(load(tmp_path))
        writer.write_result(*parts(other))

    (clause,) = clauses_of(load(tmp_path))

    assert (unknown.subject, unknown.statement) == ("syscalls/bind", crashed["clause"])
    assert (clause.statement, clause.subject, clause.standing) == (other["statement"], "syscalls/bind", "broken")


def test_coverage_knows_covered_uncovered_and_what_cannot_be_shown(tmp_path):
    surface = [
        entry("syscall:bind", clauses=["elsewhere"]),
        entry("errno:bind:EBADF"),
        entry("errno:bind:ENOMEM", reason="no allocation can be made to fail"),
        entry("errno:bind:EROFS"),
        entry("option:PACKET_LOSS:set", subject="SOL_PACKET"),
        entry("fanout:HASH"),
    ]
    results = [
        result(covers=["syscall:bind", "errno:bind:EBADF"], used=["packet raw"]),
        result("test_other", verdict="fail", covers=["syscall:bind"], used=["packet raw", "unix stream"]),
    ]

    found = coverage_of(run := written(tmp_path, results, surface), clauses_of(run))

    (row,) = found.syscalls.rows
    cells = dict(zip(found.syscalls.columns, row.cells, strict=True))
    assert {name: (cell.state, cell.text) for name, cell in cells.items()} == {
        "clauses": ("broken", "3"),
        "packet raw": ("broken", "1/2"),
        "unix stream": ("broken", "1/1"),
        "errnos covered": ("partly", "1/2"),
    }
    assert [point.token for point in found.uncovered] == ["errno:bind:EROFS", "option:PACKET_LOSS:set", "fanout:HASH"]
    assert [point.token for point in found.unshowable] == ["errno:bind:ENOMEM"]
    assert [cell and cell.state for cell in found.options[0].rows[0].cells] == ["open", None, None, None]


def test_system_calls_have_a_column_for_each_kind_by_family_and_type(tmp_path):
    used = ["xdp raw", "inet udp", "unix dgram", "unix stream", "packet sock_packet", "packet raw", "inet tcp"]
    old = result("test_of_an_old_record", covers=["syscall:bind"], domains=["packet"])
    results = [
        result(covers=["syscall:bind"], used=used),
        result("test_none", covers=["syscall:bind"], domains=[]),
        old,
    ]

    table = coverage_of(run := written(tmp_path, results, [entry("syscall:bind")]), clauses_of(run)).syscalls

    assert table.groups == [
        ("", ["clauses"]),
        ("", ["packet"]),
        ("packet", ["packet raw", "packet sock_packet"]),
        ("unix", ["unix stream", "unix dgram"]),
        ("inet", ["inet tcp", "inet udp"]),
        ("xdp", ["xdp raw"]),
        ("", ["none"]),
        ("", ["errnos covered"]),
    ]
    assert [len(row.cells) for row in table.rows] == [len(table.columns)]


def test_the_summary_tells_the_broken_clause_and_counts_the_rest(tmp_path):
    evidence = {"expected": "EFAULT", "observed": "\x1b[31m0", "message": "m", "traceback": "", "log": None}
    results = [result(case="a"), result(case="b", verdict="fail", evidence=evidence), result("test_skipped", "skip")]

    text = summary.text(run := written(tmp_path, results), "out/index.html", width=60)

    assert "\x1b" not in text
    told = [" ".join(line.split()) for line in text.splitlines()]
    assert told[0].startswith(f"BROKEN syscalls/bind: {result()['statement'][:20]}")
    for line in ("expected EFAULT", r"observed \x1b[31m0", f"repeat {results[1]['repeat']}", "report out/index.html"):
        assert line in told
    assert "clauses 2: 0 held, 1 broken, 0 n/a, 1 skipped" in told
    assert "cases 3: 1 pass, 1 fail, 1 skip" in told
    assert "\x1b[" in summary.text(run, colour=True)


def test_the_summary_of_an_empty_run_is_one(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)

    summary.show(Run(suite={}, started="", kernel={}))

    assert "clauses   0: 0 held, 0 broken, 0 n/a, 0 skipped" in out.getvalue()


def test_the_summary_says_that_a_run_did_not_end(tmp_path):
    ended = written(tmp_path / "ended", [result()])
    cut = written(tmp_path / "cut", [result()], interrupted=True)

    assert "interrupted" in summary.text(cut)
    assert "interrupted" not in summary.text(ended)
