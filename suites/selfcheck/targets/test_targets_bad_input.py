"""A target that cannot be had is one clear line; the others are proven all the same."""

import json

import pytest

from helpers.kernels import qemu
from helpers.kernels.channel import READY
from helpers.kernels.packages import PackageError
from helpers.kernels.targets import TargetError, find, label

pytestmark = pytest.mark.timeout(400)
ONE = '''
@promise
def test_one():
    """Holds."""
'''


def test_the_other_targets_go_on(small_suite):
    bad = ("uml-0.1", "uml=/bin/false", "kernel=/nowhere/bzImage", "ssh=nobody@localhost.invalid")

    outcome = small_suite.run(ONE, "--target=host", *(f"--target={name}" for name in bad))

    run = lambda name: json.loads((small_suite.folder / "out" / label(name) / "run.json").read_text())  # noqa: E731
    assert [result["verdict"] for result in run("host")["results"]] == ["pass"]
    for name in bad:
        assert run(name)["results"] == []
        assert run(name)["interrupted"]
        assert outcome.text.count(f"\n{label(name)}: {run(name)['problem']}\n") == 1
    assert "there is no target 'uml-0.1'" in run("uml-0.1")["problem"]
    assert "did not come up" in run("uml=/bin/false")["problem"]
    assert "/nowhere/bzImage is not there" in run("kernel=/nowhere/bzImage")["problem"]
    assert "cannot be reached" in run("ssh=nobody@localhost.invalid")["problem"]
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
