"""What a kind of target is: the protocol that each module of ``kinds`` fulfils, and a target, a kind with settings.

Whoever has a target asks its kind, and asks for no kind by name: a new kind is one module and one line in the list of
``kinds``.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.kernels import console

_UNITS = {"M": 1 << 20, "G": 1 << 30}


class TargetError(Exception):
    """There is no such target, its settings are wrong, or it cannot run; the message is one line for the user."""


@dataclass(frozen=True)
class Setting:
    """What a setting's value must be: all of it matches the regular expression *form*, in *words* for the user."""

    words: str = "some text"
    form: str = r".+"

    def check(self, value: str) -> None:
        """TargetError unless *value* has the form; whether a file is there is ``look``'s to say."""
        if not re.fullmatch(self.form, value):
            raise TargetError(f"is {value!r}, but must be {self.words}")

    def whole(self, value: str) -> str:
        """Return the value as it is kept: a path becomes absolute."""
        return value

    def look(self, value: str) -> None:
        """TargetError unless what *value* names is on this machine."""


@dataclass(frozen=True)
class PathSetting(Setting):
    """A path of this machine: of a file with the access *mode* (os.R_OK, os.X_OK), or of a *folder*."""

    words: str = "a path"
    mode: int = os.R_OK
    folder: bool = False

    def whole(self, value: str) -> str:
        """Return the absolute path."""
        return str(Path(value).absolute())

    def look(self, value: str) -> None:
        """TargetError unless the file or folder is there and can be used."""
        there = os.path.isdir(value) if self.folder else os.path.isfile(value)
        if not (there and os.access(value, self.mode)):
            raise TargetError(f"{value} is not there or cannot be {'executed' if self.mode == os.X_OK else 'read'}")


MEMORY = Setting("100M or more, as in 512M or 1G", r"[1-9]\d{2,}M|[1-9]\d*G")
PATIENCE = Setting("whole seconds", r"[1-9]\d*")
MODULES = PathSetting("the folder of a kernel's modules", folder=True)
EVERY: Mapping[str, Setting] = {  # settings of every kind
    "cores": Setting("a number of processors", r"\d+(\.\d+)?"),
    "pace": Setting("a number, as in 12: times as slow as this machine's own kernel", r"\d+(\.\d+)?"),
    "nightly": Setting("yes or no", r"yes|no"),
}


def size(text: str) -> int:
    """Return "512M" or "1G" in bytes."""
    return int(text[:-1]) * _UNITS[text[-1]]


@dataclass(frozen=True)
class Need:
    """What a target takes of the machine while it runs: memory in bytes, processors, how slow it is."""

    memory: int
    cores: float
    pace: float = 1.0  # times as long as this machine's own kernel: the slowest starts first


@dataclass(frozen=True)
class Kernel:
    """What a target will run: *source* is its package or file, *release* what it must call itself ("" if unknown)."""

    source: str
    release: str


class Kind(ABC):
    """One kind of target. What a subclass sets is said beside it."""

    name: str  # as in kind = "uml"
    text: str  # what it is, in a list of targets
    settings: Mapping[str, Setting] = {}  # that it takes beside those of EVERY kind
    one_of: tuple[str, ...] = ()  # settings of which a target has one at least
    word = ""  # WORD=VALUE on the command line is a target of one run; "": there is none
    first = ""  # the setting that VALUE is
    usage = ""  # how WORD=VALUE is written, for the user
    memory = "1G"  # that it takes of this machine, where the target does not say it
    cores = 1.0  # processors that it takes, where the target does not say it
    here = False  # it is this machine's own kernel: every other's speed is told against it
    elsewhere = False  # it is another machine, with files, modules of Python and a processor of its own
    boots_ahead = False  # ``run`` takes a guest that was booted before its interpreter was asked for (``early``)

    @abstractmethod
    def run(self, target: "Target", arguments: list[str]) -> int:
        """Run the target's Python with *arguments*, joined to this process's stdin and stdout; return its exit status.

        TargetError or PackageError say why it cannot be started. A guest that ends without its interpreter's exit
        status ends the run with channel.DIED or channel.HUNG, and the target's console file says how (``console``).
        """

    @abstractmethod
    def newest(self, target: "Target") -> Kernel:
        """Fetch the newest kernel there is and check it; PackageError or TargetError if it cannot be had.

        Where there are no packages nothing is fetched.
        """

    def look(self, target: "Target") -> None:
        """TargetError if this machine has not got a file that the target names."""
        for name, value in target.settings.items():
            (self.settings | EVERY)[name].look(value)

    def reach(self, target: "Target") -> None:  # noqa: B027
        """TargetError if it is soon found that the target cannot be reached; whether it runs ``run`` says."""

    def memory_of(self, target: "Target") -> str:
        """Return a target's memory as the user writes it, as in 1G."""
        return target.settings.get("memory", self.memory)

    def need(self, target: "Target") -> Need:
        """Return what a target takes of this machine."""
        cores = float(target.settings.get("cores", self.cores))
        return Need(size(self.memory_of(target)), cores, float(target.settings.get("pace", 1)))

    def describe(self, target: "Target") -> str:
        """Return what a target is, in one line."""
        return target.text or self.text

    def last_end(self, log: Path) -> console.End:
        """Return how the last guest ended, from the target's console file."""
        return console.last_end(log)

    def running(self, log: Path) -> str:
        """Return the test that the last guest itself said it ran, from the console file; "" if it did not."""
        return console.running(log)


@dataclass(frozen=True)
class Target:
    """A kernel to prove: its name, its kind and what that kind needs to know."""

    name: str
    kind: Kind
    text: str
    settings: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.settings[key]
