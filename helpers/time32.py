"""Calls with 32-bit time, which a kernel may be built without (CONFIG_COMPAT_32BIT_TIME)."""

from collections.abc import Callable
from errno import ENOSYS

from helpers.compat32 import Direct
from helpers.syscall import Result, refused
from helpers.unavailable import unavailable


def recvmmsg_time32() -> Callable[..., Result]:
    """Return the call of that name, where the kernel has it (CONFIG_COMPAT_32BIT_TIME); else skip the test."""
    if Direct.recvmmsg_time32(-1, None, 0) == refused(ENOSYS):
        unavailable("this kernel is built without calls for 32-bit time")
    return Direct.recvmmsg_time32
