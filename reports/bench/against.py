"""Two sides compared result by result: a verdict for each, what cannot be compared, and the second look at "slower".

A side is the sessions of one target in one run. A session's speeds are taken relative to its control work, which tells
how fast the machine was meanwhile; the noise floor is how far sessions of one side lie apart from each other. Where
the rounds' time is too much disturbed to tell anything, the processor time that a frame costs is compared.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from helpers.bench import statistics
from reports.bench.model import Bench, Comparison, Result
from reports.wording import counted, moment

COMPARED = ("rate", "latency", "loss")  # a ratio compares within a boot already
BY_PROCESSOR_TIME = ", by processor time a frame"
LEAST_FLOOR = 0.005  # of runs at different times: what changed between them may be in no session of either
_SAMPLES = 400  # of a latency's wake-ups: enough for its quantiles
_FACTS = {"cpu": "processor", "cpus": "number of CPUs", "machine": "architecture", "platform": "platform"}


@dataclass(frozen=True)
class Side:
    """One target of one run: its results by id, one of each session."""

    name: str
    kernel: Mapping[str, Any]
    results: Mapping[str, Sequence[Result]]


def side_of(bench: Bench, target: str, *, earlier: bool = False, purpose: str = "") -> Side:
    """Give a target's sessions of one purpose as a side; `earlier`: of the run that is compared against."""
    name = bench.name_of(target)
    kernel = next((session.kernel for session in bench.sessions_of(target) if session.kernel), {})
    return Side(f"{name} ({moment(bench.started)})" if earlier else name, kernel, bench.results_of(target, purpose))


def speeds_of(result: Result) -> np.ndarray:
    """Give the log speeds of a session's result, relative to the machine's speed where the rounds tell it."""
    if result.kind == "latency":
        samples = np.asarray(result.extra.get("microseconds") or [], float)
        if samples.size > _SAMPLES:
            samples = np.quantile(samples, np.linspace(0, 1, _SAMPLES))
        return -np.log(samples[samples > 0])
    if result.kind == "loss":
        highest = float(result.extra.get("highest") or 0)
        return np.log([highest]) if highest > 0 else np.array([])
    return np.array([math.log(item.rate) for item in result.rounds if item.frames]) + _pace(result)


def thrift_of(result: Result) -> np.ndarray:
    """Give the log of frames per second of processor time, relative as speeds are; empty where it was not measured.

    Other programs take time from a round, and hardly any from its processor time.
    """
    spent = [sum(item.cpu.values()) for item in result.rounds]
    if result.kind != "rate" or not spent or min(spent) <= 0:
        return np.array([])
    told = [math.log(item.frames / used) for item, used in zip(result.rounds, spent, strict=True) if item.frames]
    return np.array(told) + _pace(result)


def _pace(result: Result) -> float:
    """Give the log of the seconds of control work at their fast end; 0 where it was not measured.

    Round by round, what disturbed the control would make the measured one look faster.
    """
    control = [item.control for item in result.rounds]
    return math.log(np.quantile(control, 1 - statistics.FAST)) if control and min(control) > 0 else 0.0


def noise(*sides: Sequence[np.ndarray]) -> float:
    """Give the floor of a comparison of sides as a fraction: how far apart they may seem with equal speed.

    Sessions of one side are the same thing measured twice (A/A): their distances, scaled to the number of sessions.
    """
    pairs = [pair for side in sides for pair in itertools.combinations(map(statistics.typical, side), 2)]
    if not pairs:
        return statistics.ONE_SESSION_FLOOR
    distance = math.sqrt(sum((one - other) ** 2 for one, other in pairs) / len(pairs))
    scale = math.sqrt(sum(1 / len(side) for side in sides) / 2)
    return max(LEAST_FLOOR, math.expm1(distance * scale))


def _bare(result: Result) -> Result:
    """Give a result without its control work: one side has none."""
    return replace(result, rounds=[replace(item, control=0.0) for item in result.rounds])


def _sessions(results: Iterable[Result], speeds: Callable[[Result], np.ndarray]) -> list[np.ndarray]:
    """Give each valid session's speeds; those without any are left out."""
    return [found for result in results if result.valid and (found := speeds(result)).size]


def _judged(name: str, a: Side, b: Side, old: list[np.ndarray], new: list[np.ndarray], words: str = "") -> Comparison:
    ratio, floor, sessions = statistics.ratio(old, new), noise(old, new), [len(old), len(new)]
    verdict, text = statistics.judge(ratio, floor, min(sessions))
    interval = [round(each, 5) for each in ratio]
    return Comparison(name, a.name, b.name, interval, round(floor, 5), verdict, text + words, None, sessions)


def _compared(name: str, a: Side, b: Side) -> Comparison | str:
    """Compare one result; a text says why that cannot be."""
    before, after = a.results[name], b.results[name]
    if before[0].kind != after[0].kind or before[0].params != after[0].params:
        return "measures something else on each side"
    for side, results in ((a, before), (b, after)):
        if not any(result.valid for result in results):
            return f"invalid on {side.name}: {results[0].why}"
    if not all(item.control > 0 for result in (*before, *after) for item in result.rounds):
        before, after = list(map(_bare, before)), list(map(_bare, after))
    old, new = _sessions(before, speeds_of), _sessions(after, speeds_of)
    if not old or not new:
        return f"nothing arrived on {(b if old else a).name}"
    found = _judged(name, a, b, old, new)
    thrifts = _sessions(before, thrift_of), _sessions(after, thrift_of)
    if found.verdict == "cannot tell" and [len(old), len(new)] == [len(each) for each in thrifts]:
        second = _judged(name, a, b, *thrifts, BY_PROCESSOR_TIME)
        if second.verdict == "same":  # something may wait longer all the same
            found = replace(found, text=f"{found.text}; {second.text}")
        elif second.verdict == "slower":  # which is looked at again; that it is faster, nobody would
            found = second
    return _doubted(found, [*before, *after])


def _doubted(found: Comparison, results: Iterable[Result]) -> Comparison:
    """Take a difference back that the measuring does not bear."""
    why = ""
    if any(result.extra.get("limit") == "generator" for result in results if result.kind == "loss"):
        why = "the load could not offer more"
    elif min(found.sessions) == 1 and any(result.quality.mark == "poor" for result in results):
        why = "one session, in poor conditions"
    if not why or found.verdict not in ("slower", "faster"):
        return found
    return replace(found, verdict="cannot tell", text=f"cannot tell: {found.text}, but {why}")


def compare(a: Side, b: Side) -> tuple[list[Comparison], list[str]]:
    """Compare what both sides have; also give notes: what is not compared, and what makes it doubtful."""
    found: list[Comparison] = []
    notes = list(_doubts(a, b))
    for name in a.results:
        if name in b.results and a.results[name][0].kind in COMPARED:
            item = _compared(name, a, b)
            if isinstance(item, str):
                notes.append(f"not compared: {name}: {item}")
            else:
                found.append(item)
    return found, notes


def _doubts(a: Side, b: Side) -> Iterator[str]:
    """Say what else than the kernel's speed differs between the sides."""
    for key, word in _FACTS.items():
        before, after = a.kernel.get(key), b.kernel.get(key)
        if before and after and before != after:
            yield f"another {word}: {after} ({b.name}), {before} ({a.name}); what differs may be that"
    for one, other in ((a, b), (b, a)):
        alone = [name for name in one.results if name not in other.results]
        if alone:
            yield f"{counted(len(alone), 'result')} only on {one.name}: {_some(alone)}"
        poor = [result.quality for found in one.results.values() for result in found if result.quality.mark == "poor"]
        if poor:
            why = f", as {poor[0].reasons[0]}" if poor[0].reasons else ""
            yield f"{one.name}: {counted(len(poor), 'measurement')} in poor conditions{why}"
    both = [name for name in a.results if name in b.results]
    moved = [name for name in both if _frames(a.results[name]) != _frames(b.results[name])]
    if moved:
        yield f"{counted(len(moved), 'result')} with another number of frames in a round: {_some(moved)}"


def _frames(results: Iterable[Result]) -> float:
    """Give how many frames a round of a rate is offered."""
    offered = [item.offered for result in results if result.kind == "rate" for item in result.rounds]
    return float(np.median(offered)) if offered else 0.0


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def flagged(comparisons: Iterable[Comparison]) -> list[str]:
    """Give the ids of what seems slower."""
    return list(dict.fromkeys(item.id for item in comparisons if item.verdict == "slower"))


def seen_again(first: Comparison, again: Comparison | None) -> Comparison:
    """Put what was seen at first together with what was seen when it was measured again; only both make "slower".

    What was picked because it was slow is slow by chance, too: so the second look's numbers stand.
    """
    if first.verdict != "slower":
        return first
    if again is None:
        text = f"cannot tell: {first.text}, not measured again"
        return replace(first, verdict="cannot tell", text=text, confirmed=False)
    if again.verdict == "slower":
        return replace(again, confirmed=True)
    text = f"cannot tell: {first.text} at first; measured again: {again.text.removeprefix('cannot tell: ')}"
    return replace(again, verdict="cannot tell", text=text, confirmed=False)
