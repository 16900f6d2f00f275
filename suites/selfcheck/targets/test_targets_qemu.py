"""QEMU guests: KVM where it really runs a kernel, tried once after a boot; emulation otherwise; never the wrong CPU."""

import os
import subprocess
from pathlib import Path

import pytest

from helpers.kernels import initramfs
from helpers.kernels.kinds import qemu
from helpers.kernels.targets import find


class Machine:
    """A machine whose /dev/kvm and QEMU are ours to say."""

    def __init__(self, monkeypatch, tmp_path):
        self.tried = []
        self.device = True
        self.says = initramfs.UP
        monkeypatch.setenv("SOCKPROOF_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(qemu, "program", lambda: "qemu-system-x86_64")
        access = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: self.device if path == "/dev/kvm" else access(path, mode))
        monkeypatch.setattr(qemu.subprocess, "run", self.run)
        monkeypatch.setattr(initramfs, "build", lambda *_: b"initrd")
        self.folder = tmp_path

    def run(self, words, timeout, **_):
        """Be QEMU with the kernel that only says that it is up."""
        self.tried.append(words)
        if self.says is None:
            raise subprocess.TimeoutExpired(words, timeout)
        return subprocess.CompletedProcess(words, 0, self.says.encode(), b"")

    def boot(self, text="kernel=/proc/version"):
        """Return (command, accelerator) of a target."""
        files = (Path("/proc/version"), None, Path("/bin/busybox"))
        return qemu.command(*files, self.folder, self.folder / "init", find(text), self.folder / "a,b.log")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    return Machine(monkeypatch, tmp_path)


def after(words, option):
    """Return what follows an option."""
    return words[words.index(option) + 1]


def test_kvm_is_used_where_a_kernel_comes_up_by_it(machine):
    words, accelerator = machine.boot()

    assert accelerator == "kvm"
    assert (after(words, "-accel"), after(words, "-cpu")) == ("kvm", "host")
    assert "mitigations=off" not in after(words, "-append")
    [tried] = machine.tried
    assert after(tried, "-accel") == "kvm"
    assert initramfs.PROBE in after(tried, "-append")


@pytest.mark.parametrize("says", ["", "Kernel panic", None], ids=["nothing", "panic", "hangs"])
def test_a_kvm_that_runs_no_kernel_is_not_used(machine, says):
    machine.says = says

    words, accelerator = machine.boot()

    assert accelerator == "tcg"
    assert (after(words, "-accel"), after(words, "-cpu")) == ("tcg,thread=multi", "max")
    assert "mitigations=off" in after(words, "-append")
    machine.boot()
    assert len(machine.tried) == 1  # the answer is remembered until the machine boots


def test_without_the_device_nothing_is_tried(machine):
    machine.device = False

    assert machine.boot()[1] == "tcg"
    assert machine.tried == []


def test_an_answer_of_an_earlier_boot_is_none(machine):
    machine.boot()
    memory = machine.folder / "cache" / "kvm"
    memory.write_text("another-boot fails\n")

    assert machine.boot()[1] == "kvm"
    assert len(machine.tried) == 2


@pytest.mark.parametrize("accelerator", ["kvm", "tcg"])
def test_the_users_own_choice_is_not_questioned(machine, accelerator):
    words, used = machine.boot(f"kernel=/proc/version,accelerator={accelerator},memory=768M")

    assert used == accelerator
    assert machine.tried == []
    assert after(words, "-m") == "768M"
    # a comma would end the option
    assert any("path=" in word and "a,,b.log" in word for word in words), words
