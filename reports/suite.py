"""What a record says of the suite that made it."""

import os
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

FROM = "SOCKPROOF_FROM"  # in the environment: where "sockproof run" was started, which goes to the suite's root
NAMED = 5  # changed files that a record names
_CODE = ("suites", "fixtures", "helpers", "reports", "conftest.py", "pyproject.toml")  # what a verdict depends on
# Where a repository is, as git tells the programs that it starts (hooks, aliases): not where ours is.
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")


def version() -> str:
    """Give the version that is installed, "" if none is."""
    try:
        return metadata.version("sockproof")
    except metadata.PackageNotFoundError:
        return ""


def facts(root: Path) -> dict[str, Any]:
    """Give the suite's name, version, commit, and whether the tree differs from it ("dirty").

    "changed" names a few of the files that differ, "changes" says how many do: those that git tracks, and those of the
    code that it does not. Where git does not tell, "commit" is None or "dirty" False, and "unknown" says why.
    """
    found: dict[str, Any] = {"name": "sockproof", "version": version(), "commit": None, "dirty": False}
    try:
        found["commit"] = _git(root, "rev-parse", "HEAD").strip()
        changed = _changed(root)
    except FileNotFoundError:
        return {**found, "unknown": "git is not installed"}
    except subprocess.CalledProcessError as error:
        return {**found, "unknown": _why(error.stderr)}
    except (OSError, subprocess.SubprocessError) as error:
        return {**found, "unknown": f"git does not tell: {error}"}
    return {**found, "dirty": bool(changed), "changed": changed[:NAMED], "changes": len(changed)}


def _changed(root: Path) -> list[str]:
    tracked = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no")
    others = _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *_CODE)
    return sorted([entry[3:] for entry in tracked.split("\0") if entry] + [name for name in others.split("\0") if name])


def _git(root: Path, *words: str) -> str:
    """Return what git prints; it starts no monitor that is configured there, and writes nothing: that runs a hook."""
    settings = ["core.fsmonitor=false", *_trust(root)]
    options = [option for setting in settings for option in ("-c", setting)]
    command = ["git", "--no-optional-locks", *options, "-C", str(root), *words]
    ours = {name: value for name, value in os.environ.items() if name not in _PLACES} | {"LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True, timeout=10, env=ours)
    return done.stdout


def _trust(root: Path) -> list[str]:
    """Return the setting by which git reads a checkout of another user (root's run in a user's tree, a container).

    Git refuses those since what is configured there can start programs. Whoever owns *root* has his programs started
    already: the suite itself lies there, and is what runs. So nothing is gained by refusing what the same user owns,
    and a repository of anybody else, in *root* or above it, is as foreign as ever.
    """
    place = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    owners = {path.stat().st_uid for path in (place, place / ".git", root)} if place else set()
    return [f"safe.directory={place}"] if len(owners) == 1 else []


def _why(said: str) -> str:
    """Say in a few words why git told nothing."""
    if "not a git repository" in said:
        return "it is not in a git checkout"
    line = next((line for line in said.splitlines() if line.strip()), "git says nothing")
    return line.removeprefix("fatal: ")
