"""What a record says of the suite: its commit, the files that differ from it, why git does not tell."""

import os
import subprocess

import pytest

from reports import suite


def git(folder, *words):
    """Run git as somebody without settings."""
    identity = ["-c", "user.name=n", "-c", "user.email=e"]
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, env=plain)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of its own, with one file of the suite."""
    if not any(os.access(os.path.join(place, "git"), os.X_OK) for place in os.environ["PATH"].split(":")):
        pytest.skip("needs git")
    monkeypatch.setenv("HOME", str(tmp_path))  # nobody's safe.directory
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    root = tmp_path / "checkout"
    (root / "suites").mkdir(parents=True)
    (root / "suites" / "test_a.py").write_text("a")
    (root / ".gitignore").write_text("*.pyc\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    return root


def told(root):
    """Return the facts but for name and version."""
    return {key: value for key, value in suite.facts(root).items() if key not in ("name", "version", "commit")}


def test_a_clean_checkout_is_its_commit(checkout):
    assert told(checkout) == {"dirty": False, "changed": [], "changes": 0}
    assert len(suite.facts(checkout)["commit"]) == 40


def test_changed_and_untracked_files_of_the_code_are_local_changes(checkout):
    (checkout / "suites" / "test_a.py").write_text("b")
    (checkout / "suites" / "test_new one.py").write_text("c")
    (checkout / "suites" / "test_new.pyc").write_text("ignored")
    (checkout / "notes.txt").write_text("no code")

    assert told(checkout) == {
        "dirty": True,
        "changed": ["suites/test_a.py", "suites/test_new one.py"],
        "changes": 2,
    }


def test_a_few_are_named_and_all_are_counted(checkout):
    for number in range(suite.NAMED + 3):
        (checkout / "suites" / f"test_{number}.py").write_text("")

    found = told(checkout)

    assert (len(found["changed"]), found["changes"]) == (suite.NAMED, suite.NAMED + 3)


def test_a_checkout_of_another_user_is_read_where_he_owns_all_of_it(checkout, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # as git's own tests make it refuse
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, check=True, capture_output=True)

    assert told(checkout) == {"dirty": False, "changed": [], "changes": 0}


def test_a_repository_of_somebody_else_is_not_read_and_that_is_said(checkout, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setattr(suite, "_trust", lambda root: [])

    found = suite.facts(checkout)

    assert found["commit"] is None
    assert "detected dubious ownership" in found["unknown"]
    assert "\n" not in found["unknown"]


def test_only_one_owner_of_tree_and_repository_is_trusted(checkout, monkeypatch):
    assert suite._trust(checkout) == [f"safe.directory={checkout}"]
    inner = checkout / "suites"
    assert suite._trust(inner) == [f"safe.directory={checkout}"]
    if os.geteuid() != 0:
        pytest.skip("needs root to give a folder away")
    try:
        os.chown(checkout / ".git", 1, 1)
    except OSError:
        pytest.skip("this user namespace has no second user")

    assert suite._trust(checkout) == []


def test_nothing_that_the_repository_names_is_started(checkout):
    for name, place in (("hook", checkout / ".git" / "hooks" / "post-index-change"), ("monitor", checkout / "monitor")):
        place.write_text(f"#!/bin/sh\ntouch {checkout}/{name}.ran\n")
        place.chmod(0o755)
    git(checkout, "config", "core.fsmonitor", str(checkout / "monitor"))
    os.utime(checkout / "suites" / "test_a.py", (0, 0))  # the index is to be refreshed

    suite.facts(checkout)

    assert list(checkout.glob("*.ran")) == []
    subprocess.run(["git", "status"], cwd=checkout, check=True, capture_output=True)  # the control
    assert {file.name for file in checkout.glob("*.ran")} == {"hook.ran", "monitor.ran"}


def test_another_place_in_the_environment_is_not_ours(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    assert told(checkout)["changes"] == 0


def test_no_checkout_and_no_git_are_said(checkout, tmp_path, monkeypatch):
    (tmp_path / "plain").mkdir()
    assert suite.facts(tmp_path / "plain")["unknown"] == "it is not in a git checkout"

    monkeypatch.setenv("PATH", str(tmp_path))
    found = suite.facts(checkout)
    assert (found["commit"], found["unknown"]) == (None, "git is not installed")
