"""Races are left out of a run unless they are asked for; a race is bounded and returns what its threads did."""

import threading
import time

import pytest

from helpers import race

SUITE = """
import pytest

@clause(since="2.2", level="source", refs=["man:bind(2)"])
def test_ordinary():
    \"\"\"Holds.\"\"\"

@pytest.mark.race
@clause(since="2.2", level="source", refs=["man:bind(2)"])
@pytest.mark.parametrize("case", ["one", "two"])
def test_race(case):
    \"\"\"Holds.\"\"\"
"""


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        ([], {"test_ordinary"}),
        (["-m", "race"], {"test_race[one]", "test_race[two]"}),
        (["-m", "race or not race"], {"test_ordinary", "test_race[one]", "test_race[two]"}),
        (["-m", "not race"], {"test_ordinary"}),
    ],
    ids=["default", "race", "all", "not-race"],
)
def test_a_race_runs_when_it_is_asked_for(small_suite, arguments, ran):
    assert set(small_suite.run(SUITE, *arguments).verdicts) == ran


def test_calls_are_made_at_once_and_return_in_order():
    begun = []

    def call(number):
        begun.append((time.monotonic(), number))
        return number

    for lag in (0.05, -0.05):
        assert race.at_once(lambda: call(0), lambda: call(1), lag=lag) == [0, 1]
    assert [number for _, number in begun] == [0, 1, 1, 0]


def test_a_contest_counts_what_each_call_returned():
    first, second = race.contest(lambda: "a", lambda: "b", seconds=0.05)

    assert (set(first), set(second)) == ({"a"}, {"b"})
    assert min(first["a"], second["b"]) > 0


def test_what_a_call_raises_ends_the_contest():
    with pytest.raises(ZeroDivisionError):
        race.contest(lambda: 1 / 0, lambda: None, seconds=10)


def test_a_call_that_does_not_return_is_given_up(monkeypatch):
    monkeypatch.setattr(race, "_HANGS", 0.1)
    release = threading.Event()

    try:
        with pytest.raises(race.RaceError):
            race.at_once(release.wait, lambda: None)
    finally:
        release.set()


def test_rounds_are_bounded():
    lags = list(race.rounds(0.0)), list(race.rounds(5.0, most=7))

    assert [len(found) for found in lags] == [3, 7]
    assert min(lags[1]) < 0 < max(lags[1])
