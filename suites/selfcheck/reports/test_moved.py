"""Clauses and benchmarks that moved or got another name are found by the ids that they had, everywhere."""

import ast
import gzip
import json
import tomllib
from functools import cache
from pathlib import Path

import pytest

from fixtures.clauses import ROOT
from fixtures.moved import today_of
from helpers import expectations, moved
from helpers.bench import sample
from helpers.moved import MovedError, Moves, Present
from reports.bench import history
from reports.compare import compare
from suites.selfcheck.reports.sample_run import parts, result, written

MOVES = {
    "a.py": "b.py",
    "b.py": "c/d.py",
    "a.py::test_f": "x.py",
    "x.py::test_f": "y.py::test_g",
    "z.py": "b.py",
    "suites/benchmarks/test_receive.py": "suites/benchmarks/test_reception.py",
    "suites/benchmarks/test_receive.py::test_ring": "suites/benchmarks/test_mapped.py::test_slots",
}


@pytest.fixture
def moves(monkeypatch):
    """Let these moves be all that are known."""
    found = Moves(MOVES)
    monkeypatch.setattr(moved, "known", lambda: found)
    return found


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("a.py", "c/d.py"),
        ("a.py::test_x", "c/d.py::test_x"),
        ("a.py::test_x[1[a.py::test_f]", "c/d.py::test_x[1[a.py::test_f]"),
        ("a.py::test_f[1]", "y.py::test_g[1]"),
        ("b.py::test_f", "c/d.py::test_f"),
        ("x.py::test_h", "x.py::test_h"),
        ("c/d.py::test_x", "c/d.py::test_x"),
        ("no id at all", "no id at all"),
    ],
)
def test_chains_are_followed_and_a_function_s_line_comes_first(moves, old, today):
    assert moves.resolve(old) == today


@pytest.mark.parametrize(
    ("today", "before"),
    [
        ("c/d.py::test_x[1]", ["b.py::test_x[1]", "a.py::test_x[1]", "z.py::test_x[1]"]),
        ("c/d.py::test_f", ["b.py::test_f", "z.py::test_f"]),
        ("y.py::test_g", ["x.py::test_f", "a.py::test_f"]),
        ("x.py::test_h", []),
    ],
)
def test_the_ids_before_are_those_that_lead_here(moves, today, before):
    assert moves.former(today) == before


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"a.py": "b.py", "b.py": "a.py"}, "in a circle: a.py = b.py = a.py"),
        ({"a.py": "a.py"}, "in a circle"),
        ({"a.py::test_f": "b.py", "b.py": "a.py"}, "in a circle: a.py::test_f = b.py::test_f = a.py::test_f"),
        ({"a.py": "b.py::test_f"}, "a file cannot become a function"),
        ({"a": "b.py"}, "a path of a .py file"),
        ({"a.py": 3}, "a path of a .py file"),
    ],
)
def test_what_leads_nowhere_is_refused(tmp_path, told, complaint):
    file = tmp_path / "moved.toml"
    file.write_text("\n".join(f'"{old}" = {new!r}' for old, new in told.items()))

    with pytest.raises(MovedError, match=complaint) as error:
        moved.read(file)

    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("formerly", ["a.py::test_old", "b.py::test_old", "c/d.py::test_old"])
@pytest.mark.parametrize("old", ["a.py::test_old", "z.py::test_old", "c/d.py::test_old"])
def test_a_clause_that_was_renamed_before_or_after_it_moved_is_the_same(moves, tmp_path, formerly, old):
    before = written(tmp_path / "old", [result(clause=old, id=old)])
    after = written(tmp_path / "new", [result("test_new", "fail", clause="c/d.py::test_new", formerly=formerly)])

    found = compare(before, after)

    assert [(change.kind, change.clause.id) for change in found.changes] == [("regressed", "c/d.py::test_new")]
    assert old in moved.names("c/d.py::test_new", formerly)


def test_an_id_that_is_there_is_itself(moves):
    present = Present([("a.py::test_x", None), ("c/d.py::test_y", None)])

    assert [present.id_of(f"a.py::test_{name}") for name in "xyz"] == [
        "a.py::test_x",
        "c/d.py::test_y",
        "c/d.py::test_z",
    ]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("a.py::test_x", True),
        ("a.py::test_x[1]", True),
        ("a.py::test_x[2]", False),
        ("a.py::*", True),
        ("?.py::test_x[*]", True),
        ("z.py::test_w", False),
        ("b.py::test_was", True),
        ("a.py::test_was[1]", True),
    ],
)
def test_a_deviation_means_a_clause_by_any_id_that_it_had(moves, tmp_path, text, means):
    file = tmp_path / "known.toml"
    file.write_text(
        f'[[deviation]]\nclauses = ["{text}"]\nwhen = {{platform = "Linux"}}\nreason = "why"\n'
        'link = "https://example.org"\nreview = 2199-01-01\n'
    )
    (entry,) = expectations.read(file)

    today, *former = moved.names("c/d.py::test_x[1]", "b.py::test_was")
    assert entry.matches(today, former) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("suites/syscalls/test_bind_*", True),
        ("suites/syscalls/test_bind_arguments.py::*", True),
        ("suites/syscalls/*", False),
        ("suites/syscalls/bind/test_arguments.py::*", False),
    ],
)
def test_a_pattern_that_fits_a_file_of_today_means_what_is_there_today(text, means):
    entry = expectations.Expectation("", (text,), *[""] * 4, (), "", "")

    assert entry.matches("suites/unix/x.py::test_x", ["suites/syscalls/test_bind_arguments.py::test_x"]) == means
    assert not entry.matches("suites/unix/x.py::test_x", ["suites/unix/y.py::test_x"])


def test_clauses_that_became_one_are_compared_once(moves, tmp_path):
    gone = [result(clause=f"{file}.py::test_x", id=f"{file}.py::test_x[{file}]", case=file) for file in "az"]
    merged = result("x", "fail", clause="c/d.py::test_x", id="c/d.py::test_x[1]", case="1")
    there = {**merged, "verdict": "pass"}
    new = written(tmp_path / "new", [merged])

    renamed = compare(written(tmp_path / "one", gone), new).changes
    same = compare(written(tmp_path / "two", [*gone, there]), new).changes

    assert [(change.kind, change.cases) for change in renamed] == [("regressed", ["c/d.py::test_x"])]
    assert [(change.kind, change.cases) for change in same] == [("regressed", ["c/d.py::test_x[1]"])]


def test_a_benchmark_s_history_goes_on_under_its_new_name(moves, tmp_path):
    names = {"receive/ring[v2-64]": "mapped/slots[v2-64]", "receive/send[v1]:c": "reception/send[v1]:c", "x": "x"}
    point = history.Point("rate", 1, 1, 1)
    past = history.Past("2026-11-22", {}, results={"host": dict.fromkeys(names, point)})
    (tmp_path / "a.json").write_text(json.dumps(past.to_dict()))

    assert [sample.present(name) for name in names] == list(names.values())
    assert list(history.load(tmp_path)[0].results["host"]) == list(names.values())


BIND = "suites/syscalls/bind/test_arguments.py"


@pytest.mark.parametrize(
    ("place", "today"),
    [
        ("suites/syscalls/test_bind_arguments.py", [BIND]),
        ("./suites/syscalls/../syscalls/test_bind_arguments.py", [BIND]),
        (f"{ROOT}/suites/syscalls/test_bind_arguments.py", [BIND]),
        ("suites/syscalls/test_bind_arguments.py::test_x[1]", [f"{BIND}::test_x[1]"]),
        (BIND, []),
        (f"{BIND}::test_x", []),
        ("suites/syscalls", []),
        ("suites/nothing.py", []),
    ],
)
def test_a_place_that_moved_is_found(place, today):
    assert today_of(place, ROOT, ROOT) == today


def test_a_folder_that_is_no_more_leads_to_the_folders_of_its_files():
    assert today_of("suites/files/", ROOT, ROOT)[:2] == ["suites/io/aio", "suites/io/epoll"]


def test_an_old_place_on_the_command_line_is_refused_in_one_line(small_suite):
    outcome = small_suite.run("", "-n", "1", "suites/syscalls/test_bind_arguments.py")

    assert outcome.status == 4
    (line,) = [line for line in outcome.text.splitlines() if line.startswith("ERROR")]
    assert line == f"ERROR: suites/syscalls/test_bind_arguments.py has moved: {BIND}"


@cache
def functions_of(file: Path) -> frozenset[str]:
    """Return the names of the test functions in a file, none if there is no such file."""
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def is_there(name: str) -> bool:
    """Return whether an id is one of today's."""
    file, _, function = name.partition("::")
    return function in functions_of(ROOT / file)


def formerly() -> list[tuple[str, str]]:
    """Return (id, former id) of the clauses that were renamed, as their marks say."""
    found = []
    for file in sorted((ROOT / "suites").rglob("test_*.py")):
        text = file.read_text()
        for node in ast.parse(text).body if "formerly" in text and "selfcheck" not in file.parts else ():
            marks = [mark for mark in getattr(node, "decorator_list", ()) if isinstance(mark, ast.Call)]
            for word in (word for mark in marks for word in mark.keywords if word.arg == "formerly"):
                found.append((f"{file.relative_to(ROOT)}::{node.name}", ast.literal_eval(word.value)))
    return found


@pytest.mark.parametrize("release", sorted(file.name for file in Path(__file__).parent.glob("ids_*.txt.gz")))
def test_every_clause_of_an_earlier_release_is_found(release):
    """The lists have a line for each file: its path below suites/ and its test functions."""
    text = gzip.decompress(Path(__file__).with_name(release).read_bytes()).decode()
    ids = [f"suites/{file}::{name}" for file, *names in map(str.split, text.splitlines()) for name in names]
    renamed = Present((name, former) for name, former in formerly())

    lost = [old for old in ids if not is_there(renamed.id_of(old))]

    assert len(ids) > 1800
    assert lost == []


def test_nothing_is_where_it_moved_away_from():
    moves = tomllib.loads(moved.FILE.read_text())

    assert [old for old in moves if is_there(old) or ("::" not in old and (ROOT / old).exists())] == []


def test_the_facts_of_a_clause_are_those_of_its_file():
    clause, _ = parts(result())

    assert (clause.file, clause.area) == ("suites/syscalls/bind/test_arguments.py", "syscalls")
