"""The record of a run: written, read back, torn, refused."""

import json

import pytest

from reports.run import RunFileError, RunWriter, load
from suites.selfcheck.reports.sample_run import KERNEL, SUITE, entry, result, written


def test_a_run_comes_back_as_it_was_written(tmp_path):
    evidence = {"expected": "EFAULT", "observed": "0 \ud800", "message": "m", "traceback": "t\nt", "log": None}
    results = [result(case="a"), result(case="b", verdict="fail", evidence=evidence, domains=["packet", "unix"])]
    run = written(tmp_path, results, [entry("syscall:bind", clauses=[results[0]["clause"]])])

    whole, stream = load(tmp_path), load(tmp_path / "run.jsonl")

    assert whole == run
    assert whole.is_complete
    assert stream.results == run.results
    assert not stream.is_complete
    assert json.loads((tmp_path / "run.json").read_text())["summary"] == {"pass": 1, "fail": 1}


@pytest.mark.parametrize("durable", [True, False])
def test_each_line_is_in_the_file_when_the_call_returns(tmp_path, durable):
    with RunWriter(tmp_path, durable=durable) as writer:
        writer.write_start(suite=SUITE, kernel=KERNEL, command=["pytest"])
        for number in range(3):
            writer.write_result(result(case=str(number)))

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
        ("run.json", '{"schema": 9}', "schema 9, this sockproof reads schema 1"),
        ("run.json", "[]", "names no schema"),
        ("run.json", "{", "not JSON"),
        ("run.json", '{"schema": 1}', "'suite' is missing"),
        ("run.json", '{"schema":1,"suite":{},"kernel":{},"started":"","results":[3]}', "an object is expected"),
        ("run.json", '{"schema":1,"suite":{},"kernel":{},"started":"","results":3}', "not a run file"),
        ("run.jsonl", "", "holds no run"),
        ("run.jsonl", '{"type":"run","schema":2}\n', "schema 2"),
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


def test_a_result_that_no_reader_would_take_is_not_written(tmp_path):
    with RunWriter(tmp_path) as writer:
        writer.write_start(suite=SUITE, kernel=KERNEL, command=[])

        with pytest.raises(RunFileError, match="unknown verdict 'maybe'"):
            writer.write_result(result(verdict="maybe"))
