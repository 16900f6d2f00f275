"""Targets run side by side as far as the machine bears them; the others wait, with a word, and run later."""

import json

import pytest

from helpers.kernels import capacity
from helpers.kernels.capacity import Room
from helpers.kernels.kind import Need, TargetError
from helpers.kernels.targets import find

GIB = 1 << 30
TWO = """
["one"]
kind = "host"
pace = "1"

["slow"]
kind = "host"
pace = "9"
"""
CASE = '''
@promise
def test_one():
    """Holds."""
'''


def room(memory=8 * GIB, cores=2, most=None) -> Room:
    """Return the room of a machine where one target of 2 GiB and one processor runs."""
    made = Room(memory, cores, most)
    made.take("other", Need(2 * GIB, 1.0))
    return made


def test_there_is_room_as_long_as_memory_and_processors_last():
    need = Need(2 * GIB, 1.0)

    assert room().lacks(need) == ""
    assert room(memory=4 * GIB).lacks(need) == "2.0G of 3.2G memory are taken, it needs 2.0G"
    assert room(cores=1).lacks(Need(0, 1.5)) == "the work of 1 of 2 places is taken, it needs 1.5"
    assert room(most=1).lacks(need) == "1 at a time"


def test_a_finished_target_gives_its_room_back_and_the_only_one_always_has_it():
    made = room(most=1)

    made.give("other")

    assert made.lacks(Need(2 * GIB, 100.0)) == ""


def test_what_the_machine_never_has_is_told():
    with pytest.raises(TargetError, match=r"^it needs 64.0G of memory, this machine has 6.4G to give$"):
        room().check(Need(64 * GIB, 1.0))


def test_a_target_s_need_is_its_own_or_its_kind_s():
    need_of = lambda text: (target := find(text)).kind.need(target)  # noqa: E731

    assert need_of("uml=/bin/true,memory=512M,cores=1.5,pace=7") == Need(GIB // 2, 1.5, 7.0)
    assert need_of("uml=/bin/true") == Need(GIB, 1.0, 1.0)


def test_a_control_group_s_limit_counts(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4194304 kB\n")
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text(f"{GIB}\n")

    assert capacity.free_memory(tmp_path, tmp_path) == 4 * GIB
    (tmp_path / "memory.max").write_text(f"{3 * GIB}\n")
    assert capacity.free_memory(tmp_path, tmp_path) == 2 * GIB


@pytest.mark.parametrize(("limit", "free"), [(3 * GIB, 2 * GIB), (0x7FFFFFFFFFFFF000, 4 * GIB)])
def test_memory_of_a_control_group_of_version_1(tmp_path, limit, free):
    (tmp_path / "meminfo").write_text(f"MemAvailable: {4 * GIB >> 10} kB\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text(f"{limit}\n")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text(f"{GIB}\n")

    assert capacity.free_memory(tmp_path, tmp_path) == free


def test_one_at_a_time_and_the_slowest_first(small_suite, monkeypatch):
    (small_suite.folder / "sockproof").mkdir()
    (small_suite.folder / "sockproof" / "targets.toml").write_text(TWO)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(small_suite.folder))

    outcome = small_suite.run(CASE, "--target=one", "--target=slow", "--at-once=1")

    runs = {name: json.loads((small_suite.folder / "out" / name / "run.json").read_text()) for name in ("one", "slow")}
    assert [len(run["results"]) for run in runs.values()] == [1, 1]
    assert outcome.status == 0
    assert "one   waits: 1 at a time" in outcome.text
    assert "slow  waits" not in outcome.text
    done = [line.split() for line in outcome.text.splitlines() if line.endswith("  done")]
    assert [(words[0], words[1]) for words in done] == [("slow", "1/1"), ("one", "1/1")]


def test_more_memory_than_there_is_is_that_targets_problem(small_suite):
    outcome = small_suite.run(CASE, "--target=host", "--target=uml=/bin/true,memory=9000G")

    assert "it needs 9000.0G of memory" in outcome.text
    run = json.loads((small_suite.folder / "out" / "host" / "run.json").read_text())
    assert [result["verdict"] for result in run["results"]] == ["pass"]
    assert outcome.status == 1
