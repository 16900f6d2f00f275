"""Benchmarks in a process: which ones run, what they put on record, and that bad rounds are not passed off as good."""

import json

import pytest

from fixtures import bench

ROUNDS = """
    import pytest
    from fixtures.bench import heavy, tier
    from helpers.bench.sample import Round

    class Fake:
        def __init__(self, lost=0, told=0):
            self.lost, self.told = lost, told

        def round(self, count):
            return Round(0.01, count - self.lost, 64 * count, count, self.told, 3, {"sender": 0.005}, 0.001)

        def notes(self):
            return {"offered_rate": 5.0}
"""
BENCHMARKS = (
    ROUNDS
    + '''
    def test_good(bench):
        """Adds up."""
        bench.rate(Fake())

    @pytest.mark.parametrize("size", [64, pytest.param(512, marks=tier("full"))])
    @tier("default")
    def test_sizes(bench, size):
        """Has sizes."""
        bench.rate(Fake(lost=7, told=7))

    def test_bad(bench):
        """Loses a frame that nobody counts."""
        bench.rate(Fake(lost=1))

    @heavy(3)
    def test_late(bench):
        """Wakes up."""
        bench.latency(bench.measure(lambda: [3.0, 1.0, 2.0]))

    def test_skipped(bench):
        """Cannot be measured."""
        pytest.skip("no such thing")

    def test_broken(bench):
        """Breaks."""
        raise ValueError("what broke")

    def test_idle(bench):
        """Measures nothing."""
    '''
)


def _lines(text, kind):
    return [json.loads(line.removeprefix(kind)) for line in text.splitlines() if line.startswith(f"{kind} ")]


def _benchmark_file(small_suite):
    """Return where a small suite's benchmarks go."""
    file = small_suite.folder / "suites" / "benchmarks" / "test_x.py"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def run(small_suite):
    """Run the benchmarks above with a selection, and return the outcome."""
    small_suite.file = _benchmark_file(small_suite)

    def go(selection, *more):
        how = ["--benchmark-enable", "--benchmark-only", "--bench-record", f"--bench={selection}", "--bench-seconds=2"]
        return small_suite.run(BENCHMARKS, "-n", "0", *how, *more, str(small_suite.file))

    return go


def test_record_of_a_session(run):
    """Each benchmark is one line, between the session's two; problems are on record, too."""
    outcome = run("default")

    (session,) = _lines(outcome.text, bench.SESSION)
    results = {result["id"]: result for result in _lines(outcome.text, bench.RESULT)}
    (end,) = _lines(outcome.text, bench.END)
    assert (session["cases"], session["selection"]) == (7, "default")
    assert session["kernel"]["release"]
    assert end["seconds"] > 0
    assert set(results) == {f"x/{name}" for name in ("good", "sizes[64]", "bad", "late", "skipped", "broken", "idle")}
    assert "no such thing" in results["x/skipped"]["problem"]
    assert "what broke" in results["x/broken"]["problem"]
    assert "measured nothing" in results["x/idle"]["problem"]


def test_result_of_a_rate(run):
    """A rate has its rounds, parameters, statement and notes."""
    results = {result["id"]: result for result in _lines(run("default").text, bench.RESULT)}

    good, sizes = results["x/good"], results["x/sizes[64]"]
    assert (good["kind"], good["subject"], good["statement"]) == ("rate", "x", "Adds up.")
    assert (good["valid"], good["why"], good["extra"]) == (True, "", {"offered_rate": 5.0})
    assert len(good["rounds"]) >= bench.LEAST_ROUNDS
    assert good["rounds"][0]["cpu"] == {"sender": 0.005}
    assert sizes["params"] == {"size": 64}
    assert sizes["valid"]
    assert [one for one in sizes["rounds"] if one["frames"] + 7 != one["offered"]] == []


def test_what_does_not_add_up_is_invalid(run):
    """A frame that neither arrived nor was counted as lost makes the result invalid, and it says how many."""
    results = {result["id"]: result for result in _lines(run("quick").text, bench.RESULT)}

    bad = results["x/bad"]
    assert not bad["valid"]
    assert "do not add up" in bad["why"]
    assert "dropped 0" in bad["why"]


def test_result_of_a_latency(run):
    """Wake-ups are sorted, with median, 99 % and worst."""
    results = {result["id"]: result for result in _lines(run("quick").text, bench.RESULT)}

    extra = results["x/late"]["extra"]
    assert extra["microseconds"] == [1.0, 2.0, 3.0]
    assert (extra["median"], extra["worst"]) == (2.0, 3.0)
    assert 2.9 < extra["p99"] <= 3.0


@pytest.mark.parametrize(("selection", "sizes"), [("quick", []), ("default", ["64"]), ("full", ["64", "512"])])
def test_selections(run, selection, sizes):
    """A benchmark belongs to the smallest selection that all its marks allow, and to those above."""
    found = [result["id"] for result in _lines(run(selection).text, bench.RESULT)]

    assert [name for name in found if "sizes" in name] == [f"x/sizes[{size}]" for size in sizes]


def test_no_record_unless_wanted(small_suite):
    """Without --bench-record nothing of it is printed; pytest-benchmark's store has it all the same."""
    small_suite.file = _benchmark_file(small_suite)
    store = small_suite.folder / "store.json"
    how = ["-n", "0", "--benchmark-enable", "--benchmark-only", f"--benchmark-json={store}", str(small_suite.file)]
    outcome = small_suite.run(BENCHMARKS, *how)

    assert bench.RESULT not in outcome.text
    entries = json.loads(store.read_text())["benchmarks"]
    stored = {entry["extra_info"]["id"] for entry in entries}
    assert {"x/good", "x/bad", "x/late"} <= stored


def test_conformance_runs_no_benchmark(small_suite, run):
    """A run of the suite does not look into suites/benchmarks."""
    run("quick")
    outcome = small_suite.run(BENCHMARKS, "-n", "0")

    assert "no tests ran" in outcome.text
