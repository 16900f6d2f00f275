"""Statistics of the benchmarks: intervals, floors and verdicts keep what they promise, on noise as machines make it."""

import math
from itertools import combinations

import numpy as np
import pytest

from helpers.bench import control, statistics
from helpers.bench.statistics import Interval

SPEED = math.log(600_000)
STOLEN = [0.0, 0.3, 0.5]


def steady(generator, arms, count, stolen):
    """Return log speeds of *arms*: noise, and time stolen with a heavy tail."""
    hit = generator.random((arms, count)) < stolen
    disturbed = hit * np.log1p(0.05 + generator.pareto(1.2, (arms, count)) / 2)
    return SPEED + generator.normal(0, 0.02, (arms, count)) - disturbed


def rounds(generator, arms, count, stolen):
    """Return log speeds of interleaved arms, as ``steady``, with drift and a clock that changes."""
    drift = np.cumsum(generator.normal(0, 0.03 / math.sqrt(count), count))
    clock = 0.25 * (np.sin(np.linspace(0, 18, count) + generator.uniform(0, 6)) > 0.6)
    return steady(generator, arms, count, stolen) - drift - clock


def sessions(generator, number, spread, slower=0.0, count=40):
    """Return sessions whose speeds differ by *spread*, a third of their rounds disturbed."""
    return [steady(generator, 1, count, 0.3)[0] + generator.normal(-slower, spread) for _ in range(number)]


def held(intervals, truth=1.0):
    """Return the share of intervals that hold *truth*."""
    return np.mean([interval.low <= truth <= interval.high for interval in intervals])


@pytest.mark.parametrize("stolen", STOLEN)
@pytest.mark.parametrize("count", [24, 300])
def test_interleaved_rounds_give_an_interval_that_holds_the_ratio(count, stolen):
    generator = np.random.default_rng(1)
    trials = [rounds(generator, 2, count, stolen) for _ in range(120)]

    assert held([statistics.versus(a, b - 0.1) for a, b in trials], math.exp(-0.1)) >= 0.88
    assert held([statistics.paired(b - a) for a, b in trials]) >= 0.88


@pytest.mark.parametrize("stolen", STOLEN)
def test_stolen_time_leaves_the_interval_narrow(stolen):
    generator = np.random.default_rng(2)
    reach = [statistics.versus(*rounds(generator, 2, 2000, stolen)).reach for _ in range(20)]

    assert np.median(reach) < 0.005


@pytest.mark.parametrize(("number", "spread"), [(2, 0.003), (3, 0.003), (3, 0.02), (5, 0.01), (10, 0.01)])
def test_sessions_give_an_interval_that_holds_the_ratio(number, spread):
    generator = np.random.default_rng(3)
    found = [
        statistics.ratio(sessions(generator, number, spread), sessions(generator, number, spread, 0.05))
        for _ in range(150)
    ]

    assert held(found, math.exp(-0.05)) >= 0.88


@pytest.mark.parametrize(("slower", "least", "most"), [(0.0, 0, 3), (0.105, 54, 60)])
def test_sessions_tell_ten_per_cent_and_keep_quiet_about_nothing(slower, least, most):
    generator = np.random.default_rng(4)
    verdicts = []
    for _ in range(60):
        old, new = sessions(generator, 3, 0.008), sessions(generator, 3, 0.008, slower)
        floor = max(statistics.floor(old), statistics.floor(new))
        verdicts.append(statistics.judge(statistics.ratio(old, new), floor, sessions=3).verdict)

    assert least <= len(verdicts) - verdicts.count("same") - verdicts.count("cannot tell") <= most


def test_one_session_knows_nothing_of_boots():
    generator = np.random.default_rng(5)
    old, new = sessions(generator, 1, 0, count=400), sessions(generator, 1, 0, 0.03, count=400)
    ratio, floor = statistics.ratio(old, new), statistics.floor(old)

    alone = statistics.judge(ratio, floor, sessions=1)

    assert statistics.judge(ratio, floor).verdict == "slower"
    assert alone.verdict == "cannot tell" or alone.text.endswith("one session cannot show less")
    assert alone.verdict != "slower"


def test_the_floor_is_what_halves_differ_by():
    four = [[SPEED] * 5, [SPEED + 0.01] * 5, [SPEED] * 5, [SPEED + 0.01] * 5]

    assert statistics.floor(four) == pytest.approx(math.expm1(0.01))
    assert statistics.floor(four[:2], four[2:]) == statistics.floor(four)
    assert statistics.floor(four[:1]) == statistics.LEAST_FLOOR
    assert statistics.floor([[SPEED]]) == statistics.ONE_SESSION_FLOOR


@pytest.mark.parametrize(
    ("ratio", "floor", "verdict", "text"),
    [
        (Interval(0.902, 0.886, 0.919), 0.01, "slower", "slower by 9.8 % (8.1 to 11.4 %)"),
        (Interval(1.05, 1.04, 1.06), 0.01, "faster", "faster by 5.0 % (4.0 to 6.0 %)"),
        (Interval(1.001, 0.998, 1.004), 0.012, "same", "no difference above the floor of 1.2 %"),
        (Interval(1.0, 0.98, 1.02), 0.01, "same", "no difference above the floor of 2.0 %"),
        (Interval(0.985, 0.975, 0.995), 0.01, "cannot tell", "1.5 % (0.5 to 2.5 %), the floor is 1.0 %"),
        (Interval(1.0, 0.9, 1.1), 0.01, "cannot tell", "the floor is 1.0 %"),
        (Interval(1.0, 0.99, 1.01), 0.2, "cannot tell", "the floor is 20 %"),
        (Interval(1.0, 0.0, math.inf), 0.01, "cannot tell", "no interval"),
    ],
)
def test_verdicts_in_words(ratio, floor, verdict, text):
    said = statistics.judge(ratio, floor)

    assert said.verdict == verdict
    assert text in said.text


def test_equal_input_gives_equal_output():
    a, b = rounds(np.random.default_rng(6), 2, 500, 0.3)

    for work in (lambda: statistics.versus(a, b), lambda: statistics.ratio([a], [b]), lambda: statistics.median(a)):
        assert work() == work()


def test_the_median_has_an_interval():
    generator = np.random.default_rng(7)
    found = [statistics.median(generator.exponential(1, 60)) for _ in range(300)]

    assert 0.9 <= held(found, math.log(2)) <= 0.99
    assert statistics.median([1, 3]) == (2, 1, 3)


@pytest.mark.parametrize("values", [[], [math.nan], [-math.inf, 1]])
def test_what_is_no_series_is_refused(values):
    for work in (statistics.median, statistics.typical, statistics.paired):
        with pytest.raises(ValueError, match="finite"):
            work(values)


def test_control_work_takes_about_as_long_each_time():
    took = [control.measure() for _ in range(12)]

    assert min(took) > 0, took
    assert min(max(pair) / min(pair) for pair in combinations(took, 2)) < 1.1, took
