"""The folders of runs: one each, whole runs apart from parts, the oldest removed, found by many names."""

import os
from pathlib import Path

import pytest

from reports import run_folders
from reports.run_folders import RunFolders
from reports.store import StoreError, nights
from suites.selfcheck.reports.sample_run import result, written

TIMES = [f"2026-11-30T08:4{minute}:12+00:00" for minute in range(10)]


class Made(RunFolders):
    """Folders of runs that are made and ended in one call."""

    def run(self, minute=0, *, full=False, keep=20, kernel="6.18.3"):
        """Let a run begin at a minute, and end; give its folder."""
        folder = self.new(kernel, TIMES[minute])
        written(folder, [result()])
        (folder / "index.html").write_text("<!DOCTYPE html>")
        self.end(folder, full=full, keep=keep)
        return folder


@pytest.fixture
def folders(tmp_path):
    return Made(tmp_path / "reports" / "out")


def linked(folders, link):
    return (folders.place / link).resolve()


def test_a_run_is_named_by_time_and_kernel_and_no_two_alike(folders):
    first, second, later = folders.run(0), folders.run(0), folders.run(1)

    assert first.name.startswith("2026-11-30T08-40-12Z-6.18.3-")
    assert len({first, second, later}) == 3
    assert folders.names()[-1] == later.name
    assert sorted(path.name for path in first.iterdir()) == ["index.html", "run.json", "run.jsonl"]


def test_a_part_never_takes_the_place_of_a_whole_run(folders):
    whole, part = folders.run(0, full=True), folders.run(1)

    assert (linked(folders, "last"), linked(folders, "last-full")) == (part, whole)
    assert (folders.find("last"), folders.find("last-full")) == (part, whole)
    assert f"url={whole.name}/index.html" in (folders.place / "index.html").read_text()
    assert f'href="{part.name}/index.html"' in (folders.place / "index.html").read_text()


def test_without_a_whole_run_the_page_leads_to_the_last_one(folders):
    folders.run(0)
    part = folders.run(1)

    assert f"url={part.name}/index.html" in (folders.place / "index.html").read_text()
    with pytest.raises(StoreError, match="no whole run is kept in "):
        folders.find("last-full")


def test_the_oldest_go_wholes_and_parts_apart(folders):
    wholes = [folders.run(minute, full=True, keep=2) for minute in range(3)]
    named = folders.place / "before-my-patch"
    folders.run(3, keep=2).rename(named)
    parts = [folders.run(minute, keep=2) for minute in range(4, 8)]

    assert folders.names() == [run.name for run in (*wholes[-2:], *parts[-2:])]
    assert named.is_dir()


def test_a_run_that_goes_on_is_not_removed(folders):
    going = folders.new("6.18.3", TIMES[0])
    other = Made(folders.place)
    ended = [other.run(minute, keep=1) for minute in (1, 2)]

    assert folders.names() == [going.name, ended[-1].name]
    folders.end(going, full=False)
    other.run(3, keep=1)
    assert not going.exists()


def test_a_run_that_never_began_leaves_nothing(folders):
    folders.discard(folders.new("6.18.3"))
    assert os.listdir(folders.place) == []

    run = folders.run(0)
    folders.discard(folders.new("6.18.3"))
    assert linked(folders, "last") == run


def test_a_file_takes_the_place_of_a_link_where_there_are_none(folders, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)

    run = folders.run(0, full=True)

    for link in ("last", "last-full"):
        assert (folders.place / link).read_text() == f"{run.name}\n"
        assert run_folders.find(str(folders.place / link), Path("/nowhere")) == run
    assert folders.find("last") == run


@pytest.mark.parametrize("names", ["name", "beginning", "time", "last", "path", "place"])
def test_a_run_is_found_by(folders, names, tmp_path):
    folders.run(0)
    run = folders.run(1)
    told = {
        "name": run.name,
        "beginning": "2026-11-30T08-41",
        "time": "2026-11-30T08:41:12",
        "last": "last",
        "path": str(run / "run.json"),
        "place": str(folders.place),
    }

    found = run_folders.find(told[names], tmp_path)

    assert found == (run / "run.json" if names == "path" else run)


def test_a_night_is_found_after_the_runs(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    night = nights().add("2026-11-29T02-30-00Z", lambda folder: None)
    run = folders.run(0)

    assert run_folders.find("2026-11-29", tmp_path) == run_folders.find("last-night", tmp_path) == night
    assert run_folders.find("2026-11", tmp_path) == run
    with pytest.raises(StoreError, match="2027: no such file or folder, and "):
        run_folders.find("2027", tmp_path)


def test_what_the_release_before_left_becomes_a_run(folders):
    written(folders.place, [result()])
    (folders.place / "index.html").write_text("old")

    assert folders.find("last") == folders.place
    new = folders.run(9)

    (old,) = set(folders.names()) - {new.name}
    assert sorted(os.listdir(folders.place / old)) == ["index.html", "run.json", "run.jsonl"]
    assert not (folders.place / "run.json").exists()
