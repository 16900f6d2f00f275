"""The nightly: what is good, what is not proven, what it compares with, what it keeps; one at a time."""

import fcntl
import json
import os

import pytest
from click.testing import CliRunner

from helpers.kernels.kind import Kernel
from helpers.kernels.packages import PackageError
from reports import cli, nightly
from suites.selfcheck.reports.sample_run import KERNEL, result, written

RELEASE = KERNEL["release"]


class Nights:
    """Nights without kernels: *verdicts* by target is what the next one finds."""

    def __init__(self, state, monkeypatch):
        self.state = state
        self.verdicts = {}
        self.unfetched = {}
        self.end = {}
        self.proven = []
        self.release = RELEASE
        monkeypatch.setattr(nightly, "prove", self.prove)
        monkeypatch.setattr(nightly, "newest", self.newest)
        stamps = iter(f"2026-11-2{number}" for number in range(9))
        monkeypatch.setattr(nightly, "stamp_now", lambda: next(stamps))

    def newest(self, name):
        """Fetch a target's kernel, or not."""
        if name in self.unfetched:
            raise PackageError(self.unfetched[name])
        return Kernel("linux_6.18", self.release)

    def prove(self, root, folder, targets, arguments):
        """Write the records that a run would leave."""
        self.proven = list(targets)
        for target in targets:
            if target in self.verdicts:
                written(folder / target, [result(verdict=self.verdicts[target])], **self.end)
        return 0

    def __call__(self, **verdicts):
        """Have a night; return its exit status and the verdict of each target."""
        self.verdicts = verdicts
        names = [f"--target={name}" for name in dict.fromkeys([*verdicts, *self.unfetched])]
        done = CliRunner().invoke(cli.main, ["nightly", f"--state={self.state}", "--keep=1", "--json", *names])
        if done.exit_code == 2:
            return 2, done.output
        return done.exit_code, {item["target"]: item["verdict"] for item in json.loads(done.output)["targets"]}

    @property
    def kept(self):
        """The nights that are kept."""
        return sorted(os.listdir(self.state / "runs"))


@pytest.fixture
def nights(tmp_path, monkeypatch):
    return Nights(tmp_path / "state", monkeypatch)


def test_a_night_is_compared_with_the_last_good_one(nights):
    assert nights(host="pass") == (0, {"host": "good"})
    assert nights(host="fail") == (1, {"host": "REGRESSED"})
    assert nights(host="fail") == (1, {"host": "REGRESSED"})  # yesterday's was not good: still compared with the first
    assert nights.kept == ["2026-11-20", "2026-11-22"]
    assert nights(host="pass") == (0, {"host": "good"})
    assert nights.kept == ["2026-11-23"]
    report = (nights.state / "runs" / "2026-11-23" / "nightly.txt").read_text()
    assert "host  good        Linux 6.18.3, nothing changed since 2026-11-20" in report


def test_what_was_broken_from_the_start_is_no_regression(nights):
    assert nights(host="fail")[0] == 0
    assert nights(host="fail")[0] == 0


def test_a_kernel_that_cannot_be_fetched_is_not_proven(nights):
    nights(host="pass", gvisor="pass")
    nights.unfetched = {"gvisor": "package lists of Debian sid: no network"}

    assert nights(host="pass") == (1, {"host": "good", "gvisor": "NOT PROVEN"})
    assert nights.proven == ["host"]
    assert json.loads((nights.state / "good.json").read_text()) == {"host": "2026-11-21", "gvisor": "2026-11-20"}


def test_another_kernel_than_the_one_that_was_fetched_is_not_proven(nights):
    nights.release = "6.18.4"

    assert nights(host="pass") == (1, {"host": "NOT PROVEN"})


@pytest.mark.parametrize("end", [{"interrupted": True}, {"problem": "did not come up"}])
def test_a_run_without_its_end_is_not_proven(nights, end):
    nights.end = end

    assert nights(host="pass") == (1, {"host": "NOT PROVEN"})
    assert not json.loads((nights.state / "good.json").read_text())


def test_only_one_nightly_at_a_time(nights):
    nights.state.mkdir()
    with open(nights.state / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        status, said = nights(host="pass")

    assert status == 2
    assert said.startswith("sockproof: another nightly is running")
    assert said.count("\n") == 1


def test_the_targets_are_those_of_the_toml_files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "sockproof").mkdir()
    (tmp_path / "sockproof" / "targets.toml").write_text('[mine]\nkind = "host"\nnightly = "yes"\n')

    assert nightly.wanted([])[-1] == "mine"
    assert {"host", "uml-6.1"} < set(nightly.wanted([]))
    assert "qemu-6.1" not in nightly.wanted([])
    assert nightly.wanted(["a", "b", "a"]) == ["a", "b"]


def test_a_real_night_of_this_kernel(tmp_path):
    part = "suites/packet/bind/test_getsockname_link.py"

    done = CliRunner().invoke(cli.main, ["nightly", f"--state={tmp_path}", "--target=host", "--", part])

    assert done.exit_code == 0, done.output
    assert "1 of 1 target good" in done.output
    folder = next((tmp_path / "runs").iterdir())
    assert (folder / "index.html").exists()
    assert (folder / "host" / "run.json").exists()
