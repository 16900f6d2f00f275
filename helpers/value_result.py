"""The address and its value-result length that getsockname, getpeername, accept and recvfrom fill in.

All of them promise the same: at most as many bytes as the caller has room for are written, none beyond, and the
length becomes that of the whole address. The dictionaries give names to the cases of a parametrised test.

Source: getsockname(2), accept(2), recv(2); ``net/socket.c`` (move_addr_to_user).
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from helpers.memory import PATTERN, Memory
from helpers.net.addresses import STRUCTURES
from helpers.syscall import Result

ROOM = 160  # bytes of the buffer: more than a sockaddr_storage
INT_MIN, INT_MAX = -(2**31), 2**31 - 1

LENGTHS: dict[str, Callable[[int], int]] = {
    "zero": lambda full: 0,
    "one": lambda full: 1,
    "one-short": lambda full: full - 1,
    "exact": lambda full: full,
    "one-more": lambda full: full + 1,
    "int-max": lambda full: INT_MAX,
}
"""Lengths to give, by the length of the whole address."""

NEGATIVE = {"minus-one": -1, "int-min": INT_MIN}

UNWRITABLE: dict[str, Callable[[Memory, bytes], int]] = {
    "null": lambda memory, data: 0,
    "unmapped": lambda memory, data: memory.unmapped,
    "kernel": lambda memory, data: Memory.KERNEL,
    "readonly": lambda memory, data: memory.readonly(data),
    "straddling": lambda memory, data: memory.before_end(data[:-1]),
}
"""Places that cannot take the bytes *data*; the last but one can be read, all but one byte fit into the last."""


class Filled(NamedTuple):
    """What a call left in memory: the *length*, and the *data* of the whole buffer."""

    length: int
    data: bytes

    @property
    def address_layout(self) -> type[ctypes.Structure] | None:
        """The structure of the address that *data* begins with; None for a family that has none here."""
        return STRUCTURES.get(int.from_bytes(self.data[:2], sys.byteorder))


def ask(call: Callable[[Any, Any], Result], given: int) -> tuple[Result, Filled]:
    """Make ``call(address, length)`` with a buffer of ROOM bytes 0xA5 and the length *given*.

    The byte after the buffer faults, so that a kernel which writes too much is refused and destroys nothing.
    """
    length = ctypes.c_int(given)
    with Memory() as memory:
        address = memory.before_end(bytes([PATTERN]) * ROOM)
        result = call(address, length)
        return result, Filled(length.value, memory.read(address, ROOM))


def filled(name: bytes, given: int) -> Filled:
    """Return what a call has to leave that succeeds with the address *name* and the length *given*."""
    return Filled(len(name), name[:given].ljust(ROOM, bytes([PATTERN])))


def untouched(given: int) -> Filled:
    """Return what a call has to leave that is refused before it writes anything."""
    return Filled(given, bytes([PATTERN]) * ROOM)


def address_from(call: Callable[[Any, Any], Result]) -> bytes:
    """Return the whole address that ``call(address, length)`` writes; empty when it is refused."""
    result, got = ask(call, ROOM)
    return got.data[: got.length] if result.ok else b""
