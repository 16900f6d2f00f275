"""Duels: a known slowdown is found, none is not, in simulated rounds and in real ones with a program that burns time.

What is found of how small slowdowns, and how often: ``python -m helpers.bench.sharpness``.
"""

import itertools
import math
from collections import Counter
from errno import EPERM

import numpy as np
import pytest

from helpers.bench import burn, sharpness
from helpers.bench.burn import EGRESS, INGRESS, BurnError
from helpers.bench.duel import AGAIN, Duel, orders
from helpers.bench.sample import Round
from helpers.bench.sharpness import SLOWED
from helpers.syscall import refused

RUN = 1.5  # seconds: enough for a coarse slowdown even where every processor has other work
SHORT = 0.5  # of many runs


class Machine:
    """Rounds of 100 us on a machine that drifts, changes its clock and has its time stolen."""

    def __init__(self, seed, stolen):
        self.generator = np.random.default_rng(seed)
        self.stolen = stolen
        self.level = 0.0
        self.played = 0

    def arm(self, slowdown):
        """Return an arm that takes longer by *slowdown*."""

        def play():
            self.played += 1
            self.level += self.generator.normal(0, 0.0005)
            seconds = 1e-4 * (1 + slowdown) * math.exp(self.level + self.generator.normal(0, 0.02))
            if self.played // 700 % 3 == 1:
                seconds *= 1.25
            if self.generator.random() < self.stolen:
                seconds *= 1.05 + self.generator.pareto(1.2) / 2
            return seconds

        return play


def duel(seed, stolen, slowdown, cycles=400):
    """Return the verdict of a simulated duel."""
    machine = Machine(seed, stolen)
    made = Duel({"old": machine.arm(0), "new": machine.arm(slowdown)}, seconds=600, most=cycles)
    return made.judge()["new"]


@pytest.fixture(params=[INGRESS, EGRESS])
def bed(request):
    """A wire with the burning program on one side."""
    try:
        with sharpness.bed(request.param) as made:
            yield made
    except BurnError as error:
        pytest.skip(f"no program can burn time here: {error}")


@pytest.mark.parametrize("stolen", [0.0, 0.3])
@pytest.mark.parametrize("slowdown", [0.1, 0.03])
def test_a_simulated_slowdown_is_found_in_nine_of_ten(stolen, slowdown):
    verdicts = [duel(seed, stolen, slowdown) for seed in range(10)]

    found = [verdict for verdict in verdicts if verdict.verdict == "slower"]
    assert len(found) >= 9
    assert [verdict for verdict in found if not verdict.confirmed] == []
    assert [verdict for verdict in found if abs(1 / verdict.ratio.mid - 1 - slowdown) >= 0.02] == []


@pytest.mark.parametrize("stolen", [0.0, 0.3, 0.5])
def test_simulated_equals_do_not_cry_wolf(stolen):
    verdicts = Counter(duel(seed, stolen, 0).verdict for seed in range(20))

    assert verdicts["slower"] + verdicts["faster"] <= 1
    assert verdicts["same"] >= 18


def test_what_is_not_confirmed_is_not_said():
    speeds = itertools.chain(itertools.repeat(1.2, 51), itertools.repeat(1.0))  # of the first run alone
    verdict = Duel({"old": lambda: 1.0, "new": lambda: next(speeds)}, seconds=600, most=50).judge()["new"]

    assert (verdict.verdict, verdict.confirmed) == ("cannot tell", False)
    assert "not confirmed" in verdict.text


@pytest.mark.parametrize("count", range(2, 8))
def test_orders_are_balanced(count):
    made = orders(count)
    places = Counter((arm, place) for row in made for place, arm in enumerate(row))
    before = Counter(pair for row in made for pair in itertools.pairwise(row))

    assert len(places) == count * count
    assert len(before) == count * (count - 1)
    assert len(set(places.values())) == len(set(before.values())) == 1


def test_ratios_are_of_speeds_and_rounds_may_have_frames():
    arms = {"ours": lambda: Round(1.0, 100, 0, 100), "c": lambda: Round(1.0, 125, 0, 125), "slow": lambda: 0.02}
    outcome = Duel(arms, seconds=0, again=False).run()

    assert outcome.ratios("ours")["c"] == pytest.approx((0.8, 0.8, 0.8))
    assert outcome.ratios("ours")["slow"] == pytest.approx((2, 2, 2))
    assert outcome.ratio("c", "ours").mid == pytest.approx(1.25)
    assert AGAIN not in outcome.speeds
    assert outcome.cycles == 6


def test_trial_runs_tell_what_is_burnt(bed):
    told = []
    while len(told) < 5 and not (told and told[-1] == pytest.approx(200, rel=0.25)):
        if told:  # other work has disturbed the trial, or what it is judged by
            bed.burn.per_turn = math.inf
            bed.burn.calibrate()
        told.append(bed.burn.added(bed.burn.turns_for(200)))

    assert told[-1] == pytest.approx(200, rel=0.25), told
    with pytest.raises(ValueError, match="turns"):
        bed.burn.set_turns(burn.MOST_TURNS + 1)


def test_a_real_slowdown_is_found(bed):
    verdict = bed.duel(bed.turns_for(0.2), RUN).judge()[SLOWED]

    assert verdict.verdict == "slower", verdict
    assert 0.7 < verdict.ratio.mid < 0.95


def test_a_real_pair_of_equals_is_not_told_apart(bed):
    verdict = bed.duel(0, RUN).judge()[SLOWED]

    assert verdict.verdict in ("same", "cannot tell"), verdict


@pytest.mark.parametrize("bed", [INGRESS], indirect=True)
def test_what_the_suite_promises_to_see(bed):
    """Of ten real slowdowns by 10 % nine are found, of twenty pairs of equals one at most is told apart."""
    slowed = sharpness.tally(bed, 0.1, 10, SHORT)
    equal = sharpness.tally(bed, 0.0, 20, SHORT)

    assert slowed.count("slower") >= 9, slowed.row()
    assert equal.count("slower", "faster") <= 1, equal.row()


def test_where_programs_are_refused_it_is_said(monkeypatch):
    monkeypatch.setattr("helpers.syscall.call", lambda *_: refused(EPERM))

    with pytest.raises(BurnError, match=r"BPF_MAP_CREATE.*not permitted"):
        burn.Burn()
