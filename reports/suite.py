"""What a record says of the suite that made it."""

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def facts(root: Path) -> dict[str, Any]:
    """Give the suite's name, version, commit (None outside a checkout) and whether the tree differs from it."""
    try:
        told = version("sockproof")
    except PackageNotFoundError:
        told = ""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=True, timeout=10)
        return done.stdout.strip()

    try:
        commit, dirty = git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        commit, dirty = None, False
    return {"name": "sockproof", "version": told, "commit": commit, "dirty": dirty}
