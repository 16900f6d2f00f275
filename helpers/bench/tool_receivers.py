"""Tools that receive: a round is what a load offers to them.

A receiver is started once, on a link of its own, and waits between the rounds. How long it works on what it was given
is not to be seen from outside, so a round lasts as long as the load took; what was lost is what the tool says at its
end, when that adds up. Both is in the tool's favour, if anybody's.
"""

import functools
import os
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from helpers.bench.load import Load
from helpers.bench.tools import Running, Tool, ToolError, execute, find

RING = 8 << 20  # bytes
AT_ONCE = "tcpdump --immediate-mode"  # libpcap's ring of V2; without, it is of V3, as netsniff-ng's is
_UNREAD = 4096  # frames that may be in a block that is not handed over yet when the tool is asked to end

_SCAPY = """
import sys
from scapy.config import conf
import scapy.layers.l2, scapy.arch
from scapy.sendrecv import sniff
count = 0
def note(packet):
    global count
    count += 1
socket = conf.L2listen(iface=sys.argv[1])
sniff(opened_socket=socket, prn=note, store=False, started_callback=lambda: print("listening"))
print(count, "taken")
"""


class _Kind(NamedTuple):
    """How a tool is called for a link; what it says when it listens, what it took, and what it lost, if it does."""

    arguments: Callable[[str], list[str]]
    ready: str
    took: str
    lost: str | None


def _tcpdump(name: str) -> list[str]:
    options = ["-p", "-n", "-Z", "root", "-B", str(RING >> 10), "-w", os.devnull]
    return [find("tcpdump"), "-i", name, *options]


def _tcpdump_at_once(name: str) -> list[str]:
    return [*_tcpdump(name), "--immediate-mode"]


def _netsniff_ng(name: str) -> list[str]:
    options = ["--out", os.devnull, "--silent", "--no-promisc", "--no-hwtimestamp", "--ring-size", f"{RING >> 10}KiB"]
    leave_alone = ["--no-sock-mem", "--notouch-irq"]  # these would change the machine
    return [find("netsniff-ng"), "--in", name, *options, *leave_alone]


def _scapy(name: str) -> list[str]:
    return [sys.executable, "-u", "-c", _SCAPY, name]


_TCPDUMP = "listening on", r"(\d+) packets? captured", r"(\d+) packets? dropped by kernel"
RECEIVERS = {
    "tcpdump": _Kind(_tcpdump, *_TCPDUMP),
    AT_ONCE: _Kind(_tcpdump_at_once, *_TCPDUMP),
    "netsniff-ng": _Kind(
        _netsniff_ng, "Running!", r"(\d+)\s+packets passed filter", r"(\d+)\s+packets failed filter \(out of space\)"
    ),
    "scapy": _Kind(_scapy, "listening", r"(\d+) taken", None),
}


class Receiver(Tool):
    """The tool *name* that receives what *load* offers on the link of *end*, on *cpu*.

    A context manager: the tool listens when it is entered. NoToolError where the tool is missing.
    """

    def __init__(self, name: str, end: Any, load: Load, cpu: int) -> None:
        self.kind = RECEIVERS[name]
        self.load = load
        self.running = Running(functools.partial(execute, self.kind.arguments(end.name)), end, cpu)
        self.offered = 0

    def _begin(self) -> None:
        self.running.wait_said(self.kind.ready)

    def play(self, count: int) -> float:
        """Offer *count* frames and return the seconds that this took."""
        self.load.start(count)
        offered = self.load.finish()
        self.offered += offered.frames
        return offered.ended - offered.began

    def finish(self) -> float:
        """End it: the share of all frames that it took, more than 0. ToolError if that does not add up."""
        words = self.running.interrupt()
        took = self._number(self.kind.took, words)
        taken = took if self.kind.lost is None else self.offered - self._number(self.kind.lost, words)
        if not taken - _UNREAD <= took <= self.offered or taken <= 0:
            raise ToolError(f"{self.offered} frames were offered, but it says: {words.strip()}")
        return taken / self.offered

    @staticmethod
    def _number(pattern: str, words: str) -> int:
        found = re.search(pattern, words)
        if found is None:
            raise ToolError(f"it does not say what it took: {words.strip()}")
        return int(found[1])
