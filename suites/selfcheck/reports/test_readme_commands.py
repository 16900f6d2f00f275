"""Every command of the README can be given: tests are selected by it, options are known, environments exist."""

import configparser
import functools
import itertools
import re
import shlex
import subprocess
import sys

import click
import pytest

from fixtures.clauses import ROOT
from reports.cli import main

README = (ROOT / "README.md").read_text()
PROGRAMS = ("pytest", "sockproof", "tox", "python -m")
STARTS = re.compile(
    rf"(?:^|\$ |or: |&& )(?:\.venv/bin/)?((?:{'|'.join(PROGRAMS)}) .*?)(?= {{2,}}#|$| && )", re.MULTILINE
)


def commands(text):
    """Return the commands of code blocks and of `code` in a text, each once."""
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    told = [block.replace("\\\n", " ") for block in blocks] + re.findall(r"`([^`]+)`", plain)
    found = [match for one in told for match in STARTS.findall(one)]
    return list(dict.fromkeys(" ".join(one.removesuffix("…").split()) for one in found))


def expanded(word):
    """Return what a shell makes of {a,b} in a word."""
    parts = [part[1:-1].split(",") if part[:1] == "{" else [part] for part in re.split(r"(\{[^}]*\})", word)]
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def words_of(command):
    """Return the words of a command, as a shell gives them, without what says on how many processes it runs."""
    words = [part for word in shlex.split(command) for part in expanded(word)]
    return [word for before, word in itertools.pairwise(["", *words]) if "-n" not in (before, word)]


@functools.cache
def selected(*words):
    """Return how many tests pytest selects with these words, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-n", "0", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    return (len(re.findall(r"^suites/.*::", said, re.MULTILINE)) if done.returncode == 0 else 0), said[-2000:]


def parse(group, words):
    """Have click take the words of a command; it raises UsageError for what it does not know."""
    with click.Context(group, info_name="sockproof") as context:
        name, command, rest = group.resolve_command(context, list(words))
        if isinstance(command, click.Group):
            parse(command, rest)
        else:
            command.make_context(name, rest, parent=context)


def complaint(command):
    """Return what is wrong with a command, "" if nothing is."""
    program, *words = words_of(command)
    if program == "python":  # -m MODULE
        return "" if (ROOT / f"{words[1].replace('.', '/')}.py").exists() else f"no module {words[1]}"
    if program == "pytest" or words[:1] == ["run"]:
        targets = [at for at, word in enumerate(words) if word == "--target"]
        left = [word for at, word in enumerate(words) if at not in targets and at - 1 not in targets and word != "run"]
        count, said = selected(*left)
        return "" if count else f"selects nothing: {said}"
    if program == "tox":
        return complaint_about_tox(words)
    try:
        parse(main, words)
    except click.UsageError as error:
        return error.format_message()
    return ""


def complaint_about_tox(words):
    """Return what is wrong with ``tox -e ENVIRONMENT -- WORDS``."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    section = f"testenv:{words[1]}"
    if section not in tox:
        return f"no environment {words[1]}"
    own = [word for word in words[2:] if word != "--"]
    if own and "{posargs" not in tox[section]["commands"]:
        return f"{words[1]} takes no words"
    if own and words[1] != "kernels":  # that one's are names of targets
        return complaint(re.sub(r"\{posargs[^}]*\}", shlex.join(own), tox[section]["commands"]))
    return ""


COMMANDS = commands(README)
WHOLE = {one for one in COMMANDS if one.startswith(("pytest", "sockproof run")) and "suites/" not in one}


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, marks=[pytest.mark.slow] if command in WHOLE else []) for command in COMMANDS],
)
def test_it_can_be_given(command):
    assert complaint(command) == ""


def test_they_are_found():
    assert {command.split()[0] for command in COMMANDS} == {"pytest", "sockproof", "tox", "python"}
    assert len(COMMANDS) >= 25, COMMANDS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Run it: `pytest -n 0 suites -k x`.", ["pytest -n 0 suites -k x"]),
        ("```sh\npython3 -m venv .venv && .venv/bin/tox -e lint\n```", ["tox -e lint"]),
        ("```\n$ sockproof run --target a \\\n      suites/x\nheld\n```", ["sockproof run --target a suites/x"]),
        ("```\ntox -e bench     # or: sockproof bench --full\n```", ["tox -e bench", "sockproof bench --full"]),
        ("`sockproof` is it, `suites/pytest x` is none", []),
    ],
)
def test_a_command_is_found_where_it_stands(text, found):
    assert commands(text) == found


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("pytest -n 0 suites/syscalls/getsockname -k nothing_of_that_name", "selects nothing"),
        ("pytest suites/syscalls/no_such_call", "selects nothing"),
        ("sockproof run --target host suites/packet/{auxdata,none}", "selects nothing"),
        ("sockproof catalogue --covered", "No such option"),
        ("sockproof target list", "No such command"),
        ("tox -e prove", "no environment prove"),
        ("tox -e lint -- --fast", "lint takes no words"),
        ("tox -e bench -- --fastest", "No such option"),
        ("python -m helpers.bench.blunt", "no module"),
    ],
)
def test_what_cannot_be_given_is_complained_about(command, said):
    assert said in complaint(command)
