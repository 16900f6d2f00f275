"""Raw system calls: what the kernel returns, with nothing in between.

Every function makes exactly one system call and returns ``Result(value, errno)``; none raises for an errno, polls,
retries or converts. A pointer argument may be an int (an address), None (a null pointer), bytes (read by the
kernel; must not be written to), a bytearray or a ctypes object (its address is passed and it is kept alive).

Source of the prototypes: ``include/linux/syscalls.h``; of the errno convention: syscall(2).
"""

import ctypes
import os
from typing import Any, NamedTuple

from helpers import observed
from helpers.libc import libc
from helpers.syscall_numbers import TABLES, architecture
from helpers.uapi.names import errno_name

try:
    NUMBERS = TABLES[architecture()]
except LookupError:  # the isolation plugin ends the run with a clear word
    NUMBERS = {}

if libc is not None:
    _syscall = libc.syscall
    _syscall.restype = ctypes.c_long
    _syscall.argtypes = [ctypes.c_long] * 7


class Result(NamedTuple):
    """What a system call returned: *value* (-1 when it failed) and *errno* (0 when it did not)."""

    value: int
    errno: int = 0

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.errno == 0

    def __repr__(self) -> str:
        return f"returned {self.value}" if self.ok else f"refused with {errno_name(self.errno)}"


def refused(errno: int) -> Result:
    """Return the Result of a call that failed with *errno*, to compare with."""
    return Result(-1, errno)


def returned(value: int) -> Result:
    """Return the Result of a call that succeeded with *value*, to compare with."""
    return Result(value, 0)


SUCCESS = returned(0)


def address_of(argument: Any) -> int:
    """Return the word that stands for *argument* in a register (see the module's text for the forms)."""
    if argument is None:
        return 0
    if isinstance(argument, int):
        return argument
    if isinstance(argument, bytes):
        return ctypes.cast(ctypes.c_char_p(argument), ctypes.c_void_p).value or 0
    if isinstance(argument, bytearray):
        return ctypes.addressof((ctypes.c_char * len(argument)).from_buffer(argument))
    return ctypes.addressof(argument)


def has(name: str) -> bool:
    """Return whether this architecture has the entry point *name* in its native table."""
    return name in NUMBERS


def call(name: str, *arguments: Any) -> Result:
    """Make the system call *name* with up to six arguments; LookupError if this architecture has none."""
    number = NUMBERS.get(name)
    if number is None:
        raise LookupError(f"this architecture has no system call {name}")
    words = [address_of(argument) for argument in arguments]
    words += [0] * (6 - len(words))
    value = _syscall(number, *words)
    # libc's syscall() folds the kernel's -errno into -1; no socket call returns -1 as a success
    return Result(-1, ctypes.get_errno()) if value == -1 else Result(value, 0)


def socket(domain: int, type: int, protocol: int) -> Result:  # noqa: A002  (the man page's name)
    """socket(2)."""
    result = call("socket", domain, type, protocol)
    if result.ok:
        observed.note(domain, type, protocol)
    return result


def socketpair(domain: int, type: int, protocol: int, fds: Any) -> Result:  # noqa: A002
    """socketpair(2); *fds* takes two ints."""
    result = call("socketpair", domain, type, protocol, fds)
    if result.ok:
        observed.note(domain, type, protocol)
    return result


def bind(fd: int, address: Any, length: int) -> Result:
    """bind(2)."""
    return call("bind", fd, address, length)


def listen(fd: int, backlog: int) -> Result:
    """listen(2)."""
    return call("listen", fd, backlog)


def accept(fd: int, address: Any = None, length: Any = None) -> Result:
    """accept(2)."""
    return call("accept", fd, address, length)


def accept4(fd: int, address: Any = None, length: Any = None, flags: int = 0) -> Result:
    """accept4(2)."""
    return call("accept4", fd, address, length, flags)


def connect(fd: int, address: Any, length: int) -> Result:
    """connect(2)."""
    return call("connect", fd, address, length)


def getsockname(fd: int, address: Any, length: Any) -> Result:
    """getsockname(2); *length* is a value-result int."""
    return call("getsockname", fd, address, length)


def getpeername(fd: int, address: Any, length: Any) -> Result:
    """getpeername(2); *length* is a value-result int."""
    return call("getpeername", fd, address, length)


def sendto(fd: int, data: Any, size: int, flags: int = 0, address: Any = None, length: int = 0) -> Result:
    """sendto(2)."""
    return call("sendto", fd, data, size, flags, address, length)


def recvfrom(fd: int, buffer: Any, size: int, flags: int = 0, address: Any = None, length: Any = None) -> Result:
    """recvfrom(2); *length* is a value-result int."""
    return call("recvfrom", fd, buffer, size, flags, address, length)


def setsockopt(fd: int, level: int, name: int, value: Any, length: int) -> Result:
    """setsockopt(2)."""
    return call("setsockopt", fd, level, name, value, length)


def getsockopt(fd: int, level: int, name: int, value: Any, length: Any) -> Result:
    """getsockopt(2); *length* is a value-result int."""
    return call("getsockopt", fd, level, name, value, length)


def shutdown(fd: int, how: int) -> Result:
    """shutdown(2)."""
    return call("shutdown", fd, how)


def sendmsg(fd: int, message: Any, flags: int = 0) -> Result:
    """sendmsg(2); *message* is a msghdr."""
    return call("sendmsg", fd, message, flags)


def recvmsg(fd: int, message: Any, flags: int = 0) -> Result:
    """recvmsg(2); *message* is a msghdr."""
    return call("recvmsg", fd, message, flags)


def sendmmsg(fd: int, messages: Any, count: int, flags: int = 0) -> Result:
    """sendmmsg(2); *messages* is an array of mmsghdr."""
    return call("sendmmsg", fd, messages, count, flags)


def recvmmsg(fd: int, messages: Any, count: int, flags: int = 0, timeout: Any = None) -> Result:
    """recvmmsg(2); *messages* is an array of mmsghdr, *timeout* a __kernel_timespec."""
    return call("recvmmsg", fd, messages, count, flags, timeout)


def close(fd: int) -> Result:
    """close(2)."""
    return call("close", fd)


def ioctl(fd: int, request: int, argument: Any = None) -> Result:
    """ioctl(2)."""
    return call("ioctl", fd, request, argument)


def mmap(address: Any, length: int, protection: int, flags: int, fd: int, offset: int = 0) -> Result:
    """mmap(2); *offset* in bytes (i386's entry takes pages), the value is the mapping's address."""
    return call("mmap", address, length, protection, flags, fd, offset // 4096 if architecture() == "i386" else offset)


def munmap(address: int, length: int) -> Result:
    """munmap(2)."""
    return call("munmap", address, length)


def mremap(address: int, length: int, new_length: int, flags: int = 0, new_address: int = 0) -> Result:
    """mremap(2); the value is the mapping's new address."""
    return call("mremap", address, length, new_length, flags, new_address)


def mprotect(address: int, length: int, protection: int) -> Result:
    """mprotect(2)."""
    return call("mprotect", address, length, protection)


def open_path(path: str) -> int:
    """Return a descriptor of *path* opened with O_PATH, which names a file but cannot do I/O on it."""
    return os.open(path, os.O_PATH | os.O_CLOEXEC)
