"""Under a kernel that lies about a call or an option, at least one clause about it breaks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.clauses import ROOT

SHARES = 4  # side by side: a share spends half of its time waiting
# Lies that no clause can catch, each with the reason.
BEYOND: dict[str, str] = {}


def outcomes(file: Path, selection: str) -> list[dict]:
    """Run a selection of the lies in a process of its own and return what became of each."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
    process = subprocess.run(
        [*command, f"--lies={file}", f"--only-lies={selection}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert file.exists(), process.stdout[-3000:] + process.stderr[-3000:]
    return json.loads(file.read_text())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(SHARES))
def test_every_lie_is_caught(record_lies, tmp_path, share):
    """A call that answers without acting, or with a wrong errno, breaks a clause of its subject."""
    all_of_them = outcomes(tmp_path / "lies.json", f"{share}/{SHARES}")

    possible = {lie["lie"]: lie for lie in all_of_them if lie["why"] != "impossible here"}
    survivors = {name: lie["why"] for name, lie in possible.items() if not lie["caught_by"]}
    record_lies(len(possible) - len(survivors), len(possible))
    assert survivors.keys() == BEYOND.keys() & possible.keys()


def test_there_are_lies_about_every_call_and_option():
    """The lies come from the surface: two for each system call, four for each option."""
    from fixtures import lies, surface

    names = [lies.name_of(token, lie) for token, lie in lies.all_lies()]

    options = {token.split(":")[1] for token in surface.tokens() if token.startswith("option:")}
    assert len(names) == len(set(names)) == 2 * len(surface.syscalls()) + 4 * len(options)
