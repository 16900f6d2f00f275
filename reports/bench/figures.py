"""The figures of a benchmark run: each result of each target, its sessions put together, with intervals.

A session (one process on one boot) is the sampling unit:
intervals are bootstrapped over sessions, then over the rounds within each. Rates are frames/s, times seconds unless
a name says otherwise. The generator is seeded, so that an equal record gives equal figures.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from helpers.bench.statistics import LEVEL, Interval
from reports.bench.model import Bench, Result, Round, worst
from reports.bench.words import gathered, told

DRAWS = 2000
_PLAIN = ("ring", "rings", "call")  # the parameters say so, too


@dataclass
class Measured:
    """One result of one target: its *parts* are the results of the target's sessions, in order."""

    target: str
    parts: list[Result]

    @property
    def id(self) -> str:
        """The result's id, the same in every session and run."""
        return self.parts[0].id

    @property
    def subject(self) -> str:
        """What is measured: receive, send, fanout and so on."""
        return self.parts[0].subject

    @property
    def kind(self) -> str:
        """How it is measured: rate, latency, loss or ratio."""
        return self.parts[0].kind

    @property
    def params(self) -> Mapping[str, Any]:
        """What this case of the benchmark is made of."""
        return self.parts[0].params

    @property
    def what(self) -> str:
        """What of the subject is measured, in words: of `receive/ring_on_loopback[v2]` "ring on loopback"."""
        return self.id.partition("/")[2].partition("[")[0].replace("_", " ")

    @property
    def label(self) -> str:
        """What is measured and its parameters in words."""
        return self.named()

    def named(self, leave_out: Collection[str] = ()) -> str:
        """Name this result by what it measures and its parameters but those in `leave_out`."""
        plain = self.what in _PLAIN or self.what in self.params
        return (
            ", ".join(filter(None, ["" if plain else self.what, told(self.params, leave_out)])) or self.what or self.id
        )

    @cached_property
    def good(self) -> list[Result]:
        """The sessions' results that are valid."""
        return [part for part in self.parts if part.valid]

    @property
    def valid(self) -> bool:
        """Whether a session gave a valid result; only those count."""
        return bool(self.good)

    @property
    def why(self) -> list[str]:
        """Why sessions' results are invalid."""
        return list(dict.fromkeys(part.why or "no reason given" for part in self.parts if not part.valid))

    @property
    def mark(self) -> str:
        """The worst quality mark of the valid results (of all where none is valid)."""
        return worst(part.quality.mark for part in self._counted)

    @property
    def reasons(self) -> list[str]:
        """What lowers the quality mark."""
        return gathered(reason for part in self._counted for reason in part.quality.reasons)

    @property
    def _counted(self) -> list[Result]:
        return self.good or self.parts

    @property
    def rounds(self) -> list[Round]:
        """The rounds of the sessions that count."""
        return [item for part in self._counted for item in part.rounds]

    @cached_property
    def rate(self) -> Interval | None:
        """Frames per second; None without rounds."""
        return self._of_rounds("frames", 1)

    @cached_property
    def bits(self) -> Interval | None:
        """Bits per second; None without rounds."""
        return self._of_rounds("bytes", 8)

    def _of_rounds(self, name: str, factor: float) -> Interval | None:
        return estimate(
            [[factor * getattr(item, name) / item.seconds for item in part.rounds] for part in self._counted]
        )

    def total(self, name: str) -> int:
        """Add up a count of the rounds: frames, offered, dropped, calls."""
        return sum(getattr(item, name) for item in self.rounds)

    @property
    def calls(self) -> float | None:
        """System calls per frame."""
        return self.total("calls") / self.total("frames") if self.total("frames") else None

    def cpu(self, side: str) -> float | None:
        """CPU seconds of "receiver" or "sender" per million frames; None where it was not measured."""
        spent = [seconds for item in self.rounds if (seconds := item.cpu.get(side)) is not None]
        return 1e6 * sum(spent) / self.total("frames") if spent and self.total("frames") else None

    @property
    def offered_rate(self) -> float | None:
        """The load's frames per second, of all sessions that count; None where nothing was received."""
        told = [rate for part in self._counted if (rate := _extra(part, "offered_rate", None))]
        return float(np.median(told)) if told else None

    @property
    def members(self) -> list[int]:
        """Frames of each member of a fanout group, over the sessions that count."""
        counted = [_extra(part, "members", ()) for part in self._counted]
        return [sum(column) for column in zip(*counted, strict=False)] if all(counted) else []

    @cached_property
    def samples(self) -> np.ndarray:
        """The wake-up times of all sessions that count, in microseconds, sorted."""
        return np.sort(np.concatenate([np.asarray(_extra(p, "microseconds", ()), dtype=float) for p in self._counted]))

    def quantile(self, share: float, name: str) -> Interval | None:
        """Give the time in microseconds below which *share* of the wake-ups are; *name*: where a record says it."""
        if self.samples.size:
            return quantile(self.samples, share)
        said = [value for part in self._counted if (value := _extra(part, name, None)) is not None]
        return Interval(float(np.median(said)), min(said), max(said)) if said else None

    @property
    def worst(self) -> float | None:
        """The longest wake-up in microseconds."""
        said = [value for part in self._counted if (value := _extra(part, "worst", None)) is not None]
        return max([*said, *self.samples[-1:]], default=None)

    @property
    def steps(self) -> list[list[tuple[float, float]]]:
        """For each session (offered frames/s, share lost), by rising load."""
        return [
            sorted((step["offered"], step["loss"]) for step in _extra(part, "steps", ()) or ())
            for part in self._counted
        ]

    @property
    def highest(self) -> Interval | None:
        """The highest load without loss, frames/s; its interval reaches to the next load that lost."""
        said = [value for part in self._counted if (value := _extra(part, "highest", None)) is not None]
        if not said:
            return None
        above = [
            min((load for load, loss in steps if loss > 0 and load >= value), default=value)
            for steps, value in zip(self.steps, said, strict=False)
        ]
        return Interval(float(np.median(said)), min(said), max([*above, *said]))

    @property
    def limit(self) -> str:
        """What the highest load was limited by: receiver or generator."""
        return ", ".join(dict.fromkeys(str(_extra(part, "limit", None) or "unknown") for part in self._counted))

    @cached_property
    def ratios(self) -> dict[str, Interval]:
        """Speed of our loop / speed of each other arm; more than 1 means that ours is faster."""
        names = dict.fromkeys(name for part in self._counted for name in _extra(part, "ratios", None) or {})
        return {name: ratio for name in names if (ratio := self._ratio(name)) is not None}

    def _ratio(self, name: str) -> Interval | None:
        said = [ratio for part in self._counted if (ratio := (_extra(part, "ratios", None) or {}).get(name))]
        if len(said) < 2:
            return Interval(*said[0]) if said else None
        arms = [_extra(part, "arms", None) or {} for part in self._counted]
        logs = [
            [math.log(other / ours) for ours, other in zip(arm["ours"], arm[name], strict=False) if ours and other]
            for arm in arms
            if "ours" in arm and name in arm
        ]
        found = estimate(logs)
        if found:
            return Interval(*map(math.exp, found))
        mids, lows, highs = zip(*said, strict=True)
        return Interval(float(np.median(mids)), min(lows), max(highs))

    @property
    def skipped(self) -> dict[str, str]:
        """Arms that could not be run, and why."""
        return {name: why for part in self.parts for name, why in (_extra(part, "skipped", None) or {}).items()}


def _extra(part: Result, name: str, default: Any) -> Any:
    return part.extra.get(name, default)


def measured(bench: Bench) -> list[Measured]:
    """Put the sessions of each target together: a Measured for each target and result id, in the record's order."""
    return [Measured(target, parts) for target in bench.targets for parts in bench.results_of(target).values()]


def estimate(sessions: Sequence[Sequence[float]]) -> Interval | None:
    """Give the median of the sessions' medians with its bootstrap interval; None without a value."""
    values = [np.asarray(session, dtype=float) for session in sessions if len(session)]
    if not values:
        return None
    random = np.random.default_rng(2)
    medians = np.stack([np.median(random.choice(each, (DRAWS, each.size)), axis=1) for each in values])
    if len(values) > 1:
        chosen = random.integers(len(values), size=(len(values), DRAWS))
        medians = np.take_along_axis(medians, chosen, axis=0)
    low, high = np.quantile(np.median(medians, axis=0), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    mid = float(np.median([np.median(each) for each in values]))
    return Interval(mid, min(float(low), mid), max(float(high), mid))


def quantile(values: Sequence[float], share: float) -> Interval:
    """Give a quantile of sorted samples with the order statistics that bound it (normal approximation)."""
    count = len(values)
    width = 1.96 * math.sqrt(count * share * (1 - share))
    low, high = (min(max(round(count * share + sign * width), 0), count - 1) for sign in (-1, 1))
    return Interval(float(np.quantile(values, share)), float(values[low]), float(values[high]))
