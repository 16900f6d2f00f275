"""The ways to send: each sends one message and returns its length as sendto(2) does, or the refusal."""

import ctypes
from typing import Any

from helpers import messages, syscall
from helpers.compat32 import SocketCall
from helpers.lowmem import LowMemory
from helpers.syscall import Result, returned


def by_sendto(fd: int, data: bytes, flags: int = 0, name: Any = None) -> Result:
    """Send with sendto(2)."""
    return syscall.sendto(fd, data, len(data), flags, name, 0 if name is None else ctypes.sizeof(name))


def by_send(fd: int, data: bytes, flags: int = 0, name: None = None) -> Result:
    """Send with send(2), which knows no address, through the 32-bit entry."""
    with LowMemory() as memory:
        return SocketCall.send(fd, memory.place(data), len(data), flags)


def by_sendmsg(fd: int, data: bytes, flags: int = 0, name: Any = None) -> Result:
    """Send with sendmsg(2)."""
    return syscall.sendmsg(fd, messages.Message([data], name).header, flags)


def by_sendmmsg(fd: int, data: bytes, flags: int = 0, name: Any = None) -> Result:
    """Send with sendmmsg(2), one message; a success of exactly that is returned as its msg_len."""
    message = messages.Message([data], name)
    vector = messages.vector([message])
    result = syscall.sendmmsg(fd, vector, 1, flags)
    return returned(vector[0].msg_len) if result == returned(1) else result


CALLS = {"sendto": by_sendto, "sendmsg": by_sendmsg, "sendmmsg": by_sendmmsg}
"""By the name of the system call, those that take any of the arguments natively."""
