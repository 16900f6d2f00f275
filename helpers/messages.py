"""msghdr and friends: building them for sendmsg(2) and taking them apart after recvmsg(2).

Source: recv(2), cmsg(3), ``include/linux/socket.h``.
"""

import ctypes
import errno
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from helpers import syscall
from helpers.sockets import must
from helpers.uapi.socket import MSG_DONTWAIT, cmsghdr, iovec, mmsghdr, msghdr

_WORD = ctypes.sizeof(ctypes.c_size_t)
CMSG_HEADER = ctypes.sizeof(cmsghdr)


def align(length: int) -> int:
    """CMSG_ALIGN."""
    return -(-length // _WORD) * _WORD


def cmsg_space(length: int) -> int:
    """CMSG_SPACE: what a control message with *length* bytes of data takes in the buffer."""
    return align(CMSG_HEADER) + align(length)


def cmsg(level: int, kind: int, data: bytes, length: int | None = None) -> bytes:
    """Return one control message with padding; *length* replaces the true cmsg_len (to break it)."""
    header = cmsghdr(cmsg_len=CMSG_HEADER + len(data) if length is None else length, cmsg_level=level, cmsg_type=kind)
    return (bytes(header) + data).ljust(cmsg_space(len(data)), b"\0")


def controls(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (level, type, data) of each control message in *data* (msg_controllen bytes); stops at a broken one."""
    at = 0
    while at + CMSG_HEADER <= len(data):
        header = cmsghdr.from_buffer_copy(data, at)
        if not CMSG_HEADER <= header.cmsg_len <= len(data) - at:
            return
        yield header.cmsg_level, header.cmsg_type, data[at + CMSG_HEADER : at + header.cmsg_len]
        at += align(header.cmsg_len)


class Message:
    """A msghdr with the memory it points to.

    *buffers*: the pieces of data, as ctypes arrays or sizes (a size makes an array filled with 0xA5).
    *name*: ctypes object for msg_name, or None. *control*: bytes to send, or a size to receive into.
    The parts are attributes: ``header``, ``iov``, ``buffers``, ``name``, ``control``.
    """

    def __init__(self, buffers: Iterable[Any] = (), name: Any = None, control: bytes | int = 0, flags: int = 0) -> None:
        self.buffers = [_array(buffer) for buffer in buffers]
        self.iov = (iovec * len(self.buffers))()
        for vector, buffer in zip(self.iov, self.buffers, strict=True):
            vector.iov_base, vector.iov_len = ctypes.addressof(buffer), ctypes.sizeof(buffer)
        self.name = name
        self.control = _array(control) if control else None
        self.header = msghdr()
        self.header.msg_iov = ctypes.addressof(self.iov) if self.buffers else None
        self.header.msg_iovlen = len(self.buffers)
        if name is not None:
            self.header.msg_name, self.header.msg_namelen = ctypes.addressof(name), ctypes.sizeof(name)
        if self.control is not None:
            self.header.msg_control = ctypes.addressof(self.control)
            self.header.msg_controllen = ctypes.sizeof(self.control)
        self.header.msg_flags = flags
        # what it points to lives as long as the header, also of a Message without a reference
        self.header._keep = (self.buffers, self.iov, self.name, self.control)

    def data(self, length: int) -> bytes:
        """Return the first *length* bytes over all buffers."""
        return b"".join(bytes(buffer) for buffer in self.buffers)[:length]

    def control_messages(self) -> list[tuple[int, int, bytes]]:
        """Return (level, type, data) of each control message that the kernel wrote."""
        if self.control is None:
            return []
        return list(controls(bytes(self.control)[: self.header.msg_controllen]))


def _array(value: Any) -> Any:
    if isinstance(value, int):
        array = (ctypes.c_char * value)()
        ctypes.memset(array, 0xA5, value)
        return array
    if isinstance(value, (bytes, bytearray)):
        return (ctypes.c_char * len(value)).from_buffer_copy(value)
    return value


class Received(NamedTuple):
    """What ``receive`` got: the bytes, the returned length, msg_namelen, msg_flags, the control messages."""

    data: bytes
    value: int
    name_length: int
    flags: int
    controls: list[tuple[int, int, bytes]]


def receive(
    fd: int, size: int = 65536, control: int = 1024, flags: int = MSG_DONTWAIT, name: Any = None
) -> Received | None:
    """Make one recvmsg(2), without waiting unless other *flags* are given; None if it would block.

    Set-up: any other failure is SetupError.
    """
    message = Message([size], name, control)
    result = syscall.recvmsg(fd, message.header, flags)
    if result.errno == errno.EAGAIN:
        return None
    value = must(result, "recvmsg")
    return Received(
        message.data(min(value, size)),
        value,
        message.header.msg_namelen,
        message.header.msg_flags,
        message.control_messages(),
    )


UNTOUCHED = 0xA5A5A5A5  # what ``vector`` puts into every msg_len


def lengths(entries: Iterable[Any]) -> list[int]:
    """Return msg_len of each entry of a ``vector``."""
    return [entry.msg_len for entry in entries]


def vector(messages: list[Message]) -> Any:
    """Return an array of mmsghdr for sendmmsg(2) and recvmmsg(2); it keeps the messages alive."""
    array = (mmsghdr * len(messages))()
    array._keep = list(messages)
    for entry, message in zip(array, messages, strict=True):
        entry.msg_hdr = message.header
        entry.msg_len = UNTOUCHED
    return array
