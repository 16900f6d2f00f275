"""The record of a run: written, read back, torn, refused."""

import json
from pathlib import Path

import pytest

from reports.clauses import clauses_of
from reports.model import run_id
from reports.run import RunFileError, RunWriter, load
from reports.schema1 import modern
from suites.selfcheck.reports.sample_run import FOLDERS, KERNEL, SUITE, entry, parts, result, written

START = '{"schema":2,"suite":{},"kernel":{},"started":""'


def test_a_run_comes_back_as_it_was_written(tmp_path):
    evidence = {"expected": "EFAULT", "observed": "0 \ud800", "message": "m", "traceback": "t\nt", "log": None}
    results = [result(case="a"), result(case="b", verdict="fail", evidence=evidence, domains=["packet", "unix"])]
    run = written(tmp_path, results, [entry("syscall:bind", clauses=[results[0]["clause"]])])

    whole, stream = load(tmp_path), load(tmp_path / "run.jsonl")

    assert whole == run
    assert whole.is_complete
    assert (stream.id, stream.clauses, stream.results) == (run.id, run.clauses, run.results)
    assert not stream.is_complete
    assert json.loads((tmp_path / "run.json").read_text())["summary"] == {"pass": 1, "fail": 1}


def test_a_clause_stands_once_and_before_its_results(tmp_path):
    results = [result("test_a", case="1"), result("test_b"), result("test_a", case="2", used=["packet raw"])]
    run = written(tmp_path, results)

    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    told = [(line["type"], line["id"].rpartition("::")[2]) for line in lines[1:]]
    assert lines[0]["type"] == "run"
    assert told == [
        ("clause", "test_a"),
        ("result", "test_a[1]"),
        ("clause", "test_b"),
        ("result", "test_b"),
        ("result", "test_a[2]"),
    ]
    whole = json.loads((tmp_path / "run.json").read_text())
    assert list(whole["clauses"]) == list(dict.fromkeys(item["clause"] for item in results))
    assert (whole["id"], whole["folders"]) == (run.id, FOLDERS)
    assert not {"statement", "refs", "covers", "reason", "evidence"} & whole["results"][0].keys()
    assert [item.get("used", []) for item in whole["results"]] == [[], [], ["packet raw"]]


def test_a_run_s_id_is_its_own_and_sorts_by_time():
    first, second = "2026-11-30T09:43:12+01:00", "2026-11-30T08:43:13+00:00"
    ids = [run_id(when, KERNEL) for when in (first, second, second)]

    assert len(set(ids)) == 3
    assert max(ids[1:]) > min(ids[1:]) > ids[0]
    assert ids[0].startswith("2026-11-30T08-43-12Z-6.18.3-")
    assert run_id("no/time", {"release": "a b/c"}, "x") == "no-time-a-b-c-x"


@pytest.mark.parametrize("name", ["run.json", "run.jsonl"])
def test_a_run_of_schema_1_is_read_as_one_of_today(name):
    """The files in schema_1/ were written by the release before, with a test that broke and one that died."""
    run = load(Path(__file__).with_name("schema_1") / name)

    assert (run.id, run.suite["commit"][:7]) == ("2026-11-30T08-59-27Z-6.18.44-fc-v782-81780d", "f97c895")
    assert [(clause.subject, clause.since, clause.line) for clause in run.clauses.values()] == [
        ("syscalls/bind", "2.2", 28),
        ("packet/auxdata", "2.6.21", 87),
        ("files/xattr_user", "7.1", 47),
    ]
    assert [(result.case, result.verdict) for result in run.results] == [
        ("stream", "pass"),
        ("dgram", "fail"),
        ("seqpacket", "crash"),
        (None, "pass"),
        ("one", "n/a"),
    ]
    assert run.results[1].evidence.observed == "(True, 488)"
    assert clauses_of(run)[-1].refs[0] == "man:bind(2)"


def test_a_clause_that_a_run_of_schema_1_knew_only_later_is_known():
    died = result(case="a", verdict="crash", statement="suites/…", refs=[], covers=[], area="", subject="suites/…")
    told = [died, *(result(case=case, area="syscalls", subject="bind", covers=[case]) for case in "bc")]

    (clause,) = modern({"results": told})["clauses"].values()

    assert (clause["statement"], clause["subject"]) == (result()["statement"], "syscalls/bind")
    assert clause["covers"] == ["b", "c"]


@pytest.mark.parametrize("durable", [True, False])
def test_each_line_is_in_the_file_when_the_call_returns(tmp_path, durable):
    with RunWriter(tmp_path, durable=durable) as writer:
        writer.write_start(suite=SUITE, kernel=KERNEL, command=["pytest"])
        for number in range(3):
            writer.write_result(*parts(result(case=str(number))))

            assert len(load(tmp_path).results) == number + 1


def test_a_new_run_takes_the_place_of_the_old_end(tmp_path):
    written(tmp_path, [result()])

    with RunWriter(tmp_path) as writer:
        writer.write_start(suite=SUITE, kernel=KERNEL, command=["pytest"])

        assert load(tmp_path).results == []


@pytest.mark.parametrize("tail", ['{"type": "result", "id": "x', '{"type"', "\0\0\0\0"])
def test_a_torn_last_line_leaves_an_interrupted_run(tmp_path, tail):
    written(tmp_path, [result()])
    stream = tmp_path / "run.jsonl"
    stream.write_text(stream.read_text() + tail)

    run = load(stream)

    assert run.interrupted
    assert len(run.results) == 1


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("run.json", '{"schema": 9}', "schema 9, this sockproof reads schemas 1 to 2"),
        ("run.json", "[]", "names no schema"),
        ("run.json", "{", "not JSON"),
        ("run.json", '{"schema": 1}', "'suite' is missing"),
        ("run.json", '{"schema":1,"suite":{},"kernel":{},"started":"","results":[3]}', "an object is expected"),
        (
            "run.json",
            '{"schema":1,"suite":{},"kernel":{},"started":"","results":3}',
            "'results' is 3, but must be a list",
        ),
        ("run.jsonl", "", "holds no run"),
        (
            "run.json",
            f'{START},"results":[{{"id":"a","clause":"b","verdict":"pass"}}]}}',
            "clause 'b' is not in the run",
        ),
        ("run.json", f'{START},"clauses":{{"a":3}}}}', "clause a: an object is expected"),
        ("run.json", f'{START},"clauses":{{"a":{{"subject":"x"}}}}}}', "clause a: 'statement' is missing"),
        ("run.jsonl", '{"type":"run","schema":3}\n', "schema 3"),
        ("run.jsonl", '{"type":"run","schema":1,"suite":{},"kernel":{},"started":""}\n{\n{}\n', "line 2 is not JSON"),
    ],
)
def test_what_is_no_run_is_refused_in_one_line_with_the_file_s_name(tmp_path, name, content, complaint):
    file = tmp_path / name
    file.write_text(content)

    with pytest.raises(RunFileError) as caught:
        load(file)

    assert complaint in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_a_result_that_no_reader_would_take_is_none():
    with pytest.raises(RunFileError, match="unknown verdict 'maybe'"):
        parts(result(verdict="maybe"))
