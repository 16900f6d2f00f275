"""Debian packages of any release, fetched into a cache and unpacked there: nothing is installed.

apt is given lists and settings of its own, so the system's package lists stay as they are. A package counts as there
only when its folder carries the mark that is written last: a half-fetched one never does.
"""

import os
import shutil
import subprocess
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_DONE = "unpacked"


class PackageError(Exception):
    """A package cannot be had; the message is one line for the user."""


def cache() -> Path:
    """Return where fetched kernels are kept: $SOCKPROOF_CACHE, or sockproof under the user's cache folder."""
    chosen = os.environ.get("SOCKPROOF_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sockproof"


def _run(command: list[str], what: str, **options: object) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, **options)
    except FileNotFoundError:
        raise PackageError(f"{what}: {command[0]} is missing (Debian package apt or dpkg)") from None
    except subprocess.TimeoutExpired:
        raise PackageError(f"{what}: {command[0]} was not done within 15 minutes") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise PackageError(f"{what}: {last[0]}")
    return done.stdout


def _mirror() -> str:
    """Return the Debian mirror that this system uses."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = [
        line for line in _run(command, "looking for a Debian mirror").split() if line.rstrip("/").endswith("/debian")
    ]
    return found[0] if found else "http://deb.debian.org/debian"


class Release:
    """One release's packages, by apt with lists of its own. *fresh* asks the mirror for the newest lists."""

    def __init__(self, name: str, fresh: bool = False) -> None:
        self.name = name
        self.folder = cache() / "apt" / name
        lists = self.folder / "lists"
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        sources = self.folder / "sources.list"
        if not sources.exists():
            sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {name} main\n")
        self._options = [
            f"-oDir::Etc::SourceList={sources}",
            "-oDir::Etc::SourceParts=/dev/null",
            f"-oDir::State::Lists={lists}",
            f"-oDir::Cache={self.folder / 'cache'}",
            "-oDir::State::status=/dev/null",
            "-oAPT::Sandbox::User=root",
            "-oAPT::Update::Error-Mode=any",
        ]
        if fresh or not any(lists.glob("*_Packages*")):
            _run(["apt-get", *self._options, "update", "-q"], f"package lists of Debian {name}")

    def show(self, package: str) -> dict[str, str]:
        """Return the control fields of the newest version of *package*."""
        text = _run(
            ["apt-cache", *self._options, "show", "--no-all-versions", package], f"{package} in Debian {self.name}"
        )
        lines = (line.partition(": ") for line in text.splitlines() if not line.startswith(" "))
        return {name: value for name, _, value in lines if value}

    def unpacked(self, package: str) -> Path:
        """Return a folder with the files of the newest version of *package*, fetching it if it is not there."""
        version = self.show(package)["Version"]
        folder = cache() / "packages" / f"{package}_{version.replace(':', '%3a').replace('/', '_')}"
        if (folder / _DONE).exists():
            return folder
        draft = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            _run(
                ["apt-get", *self._options, "download", "-q", f"{package}={version}"], f"fetching {package}", cwd=draft
            )
            archive = next(draft.glob("*.deb"))
            _run(["dpkg-deb", "-x", str(archive), str(draft)], f"unpacking {package}")
            archive.unlink()
            (draft / _DONE).touch()
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return folder
