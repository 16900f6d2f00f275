"""The newest kernel of a target: fetched, checked to the last byte, and told by name."""

import platform
from dataclasses import dataclass
from pathlib import Path

from helpers.kernels import gvisor, qemu, uml
from helpers.kernels.packages import cache
from helpers.kernels.targets import Target


@dataclass(frozen=True)
class Kernel:
    """What a target will run: *source* is its package or file, *release* what it must call itself ("" if unknown)."""

    source: str
    release: str


def _source(path: Path) -> str:
    """Return the package that a file is from, or the file."""
    packages = cache() / "packages"
    return path.relative_to(packages).parts[0] if path.is_relative_to(packages) else str(path)


def newest(target: Target) -> Kernel:
    """Fetch the newest kernel of a target; PackageError or TargetError if it cannot be had, or no list of it is fresh.

    Without packages there is nothing to fetch: the host's kernel, a file of the user's own, a machine over ssh.
    """
    if target.kind == "host":
        return Kernel(f"Linux {platform.release()}", platform.release())
    if target.kind == "uml":
        kernel, modules, _ = uml.files(target, fresh=True)
        return Kernel(_source(kernel), modules.name if modules and "release" in target.settings else "")
    if target.kind == "qemu":
        kernel, _, _ = qemu.files(target, fresh=True)
        release = kernel.name.removeprefix("vmlinuz-") if kernel.name != "vmlinuz" else kernel.parent.name
        return Kernel(_source(kernel), release if "release" in target.settings else "")
    if target.kind == "gvisor":
        return Kernel(_source(gvisor.program(target, fresh=True)), "")
    return Kernel(target["host"], "")
