"""``python -m helpers.kernels.launch TARGET ARGUMENTS…``: an interpreter in another kernel.

Boots the target and behaves like its Python: arguments, stdin, stdout and exit status are the guest interpreter's.
The exit status is 120 when the guest died, 121 when it hung, 122 when it could not be started. SOCKPROOF_CONSOLE
names the file that gets the guest's kernel log; how a guest ended is its last line. With SOCKPROOF_STAND_IN, this
machine's interpreter takes the place of one that cannot be started, with the reason in SOCKPROOF_PROBLEM. A guest may
be booted ahead (``early``).
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from helpers.kernels import boot, capacity, console, early, gvisor, qemu, remote, uml
from helpers.kernels.ending import follow_parent, run_and_clean
from helpers.kernels.initramfs import PORT
from helpers.kernels.packages import PackageError
from helpers.kernels.relay import GuestError, Relay, complain
from helpers.kernels.targets import Target, TargetError, find

UNSTARTED = 122
_BOOT_SECONDS, _SILENCE = 60, 30
_WORDS = "words"  # what the emulator, or User Mode Linux before it is a kernel, says
_EMULATED = 4  # times as long may either take under emulation


def _silence(target: Target, times: int = 1) -> float:
    """Return the seconds without a sign of life after which a guest hangs."""
    return float(target.settings.get("patience", times * _SILENCE))


def _uml(target: Target, folder: Path, arguments: list[str], log: Path) -> Relay:
    kernel, modules, libc = uml.files(target)
    init = boot.files(target, folder, arguments, modules, "/dev/tty0")
    command, environment, fd = uml.command(kernel, libc, folder, init, capacity.memory_of(target), log)
    try:
        with open(folder / _WORDS, "wb") as words:
            options = {"cwd": folder, "env": environment, "pass_fds": [fd], "stderr": words}
            return Relay(command, _BOOT_SECONDS, _silence(target), **options)
    finally:
        os.close(fd)


def _qemu(target: Target, folder: Path, arguments: list[str], log: Path) -> Relay:
    kernel, index, busybox = qemu.files(target)
    init = boot.files(target, folder, arguments, index, PORT)
    command, accelerator = qemu.command(kernel, index, busybox, folder, init, target, log)
    times = _EMULATED if accelerator == "tcg" else 1
    with open(folder / _WORDS, "wb") as words:
        return Relay(command, times * _BOOT_SECONDS, _silence(target, times), stderr=words)


_GUESTS: dict[str, Callable[[Target, Path, list[str], Path], Relay]] = {"uml": _uml, "qemu": _qemu}
_OTHERS: dict[str, Callable[[Target, list[str]], int]] = {"gvisor": gvisor.run, "ssh": remote.run}


def _run(target: Target, relay: Relay, log: Path, words: Path, ahead: early.Early | None) -> int:
    """Return the exit status of the guest's interpreter; TargetError if the guest does not come up."""
    try:
        relay.wait_ready()
    except GuestError as error:
        relay.stop()
        reason = console.reason(log, words)
        raise TargetError(f"did not come up: {error}{f' ({reason})' if reason else ''}") from None
    if ahead:
        ahead.take_over()
    try:
        return relay.run()
    except GuestError as error:
        console.end(log, error.status, str(error))
        complain(f"{target.name}: {error}")
        return error.status


def _guest(target: Target, arguments: list[str], ahead: early.Early | None) -> int:
    folder = Path(tempfile.mkdtemp(prefix="sockproof-guest-"))
    log = Path(os.environ.get("SOCKPROOF_CONSOLE") or folder / "console.log")
    relays: list[Relay] = []

    def work() -> int:
        console.begin(log)
        relays.append(_GUESTS[target.kind](target, folder, arguments, log))
        return _run(target, relays[0], log, folder / _WORDS, ahead)

    def clean() -> None:
        for relay in relays:
            relay.stop()
        shutil.rmtree(folder, ignore_errors=True)

    return run_and_clean(work, clean)


def _stand_in(name: str, problem: str, arguments: list[str]) -> int:
    """Say why the target cannot be started and, in a run, be an interpreter that only reports this."""
    complain(f"{name}: {problem}")
    if "SOCKPROOF_STAND_IN" in os.environ:
        os.environ["SOCKPROOF_PROBLEM"] = problem
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, *arguments])
    return UNSTARTED


def _joined() -> int | None:
    """Return the exit status of a guest's interpreter that was booted ahead, None if there is none."""
    try:
        return early.join()
    except early.ProblemError as error:
        raise TargetError(str(error)) from None


def _boot_ahead(target: Target, arguments: list[str]) -> int:
    ahead = early.Early()
    try:
        status = _guest(target, arguments, ahead)
    except (TargetError, PackageError) as error:
        ahead.failed(str(error))
        return UNSTARTED
    ahead.ended(status)
    return status


def main(name: str, arguments: list[str]) -> int:
    """Boot the target *name*, run its interpreter with *arguments*, return the exit status."""
    try:
        target = find(name)
        if target.kind == "host":
            os.execv(sys.executable, [sys.executable, *arguments])
        follow_parent("SOCKPROOF_STAND_IN" in os.environ)
        if target.kind not in _GUESTS:
            return _OTHERS[target.kind](target, arguments)
        if early.AHEAD in os.environ:
            return _boot_ahead(target, arguments)
        status = _joined()
        return _guest(target, arguments, None) if status is None else status
    except (TargetError, PackageError) as error:
        return _stand_in(name, str(error), arguments)


if __name__ == "__main__":
    os._exit(main(sys.argv[1], sys.argv[2:]))  # a thread may still wait for input that never comes
