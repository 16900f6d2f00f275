"""The user's own targets: written by a command, listed and shown with the suite's, never at the cost of other lines."""

import tomllib

import pytest
from click.testing import CliRunner

from helpers.kernels.targets import find, user_file
from reports import cli


@pytest.fixture
def targets(tmp_path, monkeypatch):
    """Call ``sockproof targets`` with a configuration folder of its own; the answer has status and text."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return lambda *words: CliRunner().invoke(cli.main, ["targets", *words])


def test_a_target_of_the_user_s_is_known_everywhere(targets):
    added = targets("add", "mine", "uml=/bin/true", "memory=512M", 'text=my "own" kernel', "nightly=yes")

    assert (added.exit_code, added.output) == (0, f"mine (uml) is in {user_file()}\n")
    assert 'mine        *my "own" kernel' in targets("list").output
    shown = targets("show", "mine").output
    assert 'linux = "/bin/true"' in shown
    assert f"# from {user_file()}" in shown
    assert find("mine").settings == {"linux": "/bin/true", "memory": "512M", "nightly": "yes"}


def test_another_target_leaves_what_is_there_as_it_is(targets):
    user_file().parent.mkdir()
    before = '# my kernels\n[one]  # the first\nkind = "host"\n\n# the second\n["two.2"]\nkind = "ssh"\nhost = "h"\n'
    user_file().write_text(before)

    assert targets("add", "three", "kind=qemu", "release=forky").exit_code == 0
    assert user_file().read_text() == f'{before}\n[three]\nkind = "qemu"\nrelease = "forky"\n'
    assert targets("add", "two.2", "ssh=other").exit_code == 2
    assert targets("add", "--replace", "one", "ssh=other").exit_code == 0
    found = tomllib.loads(user_file().read_text())
    assert found["one"] == {"kind": "ssh", "host": "other"}
    assert list(found) == ["one", "two.2", "three"]
    begins = '# my kernels\n[one]  # the first\nkind = "ssh"\nhost = "other"\n\n# the second\n["two.2"]\n'
    assert user_file().read_text().startswith(begins)


def test_one_of_the_suite_s_can_be_replaced(targets):
    assert targets("add", "uml-6.1", "kind=uml", "release=bookworm", "memory=2G").exit_code == 0

    assert find("uml-6.1")["memory"] == "2G"
    assert targets("list").output.count("uml-6.1 ") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["x", "uml"], "'uml' is no SETTING=VALUE"),
        (["x", "uml=/bin/true", "uml=/bin/false"], "uml is given twice"),
        (["x", "uml=/nowhere/linux"], "/nowhere/linux is not there or cannot be executed"),
        (["x", "kind=vax"], "has kind 'vax'; known: host"),
        (["x", "kind=qemu"], "wants release or kernel"),
        (["x", "uml=/bin/true", "colour=red"], "has no setting colour"),
        (["x", "uml=/bin/true", "memory=lots"], "but must be 100M or more"),
        (["a b", "uml=/bin/true"], "'a b' is no name"),
        (["x=y", "uml=/bin/true"], "'x=y' is no name"),
    ],
)
def test_what_is_wrong_is_one_line_and_changes_nothing(targets, words, complaint):
    done = targets("add", *words)

    assert done.exit_code == 2
    assert complaint in done.output
    assert done.output.startswith("sockproof: ")
    assert done.output.count("\n") == 1
    assert not user_file().exists()


def test_a_broken_file_is_told_and_left_alone(targets):
    user_file().parent.mkdir()
    user_file().write_text("[one\n")

    for words in (["list"], ["show", "host"], ["add", "two", "ssh=h"]):
        done = targets(*words)

        assert (done.exit_code, done.output.count("\n")) == (2, 1)
        assert str(user_file()) in done.output
    assert user_file().read_text() == "[one\n"
