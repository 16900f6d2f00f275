"""The figures of a benchmark run: sessions put together, with intervals; what is invalid does not count; words."""

import random

import pytest

from reports.bench import figures, model, words
from suites.selfcheck.bench import bench_records as records


def measured(*results, **changes):
    """Put sessions together that have one result each."""
    sessions = [records.session(boot=boot, results=[item], **changes) for boot, item in enumerate(results)]
    (found,) = figures.measured(model.from_dict(records.record(sessions)))
    return found


def rates(rate, **changes):
    return records.result("receive/x", rounds=records.rounds(random.Random(1), rate), **changes)


def test_the_interval_is_wider_where_sessions_differ():
    alike = measured(rates(1e6), rates(1e6), rates(1e6)).rate
    apart = measured(rates(0.9e6), rates(1e6), rates(1.1e6)).rate

    assert alike.mid == apart.mid == pytest.approx(1e6, rel=0.02)
    assert alike.low <= alike.mid <= alike.high
    assert apart.low < 0.92e6 < 1.08e6 < apart.high
    assert alike.high - alike.low < 0.06e6


def test_what_is_invalid_does_not_count():
    found = measured(rates(1e6), rates(2e6, valid=False, why="9 frames too many"), rates(1e6))

    assert found.valid
    assert found.why == ["9 frames too many"]
    assert found.rate.high < 1.1e6
    assert len(found.rounds) == 18
    assert measured(rates(1e6, valid=False)).valid is False


def test_the_worst_mark_of_the_sessions_stands_with_every_reason():
    found = measured(
        rates(1e6), rates(1e6, quality=records.STEAL), rates(1e6, quality={"mark": "poor", "reasons": ["x"]})
    )

    assert (found.mark, found.reasons) == ("poor", ["steal time 3.1 %", "x"])


def test_sessions_that_confirm_are_in_no_figure():
    assert not figures.measured(model.from_dict(records.record([records.session(purpose="confirmation")])))


def test_the_cost_of_a_frame():
    found = measured(rates(1e6), rates(1e6))

    assert found.calls == pytest.approx(812 / 131072)
    assert found.cpu("receiver") == pytest.approx(0.4, rel=0.02)
    assert found.cpu("nobody") is None
    assert found.bits.mid == pytest.approx(found.rate.mid * 64 * 8)


def test_quantiles_have_the_samples_that_bound_them():
    middle = figures.quantile([float(number) for number in range(1001)], 0.5)

    assert middle == (500, pytest.approx(469, abs=1), pytest.approx(531, abs=1))
    assert figures.quantile([3.0], 0.99) == (3, 3, 3)


def test_the_highest_load_reaches_to_the_next_that_lost():
    steps = [{"offered": load, "loss": max(0, load - 5)} for load in (9, 4, 6, 5)]

    found = measured(records.result("loss/x", "loss", extra={"steps": steps, "highest": 5, "limit": "receiver"}))

    assert found.highest == (5, 5, 6)
    assert found.steps == [[(4, 0), (5, 0), (6, 1), (9, 4)]]


def test_ratios_of_sessions_are_put_together_from_their_rounds():
    def result(slow):
        arms = {"ours": [1.0, 2.0, 1.0], "c": [slow, 2 * slow, slow]}
        return records.result("reference/x", "ratio", extra={"arms": arms, "ratios": {"c": [slow, slow, slow]}})

    assert measured(result(0.98)).ratios == {"c": (0.98, 0.98, 0.98)}
    assert measured(result(0.9), result(1.0), result(1.1)).ratios["c"] == pytest.approx((1.0, 0.9, 1.1))


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"version": "v3", "size": 64, "bypass": False}, "V3, 64 bytes, no qdisc bypass"),
        ({"mode": "lb", "members": 1}, "lb, 1 member"),
        ({"kib": 64, "timeout": 1}, "64 KiB, time-out 1 ms"),
        ({"kib": 65536, "auxdata": 0, "batch": 16, "link": ""}, "64 MiB, no auxdata, batch 16"),
    ],
)
def test_parameters_in_words(params, told):
    assert words.told(params) == told


def test_a_result_is_named_by_what_its_parameters_leave_open():
    def named(name, **params):
        return measured(records.result(name, params=params)).label

    assert named("receive/ring[64-v2]", version="v2", size=64) == "V2, 64 bytes"
    assert named("receive/ring_on_loopback[v2]", version="v2") == "ring on loopback, V2"
    assert named("wakeup/socket") == "socket"
    assert named("geometry/timeout[8]", timeout=8) == "time-out 8 ms"
