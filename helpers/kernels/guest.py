"""A kernel that is booted on this machine and sees its files: what the kinds of such guests share.

Its Python is joined to this process by the guest's console (``relay``). A guest may be booted ahead (``early``).
"""

import os
import shutil
import tempfile
from abc import abstractmethod
from pathlib import Path

from helpers.kernels import console, early
from helpers.kernels.channel import UNSTARTED
from helpers.kernels.ending import run_and_clean
from helpers.kernels.kind import Kind, Target, TargetError
from helpers.kernels.packages import PackageError
from helpers.kernels.relay import GuestError, Relay, complain

BOOT_SECONDS = 60
WORDS = "words"  # the file for what the emulator, or User Mode Linux before it is a kernel, says
_SILENCE = 30


class Guest(Kind):
    """A kind whose kernels are booted here; a subclass says how (``boot``)."""

    boots_ahead = True

    @abstractmethod
    def boot(self, target: Target, folder: Path, arguments: list[str], log: Path) -> Relay:
        """Start the guest: *folder* is its private one, which also gets WORDS, *log* the file of its kernel's log.

        PackageError or TargetError if it cannot be started.
        """

    @staticmethod
    def silence(target: Target, times: int = 1) -> float:
        """Return the seconds without a sign of life after which a guest hangs; *times* as slow as an ordinary one."""
        return float(target.settings.get("patience", times * _SILENCE))

    def run(self, target: Target, arguments: list[str]) -> int:
        """Run the interpreter in the guest that was booted ahead, else in a fresh one; or be the one that boots."""
        if early.AHEAD in os.environ:
            return self._boot_ahead(target, arguments)
        try:
            status = early.join()
        except early.ProblemError as error:
            raise TargetError(str(error)) from None
        return self._in_fresh_guest(target, arguments, None) if status is None else status

    def _boot_ahead(self, target: Target, arguments: list[str]) -> int:
        ahead = early.Early()
        try:
            status = self._in_fresh_guest(target, arguments, ahead)
        except (TargetError, PackageError) as error:
            ahead.failed(str(error))
            return UNSTARTED
        ahead.ended(status)
        return status

    def _in_fresh_guest(self, target: Target, arguments: list[str], ahead: early.Early | None) -> int:
        folder = Path(tempfile.mkdtemp(prefix="sockproof-guest-"))
        log = Path(os.environ.get("SOCKPROOF_CONSOLE") or folder / "console.log")
        relays: list[Relay] = []

        def work() -> int:
            console.begin(log)
            relays.append(self.boot(target, folder, arguments, log))
            return _follow(target, relays[0], log, folder / WORDS, ahead)

        def clean() -> None:
            for relay in relays:
                relay.stop()
            shutil.rmtree(folder, ignore_errors=True)

        return run_and_clean(work, clean)


def _follow(target: Target, relay: Relay, log: Path, words: Path, ahead: early.Early | None) -> int:
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
