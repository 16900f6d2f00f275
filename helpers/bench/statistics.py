"""What rounds say about a difference: intervals by bootstrap, the noise floor, and a verdict in words. Pure.

Speeds come as logarithms, so that a difference is a ratio. What else the machine does (stolen time, other programs,
a slower clock) makes a round longer and never shorter, so a series of rounds is known by its fast end: the fourth
quintile of its speeds, which stays put while up to four of five rounds are disturbed. Rounds lie in time: what drifts
is taken out by comparing blocks of neighbouring rounds, and a bad stretch by the trimmed mean of the blocks.

Everything random is drawn from a generator of fixed seed: equal input gives equal output.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

Series = Sequence[float] | np.ndarray
Sessions = Sequence[Series]

FAST = 0.8  # the quantile of speed that a series is known by
LEVEL = 0.95
LEAST_FLOOR = 0.001  # what A/A cannot show (two programs lie differently in memory): no smaller floor is believed
ONE_SESSION_FLOOR = 0.05  # boots differ by this much although the kernel is the same; one boot does not show it
WIDEST_SAME = 0.05  # a floor or an interval that reaches farther is no ground for "no difference"

_DRAWS = 2000
_SEED = 20240229
_BLOCK, _LEAST_BLOCKS = 12, 8  # as measured: the clock changes so often that longer blocks show less
_MOST_DRAWN = 200  # more values are drawn by groups of neighbours, for neighbours may err alike
_TRIM = 0.25
# Student's t at 97.5 %, by one over the degrees of freedom: few sessions show less spread than there is
_STUDENT = ((0, 0.1, 0.2, 0.25, 1 / 3, 0.5, 1), (1.96, 2.23, 2.57, 2.78, 3.18, 4.30, 12.71))


class Interval(NamedTuple):
    """An estimate and the bounds that hold it with the given confidence."""

    mid: float
    low: float
    high: float

    @property
    def reach(self) -> float:
        """The farthest from 1 that this ratio may be, as a fraction of the smaller side."""
        return math.expm1(max(abs(math.log(self.low)), abs(math.log(self.high))))

    def exp(self) -> "Interval":
        """Return the interval of the ratio that this interval of logarithms stands for."""
        return Interval(*(math.exp(bound) for bound in self))


class Judgement(NamedTuple):
    """A verdict, "slower", "faster", "same" or "cannot tell", and the words for it."""

    verdict: str
    text: str


def _generator() -> np.random.Generator:
    return np.random.default_rng(_SEED)


def _bounds(mid: float, drawn: np.ndarray, level: float, widening: float = 1.0) -> Interval:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    # the mid may lie outside of what was drawn when there is next to nothing to draw from
    return Interval(mid, min(mid, mid + (low - mid) * widening), max(mid, mid + (high - mid) * widening))


def _quantile_draws(values: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Draw what a quantile comes to when the values are drawn anew: its rank is then distributed as Beta.

    This is the bootstrap's distribution at a cost that does not grow with the number of values.
    """
    ranks = generator.beta(len(values) * share + 0.5, len(values) * (1 - share) + 0.5, _DRAWS)
    return np.quantile(values, ranks)


def trimmed(values: np.ndarray) -> np.ndarray:
    """Return the mean along the last axis without the lowest and highest quarter (none of three or fewer)."""
    cut = int(values.shape[-1] * _TRIM)
    return np.sort(values, -1)[..., cut : values.shape[-1] - cut].mean(-1)


def _drawn_anew(values: np.ndarray, level: float) -> Interval:
    """Bootstrap the trimmed mean."""
    if len(values) > 2 * _MOST_DRAWN:
        values = trimmed(_parted(values, _MOST_DRAWN))
    picks = _generator().integers(0, len(values), (_DRAWS, len(values)))
    widening = math.sqrt(len(values) / (len(values) - 1)) if len(values) > 1 else 1.0
    return _bounds(float(trimmed(values)), trimmed(values[picks]), level, widening)


def _blocks(values: np.ndarray) -> np.ndarray | None:
    """Return *values* (any leading axes) as blocks of neighbours; None if there are too few to make blocks of."""
    number = values.shape[-1] // _BLOCK
    return _parted(values, number) if number >= _LEAST_BLOCKS else None


def _parted(values: np.ndarray, number: int) -> np.ndarray:
    """Return *values* as *number* equal parts; a rest at the end is left out."""
    size = values.shape[-1] // number
    return values[..., : number * size].reshape(*values.shape[:-1], number, size)


def _checked(values: Series, what: str) -> np.ndarray:
    array = np.asarray(values, float)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{what}: a series of finite numbers is needed")
    return array


def median(values: Series, level: float = LEVEL) -> Interval:
    """Return the median of *values*, of any unit, and its interval: between two values or fewer, those."""
    array = _checked(values, "median")
    mid = float(np.median(array))
    if len(array) < 3:
        return Interval(mid, float(array.min()), float(array.max()))
    return _bounds(mid, _quantile_draws(array, 0.5, _generator()), level)


def typical(values: Series) -> float:
    """Return what a series of log speeds is known by: its fourth quintile."""
    return float(np.quantile(_checked(values, "typical"), FAST))


def paired(differences: Series, level: float = LEVEL) -> Interval:
    """Return the ratio of two arms from log(speed b) - log(speed a), round by round.

    Use ``versus`` where both series are at hand: it stands more disturbance.
    """
    array = _checked(differences, "paired")
    blocks = _blocks(array)
    return _drawn_anew(array if blocks is None else np.median(blocks, -1), level).exp()


def _apart(both: np.ndarray, level: float) -> Interval:
    """Bootstrap the difference of the fourth quintiles of two interleaved series."""
    picks = _generator().integers(0, both.shape[1], (_DRAWS, both.shape[1]))
    before, after = np.quantile(both[:, picks], FAST, axis=-1)
    first, last = np.quantile(both, FAST, axis=-1)
    return _bounds(float(last - first), after - before, level)


def versus(a: Series, b: Series, level: float = LEVEL) -> Interval:
    """Return speed of *b* / speed of *a* from interleaved rounds of one session: log speeds, index = round.

    The interval reflects the rounds of this session only: what another boot would add is not in it.
    """
    both = np.stack([_checked(a, "versus"), _checked(b, "versus")])
    blocks = _blocks(both)
    if blocks is None:  # few rounds: differences take out drift, quintiles stand disturbance; what is narrower counts
        ways = [paired(both[1] - both[0], level), _apart(both, level).exp()]
        return min(ways, key=lambda way: way.high / way.low)
    before, after = np.quantile(blocks, FAST, axis=-1)
    return _drawn_anew(after - before, level).exp()


def _table(sessions: Sessions, generator: np.random.Generator) -> np.ndarray:
    """Return what each session comes to when its rounds are drawn anew: session by draw."""
    return np.stack([_quantile_draws(_checked(rounds, "ratio"), FAST, generator) for rounds in sessions])


def _draw_sessions(table: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw sessions anew, with what their rounds came to; return what the whole side comes to, draw by draw."""
    picks = generator.integers(0, len(table), (_DRAWS, len(table)))
    return trimmed(table[picks, np.arange(_DRAWS)[:, None]])


def _widening(drawn: np.ndarray, tables: Sequence[np.ndarray], places: Sequence[np.ndarray]) -> float:
    """Return by how much the drawn differences must be spread to be as wide as they should.

    A few sessions, drawn anew, show less than their spread, while noise of the rounds comes in twice: with the session
    and when its rounds are drawn. The right variance is that between sessions, at least that of the rounds; so far as
    it is not the rounds', it is known with few degrees of freedom (Student's t).
    """
    freedom = sum(len(side) - 1 for side in places)
    rounds = float(np.concatenate([table.var(1) for table in tables]).mean())
    between = sum(float(((side - side.mean()) ** 2).sum()) for side in places) / freedom if freedom else 0.0
    variance = max(between, rounds)
    spread = float(drawn.std())
    if not variance or not spread:  # series of one value each
        return 1.0
    share = (variance - rounds) / variance
    student = float(np.interp(share / max(freedom, 1), *_STUDENT))
    wanted = math.sqrt(variance * sum(1 / len(side) for side in places))
    return student / _STUDENT[1][0] * wanted / spread


def ratio(a: Sessions, b: Sessions, level: float = LEVEL) -> Interval:
    """Return speed of *b* / speed of *a*: for each session its log speeds, already normalised where that is wanted.

    Hierarchical bootstrap: sessions, then rounds within each, brought to the width that so few sessions ask for.
    With one session on each side the interval reflects rounds only: tell ``judge`` so (*sessions*).
    """
    if not len(a) or not len(b):
        raise ValueError("ratio: a session on each side is needed")
    generator = _generator()
    tables = [_table(side, generator) for side in (a, b)]
    places = [np.array([typical(rounds) for rounds in side]) for side in (a, b)]
    before, after = (_draw_sessions(table, generator) for table in tables)
    mid = float(trimmed(places[1]) - trimmed(places[0]))
    drawn = after - before
    return _bounds(mid, mid + drawn - drawn.mean(), level, _widening(drawn, tables, places)).exp()


def floor(a: Sessions, again: Sessions = (), least: float = LEAST_FLOOR) -> float:
    """Return the noise floor, a fraction (0.012 = 1.2 %): how far apart the same thing, measured twice, may seem.

    *again*: more sessions of what *a* is sessions of (A/A). Parted in two halves in every way, they differ by the
    floor at most. One session alone is parted by rounds in turn, which says nothing about other boots.
    """
    sessions = [*a, *again]
    if not sessions:
        raise ValueError("floor: a session is needed")
    if len(sessions) > 1:
        places = np.array([typical(rounds) for rounds in sessions])
        return max(least, *(math.expm1(abs(trimmed(half) - trimmed(rest))) for half, rest in _halves(places)))
    rounds = _checked(sessions[0], "floor")
    count = len(rounds) // 2 * 2
    if not count:
        return ONE_SESSION_FLOOR
    return max(least, math.expm1(abs(math.log(versus(rounds[:count:2], rounds[1:count:2]).mid))))


def _halves(places: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Part sessions in two in every way, or in some hundred ways if there are more."""
    count = len(places)
    chosen = itertools.combinations(range(count), count // 2)
    if count > 10:
        generator = _generator()
        chosen = (tuple(generator.permutation(count)[: count // 2]) for _ in range(200))
    for half in chosen:
        rest = np.delete(places, list(half))
        yield places[list(half)], rest


def percent(fraction: float) -> str:
    """Return a fraction as per cent with the digits that matter."""
    value = 100 * fraction
    return f"{value:.0f} %" if abs(value) >= 20 else f"{value:.1f} %" if abs(value) >= 0.95 else f"{value:.2f} %"


def _less(ratio: Interval) -> str:
    """Return how much slower (or faster) a ratio is, with its interval, both as positive numbers."""
    slower = ratio.mid < 1
    bounds = sorted((1 - bound if slower else bound - 1) * 100 for bound in ratio[1:])
    digits = 1 if bounds[1] - bounds[0] >= 0.2 else 2
    return f"{percent(abs(ratio.mid - 1))} ({bounds[0]:.{digits}f} to {bounds[1]:.{digits}f} %)"


def judge(ratio: Interval, floor: float, sessions: int | None = None) -> Judgement:
    """Say what *ratio* (speed of the new / speed of the old) means beside the noise *floor* (a fraction).

    Slower or faster is an interval that lies wholly beyond the floor. *sessions*: how many boots the smaller side has;
    with one, the floor is ONE_SESSION_FLOOR at least, for the interval knows nothing of how boots differ.
    """
    note = ""
    if sessions == 1 and floor < ONE_SESSION_FLOOR:
        floor, note = ONE_SESSION_FLOOR, "; one session cannot show less"
    if not all(math.isfinite(bound) for bound in ratio):
        return Judgement("cannot tell", "cannot tell: no interval")
    if ratio.high < 1 / (1 + floor):
        return Judgement("slower", f"slower by {_less(ratio)}")
    if ratio.low > 1 + floor:
        return Judgement("faster", f"faster by {_less(ratio)}")
    bound = max(floor, ratio.reach)
    none_seen = ratio.low <= 1 <= ratio.high or abs(math.log(ratio.mid)) <= math.log1p(floor)
    if none_seen and bound <= WIDEST_SAME:
        return Judgement("same", f"no difference above the floor of {percent(bound)}{note}")
    side = "slower" if ratio.mid < 1 else "faster"
    return Judgement("cannot tell", f"cannot tell: {side} by {_less(ratio)}, the floor is {percent(floor)}{note}")
