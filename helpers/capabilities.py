"""Capabilities of the calling thread: which it has, and giving some up.

Source: capabilities(7), capget(2), ``include/uapi/linux/capability.h``.
"""

import ctypes
from collections.abc import Iterable

from helpers.libc import check, libc

_VERSION_3 = 0x20080522
_IN_ORDER = """
    CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
    SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
"""
NAMES = {f"CAP_{name}": number for number, name in enumerate(_IN_ORDER.split())}
ALL = tuple(NAMES)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _get() -> tuple[_Header, ctypes.Array[_Data]]:
    header, data = _Header(_VERSION_3, 0), (_Data * 2)()
    check(libc.capget(ctypes.byref(header), data), "capget")
    return header, data


def effective(name: str) -> bool:
    """Return whether the calling thread has the capability *name* (in its own user namespace)."""
    number = NAMES[name]
    return bool(_get()[1][number // 32].effective >> number % 32 & 1)


def drop(names: Iterable[str]) -> None:
    """Take the capabilities *names* out of the effective and permitted sets of the calling thread, for good."""
    header, data = _get()
    for name in names:
        number = NAMES[name]
        data[number // 32].effective &= ~(1 << number % 32)
        data[number // 32].permitted &= ~(1 << number % 32)
        data[number // 32].inheritable &= ~(1 << number % 32)
    check(libc.capset(ctypes.byref(header), data), "capset")


def lower(names: Iterable[str]) -> None:
    """Take the capabilities *names* out of the effective set only: the calling thread may raise them again."""
    header, data = _get()
    for name in names:
        number = NAMES[name]
        data[number // 32].effective &= ~(1 << number % 32)
    check(libc.capset(ctypes.byref(header), data), "capset")
