"""A guest's console file: kernel log of every guest of a target, one after the other, with how each of them ended.

Written by the launcher (``begin``, ``end``) and by the guest's kernel between these; read for evidence.
"""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from helpers.kernels.channel import HUNG, SAYS

MARKS = "SOCKPROOF_MARKS"  # names the file, in a guest, that takes marks of what runs
_RUNNING = "sockproof-running: "
_BEGIN = "=== guest started"
_END = "=== guest ended "
_WORTH = re.compile(rf"(?:{SAYS}|Kernel panic - not syncing: )\s*(.+)")
_CAUSE = re.compile(
    r"(BUG: .+|Oops: .+|general protection fault.*|(?:invalid opcode|divide error): .+|Internal error: .+)"
)
_EMPTY = ("Fatal exception", "softlockup: hung tasks")  # a panic that only says that something came before it
_STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\] ?(?:\[ *T\d+\] )?")
_LINES = 30


@dataclass(frozen=True)
class End:
    """How a guest ended: *text* is why (empty while it lives), *log* the last lines of its console."""

    text: str
    hung: bool
    log: str


def _append(file: Path, text: str) -> None:
    with contextlib.suppress(OSError), file.open("a") as log:  # a full disk costs the evidence, not the run
        log.write(text)


def begin(file: Path) -> None:
    """Mark the start of a guest."""
    _append(file, f"{_BEGIN}\n")


def end(file: Path, status: int, text: str) -> None:
    """Mark how a guest ended; *status* is the launcher's exit status."""
    _append(file, f"\n{_END}{status}: {text}\n")


def mark(log: str, name: str) -> None:
    """Write into the kernel's log, /dev/kmsg, which test begins: opened anew, as each opening may write some lines."""
    with contextlib.suppress(OSError), open(log, "w") as kernel:
        kernel.write(f"<1>{_RUNNING}{name}\n")


def running(file: Path) -> str:
    """Return the test that the last guest began last, "" if it told none."""
    marks = [line.partition(_RUNNING)[2] for line in _of_last_guest(file) if _RUNNING in line]
    return marks[-1].strip() if marks else ""


def _of_last_guest(file: Path) -> list[str]:
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return []
    return [line for line in text.rpartition(_BEGIN)[2].replace("\r", "").splitlines() if line.strip()]


def last_end(file: Path) -> End:
    """Return how the last guest ended."""
    lines = _of_last_guest(file)
    found = re.match(rf"{_END}(\d+): (.*)", lines[-1]) if lines else None
    if not found:
        return End("", False, "\n".join(lines[-_LINES:]))
    reason = _worth(lines[:-1])
    text = f"{found[2]}{f': {reason}' if reason else ''}"
    return End(text, int(found[1]) == HUNG, "\n".join(lines[-_LINES - 1 : -1]))


def _worth(lines: list[str]) -> str:
    """Return what a kernel or its first init said before it gave up: the oops, where one was the reason."""
    said = next((found[1].strip() for line in reversed(lines) if (found := _WORTH.search(line))), "")
    cause = next((found[1].strip() for line in lines if (found := _CAUSE.search(line))), "")
    if cause and (not said or said.startswith(_EMPTY)):
        return f"{cause} ({said})" if said else cause
    return said


def reason(file: Path, emulator: Path) -> str:
    """Return in one line why the last guest did not come up; *emulator* is the file with its emulator's words."""
    lines = _of_last_guest(file)
    said = emulator.read_text(errors="replace").strip().splitlines() if emulator.exists() else []
    return _worth(lines) or (said or [_STAMP.sub("", line) for line in lines] or [""])[-1]
