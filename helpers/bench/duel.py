"""Arms against each other within one boot: their rounds interleaved, their ratios judged beside a noise floor.

An arm is a callable that plays one round: a fixed number of frames, of which it returns the seconds (or a Round). The
base plays twice in each cycle, under its own name and as AGAIN; what these two seem to differ by is the noise floor
of this very run. Many short rounds beat few long ones: a round of a tenth of a millisecond is mostly undisturbed even
on a machine that is busy, one of 20 ms seldom.
"""

import gc
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from helpers.bench import statistics
from helpers.bench.sample import Round
from helpers.bench.statistics import Interval, Judgement

AGAIN = "again"  # the base's second arm
_LEAST = 6  # cycles, whatever the time: fewer say nothing

Arm = Callable[[], float | Round]


def orders(count: int) -> list[list[int]]:
    """Return orders in which each arm stands in each place, and before each other one, equally often.

    A Williams square; of two arms it is AB, BA.
    """
    first = [0]
    for step in range(1, count):
        first.append(step // 2 + 1 if step % 2 else count - step // 2)
    square = [[(place + turn) % count for place in first] for turn in range(count)]
    return square if count % 2 == 0 else square + [row[::-1] for row in square]


@dataclass
class Outcome:
    """The rounds of a duel: *speeds* are log speeds by arm (index = cycle)."""

    base: str
    speeds: dict[str, np.ndarray]
    least: float = statistics.LEAST_FLOOR

    @property
    def cycles(self) -> int:
        """How many rounds each arm played."""
        return len(self.speeds[self.base])

    def ratio(self, arm: str, base: str | None = None) -> Interval:
        """Return speed of *arm* / speed of *base*."""
        return statistics.versus(self.speeds[base or self.base], self.speeds[arm])

    def ratios(self, base: str | None = None) -> dict[str, Interval]:
        """Return speed of *base* / speed of each other arm: above 1, *base* is the faster one."""
        base = base or self.base
        return {arm: self.ratio(base, arm) for arm in self.speeds if arm not in (base, AGAIN)}

    @property
    def floor(self) -> float:
        """The noise floor of this run, a fraction, *least* at least: the farthest that the base may be from itself."""
        if AGAIN not in self.speeds:
            return statistics.floor([self.speeds[self.base]], least=self.least)
        return max(self.least, self.ratio(AGAIN).reach)

    def judge(self, arm: str) -> Judgement:
        """Say what this run alone says of *arm* beside the base."""
        return statistics.judge(self.ratio(arm), self.floor)


@dataclass
class Verdict:
    """What a duel says of an arm: *confirmed* is None where there was nothing to confirm; *outcomes* are the runs."""

    arm: str
    verdict: str
    text: str
    ratio: Interval
    floor: float
    confirmed: bool | None
    outcomes: list[Outcome] = field(repr=False)


class Duel:
    """Rounds of *arms*, by name, the first of which is the base; each run plays for *seconds*, or *most* cycles.

    *again*: play the base twice, for the noise floor, which is *least* at least. An arm's exceptions pass through.
    """

    def __init__(
        self,
        arms: Mapping[str, Arm],
        seconds: float = 10.0,
        again: bool = True,
        most: int | None = None,
        least: float = statistics.LEAST_FLOOR,
    ) -> None:
        if len(arms) < 1 + (not again) or AGAIN in arms:
            raise ValueError(f"a duel needs two arms, none of them called {AGAIN!r}")
        self.base = next(iter(arms))
        self.arms = {**arms, AGAIN: arms[self.base]} if again else dict(arms)
        self.seconds = seconds
        self.most = most
        self.least = least

    def _cycles(self) -> Iterator[Sequence[str]]:
        """Yield the order of each cycle until the time is up, in the middle of a square if need be."""
        names = list(self.arms)
        square = [[names[place] for place in row] for row in orders(len(names))]
        end = time.perf_counter() + self.seconds
        most = math.inf if self.most is None else self.most
        for number, row in enumerate(itertools.cycle(square)):
            if number >= most or (number >= _LEAST and time.perf_counter() >= end):
                return
            yield row

    def run(self) -> Outcome:
        """Play one run: each arm is warmed up by one round that does not count."""
        rounds: dict[str, list[float | Round]] = {name: [] for name in self.arms}
        collecting = gc.isenabled()
        gc.collect()
        gc.disable()
        try:
            for arm in self.arms.values():
                arm()
            for row in self._cycles():
                for name in row:
                    rounds[name].append(self.arms[name]())
        finally:
            if collecting:
                gc.enable()
        speeds = {name: np.array([_log_speed(played) for played in kept]) for name, kept in rounds.items()}
        return Outcome(self.base, speeds, self.least)

    def judge(self) -> dict[str, Verdict]:
        """Play, and again if an arm seems slower or faster: that is said only if both runs say so."""
        first = self.run()
        said = {arm: first.judge(arm) for arm in self.arms if arm not in (self.base, AGAIN)}
        doubtful = any(judgement.verdict in ("slower", "faster") for judgement in said.values())
        second = self.run() if doubtful else None
        return {arm: _confirmed(arm, judgement, first, second) for arm, judgement in said.items()}


def _log_speed(played: float | Round) -> float:
    if isinstance(played, Round):
        return math.log(played.frames / played.seconds) if played.frames else -math.inf
    return -math.log(played)


def _joined(first: Outcome, second: Outcome) -> Outcome:
    speeds = {arm: np.concatenate([first.speeds[arm], second.speeds[arm]]) for arm in first.speeds}
    return Outcome(first.base, speeds, first.least)


def _confirmed(arm: str, said: Judgement, first: Outcome, second: Outcome | None) -> Verdict:
    """Return the verdict of one run, or of two that must agree; the ratio is that of all rounds then."""
    if second is None:
        return Verdict(arm, *said, first.ratio(arm), first.floor, None, [first])
    whole = _joined(first, second)
    ratio, floor = whole.ratio(arm), whole.floor
    runs = [first, second]
    if said.verdict not in ("slower", "faster"):
        return Verdict(arm, *statistics.judge(ratio, floor), ratio, floor, None, runs)
    if second.judge(arm).verdict == said.verdict:
        both = statistics.judge(ratio, floor)
        text = both.text if both.verdict == said.verdict else said.text
        return Verdict(arm, said.verdict, text, ratio, floor, True, runs)
    return Verdict(arm, "cannot tell", f"cannot tell: {said.text} at first, not confirmed", ratio, floor, False, runs)
