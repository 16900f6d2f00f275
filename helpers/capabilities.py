"""Capabilities of the calling thread: which it has, and giving some up.

Source: capabilities(7), capget(2), ``include/uapi/linux/capability.h``.
"""

import ctypes
from collections.abc import Iterable

from helpers.libc import check, libc

_VERSION_3 = 0x20080522
NAMES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_DAC_READ_SEARCH": 2,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_NET_BROADCAST": 11,
    "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13,
    "CAP_IPC_LOCK": 14,
    "CAP_SYS_PTRACE": 19,
    "CAP_SYS_ADMIN": 21,
    "CAP_SYS_NICE": 23,
    "CAP_SYS_RESOURCE": 24,
    "CAP_SYSLOG": 34,
    "CAP_BPF": 39,
}
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
    """Tell whether the calling thread has the capability *name* (in its own user namespace)."""
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
