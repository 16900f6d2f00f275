"""Messages as a 32-bit program lays them out, for the tests of the 32-bit entry.

Headers and vectors end where their page ends: a kernel that reads more than the 32-bit layout has gets EFAULT.

Source: ``include/net/compat.h``, ``net/compat.c``.
"""

import ctypes
from collections.abc import Iterable
from typing import Any, NamedTuple

from helpers.lowmem import LowMemory
from helpers.memory import PATTERN
from helpers.messages import UNTOUCHED
from helpers.uapi.compat import (
    CMSG_COMPAT_ALIGN,
    CMSG_COMPAT_LEN,
    compat_cmsghdr,
    compat_iovec,
    compat_mmsghdr,
    compat_msghdr,
)

HEADER = ctypes.sizeof(compat_cmsghdr)


class Area(NamedTuple):
    """*size* bytes at *address*, at the end of a page."""

    address: int
    size: int


def area(memory: LowMemory, content: bytes | int) -> Area:
    """Place *content* (bytes, or how many bytes 0xA5) so that the byte after it faults."""
    data = bytes([PATTERN]) * content if isinstance(content, int) else content
    return Area(memory.before_end(data), len(data))


class CompatMessage:
    """A compat_msghdr with what it points to; *buffers*, *name* and *control* are bytes to send or room to fill."""

    def __init__(
        self,
        memory: LowMemory,
        buffers: Iterable[bytes | int] = (),
        name: bytes | int | None = None,
        control: bytes | int | None = None,
    ) -> None:
        self.memory = memory
        self.buffers = [area(memory, buffer) for buffer in buffers]
        self._name = area(memory, name) if name is not None else Area(0, 0)
        self._control = area(memory, control) if control is not None else Area(0, 0)
        parts = b"".join(bytes(compat_iovec(*buffer)) for buffer in self.buffers)
        header = compat_msghdr(
            msg_name=self._name.address,
            msg_namelen=self._name.size,
            msg_iov=memory.before_end(parts) if parts else 0,
            msg_iovlen=len(self.buffers),
            msg_control=self._control.address,
            msg_controllen=self._control.size,
            msg_flags=0xA5A5A5A5,
        )
        self.address = memory.before_end(bytes(header))

    @property
    def header(self) -> compat_msghdr:
        """The header in place."""
        return self.memory.view(compat_msghdr, self.address)

    @property
    def parts(self) -> ctypes.Array[compat_iovec]:
        """The vector of buffers in place."""
        return self.memory.view(compat_iovec * len(self.buffers), self.header.msg_iov)

    def data(self) -> list[bytes]:
        """Return the content of each buffer."""
        return [self.memory.read(*buffer) for buffer in self.buffers]

    def name(self) -> bytes:
        """Return the room for the name."""
        return self.memory.read(*self._name)

    def control(self) -> bytes:
        """Return the room for control messages."""
        return self.memory.read(*self._control)

    def controls(self) -> list[tuple[int, int, int, bytes]]:
        """Return (cmsg_len, level, type, data) of each control message in the first msg_controllen bytes."""
        rest, found = self.control()[: self.header.msg_controllen], []
        while len(rest) >= HEADER:
            header = compat_cmsghdr.from_buffer_copy(rest)
            found.append((header.cmsg_len, header.cmsg_level, header.cmsg_type, rest[HEADER : header.cmsg_len]))
            rest = rest[max(CMSG_COMPAT_ALIGN(header.cmsg_len), HEADER) :]
        return found


def cmsg(level: int, kind: int, data: bytes, length: int | None = None) -> bytes:
    """Return one control message; *length* replaces the true cmsg_len (to break it)."""
    true = CMSG_COMPAT_LEN(len(data))
    header = compat_cmsghdr(cmsg_len=true if length is None else length, cmsg_level=level, cmsg_type=kind)
    return (bytes(header) + data).ljust(CMSG_COMPAT_ALIGN(true), b"\0")


def vector(memory: LowMemory, messages: list[CompatMessage]) -> ctypes.Array[compat_mmsghdr]:
    """Return an array of compat_mmsghdr in place, for sendmmsg and recvmmsg; every msg_len is UNTOUCHED."""
    entries = b"".join(bytes(compat_mmsghdr(msg_hdr=message.header, msg_len=UNTOUCHED)) for message in messages)
    return memory.view(compat_mmsghdr * len(messages), memory.before_end(entries))


def entries_for(
    memory: LowMemory, count: int, **parts: Any
) -> tuple[list[CompatMessage], ctypes.Array[compat_mmsghdr]]:
    """Return *count* messages with room for 64 bytes (*parts* as of CompatMessage), and the ``vector`` of them."""
    messages = [CompatMessage(memory, [64], **parts) for _ in range(count)]
    return messages, vector(memory, messages)
