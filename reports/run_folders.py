"""The folders of runs in reports/out: one each, named by time and kernel, with `last` and `last-full` as links.

    index.html                              leads to the last whole run, and names the others
    last, last-full                         the newest run; the newest one of the whole suite that came to its end
    2026-11-30T08-43-12Z-6.18.3-1f3a9c/     a run: its name is its id; one of several targets has a folder for each

A run of the whole suite has a file `full` in its folder. Where the file system has no symbolic links, `last` and
`last-full` are files of one line, the name. A folder that is given another name is the user's, and is never removed.
"""

import contextlib
import datetime
import fcntl
import html
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from reports import files
from reports.model import run_id
from reports.run import STREAM, WHOLE
from reports.store import Shelf, StoreError, nights

LAST, LAST_FULL, LAST_NIGHT = "last", "last-full", "last-night"
KEPT = 20  # whole runs, and as many others
PAGE = "index.html"
_FULL = "full"
_FORM = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-.+"
_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={first}/{page}">
<meta name="color-scheme" content="light dark">
<title>sockproof: runs</title>
</head>
<body>
<p>The report of the last {what}: <a href="{first}/{page}">{first}</a></p>
<p>All runs that are kept, newest first:</p>
<ul>
"""


def find(which: str, root: Path) -> Path:
    """Give where a run lies: a path, or a name as `RunFolders.find` takes it in a checkout, or of a night; StoreError.

    "last-night" is the last run that "sockproof nightly" kept.
    """
    path = Path(which)
    if path.name in (LAST, LAST_FULL) and path.is_file():  # it stands for a link
        return path.parent / path.read_text(encoding="utf-8", errors="replace").strip()
    if path.is_dir() and not _has_run(path):
        here = RunFolders(path)
        return here.find(LAST) if here.names() else path
    if path.exists() or len(path.parts) > 1:
        return path
    if which == LAST_NIGHT:
        return nights().find("last")
    try:
        return RunFolders(default_place(root)).find(which)
    except StoreError as error:
        if which in (LAST, LAST_FULL):
            raise
        with contextlib.suppress(StoreError):
            return nights().find(which)
        raise StoreError(f"{which}: no such file or folder, and {error}") from None


def _has_run(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (WHOLE, STREAM))


def default_place(root: Path) -> Path:
    """Give the folder of the runs of a checkout."""
    return root / "reports" / "out"


class RunFolders:
    """The runs in the folder *place*."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._shelf = Shelf(place, form=_FORM)
        self._held: dict[Path, int] = {}

    def names(self) -> list[str]:
        """List the runs, oldest first."""
        return self._shelf.names()

    def is_full(self, name: str) -> bool:
        """Whether a run was of the whole suite and came to its end."""
        return (self.place / name / _FULL).exists()

    def new(self, kernel: str, began: str = "") -> Path:
        """Make the folder of a run that begins now, or at *began*, on a kernel; OSError as mkdir(2) gives it."""
        self.place.mkdir(parents=True, exist_ok=True)
        self._move_one_of_before()
        when = began or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        while True:
            folder = self.place / run_id(when, {"release": kernel})
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                break
        self._hold(folder)
        self._point(LAST, self.names()[-1])
        return folder

    def end(self, folder: Path, *, full: bool, keep: int = KEPT) -> None:
        """Note that a run has ended; *full*: it was of the whole suite and came to its end. The oldest go."""
        if full:
            (folder / _FULL).write_text("This run was of the whole suite, and came to its end.\n")
            self._point(LAST_FULL, max(filter(self.is_full, self.names())))
        self._prune(keep)
        self._write_page()
        self._release(folder)

    def discard(self, folder: Path) -> None:
        """Remove the folder of a run that never began: nothing of it is worth reading."""
        shutil.rmtree(folder, ignore_errors=True)
        self._release(folder)
        names = self.names()
        if names:
            self._point(LAST, names[-1])
        else:
            (self.place / LAST).unlink(missing_ok=True)

    def find(self, which: str) -> Path:
        """Give the folder of a run: `last`, `last-full`, a name or its beginning, a time, an id; else StoreError."""
        names = self.names()
        if which in (LAST, LAST_FULL):
            wanted = (name for name in reversed(names) if which == LAST or self.is_full(name))
            found = next(wanted, "")
            if not found and which == LAST and _has_run(self.place):  # one that the release before left
                return self.place
            if not found:
                raise StoreError(f"no {'whole ' if which == LAST_FULL else ''}run is kept in {self.place}")
            return self.place / found
        return self._shelf.find(which)

    def _hold(self, folder: Path) -> None:
        """Let others see that the run goes on: a lock, which ends with this process."""
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._held[folder] = held

    def _release(self, folder: Path) -> None:
        held = self._held.pop(folder, None)
        if held is not None:
            os.close(held)

    def _goes_on(self, name: str) -> bool:
        try:
            held = os.open(self.place / name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(held)
        return False

    def _point(self, link: str, name: str) -> None:
        """Let a link lead to a run, in one step."""
        with self._draft(link) as draft:
            try:
                draft.symlink_to(name, target_is_directory=True)
            except OSError:  # EPERM: a file system without symbolic links
                draft.write_text(f"{name}\n")
            os.replace(draft, self.place / link)

    @contextlib.contextmanager
    def _draft(self, name: str) -> Iterator[Path]:
        draft = self.place / f".{name}.{os.getpid()}"
        draft.unlink(missing_ok=True)
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _prune(self, keep: int) -> None:
        names = self.names()
        full = [name for name in names if self.is_full(name)]
        others = [name for name in names if name not in full]
        for name in [*full[: -max(keep, 1)], *others[: -max(keep, 1)]]:
            if not self._goes_on(name):
                shutil.rmtree(self.place / name, ignore_errors=True)

    def _write_page(self) -> None:
        """Write the page that a reader opens: it leads to the last whole run, or to the last one."""
        names = [name for name in reversed(self.names()) if (self.place / name / PAGE).exists()]
        if not names:
            return
        full = [name for name in names if self.is_full(name)]
        head = _HEAD.format(first=(full or names)[0], page=PAGE, what="run of the whole suite" if full else "run")
        told = {name: f"{html.escape(name)}</a>{', the whole suite' * (name in full)}" for name in names}
        lines = [f'<li><a href="{html.escape(name)}/{PAGE}">{text}</li>' for name, text in told.items()]
        files.write_text("\n".join([head.rstrip(), *lines, "</ul>\n</body>\n</html>\n"]), self.place / PAGE)

    def _move_one_of_before(self) -> None:
        """Give a folder to the run that a release before left in this one itself."""
        if not (self.place / STREAM).is_file():
            return
        when = datetime.datetime.fromtimestamp((self.place / STREAM).stat().st_mtime, datetime.UTC).isoformat()
        folder = self.place / run_id(when, {"release": "before"})
        folder.mkdir()
        for name in (WHOLE, STREAM, PAGE):
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.place / name, folder / name)
