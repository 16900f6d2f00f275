"""How small a slowdown is found here: duels against a known one, and against nothing.

``python -m helpers.bench.sharpness`` prints a table: of how many trials each slowdown was found in, and how often a
duel cried wolf where there was none. A transmit ring sends through a veth pair; on such a link the sender's processor
does the receiving too, so what the program on the far end's ingress burns is part of a round.
"""

import argparse
import math
import statistics as plain
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from socket import htons

from helpers import syscall
from helpers.bench.burn import EGRESS, INGRESS, Burn, BurnError
from helpers.bench.duel import Duel, Verdict
from helpers.bench.pumps import RingPump
from helpers.net import frames
from helpers.net.links import Links, veth
from helpers.net.namespaces import Namespace
from helpers.packet.packet_socket import PacketSocket
from helpers.rings import V2, Geometry, Rings
from helpers.sockets import must
from helpers.uapi.socket import AF_PACKET, SOCK_CLOEXEC, SOCK_RAW

FRAMES = 64  # of a round: about a tenth of a millisecond
SECONDS = 8.0  # of a run; a verdict that must be confirmed takes two
SHARES = (10.0, 1.0, 0.2, 0.1)  # per cent
LEAST = 0.0005  # the smallest floor: both arms are the same program, ring and link, but not the same Python code
BASE, SLOWED = "plain", "burning"


@dataclass
class Bed:
    """A wire with the burning program on it: ``play(turns)`` sends one round and returns its seconds."""

    pump: RingPump
    burn: Burn
    _best: float = math.inf

    def play(self, turns: int) -> float:
        """Send FRAMES frames, each of which the program makes *turns* turns for."""
        self.burn.set_turns(turns)
        start = time.perf_counter()
        self.pump.run(FRAMES)
        return time.perf_counter() - start

    def frame_time(self, rounds: int = 500) -> float:
        """Return the nanoseconds that a frame takes with nothing burnt: what trial runs, too, are at their best."""
        self._best = min(self._best, plain.quantiles((self.play(0) for _ in range(rounds)), n=20)[0])
        return self._best / FRAMES * 1e9

    def turns_for(self, share: float) -> int:
        """Return the turns that make a frame take *share* (0.1 = 10 %) longer than with nothing burnt, at least one."""
        self.burn.calibrate()
        return max(1, self.burn.turns_for(share * self.frame_time())) if share else 0

    def duel(self, turns: int, seconds: float = SECONDS) -> Duel:
        """Return a duel of nothing burnt against *turns* for each frame, each run of *seconds*."""
        arms: dict[str, Callable[[], float]] = {BASE: lambda: self.play(0), SLOWED: lambda: self.play(turns)}
        return Duel(arms, seconds, least=LEAST)


@contextmanager
def bed(side: str = INGRESS, size: int = 64) -> Iterator[Bed]:
    """Give a wire in private namespaces, quiet but for us. Raises BurnError where programs cannot be loaded."""
    with ExitStack() as undo:
        near, far = (undo.enter_context(closing(Namespace.create())) for _ in range(2))
        veth(near, far, "left", "right")
        left, right = (undo.enter_context(closing(Links(place))) for place in (near, far))
        right.up("right")
        left.wait_running("left")
        right.wait_running("right")
        with near:
            descriptor = must(syscall.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(0)), "socket(AF_PACKET)")
        sender = PacketSocket(descriptor)
        undo.callback(sender.close)
        rings = Rings(sender, V2, tx=Geometry(2048 * FRAMES, 1, 2048))
        undo.callback(rings.close)
        rings.setup()
        sender.attach(left.index("left"), 0)
        burn = undo.enter_context(Burn())
        burn.attach(*((right, "right") if side == INGRESS else (left, "left")), side)
        yield Bed(RingPump(rings.tx, frames.ethernet(size=size).data), burn)


@dataclass
class Tally:
    """Trials of a *share* (0: A/A) and what was really *burnt* (whole turns): fractions of a frame's time."""

    share: float
    burnt: float
    verdicts: list[Verdict] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def count(self, *words: str) -> int:
        """Return how many trials said one of *words*."""
        return sum(verdict.verdict in words for verdict in self.verdicts)

    def row(self) -> str:
        """Return the line of the table."""
        longer = [100 * (1 / verdict.ratio.mid - 1) for verdict in self.verdicts]
        width = plain.median(50 * (verdict.ratio.high - verdict.ratio.low) for verdict in self.verdicts)
        floor = plain.median(100 * verdict.floor for verdict in self.verdicts)
        columns = (
            f"{100 * self.share:g} %" if self.share else "A/A",
            f"{100 * self.burnt:.2f} %",
            f"{self.count('slower')} of {len(self.verdicts)}",
            str(self.count("faster")),
            str(self.count("same")),
            str(self.count("cannot tell")),
            f"{min(longer):.2f} to {max(longer):.2f} %",
            f"{width:.3f} %",
            f"{floor:.3f} %",
            f"{max(self.seconds):.1f} s",
        )
        return _line(columns)


HEADINGS = ("asked", "burnt", "slower", "faster", "same", "cannot tell", "found", "+-", "floor", "longest")
_WIDTHS = (6, 8, 8, 6, 4, 11, 18, 8, 8, 8)


def _line(columns: Sequence[str]) -> str:
    return "  ".join(f"{column:>{width}}" for column, width in zip(columns, _WIDTHS, strict=True))


def tally(place: Bed, share: float, trials: int, seconds: float = SECONDS) -> Tally:
    """Make *trials* trials of *share*."""
    turns = place.turns_for(share)
    result = Tally(share, turns * place.burn.per_turn / place.frame_time())
    for _ in range(trials):
        start = time.perf_counter()
        result.verdicts.append(place.duel(turns, seconds).judge()[SLOWED])
        result.seconds.append(time.perf_counter() - start)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit status is 0 if 10 % was found in nine of ten trials and A/A was quiet in 19 of 20."""
    parser = argparse.ArgumentParser(prog="python -m helpers.bench.sharpness", description=main.__doc__)
    parser.add_argument("--share", type=float, nargs="*", default=SHARES, help="slowdowns to try, in per cent")
    parser.add_argument("--trials", type=int, default=10, help="trials of each slowdown (%(default)s)")
    parser.add_argument("--again", type=int, default=20, help="trials with no slowdown, A/A (%(default)s)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a run; two at most in a trial (%(default)s)")
    parser.add_argument("--side", choices=[INGRESS, EGRESS], default=INGRESS, help="where to burn (%(default)s)")
    chosen = parser.parse_args(arguments)
    good = True
    try:
        with bed(chosen.side) as place:
            frame = place.frame_time()
            print(f"a frame takes {frame:.0f} ns, a turn {place.burn.per_turn:.2f} ns; burning on {chosen.side}")
            print(_line(HEADINGS), flush=True)
            for share in [*(percent / 100 for percent in chosen.share), 0.0]:
                count = chosen.trials if share else chosen.again
                if not count:
                    continue
                made = tally(place, share, count, chosen.seconds)
                print(made.row(), flush=True)
                if share >= 0.1:
                    good &= made.count("slower") >= 0.9 * count
                elif not share:
                    good &= made.count("slower", "faster") <= 0.05 * count
    except (BurnError, OSError) as error:  # OSError: not root, no namespaces
        print(f"cannot burn here: {error}", file=sys.stderr)
        return 2
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
