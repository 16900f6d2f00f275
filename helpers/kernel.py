"""What kernel this is: release, version as numbers, what it runs on, how it was configured.

Facts for the run's record and for the ``since`` of clauses; no clause branches on them.
"""

import gzip
import os
import platform
import re
from functools import cache
from pathlib import Path
from typing import Any

from helpers.libc import libc
from helpers.syscall_numbers import architecture


@cache
def version() -> tuple[int, int]:
    """Return the kernel's (major, minor), for example (6, 18)."""
    major, minor = re.match(r"(\d+)\.(\d+)", platform.release()).groups()
    return int(major), int(minor)


def parse_version(text: str) -> tuple[int, int]:
    """Return "6.18" (or "6.18.3", "2.6.27") as (major, minor); ValueError for anything else.

    All 2.6 kernels count as (2, 6): nothing older than 5.10 is ever run, so finer steps decide nothing.
    """
    match = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", text)
    if not match:
        raise ValueError(f"not a kernel release: {text!r}")
    return int(match[1]), int(match[2])


@cache
def config() -> tuple[str, dict[str, str]]:
    """Return where the kernel's configuration was found ("" if nowhere) and its CONFIG_* values."""
    release = platform.release()
    for path in ("/proc/config.gz", f"/boot/config-{release}", f"/lib/modules/{release}/config"):
        try:
            data = Path(path).read_bytes()
        except OSError:
            continue
        text = (gzip.decompress(data) if path.endswith(".gz") else data).decode()
        return path, dict(re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE))
    return "", {}


def _read(path: str) -> str:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.readall().decode(errors="replace").strip()
    except OSError:
        return ""


@cache
def has_selinux() -> bool:
    """Return whether SELinux is at work: its file system is registered then, and only then."""
    return "selinuxfs" in _read("/proc/filesystems").split()


@cache
def labels_sockets() -> bool:
    """Tell whether a security module may attach a context to sockets: SELinux, Smack, or one that labels processes."""
    if has_selinux() or "smackfs" in _read("/proc/filesystems").split():
        return True
    try:
        with open("/proc/self/attr/current", "rb") as label:
            return bool(label.read().strip(b"\0\n"))
    except OSError:
        return False


def has_compat_callers() -> bool:
    """Return whether the kernel serves 32-bit programs beside 64-bit ones; else MSG_CMSG_COMPAT is no flag."""
    source, options = config()
    return not source or options.get("CONFIG_COMPAT") == "y"


@cache
def runs_on() -> str:
    """Return what the kernel runs on: "gVisor", "User Mode Linux", "VM (…)" or "bare metal or unknown VM"."""
    if "gvisor" in _read("/proc/version").lower() or "Starting gVisor" in _dmesg_head():
        return "gVisor"
    cpuinfo = _read("/proc/cpuinfo")
    if "User Mode Linux" in cpuinfo or re.search(r"^vendor_id\s*:\s*User Mode Linux", cpuinfo, re.MULTILINE):
        return "User Mode Linux"
    vendor = _read("/sys/class/dmi/id/sys_vendor") or _read("/sys/hypervisor/type")
    if re.search(r"^flags\s*:.*\bhypervisor\b", cpuinfo, re.MULTILINE):
        return f"VM ({vendor})" if vendor else "VM"
    return "bare metal or unknown VM"


def _dmesg_head() -> str:
    """Return the start of the kernel log: gVisor has its name only there."""
    syslog_read_all = 3
    try:
        import ctypes

        buffer = ctypes.create_string_buffer(4096)
        size = libc.klogctl(syslog_read_all, buffer, len(buffer))
    except (AttributeError, OSError):
        return ""
    return buffer.raw[: max(size, 0)].decode(errors="replace")


def taint() -> int:
    """Return the kernel's taint bits; 0 where they cannot be read."""
    text = _read("/proc/sys/kernel/tainted")
    return int(text) if text.isdigit() else 0


def distribution() -> str:
    """Return the PRETTY_NAME of os-release, or ""."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def describe(initial_uid: int, in_user_namespace: bool) -> dict[str, Any]:
    """Return the facts of the run's record; *initial_uid* is the uid before any user namespace was entered."""
    from helpers import compat32, preflight

    return {
        "release": platform.release(),
        "version": platform.version(),
        "machine": platform.machine(),
        "architecture": architecture(),
        "distribution": distribution(),
        "config_source": config()[0],
        "cpus": len(os.sched_getaffinity(0)),
        "privileges": "user namespace" if in_user_namespace else "root",
        "user": {"uid": initial_uid},
        "taint": taint(),
        "platform": runs_on(),
        "python": platform.python_version(),
        "ia32": compat32.available(),
        "features": {},
        "lacks": preflight.record(),
    }
