"""Comparing benchmarks: with rounds made for it, whose truth is known."""

import random
from dataclasses import replace

import pytest

from reports.bench import against, model
from reports.bench.against import Side
from suites.selfcheck.bench.fake_bench import KERNEL, NAME, ROUNDS, rounds_of


def side(name, *speeds, spread=0.0, seed=1, control=1e-3, **keys):
    """Return a side with a session of each speed; *spread* is that of the sessions, in parts."""
    generator = random.Random(f"{name} {seed}")
    found = []
    for speed in speeds:
        rounds = rounds_of(speed * (1 + generator.gauss(0, spread)), generator)
        rounds = [model.Round(**item | {"control": control}) for item in rounds]
        found.append(model.Result(NAME, "receive", "…", "rate", {"version": "v3"}, rounds, **keys))
    return Side(name, KERNEL, {NAME: found})


def compared(a, b):
    """Return the only comparison of two sides."""
    [found], _ = against.compare(a, b)
    return found


@pytest.mark.parametrize(
    ("speed", "spread", "verdict"),
    [
        (1e6, 0.003, "same"),
        (0.9e6, 0.003, "slower"),
        (1.1e6, 0.003, "faster"),
        (0.97e6, 0.03, "cannot tell"),
    ],
)
def test_the_verdict_is_the_truth_or_that_nobody_can_tell(speed, spread, verdict):
    found = compared(side("a", *[1e6] * 3, spread=spread), side("b", *[speed] * 3, spread=spread))

    assert found.verdict == verdict, found
    assert found.ratio[1] <= found.ratio[0] <= found.ratio[2]
    assert found.sessions == [3, 3]


def test_equal_sides_are_hardly_ever_slower():
    trials = [
        compared(*(side(name, *[1e6] * 3, spread=0.02, seed=seed) for name in "ab")).verdict for seed in range(60)
    ]

    assert trials.count("slower") <= 2


def test_a_machine_that_is_slower_is_no_slower_kernel():
    a, b = side("a", *[1e6] * 3), side("b", *[0.8e6] * 3, control=1.25e-3)

    assert compared(a, b).ratio[0] == pytest.approx(1, abs=0.01)
    assert compared(a, side("b", *[0.8e6] * 3, control=0.0)).verdict == "slower"


def test_a_disturbed_control_makes_nothing_faster():
    b = side("b", *[1e6] * 3)
    for result in b.results[NAME]:
        result.rounds[: ROUNDS // 2] = [replace(item, control=0.003) for item in result.rounds[: ROUNDS // 2]]

    assert compared(side("a", *[1e6] * 3), b).ratio[0] == pytest.approx(1, abs=0.01)


def test_where_time_tells_nothing_processor_time_may():
    def busy(name, speed, seed):
        made = side(name, *[speed] * 3, spread=0.3, seed=seed)
        for result in made.results[NAME]:
            result.rounds = [replace(item, cpu={"sender": item.frames / speed}) for item in result.rounds]
        return made

    found = compared(busy("a", 1e6, 3), busy("b", 0.9e6, 4))

    assert found.verdict == "slower"
    assert found.text.startswith("slower by 10")
    assert found.text.endswith("by processor time a frame")
    alike = compared(busy("a", 1e6, 3), busy("b", 1e6, 4))
    assert alike.verdict == "cannot tell"  # it may wait longer, though it computes no longer
    assert alike.text.endswith("by processor time a frame")


def test_one_session_shows_only_what_is_larger_than_boots_differ():
    a = side("a", 1e6)

    assert compared(a, side("b", 0.97e6)).verdict == "same"
    assert compared(a, side("b", 0.85e6)).verdict == "slower"
    assert compared(a, side("b", 1e6)).floor == pytest.approx(0.05)


def test_one_session_in_poor_conditions_shows_nothing():
    poor = model.Quality("poor", ["others took 90 % of the processors"])

    assert compared(side("a", 1e6, quality=poor), side("b", 0.6e6)).verdict == "cannot tell"
    assert compared(side("a", *[1e6] * 3, quality=poor), side("b", *[0.6e6] * 3)).verdict == "slower"


@pytest.mark.parametrize(("limit", "verdict"), [("receiver", "slower"), ("generator", "cannot tell")])
def test_less_load_without_loss_is_slower_unless_no_more_was_offered(limit, verdict):
    def lossless(name, highest):
        found = model.Result(NAME, "loss", "…", "loss", {}, extra={"highest": highest, "limit": limit})
        return Side(name, KERNEL, {NAME: [found, found]})

    assert compared(lossless("a", 4e5), lossless("b", 2e5)).verdict == verdict


def test_a_longer_wake_up_is_slower():
    def woken(name, microseconds):
        extra = {"microseconds": [microseconds * (1 + 0.001 * number) for number in range(900)]}
        latency = model.Result(NAME, "wakeup", "…", "latency", {}, extra=extra)
        return Side(name, KERNEL, {NAME: [latency, latency, latency]})

    assert compared(woken("a", 10), woken("b", 12)).verdict == "slower"
    assert compared(woken("a", 10), woken("b", 8)).verdict == "faster"


def test_what_cannot_be_compared_is_named():
    a, good = side("a", 1e6, 1e6), side("b", 1e6)
    for b, said in (
        (side("b", 1e6, valid=False, why="offered 3, received 1"), f"{NAME}: invalid on b: offered 3, received 1"),
        (replace(good, results={NAME: [replace(good.results[NAME][0], params={"version": "v2"})]}), "something else"),
        (replace(good, results={"send/x": []}), f"1 result only on a: {NAME}"),
    ):
        found, notes = against.compare(a, b)
        assert found == []
        assert any(said in note for note in notes), (said, notes)


def test_other_conditions_are_said():
    b = replace(side("b", 1e6), kernel=KERNEL | {"cpus": 8, "cpu": "B"})
    a = replace(side("a", 1e6), kernel=KERNEL | {"cpu": "A"})
    b.results[NAME][0].rounds = [replace(item, offered=2 * item.offered) for item in b.results[NAME][0].rounds]

    _, notes = against.compare(a, b)

    assert [note.partition(":")[0] for note in notes] == [
        "another processor",
        "another number of CPUs",
        "1 result with another number of frames in a round",
    ]


@pytest.mark.parametrize(("again", "verdict", "confirmed"), [(0.9e6, "slower", True), (1e6, "cannot tell", False)])
def test_only_two_looks_make_slower(again, verdict, confirmed):
    a = side("a", *[1e6] * 3)
    first, second = compared(a, side("b", *[0.9e6] * 3)), compared(a, side("b", *[again] * 3, seed=2))

    found = against.seen_again(first, second)

    assert (found.verdict, found.confirmed) == (verdict, confirmed)
    assert found.text.startswith("slower by" if confirmed else "cannot tell: slower by")
    assert against.seen_again(first, None).verdict == "cannot tell"
