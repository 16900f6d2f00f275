"""How many targets this machine bears at a time: their memory and processors against its own.

A guest's memory counts whole, since it may come to use all of it. Processors count twice: the tests wait more than they
compute, as ``-n auto`` has it too.
"""

import os
import re
from pathlib import Path

from helpers.kernels.kind import Need, TargetError

_SHARE = 0.8  # of the free memory: the rest is the system's, and what guests cost beside their memory
_TIMES_CORES = 2
_LIMITS = (  # files of control groups of version 2 and 1
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def told(memory: int) -> str:
    """Return bytes for a reader: "1.5G"."""
    return f"{memory / (1 << 30):.1f}G"


def free_memory(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes that new processes can have: of the machine, or of this control group if that has less."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", (proc / "meminfo").read_text(), re.MULTILINE)
    free = int(found[1]) << 10 if found else 1 << 30
    for limit, usage in _LIMITS:
        try:
            free = min(free, int((cgroup / limit).read_text()) - int((cgroup / usage).read_text()))
        except (OSError, ValueError):  # no such group here, or "max": no limit
            continue
    return free


class Room:
    """The machine's room for targets: at most *most* at a time (None: as many as memory and processors bear)."""

    def __init__(self, memory: int, cores: int, most: int | None = None) -> None:
        self.memory = int(memory * _SHARE)
        self.cores = float(cores * _TIMES_CORES)
        self.most = most
        self.taken: dict[str, Need] = {}

    @classmethod
    def of_this_machine(cls, most: int | None = None) -> "Room":
        """Return this machine's room."""
        return cls(free_memory(), len(os.sched_getaffinity(0)), most)

    def check(self, need: Need) -> None:
        """TargetError says why there can be no room for this at any time."""
        if need.memory > self.memory:
            raise TargetError(f"it needs {told(need.memory)} of memory, this machine has {told(self.memory)} to give")

    def lacks(self, need: Need) -> str:
        """Return what is short while others run: "" if there is room. One target always has it."""
        if not self.taken:
            return ""
        if self.most is not None and len(self.taken) >= self.most:
            return f"{self.most} at a time"
        memory = sum(other.memory for other in self.taken.values())
        if memory + need.memory > self.memory:
            return f"{told(memory)} of {told(self.memory)} memory are taken, it needs {told(need.memory)}"
        cores = sum(other.cores for other in self.taken.values())
        if cores + need.cores > self.cores:
            return f"the work of {cores:g} of {self.cores:g} places is taken, it needs {need.cores:g}"
        return ""

    def take(self, name: str, need: Need) -> None:
        """Give room to *name*."""
        self.taken[name] = need

    def give(self, name: str) -> None:
        """Take the room back."""
        self.taken.pop(name, None)
