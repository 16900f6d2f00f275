"""The README stays true: its commands are those that CI runs, its example is a clause that holds and can fail."""

import re

from fixtures.clauses import ROOT

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_ci_runs_the_commands_of_the_readme():
    commands = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("python3 -m venv")]

    assert len(commands) == 2
    assert [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line in commands] == commands


def test_the_example_is_a_clause_that_holds(small_suite):
    [example] = blocks("python")
    small_suite.place("syscalls/getsockname/test_packet.py")

    outcome = small_suite.run(example)

    assert outcome.verdicts == {"test_refuses_a_negative_length_with_einval": "pass"}
    [told] = outcome.clauses.values()
    assert told["covers"] == ["syscall:getsockname", "errno:getsockname:EINVAL"]


def test_the_example_can_fail(small_suite):
    [example] = blocks("python")
    small_suite.place("syscalls/getsockname/test_packet.py")

    outcome = small_suite.run(example.replace("c_int(-1)", "c_int(1)"))

    assert outcome.verdicts == {"test_refuses_a_negative_length_with_einval": "fail"}


def test_the_layout_names_what_there_is():
    [layout] = re.findall(r"^## Layout\n\n```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    names, folder = [], ""
    for indent, name in re.findall(r"^( {0,2})(\S+)(?=  |$)", layout, re.MULTILINE):
        names.append(folder + name if indent else name)
        folder = folder if indent else name

    assert len(names) >= 10
    assert [name for name in names if not (ROOT / name).exists()] == []
