"""Under a kernel that lies about a call or an option, at least one clause about it breaks."""

import json
import subprocess
import sys

import pytest

from fixtures import lies, surface
from fixtures.clauses import ROOT

# Lies that no clause can catch, each with the reason.
BEYOND: dict[str, str] = {}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_lie_is_caught(record_lies, tmp_path):
    """A call that answers without acting, or with a wrong errno, breaks a clause of its subject."""
    file = tmp_path / "lies.json"
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
    process = subprocess.run(
        [*command, f"--lies={file}", "--only-lies=0/1"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert file.exists(), process.stdout[-3000:] + process.stderr[-3000:]
    outcomes = json.loads(file.read_text())

    survivors = {one["lie"]: one["why"] for one in lies.survivors(outcomes)}
    possible = {one["lie"] for one in outcomes if one["why"] != "impossible here"}
    record_lies(len(possible) - len(survivors), len(possible))
    assert len(outcomes) == len(lies.all_lies())
    assert survivors == {name: why for name, why in BEYOND.items() if name in possible}


def test_there_are_lies_about_every_call_and_option():
    """The lies come from the surface: two for each system call, four for each option."""
    names = [lies.name_of(token, lie) for token, lie in lies.all_lies()]

    options = {token.split(":")[1] for token in surface.tokens() if token.startswith("option:")}
    assert len(names) == len(set(names)) == 2 * len(surface.syscalls()) + 4 * len(options)
