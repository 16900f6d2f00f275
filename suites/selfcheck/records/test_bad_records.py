"""Damaged and hostile records: one line and a status, no traceback; nothing in them reaches the terminal raw."""

import copy
import json
import random

import pytest
from click.testing import CliRunner

from reports import cli
from suites.selfcheck.reports.sample_run import KERNEL, entry, result, written

EVIDENCE = {"expected": "EFAULT", "observed": "0", "message": "m", "traceback": "t", "log": "l"}
DEVIATION = {"place": "linux.toml #1", "link": "https://kernel.org", "review": "2026-01-01"}
WRONG = (None, True, -1, 10**400, 1e300, float("nan"), "", "\x1b[31m", "x" * 500, [], [None], {}, {"a": {}}, [[[]]])
HOSTILE = "\x1b]0;owned\x07\x9b31m\u202edlrow\u2066\u061c\u200b\ufeff\U000e0041"


def invoke(*words):
    """Run the command; give its status and what it printed, which is no traceback."""
    done = CliRunner().invoke(cli.main, list(map(str, words)))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def whole(tmp_path):
    """A record with every field filled; its folder, and its object."""
    results = [
        result(case="a", used=["packet raw"]),
        result(case="b", verdict="fail", evidence=EVIDENCE, reason="why"),
        result("test_known", verdict="xfail", deviation=DEVIATION, reason="why"),
    ]
    written(tmp_path / "run", results, [entry("syscall:bind", clauses=[results[0]["clause"]])], problem="none")
    return tmp_path / "run", json.loads((tmp_path / "run" / "run.json").read_text())


def places(value, path=()):
    """Give the path of each value within a value."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(data, path, value):
    """Give a copy in which the value at the path is another."""
    copied = copy.deepcopy(data)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copied


def write(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(text)
    return folder


TABLE = [
    (("clauses", 0, "refs"), None, "'refs' is None, but must be a list of text"),
    (("results", 0, "duration"), float("nan"), "NaN is no number"),
    (("results", 0, "duration"), -(10**400), "'duration' is -1000"),
    (("results",), {}, "'results' is {}, but must be a list of objects"),
    (("results", 0, "used"), [1], "'used' is [1], but must be a list of text"),
    (("clauses", 0, "line"), "12", "'line' is '12', but must be a whole number"),
    (("results", 1, "evidence"), 3, "an object is expected, not int"),
    (("interrupted",), None, "'interrupted' is None, but must be true or false"),
    (("id",), {}, "'id' is {}, but must be text"),
]


@pytest.mark.parametrize(("path", "value", "words"), TABLE, ids=[str(number) for number in range(len(TABLE))])
def test_a_wrong_value_is_told_in_one_line(whole, tmp_path, path, value, words):
    folder, data = whole
    if path[0] == "clauses":
        path = ("clauses", next(iter(data["clauses"])), path[2])
    bad = write(tmp_path / "bad", json.dumps(changed(data, path, value)))

    for command in (["report", bad], ["compare", folder, bad], ["compare", bad, folder]):
        status, said = invoke(*command)
        assert (status, said.count("\n"), words in said) == (2, 1, True), said


def test_any_damage_is_told_in_one_line_or_drawn(whole, tmp_path):
    folder, data = whole
    seeded = random.Random(7)
    for path in places(data):
        for value in seeded.sample(WRONG, 3):
            bad = write(tmp_path / "bad", json.dumps(changed(data, path, value)))

            for command in (["report", bad, "-o", tmp_path / "page.html"], ["compare", folder, bad]):
                status, said = invoke(*command)
                assert status in (0, 1, 2), (path, value)
                assert status != 2 or (said.startswith("sockproof: ") and said.count("\n") == 1), (path, value, said)


@pytest.mark.parametrize("cut", [0, 1, 100, -2])
def test_of_a_torn_record_its_lines_are_read(whole, tmp_path, cut):
    folder, _ = whole
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text[:cut])

    status, said = invoke("report", folder)
    assert status == 1
    assert said.startswith(f"sockproof: {folder / 'run.json'}: torn, or not JSON (line 1")
    assert "run.jsonl beside it is read instead\n" in said
    assert "3: 1 pass, 1 fail, 1 xfail" in said

    (folder / "run.jsonl").unlink()
    status, said = invoke("report", folder)
    assert (status, said.count("\n")) == (2, 1)


def test_a_place_that_is_not_there(whole, tmp_path):
    folder, _ = whole
    for name in (tmp_path / "none", tmp_path / "none" / "run.json", "none-of-that-name"):
        status, said = invoke("report", name)
        assert (status, said.count("\n"), "o such file or folder" in said or "No such file" in said) == (2, 1, True)

    assert invoke("report", folder, "-o", f"{tmp_path / 'new' / 'folder'}/")[0] == 0
    assert (tmp_path / "new" / "folder" / "index.html").read_text().startswith("<!DOCTYPE html>")
    assert invoke("report", folder, "-o", tmp_path / "other" / "page.html")[0] == 0


def test_what_would_steer_a_terminal_is_spelled_out(whole, tmp_path):
    folder, data = whole
    name = next(iter(data["clauses"]))
    data["suite"] = {"name": HOSTILE, "version": HOSTILE, "commit": HOSTILE}
    data["kernel"] = {**dict.fromkeys(KERNEL, HOSTILE), "lacks": []}
    data["id"] = data["problem"] = data["started"] = HOSTILE
    data["clauses"][name] |= {"statement": HOSTILE, "subject": HOSTILE, "level": HOSTILE, "since": HOSTILE}
    for item in data["results"]:
        item |= {"id": f"{name}[{HOSTILE}]", "case": HOSTILE, "reason": HOSTILE, "repeat": HOSTILE, "worker": HOSTILE}
    data["results"][1]["evidence"] = dict.fromkeys(EVIDENCE, HOSTILE)
    bad = write(tmp_path / "bad", json.dumps(data))

    shown = [
        invoke("report", bad),
        invoke("compare", folder, bad),
        invoke("report", write(tmp_path / "x", f'"{HOSTILE}')),
    ]
    pages = [(bad / "index.html").read_text()]
    invoke("compare", write(tmp_path / HOSTILE[1:8], json.dumps(data)), bad)

    for text in [*(said for _, said in shown), *pages]:
        assert not set(HOSTILE) & set(text) - set("]0;owned31mdlrow"), ascii(text)
    assert "\\x1b]0;owned\\x07\\x9b31m\\u202edlrow" in shown[0][1]
    assert "\\u202edlrow" in pages[0]


def test_a_line_about_a_record_is_spelled_out_too(whole, tmp_path):
    folder, data = whole
    data["results"][0] |= {"id": HOSTILE, "verdict": "maybe"}

    status, said = invoke("compare", folder, write(tmp_path / "bad", json.dumps(data)))

    assert (status, said.count("\n"), "\\x1b" in said, "\x1b" in said) == (2, 1, True, False)
