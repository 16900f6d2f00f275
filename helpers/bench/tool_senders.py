"""Tools that send: a round is what arrives while the tool is let run.

A sender is started once, to send more than anybody will wait for, and stopped (SIGSTOP) between the rounds. In a round
it goes on (SIGCONT) and is watched through its peer's link counter: the clock runs from the first look at which frames
were coming until a later one. So neither its start nor the way into a round counts, and what it claims is not asked.
"""

import functools
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from helpers import wait
from helpers.bench.load import processors
from helpers.bench.tools import Running, Tool, ToolError, execute, find

RING = 2 << 20  # bytes
LOOK = 0.0002  # seconds between two looks
LONGEST = 0.02  # seconds of a round of a slow tool, which sends less in it than it is asked for
WARM = 1024  # frames that it sends before the clock runs, or as many as come in LONGEST / 10
_PATIENCE = 10.0  # seconds for the first frame: an interpreter must start
_IN_FILE = 1000  # frames in the file that tcpreplay sends again and again
_TIMES = 50_000_000  # frames after which a sender ends by itself, whatever becomes of us

_SCAPY = """
import sys
from scapy.config import conf
import scapy.arch
from scapy.layers.l2 import Ether
from scapy.sendrecv import sendp
name, data, count = sys.argv[1], bytes.fromhex(sys.argv[2]), int(sys.argv[3])
sendp(Ether(data), socket=conf.L2socket(iface=name), count=count, verbose=False)
"""


def _trafgen(name: str, frame: bytes) -> Callable[[], None]:
    packet = "{ " + ", ".join(map(str, frame)) + " }"
    options = ["--dev", name, "--cpus", "1", "--num", str(_TIMES), "--ring-size", f"{RING >> 10}KiB"]
    leave_alone = ["--no-sock-mem", "--notouch-irq", "--no-cpu-stats"]  # the first two would change the machine
    return functools.partial(execute, [find("trafgen"), *options, *leave_alone, packet])


def capture(frame: bytes, frames: int) -> bytes:
    """Return a pcap file (pcap-savefile(5)) of *frames* equal frames."""
    record = struct.pack("=IIII", 0, 0, len(frame), len(frame)) + frame
    return struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1) + record * frames


def _tcpreplay(name: str, frame: bytes) -> Callable[[], None]:
    path = find("tcpreplay")
    options = ["--topspeed", "--preload-pcap", "--quiet", "--intf1", name, "--loop", str(_TIMES // _IN_FILE)]

    def work() -> None:
        file = os.memfd_create("frames", 0)  # lives on in the program, which opens it by this path
        os.write(file, capture(frame, _IN_FILE))
        execute([path, *options, f"/proc/self/fd/{file}"])

    return work


def _scapy(name: str, frame: bytes) -> Callable[[], None]:
    return functools.partial(execute, [sys.executable, "-c", _SCAPY, name, frame.hex(), str(_TIMES)])


SENDERS: dict[str, Callable[[str, bytes], Callable[[], None]]] = {
    "trafgen": _trafgen,
    "tcpreplay": _tcpreplay,
    "scapy": _scapy,
}


class Sender(Tool):
    """The tool *name* that sends *frame* on the link of *end*, on *cpu*; *arrived* counts frames at the other end.

    A context manager. NoToolError where the tool is missing.
    """

    def __init__(self, name: str, end: Any, frame: bytes, arrived: Callable[[], int], cpu: int) -> None:
        self.arrived = arrived
        self._start = arrived()
        self.running = Running(SENDERS[name](end.name, frame), end, cpu)

    def _begin(self) -> None:
        self._wait_beyond(self._start)
        self.running.stop()

    def _wait_beyond(self, before: int) -> tuple[float, int]:
        """Return the time and the count of the first look at which more than *before* frames have arrived."""
        end = time.perf_counter() + wait.scaled(_PATIENCE)
        while True:
            ended = self.running.ended
            at, count = time.perf_counter(), self.arrived()
            if count > before:
                return at, count
            if ended:
                raise ToolError(f"it ended: {self.running.said().strip()}")
            if at > end:
                raise wait.DeadlineError(f"no frame within {wait.scaled(_PATIENCE):g} s")
            time.sleep(LOOK)  # to leave the processor to the tool

    def _advance(self, look: tuple[float, int], count: int, seconds: float) -> tuple[float, int]:
        """Return the first look *count* frames after *look*, or with less of them when that lasts *seconds*."""
        at, seen = look
        while seen - look[1] < count and (at < look[0] + seconds or seen == look[1]):
            time.sleep(LOOK)
            at, seen = self._wait_beyond(seen)
        return at, seen

    def play(self, count: int) -> float:
        """Let it send about *count* frames, and return the seconds that this number takes at the speed of the round.

        The looking is done on the last CPU. Raises ToolError, DeadlineError.
        """
        own = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {processors()[-1]})
        try:
            before = self.arrived()
            self.running.go_on()
            came = self._wait_beyond(before)
            began, first = self._advance(came, WARM, LONGEST / 10)
            at, last = self._advance((began, first), count, LONGEST)
        finally:
            self.running.stop()
            os.sched_setaffinity(0, own)
        return (at - began) / (last - first) * count
