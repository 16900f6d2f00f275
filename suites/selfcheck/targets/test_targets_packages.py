"""Kernels from packages: asked for once, fetched whole or not at all, never taken for newer than they are."""

import os
import time

import pytest

from helpers.kernels import packages
from helpers.kernels.packages import PackageError, Release, whole
from suites.selfcheck.targets.fake_apt import Apt


@pytest.fixture
def apt(tmp_path, monkeypatch):
    monkeypatch.setenv("SOCKPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(packages, "_renewed", set())
    return Apt(monkeypatch)


def test_an_answer_is_remembered_until_it_or_the_lists_are_old(apt, monkeypatch):
    Release("sid").unpacked("kernel")
    assert apt.since() == ["update", "show", "download", "-x"]

    folder = Release("sid").unpacked("kernel")
    assert apt.since() == []
    assert (folder / "boot" / "vmlinuz").read_bytes() == b"kernel"

    now = time.time()
    monkeypatch.setattr(packages.time, "time", lambda: now + packages.ANSWER_SECONDS + 1)
    Release("sid").unpacked("kernel")
    assert apt.since() == ["show"]
    monkeypatch.setattr(packages.time, "time", lambda: now + packages.LIST_SECONDS + 60)
    Release("sid")
    assert apt.since() == ["update"]


def test_the_newest_is_asked_for_once_a_process(apt):
    old = Release("sid").unpacked("kernel")
    apt.since()
    apt.version = "1.1"
    packages._renewed.clear()

    new = Release("sid", fresh=True).unpacked("kernel")

    assert apt.since() == ["update", "show", "download", "-x"]
    assert (old.name, new.name) == ("kernel_1.0", "kernel_1.1")
    Release("sid", fresh=True).unpacked("kernel")
    assert apt.since() == []


def test_without_the_network_the_newest_cannot_be_had_but_the_old_one_can(apt, monkeypatch):
    Release("sid").unpacked("kernel")
    packages._renewed.clear()
    apt.fails = {"update"}

    with pytest.raises(PackageError, match="package lists of Debian sid: no network"):
        Release("sid", fresh=True)
    now = time.time()
    monkeypatch.setattr(packages.time, "time", lambda: now + packages.LIST_SECONDS + 60)
    release = Release("sid")
    assert release.stale == "package lists of Debian sid: no network"
    assert release.unpacked("kernel").name == "kernel_1.0"


@pytest.mark.parametrize("harm", ["cut", "gone", "unmarked"])
def test_what_is_not_whole_is_fetched_again(apt, harm):
    folder = Release("sid").unpacked("kernel")
    apt.since()
    image = folder / "boot" / "vmlinuz"
    {"cut": lambda: image.write_bytes(b"ker"), "gone": image.unlink, "unmarked": (folder / "unpacked").unlink}[harm]()

    Release("sid").unpacked("kernel")

    assert apt.since() == ["download", "-x"]
    assert image.read_bytes() == b"kernel"
    assert whole(folder, every_byte=True)


def test_a_nightly_checks_every_byte(apt):
    folder = Release("sid").unpacked("kernel")
    (folder / "boot" / "vmlinuz").write_bytes(b"kernal")
    assert whole(folder)
    assert not whole(folder, every_byte=True)

    Release("sid", fresh=True).unpacked("kernel")

    assert whole(folder, every_byte=True)


@pytest.mark.parametrize("step", ["download", "-x"])
def test_half_a_package_is_none(apt, step):
    apt.fails = {step}

    with pytest.raises(PackageError):
        Release("sid").unpacked("kernel")

    assert [name for name in os.listdir(packages.cache() / "packages") if not name.startswith(".lock")] == []


def test_another_file_than_the_list_names_is_refused(apt):
    apt.checksum = "0" * 64

    with pytest.raises(PackageError, match="not the package that the list"):
        Release("sid").unpacked("kernel")


def test_what_a_killed_one_left_is_cleared_away(apt):
    left = packages.cache() / "packages" / ".kernel_1.0.4711"
    left.mkdir(parents=True)

    Release("sid").unpacked("kernel")

    assert not left.exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            "W: Failed to fetch http://deb/dists/sid/InRelease  Could not resolve 'deb'\nE: Some index files failed\n",
            "cannot fetch http://deb/dists/sid/InRelease: Could not resolve 'deb'",
        ),
        ("Reading\nE: Unable to locate package x\n", "E: Unable to locate package x"),
        ("", "status 100"),
    ],
)
def test_what_apt_could_not_do_is_one_clear_line(monkeypatch, words, why):
    failed = packages.subprocess.CompletedProcess([], 100, "", words)
    monkeypatch.setattr(packages.subprocess, "run", lambda *_, **__: failed)

    with pytest.raises(PackageError) as caught:
        packages._run(["apt-get"], "package lists")

    assert str(caught.value) == f"package lists: {why}"
