"""Debian packages of any release, fetched into a cache and unpacked there: nothing is installed.

apt is given lists and settings of its own, so the system's package lists stay as they are. A package counts as there
only when its folder carries the mark that is written last, and holds every file at the size that the mark names: a
half-fetched one never does. ``Release(…, fresh=True)`` asks the mirror for the newest, and checks every byte.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_DONE = "unpacked"
ANSWER_SECONDS = 24 * 3600  # that an answer of apt-cache is good for, as long as the lists are the same
_renewed: set[str] = set()  # releases whose lists this process has fetched
LIST_SECONDS = 7 * 24 * 3600  # after which package lists are fetched anew


class PackageError(Exception):
    """A package cannot be had; the message is one line for the user."""


def cache() -> Path:
    """Return where fetched kernels are kept: $SOCKPROOF_CACHE, or sockproof under the user's cache folder."""
    chosen = os.environ.get("SOCKPROOF_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sockproof"


def source_of(path: Path) -> str:
    """Return the package that a file in the cache is from, else the file."""
    packages = cache() / "packages"
    return path.relative_to(packages).parts[0] if path.is_relative_to(packages) else str(path)


def _why(text: str) -> str:
    """Return the line of apt's or dpkg's words that says why: what it could not fetch, else its last one."""
    unfetched = re.search(r"^[EW]: Failed to fetch (\S+)\s+(.+)$", text, re.MULTILINE)
    if unfetched:
        return f"cannot fetch {unfetched[1]}: {unfetched[2].strip()}"
    return (text.strip().splitlines() or [""])[-1]


def _run(command: list[str], what: str, **options: object) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, **options)
    except FileNotFoundError:
        raise PackageError(f"{what}: {command[0]} is missing (Debian package apt or dpkg)") from None
    except subprocess.TimeoutExpired:
        raise PackageError(f"{what}: {command[0]} was not done within 15 minutes") from None
    if done.returncode:
        raise PackageError(f"{what}: {_why(done.stderr or done.stdout) or f'status {done.returncode}'}")
    return done.stdout


def _mirror() -> str:
    """Return the Debian mirror that this system uses."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = [
        line for line in _run(command, "looking for a Debian mirror").split() if line.rstrip("/").endswith("/debian")
    ]
    return found[0] if found else "http://deb.debian.org/debian"


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Let one process at a time into the block: launchers that start together fetch a package once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of an unpacked package by their path in it, without links and the mark."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and path.name != _DONE)
    return {str(path.relative_to(folder)): path for path in found}


def seal(folder: Path) -> None:
    """Write the mark: size and checksum of every file."""
    files = {name: [path.stat().st_size, _sha256(path)] for name, path in _files(folder).items()}
    (folder / _DONE).write_text(json.dumps(files))


def whole(folder: Path, every_byte: bool = False) -> bool:
    """Tell whether a package is there with all its files; *every_byte*: with their checksums, not only their sizes."""
    try:
        files = json.loads((folder / _DONE).read_text())
        return bool(files) and all(
            (folder / name).stat().st_size == size and (not every_byte or _sha256(folder / name) == checksum)
            for name, (size, checksum) in files.items()
        )
    except (OSError, ValueError):
        return False


class Release:
    """One release's packages, by apt with lists of its own. *fresh* asks the mirror for the newest lists.

    PackageError if there are none; lists that are only old are used, with *stale* saying so.
    """

    def __init__(self, name: str, fresh: bool = False) -> None:
        self.name = name
        self.fresh = fresh
        self.stale = ""
        self.folder = cache() / "apt" / name
        self._lists = self.folder / "lists"
        sources = self.folder / "sources.list"
        self._options = [
            f"-oDir::Etc::SourceList={sources}",
            "-oDir::Etc::SourceParts=/dev/null",
            f"-oDir::State::Lists={self._lists}",
            f"-oDir::Cache={self.folder / 'cache'}",
            "-oDir::State::status=/dev/null",
            "-oAPT::Sandbox::User=root",
            "-oAPT::Update::Error-Mode=any",
        ]
        if not os.path.exists(KEYRING):
            raise PackageError(f"{KEYRING} is missing (package debian-archive-keyring)")
        with _locked(self.folder / "lock"):
            (self._lists / "partial").mkdir(parents=True, exist_ok=True)
            (self.folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
            if not sources.exists():
                sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {name} main\n")
            age = self._age()
            if (fresh and name not in _renewed) or age > LIST_SECONDS:
                self._update(must=fresh or age == float("inf"))

    def _age(self) -> float:
        """Return the seconds since the lists were fetched; infinity if there are none."""
        fetched = self.folder / "fetched"
        if not any(self._lists.glob("*_Packages*")):
            return float("inf")
        if not fetched.exists():
            return LIST_SECONDS  # once more, if they can be had
        return time.time() - fetched.stat().st_mtime

    def _update(self, must: bool) -> None:
        try:
            _run(["apt-get", *self._options, "update", "-q"], f"package lists of Debian {self.name}")
            (self.folder / "fetched").touch()
            _renewed.add(self.name)
        except PackageError as error:
            if must:
                raise
            self.stale = str(error)

    def _signature(self) -> list[object]:
        """Return what changes with the lists."""
        return sorted([file.name, file.stat().st_mtime_ns] for file in self._lists.glob("*_Packages*"))

    def show(self, package: str) -> dict[str, str]:
        """Return the control fields of the newest version of *package*; remembered, since apt-cache takes seconds."""
        memory = self.folder / "answers" / f"{package}.json"
        signature = self._signature()
        with contextlib.suppress(OSError, ValueError, KeyError):
            known = json.loads(memory.read_text())
            if known["lists"] == signature and 0 <= time.time() - known["time"] < ANSWER_SECONDS:
                return known["fields"]
        text = _run(
            ["apt-cache", *self._options, "show", "--no-all-versions", package], f"{package} in Debian {self.name}"
        )
        lines = (line.partition(": ") for line in text.splitlines() if not line.startswith(" "))
        fields = {name: value for name, _, value in lines if value}
        memory.parent.mkdir(exist_ok=True)
        draft = memory.with_name(f".{memory.name}.{os.getpid()}")
        draft.write_text(json.dumps({"time": time.time(), "lists": signature, "fields": fields}))
        draft.replace(memory)
        return fields

    def unpacked(self, package: str) -> Path:
        """Return a folder with the files of the newest version of *package*, fetching it if it is not there whole."""
        fields = self.show(package)
        version = fields["Version"]
        folder = cache() / "packages" / f"{package}_{version.replace(':', '%3a').replace('/', '_')}"
        with _locked(folder.with_name(f".lock-{folder.name}")):
            if not whole(folder, every_byte=self.fresh):
                self._fetch(package, version, fields.get("SHA256", ""), folder)
        return folder

    def _fetch(self, package: str, version: str, checksum: str, folder: Path) -> None:
        for left in folder.parent.glob(f".{folder.name}.*"):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        draft = folder.with_name(f".{folder.name}.{os.getpid()}")
        draft.mkdir(parents=True)
        try:
            _run(
                ["apt-get", *self._options, "download", "-q", f"{package}={version}"], f"fetching {package}", cwd=draft
            )
            archive = next(draft.glob("*.deb"), None)
            if archive is None or (checksum and _sha256(archive) != checksum):
                raise PackageError(f"fetching {package}: what came is not the package that the list of Debian names")
            _run(["dpkg-deb", "-x", str(archive), str(draft)], f"unpacking {package}")
            archive.unlink()
            seal(draft)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
        except OSError as error:
            raise PackageError(f"fetching {package}: {error.strerror} ({error.filename})") from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)
