"""One round of a benchmark: a load against a drain, or a pump by itself."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from helpers import wait
from helpers.bench import control
from helpers.bench.drains import Drain, Drained
from helpers.bench.load import LONGEST, Load, Offered
from helpers.bench.pumps import Pump
from helpers.bench.sample import Round
from helpers.packet.packet_socket import PacketSocket

GRACE = 0.5  # seconds that the last frames may take once the load is done; a V3 block may wait for its time-out


class Measured(Protocol):
    """What a benchmark of a rate measures."""

    def round(self, count: int) -> Round:
        """Move *count* frames."""

    def notes(self) -> dict[str, Any]:
        """Return what all rounds so far came to, beside the rounds themselves."""


class Receiving:
    """Rounds of *load* against *drain*, whose sockets' PACKET_STATISTICS count what was lost."""

    def __init__(self, load: Load, drain: Drain, sockets: Sequence[PacketSocket]) -> None:
        self.load = load
        self.drain = drain
        self.sockets = sockets
        self.copies = 1  # of each frame that arrive: more where the sources are not members of one group
        self._members = [0] * len(drain.sources)  # frames that each source has had
        self._offered: list[float] = []  # frames a second that the load had in each round

    def _dropped(self) -> int:
        return sum(socket.statistics().tp_drops for socket in self.sockets)

    def round(self, count: int, rate: float = 0.0) -> Round:
        """Offer *count* frames, *rate* a second (0: as fast as the load can), and receive them."""
        self.drain.run(lambda _: True)  # what an earlier round left
        self._dropped()
        lost = 0
        end, limit = 0.0, time.perf_counter() + wait.scaled(LONGEST)

        def over(frames: int) -> bool:
            nonlocal lost, end
            if not self.load.done:
                return time.perf_counter() > limit  # it was killed
            lost += self._dropped()
            end = end or time.perf_counter() + wait.scaled(GRACE)
            return frames + lost >= count * self.copies or time.perf_counter() > end

        machine = control.measure()
        cpu = time.thread_time()
        self.load.start(count, rate)
        got = self.drain.run(over)
        self._members = [before + now for before, now in zip(self._members, got.members, strict=True)]
        spent = time.thread_time() - cpu
        offered = self.load.finish()
        self._offered.append(offered.rate)
        return self._round(got, offered, lost + self._dropped(), spent, machine)

    def notes(self) -> dict[str, Any]:
        """Return the load's typical rate in frames/s, and what each of several members had."""
        members = {"members": self._members} if len(self._members) > 1 else {}
        return {"offered_rate": statistics.median(self._offered), **members}

    @staticmethod
    def _round(got: Drained, offered: Offered, lost: int, spent: float, machine: float) -> Round:
        """Put the sides together: the round lasts until both the load and the drain are done."""
        return Round(
            seconds=max(offered.ended, got.last) - offered.began,
            frames=got.frames,
            bytes=got.bytes,
            offered=offered.frames,
            dropped=lost,
            calls=got.calls,
            cpu={"receiver": spent, "sender": offered.cpu},
            control=machine,
        )


class Sending:
    """Rounds of *pump*, which sends frames of *size* bytes; *arrived* counts those the other end's link has got."""

    def __init__(self, pump: Pump, size: int, arrived: Callable[[], int]) -> None:
        self.pump = pump
        self.size = size
        self.arrived = arrived

    def round(self, count: int) -> Round:
        """Send *count* frames. *frames* of the round are those that arrived, none is known to be dropped."""
        before, machine = self.arrived(), control.measure()
        cpu, began = time.thread_time(), time.perf_counter()
        sent = self.pump.run(count)
        seconds = time.perf_counter() - began
        spent = time.thread_time() - cpu
        frames = self.arrived() - before
        return Round(seconds, frames, frames * self.size, sent.frames, 0, sent.calls, {"sender": spent}, machine)

    def notes(self) -> dict[str, Any]:
        """Return nothing: the rounds say all."""
        return {}
