"""A target that cannot be had is one clear line; the others are proven all the same."""

import json
import shutil
import subprocess
import sys

import pytest

from helpers.kernels.channel import READY
from helpers.kernels.kind import TargetError
from helpers.kernels.kinds import qemu
from helpers.kernels.packages import PackageError
from helpers.kernels.targets import find, label

pytestmark = pytest.mark.timeout(400)
SOCKPROOF = [sys.executable, "-c", "from reports.cli import main; main()"]
ONE = '''
@promise
def test_one():
    """Holds."""
'''


@pytest.mark.parametrize("entry", ["pytest", "sockproof"])
def test_a_target_that_cannot_be_is_a_usage_error(small_suite, entry):
    bad = {
        "uml-0.1": "there is no target 'uml-0.1'; known: host, ",
        "ssh=": "command line: [ssh] host is '', but must be a machine, ",
        "uml=/nowhere/linux": "target uml-nowhere-linux: /nowhere/linux is not there or cannot be executed",
        "kernel=/nowhere/bzImage": "target kernel-nowhere-bzImage: /nowhere/bzImage is not there or cannot be read",
        "ssh=nobody@nohost.invalid": "target ssh-nobody-nohost.invalid: nobody@nohost.invalid cannot be reached: ",
        "suites/syscalls": "'suites/syscalls' is a path, not a target",
        "uml=/nowhere/linux,speed=7": "command line: [uml-nowhere-linux-speed-7] has no setting speed; uml knows ",
    }
    small_suite.write(ONE)
    if entry == "pytest":
        command = small_suite.command("--target=host", *(f"--target={name}" for name in bad))
    else:
        del bad["suites/syscalls"]
        command = [*SOCKPROOF, "run", "--targets", "host", *bad]

    done = subprocess.run(command, cwd=small_suite.folder, env=small_suite.environment, capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stdout == ""
    said = done.stderr.splitlines()
    assert len(said) == len(bad)
    told = zip(said, bad.values(), strict=True)
    assert [line for line, words in told if not line.startswith(f"sockproof: {words}")] == []
    assert not (small_suite.folder / "out").exists()


def test_a_path_among_the_targets_is_told_with_the_command_that_was_meant(small_suite):
    command = [*SOCKPROOF, "run", "--targets", "host", "suites/unix"]

    done = subprocess.run(command, cwd=small_suite.folder, env=small_suite.environment, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (2, "")
    meant = "did you mean: sockproof run --target=host suites/unix"
    assert done.stderr == f"sockproof: suites/unix is no target but a path; {meant}\n"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_path_that_is_not_there_is_told(small_suite, workers):
    outcome = small_suite.run(ONE, "-n", workers, "suites/syscalls/bnd")

    assert outcome.status == 4
    assert outcome.text == "ERROR: no such file or folder: suites/syscalls/bnd; did you mean suites/syscalls/bind?\n\n"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_test_that_is_not_there_is_told(small_suite, workers):
    outcome = small_suite.run(ONE, "-n", workers, "suites/syscalls/bind/test_bind.py::test_on")

    assert outcome.status == 4
    assert "test_bind.py::test_on" in outcome.text


def test_two_targets_of_one_name_are_a_usage_error(small_suite):
    for name in ("a-b", "a+b"):
        shutil.copy("/bin/true", small_suite.folder / name)

    outcome = small_suite.run(ONE, *(f"--target=uml={small_suite.folder / name}" for name in ("a-b", "a+b")))

    assert outcome.status == 2
    assert "would both be called uml-" in outcome.text


def test_the_other_targets_go_on(small_suite):
    config = small_suite.folder / "ssh_config"
    config.write_text("Host nohost\n  ProxyCommand false\n")
    ssh = f"ssh=nobody@nohost,config={config}"
    bad = ("uml=/bin/false", ssh)

    outcome = small_suite.run(ONE, "--target=host", *(f"--target={name}" for name in bad))

    run = lambda name: json.loads((small_suite.folder / "out" / label(name) / "run.json").read_text())  # noqa: E731
    assert [result["verdict"] for result in run("host")["results"]] == ["pass"]
    for name in bad:
        assert run(name)["results"] == []
        assert run(name)["interrupted"]
        assert outcome.text.count(f"\n{label(name)}: {run(name)['problem']}\n") == 1
    assert "did not come up" in run("uml=/bin/false")["problem"]
    assert "cannot be reached" in run(ssh)["problem"]
    assert "\nnot proven: uml-bin-false," in outcome.text
    assert "Traceback" not in outcome.text
    assert outcome.status == 1


def test_a_guest_that_ends_as_soon_as_it_is_up_costs_only_its_target(small_suite):
    kernel = small_suite.folder / "linux"
    kernel.write_text(f"#!/bin/sh\necho '{READY.decode().strip()}'\n")
    kernel.chmod(0o755)

    outcome = small_suite.run(ONE, "--target=host", f"--target=uml={kernel}")

    assert "INTERNALERROR" not in outcome.text
    assert "not proven: its guest ended before Python ran in it" in outcome.text
    assert json.loads((small_suite.folder / "out" / "host" / "run.json").read_text())["summary"] == {"pass": 1}
    assert outcome.status == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("uml=/bin/true,memory=16M", "must be 100M or more"),
        ("uml=/bin/true,patience=soon", "must be whole seconds"),
        ("uml=/bin/true,speed=7", "has no setting speed"),
        ("vax=/bin/true", "is no target"),
        ("kernel=/dev/null", "is not there"),
    ],
)
def test_wrong_settings_are_named(text, words):
    with pytest.raises(TargetError, match=words) as caught:
        find(text)

    assert "\n" not in str(caught.value)


def test_a_missing_emulator_names_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PackageError, match=r"qemu-system-x86_64 is missing \(Debian package qemu-system-x86\)"):
        qemu.files(find("qemu-6.12"))
