"""gVisor: a Linux-compatible kernel in user space; its sandbox passes stdin and stdout through."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from helpers.kernels import console
from helpers.kernels.boot import environment
from helpers.kernels.channel import DIED
from helpers.kernels.ending import run_and_clean
from helpers.kernels.kind import Kernel, Kind, PathSetting, Setting, Target, TargetError
from helpers.kernels.packages import PackageError, Release, source_of
from helpers.process import die_with_parent

# No container's cgroups, no network but what the tests make, and packet sockets that may send.
_FLAGS = ("-ignore-cgroups", "-network=none", "-net-raw", "-TESTONLY-allow-packet-endpoint-write")
_START_SECONDS = 60
_PANIC = "panic.log"  # what the kernel says when it breaks
_PANIC_LINES = 30
_PREFIX = "sockproof-runsc-"


def program(target: Target, fresh: bool = False) -> Path:
    """Return runsc: the one that the target names, its release's, or the installed one; PackageError if none."""
    if "runsc" in target.settings:
        return Path(target["runsc"])
    if "release" in target.settings:
        found = Release(target["release"], fresh).unpacked("runsc") / "usr" / "bin" / "runsc"
    else:
        found = Path(shutil.which("runsc") or "/usr/bin/runsc")
    if not found.exists():
        raise PackageError(f"{found} is missing (Debian package runsc)")
    return found


def command(target: Target, state: Path, arguments: list[str]) -> list[str]:
    """Return the command that runs this machine's interpreter with *arguments* in a sandbox of its own."""
    words = [f"{key}={value}" for key, value in environment(target).items()]
    inside = ["env", "-i", *words, sys.executable, *arguments]
    return [str(program(target)), f"-root={state}", f"-panic-log={state / _PANIC}", *_FLAGS, "do", *inside]


def _try(words: list[str]) -> None:
    """Run a sandbox that does nothing, to say why when it cannot; TargetError."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_START_SECONDS, check=False
        )
    except OSError as error:
        raise TargetError(f"{words[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"runsc started no sandbox within {_START_SECONDS} s") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise TargetError(f"runsc starts no sandbox: {last[0]}")


def _folder() -> Path:
    """Return a new folder for a sandbox, named after this process; remove those whose process was killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def _note_panic(state: Path, log: Path) -> bool:
    """Tell whether the kernel panicked, and keep in the target's console file what it said."""
    try:
        lines = (state / _PANIC).read_text(errors="replace").splitlines()
    except OSError:
        return False
    place = next((number for number, line in enumerate(lines) if line.startswith(("panic: ", "fatal error: "))), None)
    if place is None:
        return False
    said = lines[place : place + _PANIC_LINES]
    with contextlib.suppress(OSError), log.open("a") as file:
        file.writelines(f"{line}\n" for line in said)
    console.end(log, DIED, f"the guest died: {said[0]}")
    return True


def _run(target: Target, arguments: list[str]) -> int:
    """Run the interpreter in a sandbox and return its exit status; TargetError or PackageError if there is none."""
    parent = os.getpid()
    state = _folder()
    sandboxes: list[subprocess.Popen] = []

    def work() -> int:
        _try(command(target, state, ["-c", "pass"]))
        log = Path(os.environ.get("SOCKPROOF_CONSOLE") or state / "console.log")
        console.begin(log)
        words = command(target, state, arguments)
        sandbox = subprocess.Popen(
            words,
            env={**os.environ, "TMPDIR": str(state)},  # where it unpacks what it leaves behind when it is killed
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),
        )
        sandboxes.append(sandbox)
        status = sandboxes[0].wait() & 255
        return DIED if _note_panic(state, log) else status

    def clean() -> None:
        for sandbox in sandboxes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(sandbox.pid, signal.SIGKILL)
            sandbox.wait()
        shutil.rmtree(state, ignore_errors=True)

    return run_and_clean(work, clean)


class Gvisor(Kind):
    """gVisor's runsc: a release's, one of the user's own, or the installed one."""

    name = "gvisor"
    text = "gVisor, a kernel in user space"
    settings = {  # noqa: RUF012
        "release": Setting("a release of Debian"),
        "runsc": PathSetting("the path of runsc", mode=os.X_OK),
    }
    memory = "512M"

    def run(self, target: Target, arguments: list[str]) -> int:
        """Run the interpreter in a sandbox."""
        return _run(target, arguments)

    def newest(self, target: Target) -> Kernel:
        """Fetch the release's newest package; gVisor calls itself by no release of its own."""
        return Kernel(source_of(program(target, fresh=True)), "")


KIND = Gvisor()
