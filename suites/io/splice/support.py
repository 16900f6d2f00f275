"""Pipes and datagrams for the tests of splice(2) and sendfile(2)."""

from errno import EAGAIN
from typing import Any

from helpers import syscall
from helpers.syscall import Result, refused
from helpers.uapi.socket import MSG_DONTWAIT


def splice(
    source: int, target: int, size: int, flags: int = 0, source_offset: Any = None, target_offset: Any = None
) -> Result:
    """Make one splice(2)."""
    return syscall.call("splice", source, source_offset, target, target_offset, size, flags)


def received(socket: Any, size: int = 64) -> bytes | None:
    """Return what one recv that does not wait gets; None if there is nothing."""
    buffer = bytearray(size)
    result = socket.recv(buffer, size, MSG_DONTWAIT)
    return None if result == refused(EAGAIN) else bytes(buffer[: result.value])
