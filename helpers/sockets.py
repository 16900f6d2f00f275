"""A socket as a raw descriptor: every method is one system call and returns its Result.

``socket.must.method(…)`` is the same call as set-up: it returns the value, or raises SetupError, which is an error
of ours and not a broken clause.
"""

import ctypes
from typing import Any

from helpers import closer, syscall
from helpers.net.sysctl import need_buffer
from helpers.options.names import option_name
from helpers.syscall import Result
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVBUF, SO_SNDBUF

_BUFFERS = {(SOL_SOCKET, SO_RCVBUF): "rmem", (SOL_SOCKET, SO_SNDBUF): "wmem"}


class SetupError(Exception):
    """A call that prepares a test failed: the clause was not tried."""


class Must:
    """The calls of *target* as set-up: their value, or SetupError."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)

        def call(*arguments: Any, **options: Any) -> Any:
            result = method(*arguments, **options)
            if isinstance(result, Result) and not result.ok:
                raise SetupError(f"set-up failed: {name}{arguments!r} {result!r}")
            if name == "setsockopt" and arguments[:2] in _BUFFERS and isinstance(arguments[2], int):
                need_buffer(_BUFFERS[arguments[:2]], arguments[2])  # the kernel takes it, and sets less
            return result.value if isinstance(result, Result) else result

        return call


def must(result: Result, what: str = "system call") -> int:
    """Return the value of a call that prepares a test; SetupError if it failed."""
    if not result.ok:
        raise SetupError(f"set-up failed: {what} {result!r}")
    return result.value


class Socket:
    """The socket *fd*. The arguments of the methods are those of the system call after the descriptor."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @property
    def must(self) -> Any:
        """This socket's calls as set-up."""
        return Must(self)

    def bind(self, address: Any, length: int | None = None) -> Result:
        """bind(2); *length* is that of *address* unless given."""
        return syscall.bind(self.fd, address, ctypes.sizeof(address) if length is None else length)

    def connect(self, address: Any, length: int | None = None) -> Result:
        """connect(2); *length* is that of *address* unless given."""
        return syscall.connect(self.fd, address, ctypes.sizeof(address) if length is None else length)

    def listen(self, backlog: int) -> Result:
        """listen(2)."""
        return syscall.listen(self.fd, backlog)

    def accept(self, address: Any = None, length: Any = None) -> Result:
        """accept(2)."""
        return syscall.accept(self.fd, address, length)

    def accept4(self, address: Any = None, length: Any = None, flags: int = 0) -> Result:
        """accept4(2)."""
        return syscall.accept4(self.fd, address, length, flags)

    def getsockname(self, address: Any, length: Any) -> Result:
        """getsockname(2)."""
        return syscall.getsockname(self.fd, address, length)

    def getpeername(self, address: Any, length: Any) -> Result:
        """getpeername(2)."""
        return syscall.getpeername(self.fd, address, length)

    def send(self, data: bytes, flags: int = 0) -> Result:
        """sendto(2) without an address."""
        return syscall.sendto(self.fd, data, len(data), flags)

    def sendto(self, data: bytes, flags: int, address: Any, length: int | None = None) -> Result:
        """sendto(2); *length* is that of *address* unless given."""
        return syscall.sendto(
            self.fd, data, len(data), flags, address, ctypes.sizeof(address) if length is None else length
        )

    def recv(self, buffer: Any, size: int, flags: int = 0) -> Result:
        """recvfrom(2) without an address."""
        return syscall.recvfrom(self.fd, buffer, size, flags)

    def recvfrom(self, buffer: Any, size: int, flags: int = 0, address: Any = None, length: Any = None) -> Result:
        """recvfrom(2)."""
        return syscall.recvfrom(self.fd, buffer, size, flags, address, length)

    def sendmsg(self, message: Any, flags: int = 0) -> Result:
        """sendmsg(2)."""
        return syscall.sendmsg(self.fd, message, flags)

    def recvmsg(self, message: Any, flags: int = 0) -> Result:
        """recvmsg(2)."""
        return syscall.recvmsg(self.fd, message, flags)

    def sendmmsg(self, messages: Any, count: int, flags: int = 0) -> Result:
        """sendmmsg(2)."""
        return syscall.sendmmsg(self.fd, messages, count, flags)

    def recvmmsg(self, messages: Any, count: int, flags: int = 0, timeout: Any = None) -> Result:
        """recvmmsg(2)."""
        return syscall.recvmmsg(self.fd, messages, count, flags, timeout)

    def shutdown(self, how: int) -> Result:
        """shutdown(2)."""
        return syscall.shutdown(self.fd, how)

    def ioctl(self, request: int, argument: Any = None) -> Result:
        """ioctl(2)."""
        return syscall.ioctl(self.fd, request, argument)

    def setsockopt(self, level: int, name: int, value: Any, length: int | None = None) -> Result:
        """setsockopt(2); an int *value* is put into a C int, *length* is that of the value unless given."""
        if isinstance(value, int):
            value = ctypes.c_int(value)
        if length is None:
            length = len(value) if isinstance(value, (bytes, bytearray)) else ctypes.sizeof(value)
        return syscall.setsockopt(self.fd, level, name, value, length)

    def getsockopt(self, level: int, name: int, value: Any, length: Any) -> Result:
        """getsockopt(2); *length* is a value-result c_int."""
        return syscall.getsockopt(self.fd, level, name, value, length)

    def option(self, level: int, name: int, kind: Any = ctypes.c_int) -> Any:
        """Return the value of an option: an int for the default *kind*, else an instance of the ctypes type *kind*.

        SetupError when it cannot be read or has another size.
        """
        value, length = kind(), ctypes.c_int(ctypes.sizeof(kind))
        must(self.getsockopt(level, name, value, length), f"getsockopt({option_name(level, name)})")
        if length.value != ctypes.sizeof(kind):
            raise SetupError(f"{option_name(level, name)} has {length.value} bytes, not {ctypes.sizeof(kind)}")
        return value.value if isinstance(value, ctypes._SimpleCData) else value

    def close(self) -> Result:
        """close(2), at once."""
        fd, self.fd = self.fd, -1
        return syscall.close(fd)

    def release(self) -> None:
        """Close it in the background if it is still open."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            closer.close_soon(fd)
