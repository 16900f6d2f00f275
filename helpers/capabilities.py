"""Capabilities of the calling thread: which it has, and giving some up.

Source: capabilities(7), capget(2), ``include/uapi/linux/capability.h``.
"""

import ctypes
from collections.abc import Iterable

from helpers.libc import check, libc
from helpers.uapi import capability

NAMES = {name: number for name, number in vars(capability).items() if name.startswith("CAP_")}
ALL = tuple(NAMES)


def _get() -> tuple[capability.__user_cap_header_struct, ctypes.Array[capability.__user_cap_data_struct]]:
    header = capability.__user_cap_header_struct(capability._LINUX_CAPABILITY_VERSION_3, 0)
    data = (capability.__user_cap_data_struct * capability._LINUX_CAPABILITY_U32S_3)()
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
