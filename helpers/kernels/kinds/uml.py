"""User Mode Linux: a kernel that is a process; Python runs in it at native speed."""

import os
import platform
import tempfile
from pathlib import Path

from helpers.kernels import boot, depmod
from helpers.kernels.guest import BOOT_SECONDS, WORDS, Guest
from helpers.kernels.kind import MEMORY, MODULES, PATIENCE, Kernel, PathSetting, Setting, Target, size
from helpers.kernels.packages import PackageError, Release, source_of
from helpers.kernels.relay import Relay

_INTERPRETER = b"/lib64/ld-linux-x86-64.so.2\0"


def _libc_version() -> tuple[int, ...]:
    name, version = platform.libc_ver()
    return tuple(map(int, version.split("."))) if name == "glibc" and version else (0,)


def _needs_newer_libc(kernel: Path) -> bool:
    """Tell whether the program wants symbols that this system's C library has not got."""
    wanted = {
        tuple(map(int, version.split(b".")))
        for version in (part.split(b"\0")[0] for part in kernel.read_bytes().split(b"GLIBC_")[1:])
        if version.replace(b".", b"").isdigit()
    }
    return bool(wanted) and max(wanted) > _libc_version()


def files(target: Target, fresh: bool = False) -> tuple[Path, Path | None, Path | None]:
    """Return (kernel, modules or None, newer C library's folder or None) of a target; PackageError if not to be had.

    *fresh*: the newest that there is now, every byte checked.
    """
    if platform.machine() != "x86_64":
        raise PackageError(f"User Mode Linux is built for x86-64 only, this is {platform.machine()}")
    if "linux" in target.settings:
        modules = target.settings.get("modules")
        return Path(target["linux"]), depmod.indexed(Path(modules)) if modules else None, None
    debian = Release(target["release"], fresh)
    unpacked = debian.unpacked("user-mode-linux")
    kernel = next(unpacked.glob("usr/bin/linux.uml"), None) or next(unpacked.glob("usr/bin/linux*"), None)
    modules = next(unpacked.glob("usr/lib/uml/modules/*"), None)
    if kernel is None or modules is None:
        raise PackageError(f"user-mode-linux of Debian {debian.name} has no kernel or no modules where they belong")
    libc = next(debian.unpacked("libc6").glob("usr/lib/*-linux-gnu")) if _needs_newer_libc(kernel) else None
    return kernel, modules, libc


def _memory_folder(memory: str) -> str:
    """Return where the guest's memory is kept as a file: in memory, unless that is too small, as in many containers."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return tempfile.gettempdir()
    return "/dev/shm" if room.f_bavail * room.f_frsize >= size(memory) else tempfile.gettempdir()


def command(
    kernel: Path, libc: Path | None, folder: Path, init: Path, memory: str, console: Path
) -> tuple[list[str], dict[str, str], int]:
    """Return (command, environment, descriptor to pass) that boots *kernel*; *folder* is its private one.

    Its console 0 is stdin and stdout; the kernel log goes through the descriptor to the file *console*.
    """
    program = kernel
    environment = {"PATH": os.environ.get("PATH", ""), "TMPDIR": _memory_folder(memory), "HOME": str(folder)}
    if libc is not None:
        # It must be started by the newer loader, but not as its argument: then it finds no room for its memory.
        # A relative name in the program's header is looked up in the working directory, which is *folder*.
        loader = b"./ld.so\0".ljust(len(_INTERPRETER), b"\0")
        program = folder / "linux"
        program.write_bytes(kernel.read_bytes().replace(_INTERPRETER, loader, 1))
        program.chmod(0o755)
        (folder / "ld.so").symlink_to(libc / "ld-linux-x86-64.so.2")
        environment["LD_LIBRARY_PATH"] = str(libc)
    log = os.open(console, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    words = [
        str(program),
        f"mem={memory}",
        "root=/dev/root",
        "rootfstype=hostfs",
        "rootflags=/",
        "ro",
        f"init={init}",
        "con=null",
        "con0=fd:0,fd:1",
        f"con1=null,fd:{log}",
        "console=tty1",
        "ssl=null",
        "panic=-1",
        "rcupdate.rcu_expedited=1",  # each close of a packet socket waits for RCU
        "quiet",
    ]
    return words, environment, log


class Uml(Guest):
    """Debian's User Mode Linux, or one of the user's own."""

    name = "uml"
    text = "a kernel as a process (User Mode Linux)"
    settings = {  # noqa: RUF012
        "release": Setting("a release of Debian"),
        "linux": PathSetting("the path of a kernel", mode=os.X_OK),
        "modules": MODULES,
        "memory": MEMORY,
        "patience": PATIENCE,
    }
    one_of = ("release", "linux")
    word, first, usage = "uml", "linux", "uml=/path/to/linux[,modules=DIR]"

    def boot(self, target: Target, folder: Path, arguments: list[str], log: Path) -> Relay:
        """Start it with its console 0 as the pipe to its interpreter."""
        kernel, modules, libc = files(target)
        init = boot.files(target, folder, arguments, modules, "/dev/tty0")
        words, environment, fd = command(kernel, libc, folder, init, self.memory_of(target), log)
        try:
            with open(folder / WORDS, "wb") as said:
                options = {"cwd": folder, "env": environment, "pass_fds": [fd], "stderr": said}
                return Relay(words, BOOT_SECONDS, self.silence(target), **options)
        finally:
            os.close(fd)

    def newest(self, target: Target) -> Kernel:
        """Fetch the release's newest package; a file of the user's own is what it is."""
        kernel, modules, _ = files(target, fresh=True)
        return Kernel(source_of(kernel), modules.name if modules and "release" in target.settings else "")


KIND = Uml()
