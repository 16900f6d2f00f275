"""What the machine did beside the measuring: the mark that each result carries, and the reasons for it.

Source: proc_stat(5), proc_cpuinfo(5).
"""

import contextlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from helpers.bench.sample import Quality

STEAL = (0.01, 0.05)  # share of the time that the hypervisor took: from here on fair, poor
OTHERS = (0.10, 0.35)  # share of the processors' time that other processes took
FREQUENCY = (0.03, 0.10)  # spread of the clock's rate between the looks
_TICK = os.sysconf("SC_CLK_TCK")
_MARKS = ("good", "fair", "poor")


@dataclass
class _Times:
    """Seconds since boot, of all processors together."""

    working: float
    steal: float
    own: float
    wall: float


def _own() -> float:
    """Return the processor time of this process and of all its descendants, those that live and those that ended."""
    spent = os.times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    ticks, parents = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            words = path.read_text().rpartition(")")[2].split()
            number = int(path.parent.name)
            parents[number], ticks[number] = int(words[1]), sum(map(int, words[11:15]))
    for number in ticks:
        ancestor = parents[number]
        while ancestor not in (0, os.getpid()):
            ancestor = parents.get(ancestor, 0)
        total += ticks[number] / _TICK if ancestor else 0.0
    return total


def _times() -> _Times:
    words = Path("/proc/stat").read_text().partition("\n")[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = ([int(word) / _TICK for word in words] + [0.0] * 8)[:8]
    return _Times(user + nice + system + irq + softirq, steal, _own(), time.monotonic())


def _frequencies() -> list[float]:
    """Return each processor's rate in MHz, where the kernel reports it."""
    found = re.findall(r"^cpu MHz\s*:\s*([\d.]+)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return [float(number) for number in found]


def emulation() -> str:
    """Return what emulates this machine's processor or kernel, "" where nothing does."""
    told = Path("/proc/cpuinfo").read_text()
    if re.search(r"^vendor_id\s*:\s*User Mode Linux", told, re.MULTILINE):
        return "User Mode Linux"
    if re.search(r"^model name\s*:.*\bTCG\b", told, re.MULTILINE):
        return "an emulated processor"
    version = Path("/proc/version").read_text()
    return "gVisor" if "gVisor" in version else ""


def _graded(share: float, limits: tuple[float, float]) -> int:
    return sum(share >= limit for limit in limits)


class Watch:
    """Looks at the machine from its making until ``quality`` is asked."""

    def __init__(self) -> None:
        self._began = _times()
        self._frequencies = _frequencies()
        self._lasting = _lasting()

    def quality(self) -> Quality:
        """Say how far what was measured since can be trusted."""
        now, began = _times(), self._began
        found = [*self._lasting, *self._passing(now, began)]
        worst = max((grade for grade, _ in found), default=0)
        return Quality(_MARKS[worst], [reason for grade, reason in found if grade])

    def _passing(self, now: _Times, began: _Times) -> list[tuple[int, str]]:
        passed = max(now.wall - began.wall, 1e-9) * (os.cpu_count() or 1)
        steal = (now.steal - began.steal) / passed
        others = max(now.working - began.working - (now.own - began.own), 0.0) / passed
        rates = [*self._frequencies, *_frequencies()]
        spread = (max(rates) - min(rates)) / max(rates) if rates and max(rates) else 0.0
        return [
            (_graded(steal, STEAL), f"the hypervisor took {steal:.1%} of the time"),
            (_graded(others, OTHERS), f"others took {others:.0%} of the processors"),
            (_graded(spread, FREQUENCY), f"the processors' rates differed by {spread:.0%}"),
        ]


def _lasting() -> list[tuple[int, str]]:
    """Return what is so all the time."""
    found = []
    if len(os.sched_getaffinity(0)) < 2:
        found.append((1, "one CPU only: load and receiver share it"))
    emulated = emulation()
    if emulated:
        found.append((2, f"{emulated}: its times are not those of a machine"))
    return found
