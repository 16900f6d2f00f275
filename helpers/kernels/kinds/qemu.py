"""Debian's kernels, or a kernel of the user's own, in QEMU: by KVM where that works, else in emulation."""

import fcntl
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from helpers.kernels import boot, depmod, initramfs
from helpers.kernels.guest import BOOT_SECONDS, WORDS, Guest
from helpers.kernels.kind import MEMORY, MODULES, PATIENCE, Kernel, PathSetting, Setting, Target
from helpers.kernels.packages import PackageError, Release, cache, source_of
from helpers.kernels.relay import Relay

_PROGRAM = "qemu-system-x86_64"
_BUSYBOX_RELEASE = "trixie"  # for kernels that come from no release
_PROBE_SECONDS = 15
_EMULATED = 4  # times as long may boot and silence take under emulation
_APPEND = (
    "console=ttyS0",
    "panic=-1",
    "oops=panic",
    "softlockup_panic=1",
    "rcupdate.rcu_expedited=1",  # each close of a packet socket waits for RCU
    "random.trust_cpu=on",
    "audit=0",
    "loglevel=5",
)
# What an emulated kernel can be spared: it took a seventh of the time of Python's imports.
_APPEND_EMULATED = ("mitigations=off", "no_timer_check", "tsc=reliable", "nokaslr", "cryptomgr.notests")


def program() -> str:
    """Return the emulator; PackageError if it is not installed."""
    found = shutil.which(_PROGRAM)
    if not found:
        raise PackageError(f"{_PROGRAM} is missing (Debian package qemu-system-x86)")
    return found


def _packages_of(debian: Release) -> list[str]:
    """Return the packages that hold the newest kernel of a release: one, or since 7.2 binary and modules apart."""
    depends = debian.show("linux-image-amd64").get("Depends", "")
    image = next(iter(re.findall(r"\blinux-image-\d\S+", depends)), None)
    if image is None:
        raise PackageError(f"linux-image-amd64 of Debian {debian.name} names no kernel")
    parts = re.findall(r"\blinux-(?:binary|modules)-\d\S+", debian.show(image).get("Depends", ""))
    return parts or [image]


def _busybox(release: str) -> Path:
    folder = Release(release).unpacked("busybox-static")
    found = next((folder / path for path in ("usr/bin/busybox", "bin/busybox") if (folder / path).exists()), None)
    if found is None:
        raise PackageError(f"busybox-static of Debian {release} has no busybox where it belongs")
    return found


def files(target: Target, fresh: bool = False) -> tuple[Path, Path | None, Path]:
    """Return (kernel, folder with the index of its modules or None, busybox); PackageError if not to be had.

    *fresh*: the newest that there is now, every byte checked.
    """
    program()
    if platform.machine() != "x86_64":
        raise PackageError(
            f"kernels in QEMU are x86-64 ones and share this machine's Python, this is {platform.machine()}"
        )
    if "kernel" in target.settings:
        modules = target.settings.get("modules")
        index = depmod.indexed(Path(modules)) if modules else None
        return Path(target["kernel"]), index, _busybox(_BUSYBOX_RELEASE)
    debian = Release(target["release"], fresh)
    folders = [debian.unpacked(package) for package in _packages_of(debian)]
    found = [
        [path for folder in folders for pattern in patterns for path in folder.glob(pattern)]
        for patterns in (
            ("boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz"),
            ("lib/modules/*/kernel", "usr/lib/modules/*/kernel"),
        )
    ]
    if not all(found):
        raise PackageError(f"the kernel package of Debian {debian.name} has no kernel or no modules where they belong")
    (kernel, *_), (modules, *_) = found
    return kernel, depmod.indexed(modules.parent), _busybox(debian.name)


def _machine(kernel: Path, initrd: Path, memory: str, accelerator: str, append: tuple[str, ...]) -> list[str]:
    emulated = accelerator == "tcg"
    return [
        program(),
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", "q35,sata=off,smbus=off,vmport=off"),
        *("-accel", "tcg,thread=multi" if emulated else "kvm", "-cpu", "max" if emulated else "host"),
        *("-m", memory, "-smp", str(min(2, len(os.sched_getaffinity(0))))),
        *("-kernel", str(kernel), "-initrd", str(initrd)),
        *("-append", " ".join([*_APPEND, *(_APPEND_EMULATED if emulated else ()), *append])),
    ]


def _kvm_works(kernel: Path, initrd: Path) -> bool:
    """Tell whether a kernel comes up by KVM here: where virtual machines nest it may open and yet not run one.

    Tried once after each boot of this machine; that is remembered in the cache.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / "kvm", "a+") as memory:
        fcntl.flock(memory, fcntl.LOCK_EX)  # targets that start together try it once
        memory.seek(0)
        known, _, answer = memory.read().strip().partition(" ")
        if known == boot:
            return answer == "works"
        command = [*_machine(kernel, initrd, "512M", "kvm", (initramfs.PROBE,)), "-serial", "stdio"]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_SECONDS, check=False
            )
            works = initramfs.UP.encode() in done.stdout
        except subprocess.TimeoutExpired:
            works = False
        memory.truncate(0)
        memory.write(f"{boot} {'works' if works else 'fails'}\n")
    return works


def _quoted(path: Path) -> str:
    return str(path).replace(",", ",,")


def command(
    kernel: Path, index: Path | None, busybox: Path, folder: Path, init: Path, target: Target, console: Path
) -> tuple[list[str], str]:
    """Return (command, accelerator) that boots *kernel* into *init* of the host's files; *folder* is its private one.

    Its virtio port is stdin and stdout; the kernel log goes to the file *console*.
    """
    initrd = folder / "initrd"
    initrd.write_bytes(initramfs.build(busybox, index, init))
    accelerator = target.settings.get("accelerator") or ("kvm" if _kvm_works(kernel, initrd) else "tcg")
    words = [
        *_machine(kernel, initrd, target.kind.memory_of(target), accelerator, ()),
        *("-chardev", f"file,id=log,path={_quoted(console)},append=on", "-serial", "chardev:log"),
        *("-device", "virtio-serial-pci,max_ports=2"),
        *("-chardev", "stdio,id=port,signal=off", "-device", "virtserialport,chardev=port,nr=1"),
        *("-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"),
        *("-device", "virtio-9p-pci,fsdev=root,mount_tag=root"),
    ]
    return words, accelerator


class Qemu(Guest):
    """A kernel in QEMU."""

    name = "qemu"
    text = "a kernel in QEMU"
    settings = {  # noqa: RUF012
        "release": Setting("a release of Debian"),
        "kernel": PathSetting("the path of a kernel"),
        "modules": MODULES,
        "memory": MEMORY,
        "patience": PATIENCE,
        "accelerator": Setting("kvm or tcg", "kvm|tcg"),
    }
    one_of = ("release", "kernel")
    word, first, usage = "kernel", "kernel", "kernel=/path/to/bzImage[,modules=DIR]"
    cores = 2.0

    def boot(self, target: Target, folder: Path, arguments: list[str], log: Path) -> Relay:
        """Start it with a virtio port as the pipe to its interpreter."""
        kernel, index, busybox = files(target)
        init = boot.files(target, folder, arguments, index, initramfs.PORT)
        words, accelerator = command(kernel, index, busybox, folder, init, target, log)
        times = _EMULATED if accelerator == "tcg" else 1
        with open(folder / WORDS, "wb") as said:
            return Relay(words, times * BOOT_SECONDS, self.silence(target, times), stderr=said)

    def newest(self, target: Target) -> Kernel:
        """Fetch the release's newest package; a file of the user's own is what it is."""
        kernel, _, _ = files(target, fresh=True)
        release = kernel.name.removeprefix("vmlinuz-") if kernel.name != "vmlinuz" else kernel.parent.name
        return Kernel(source_of(kernel), release if "release" in target.settings else "")


KIND = Qemu()
