"""The store of kept runs: added, listed, found by time and by id, pruned; whatever kind they are."""

import json

import pytest
from click.testing import CliRunner

from reports import cli, store
from reports.files import write_text
from reports.store import Shelf, StoreError
from suites.selfcheck.reports.sample_run import result, written

DAYS = ["2026-11-20T03-10-00Z", "2026-11-21T03-10-00Z", "2026-11-22T03-10-00Z"]


@pytest.fixture(params=["", ".json"], ids=["folders", "files"])
def shelf(tmp_path, request):
    """A shelf with three runs; the youngest was added first."""
    made = Shelf(tmp_path / "runs", request.param)
    write = (lambda path: write_text("{}", path)) if request.param else (lambda path: written(path, [result()]))
    for day in reversed(DAYS):
        made.add(day, write)
    (made.place / ".draft.json").write_text("")
    return made


def test_runs_are_listed_oldest_first(shelf):
    assert shelf.names() == DAYS
    assert [path.exists() for path in shelf.paths()] == [True] * 3


@pytest.mark.parametrize(
    ("which", "day"), [("last", 2), (DAYS[0], 0), ("2026-11-21", 1), ("2026-11-21T03:10", 1), ("2026-11", 2)]
)
def test_a_run_is_found_by_its_time(shelf, which, day):
    assert shelf.find(which) == shelf.path(DAYS[day])


@pytest.mark.parametrize("which", ["", "2027", "x" * 40])
def test_what_was_not_kept_is_told_in_one_line(shelf, which):
    with pytest.raises(StoreError, match=f"the last one kept is {DAYS[2]}$") as error:
        shelf.find(which)

    assert "\n" not in str(error.value)
    with pytest.raises(StoreError, match="no runs are kept yet"):
        Shelf(shelf.place / "none", shelf.suffix).find("last")


def test_a_run_in_a_kept_folder_is_found_by_its_id(tmp_path):
    nights = store.nights(tmp_path)
    night = nights.add(DAYS[0], lambda folder: None)
    runs = [written(night / target, [result()]) for target in ("host", "uml")]
    (night / "torn").mkdir()
    (night / "torn" / "run.jsonl").write_text('{"type')

    assert [nights.find(run.id) for run in runs] == [night / "host", night / "uml"]


def test_the_oldest_go_but_none_that_is_needed(shelf):
    shelf.prune(1, needed=[DAYS[0]])

    assert shelf.names() == [DAYS[0], DAYS[2]]
    shelf.prune(0)
    assert shelf.names() == [DAYS[2]]


def test_a_night_is_never_written_over(tmp_path):
    nights = store.nights(tmp_path)
    nights.add(DAYS[0], lambda folder: None)

    with pytest.raises(FileExistsError):
        nights.add(DAYS[0], lambda folder: None)


def test_runs_that_were_kept_can_be_compared_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for day, verdict in zip(DAYS, ("pass", "pass", "fail"), strict=True):
        store.nights().add(day, lambda folder, verdict=verdict: written(folder / "host", [result(verdict=verdict)]))

    def compare(*words):
        done = CliRunner().invoke(cli.main, ["compare", *words])
        return done.exit_code, done.output

    assert compare("2026-11-20", "2026-11-21")[0] == 0
    assert compare("2026-11-20", "last-night")[0] == 1
    status, said = compare("2027", "last-night")
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("sockproof: 2027: no such file or folder, and ")


def test_the_last_good_nights_are_kept_by_target(tmp_path):
    assert store.good_nights(tmp_path) == {}

    store.write_good_nights(tmp_path, {"host": DAYS[0]})

    assert store.good_nights(tmp_path) == json.loads((tmp_path / "good.json").read_text()) == {"host": DAYS[0]}
