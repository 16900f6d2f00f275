"""The command line: what it hands to pytest, what it draws and lists, how it refuses."""

import json
import re
import subprocess
import sys
from dataclasses import asdict
from functools import partial
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from fixtures.clauses import ROOT
from helpers import wait
from reports import catalogue as catalogues
from reports import cli
from reports.printing import printed
from suites.selfcheck.reports.sample_run import entry, parts, result, written

PLUGIN = """
import json, pathlib
def pytest_addoption(parser):
    parser.addoption("--catalogue")
def pytest_collection_finish(session):
    if session.config.option.catalogue:
        pathlib.Path(session.config.option.catalogue).write_text(json.dumps(DATA))
DATA = """
OLD = "suites/syscalls/test_bind.py::test_of_old"
CLAUSES = [
    {**asdict(parts(result(name, **changes))[0]), "cases": 2}
    for name, changes in (("test_one", {}), ("test_two", {"subject": "packet/rings/send", "formerly": OLD}))
]
FOLDERS = {
    "packet": "AF_PACKET.",
    "packet/rings/send": "Transmit rings.",
    "syscalls": "What a call promises.",
    "syscalls/bind": "bind(2): descriptor and address.",
}
SURFACE = [
    entry("syscall:bind", clauses=[CLAUSES[0]["id"]]),
    entry("errno:bind:ENOMEM", reason="never"),
    entry("errno:send:EPIPE"),
]


@pytest.fixture
def root(tmp_path):
    """Write a suite of one passing and one failing test, with the option that the real one has."""
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-p no:cacheprovider"\n')
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "test_it.py").write_text("def test_good(): pass\ndef test_bad(): assert 0\n")
    (tmp_path / "conftest.py").write_text(PLUGIN + repr({"clauses": CLAUSES, "surface": SURFACE, "folders": FOLDERS}))
    return tmp_path


@pytest.fixture
def call(root, monkeypatch):
    monkeypatch.setattr(cli, "suite_root", lambda: root)
    return lambda *words: CliRunner().invoke(cli.main, list(map(str, words)))


RUN = """
import pathlib, sys
from reports import cli
root = pathlib.Path(sys.argv.pop(1))
cli.suite_root = lambda: root
cli.main()
"""


def sockproof_run(root, *words):
    here = Path(cli.__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-c", RUN, str(root), "run", *words],
        cwd=here,
        capture_output=True,
        text=True,
        timeout=wait.scaled(60),
    )


@pytest.mark.parametrize(("selected", "status"), [("good", 0), ("bad", 1), ("nothing", 5)])
def test_run_exits_with_the_status_of_pytest_in_the_suite_s_root(root, selected, status):
    done = sockproof_run(root, "-n", "0", "-k", selected, "suites/test_it.py")

    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.parametrize(
    "settled", [("-n", "2"), ("-n0",), ("--numprocesses=3",), ("-p", "no:xdist"), ("-x", "-pno:xdist")]
)
def test_run_leaves_the_number_of_workers_to_who_names_it(settled):
    assert cli._workers(settled) == []


def test_run_uses_a_worker_per_cpu_otherwise():
    assert cli._workers(("-k", "x", "-p", "no:randomly")) == ["-n", "auto"]


def test_report_is_drawn_beside_the_run_or_where_it_is_wanted(call, root):
    written(root / "reports" / "out", [result()])
    elsewhere = root / "new" / "page.html"

    first = call("report")
    second = call("report", root / "reports" / "out" / "run.jsonl", "--output", elsewhere)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "1 held" in first.output
    assert (root / "reports" / "out" / "index.html").read_text().startswith("<!DOCTYPE html>")
    assert "This record has no end." in elsewhere.read_text()


def test_what_cannot_be_read_or_written_is_one_line_and_status_2(call, root):
    written(root / "run", [result()])
    (root / "other.json").write_text('{"schema": 3}')
    (root / "file").write_text("")

    for words, complaint in [
        (("report", root / "none.json"), "none.json: No such file or directory"),
        (("report", root / "suites"), "no run.json or run.jsonl here"),
        (("report", root / "other.json"), "schema 3"),
        (("report", root / "run", "-o", root), "is a folder"),
        (("report", root / "run", "-o", root / "file" / "x.html"), "file"),
    ]:
        done = call(*words)

        assert done.exit_code == 2
        assert done.output.startswith("sockproof: ")
        assert complaint in done.output
        assert done.output.count("\n") == 1


def test_wrong_use_is_status_2_without_a_traceback(call):
    for words in (["nonsense"], ["report", "--nonsense"], ["report", "a", "b"]):
        done = call(*words)

        assert done.exit_code == 2
        assert "Traceback" not in done.output


def test_catalogue_lists_every_clause_by_folder_with_its_sources(call):
    table, filtered, data = call("catalogue"), call("catalogue", "TEST_TWO"), call("catalogue", "--json")

    for said in (CLAUSES[0]["statement"][:30], "documented", "2.2", "man:bind(2)", CLAUSES[1]["id"]):
        assert said in table.output
    lines = [line for line in table.output.splitlines() if line and not line.startswith(("An ", "suites/", " "))]
    assert lines == [
        "packet / rings / send",
        "Transmit rings.",
        "syscalls / bind",
        "bind(2): descriptor and address.",
        "2 clauses, 4 cases, 2 folders",
    ]
    assert "1 clause, 2 cases, 1 folder" in filtered.output
    assert json.loads(data.output) == {"clauses": CLAUSES, "surface": SURFACE, "folders": FOLDERS}


@pytest.mark.parametrize("needle", [OLD, f"{OLD}[1]", "bind.py::TEST_OF_OLD", "suites/syscalls/test_bind_arguments.py"])
def test_catalogue_finds_a_clause_by_an_id_that_it_had(call, needle):
    found = json.loads(call("catalogue", "--json", needle).output)

    by_file = "arguments" in needle  # which suites/moved.toml tells
    assert found["clauses"] == (CLAUSES if by_file else CLAUSES[1:])
    assert set(found["folders"]) == (set(FOLDERS) if by_file else {"packet", "packet/rings/send"})


def test_catalogue_that_finds_nothing_says_so(call):
    done = call("catalogue", "nothing-of-that-name")

    assert (done.exit_code, done.output) == (1, "sockproof: nothing has 'nothing-of-that-name' in it\n")


def test_an_id_in_the_catalogue_is_whole_whatever_the_width():
    shown = catalogues.Catalogue([catalogues.Clause.from_dict(CLAUSES[0])], [])

    lines = printed(partial(catalogues.show_clauses, shown), width=40, colour=False).splitlines()

    assert CLAUSES[0]["id"] in lines


def test_the_version_is_that_of_the_installation(call):
    done = call("--version")

    assert (done.exit_code, done.output) == (0, f"sockproof {metadata.version('sockproof')}\n")


def test_help_is_whole(call):
    done = call("--help")

    said = " ".join(done.output.split())
    assert "..." not in said.partition("Commands:")[2]
    for name, command in cli.main.commands.items():
        assert f"{name} {' '.join(command.help.split())[:60].rstrip('.')}" in said


def test_the_help_of_run_has_every_option_of_the_suite(call):
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--help", "-n", "0"], cwd=ROOT, capture_output=True, text=True, timeout=120
    ).stdout
    group = told.partition("\nsockproof:\n")[2].partition("\n\n")[0]
    options = set(re.findall(r"^  (--[\w-]+)", group, re.MULTILINE))

    said = call("run", "--help").output

    assert len(options) > 9
    assert {option for option in options if option not in said} == {"--bench", "--bench-seconds", "--bench-record"}


@pytest.mark.parametrize(
    ("words", "found"),
    [("sockproof run --sl", "--slow-factor="), ("sockproof com", "compare"), ("sockproof run x", "x")],
)
def test_a_shell_can_complete(words, found):
    given = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_SOCKPROOF_COMPLETE": "bash_complete"}

    done = CliRunner().invoke(cli.main, prog_name="sockproof", env=given)

    assert found in [line.partition(",")[2] for line in done.output.splitlines()], done.output


def test_catalogue_tells_what_is_uncovered(call):
    text, data = call("catalogue", "--uncovered"), call("catalogue", "--uncovered", "--json")

    assert "errno:send:EPIPE" in text.output
    assert "ENOMEM" not in text.output
    assert "surface 3: 1 covered, 1 uncovered, 1 cannot be shown" in text.output
    assert json.loads(data.output) == {"surface": SURFACE[2:]}


def test_a_suite_that_cannot_be_collected_is_told_with_pytest_s_words(call, root):
    (root / "suites" / "test_it.py").write_text("import nothing_of_that_name\n")

    done = call("catalogue")

    assert done.exit_code == 2
    assert "nothing_of_that_name" in done.output
    assert done.output.splitlines()[-1].startswith("sockproof: the suite could not be collected")


@pytest.mark.parametrize(
    ("given", "handed_on"),
    [
        (["--targets", "host", "uml-6.1"], ["--target=host", "--target=uml-6.1"]),
        (["-q", "--targets", "host", "--record=x"], ["-q", "--target=host", "--record=x"]),
        (["--targets", "host", "--", "suites"], ["--target=host", "--", "suites"]),
    ],
)
def test_names_of_targets_end_where_options_begin(call, monkeypatch, given, handed_on):
    made = []
    monkeypatch.setattr(cli.os, "chdir", lambda folder: None)
    monkeypatch.setattr(cli.os, "execv", lambda file, command: made.append(command[3:]))

    call("run", *given)

    assert made == [handed_on]
