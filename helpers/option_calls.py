"""getsockopt(2) and setsockopt(2) so that nothing the kernel does escapes: every byte of the buffer is compared.

The buffer is filled with PATTERN and reaches SPARE bytes beyond what the length word offers, so a call that did
nothing, wrote too little or too much is seen in one comparison: ``get(socket, option) == answer(1)``.
"""

import ctypes
import struct
from typing import Any, NamedTuple, Protocol

from helpers import syscall
from helpers.memory import PATTERN, Buffer
from helpers.options.option import Option
from helpers.sockets import Socket
from helpers.syscall import SUCCESS, Result, refused

SPARE = 8
_WORD = 4


class Numbered(Protocol):
    """An option, or anything else with a level and a number there."""

    @property
    def level(self) -> int: ...  # noqa: D102

    @property
    def number(self) -> int: ...  # noqa: D102


class Answer(NamedTuple):
    """What getsockopt(2) left behind.

    *result*: what the call returned. *length*: the length word afterwards. *data*: the whole buffer, with PATTERN
    where the kernel wrote nothing.
    """

    result: Result
    length: int
    data: bytes

    def __repr__(self) -> str:
        return f"{self.result!r}, length {self.length}, buffer {self.data.hex(' ', 4)}"


def packed(value: int | bytes) -> bytes:
    """Return a C int's four bytes, of a number from INT_MIN to UINT_MAX; bytes as they are."""
    return value if isinstance(value, bytes) else struct.pack("=I", value & 0xFFFFFFFF)


def put(socket: Socket, option: Numbered, value: Any, length: int | None = None) -> Result:
    """setsockopt(2): *value* is a number for a C int, bytes or a ctypes object; *length* its size unless given."""
    if isinstance(value, int):
        value = packed(value)
    if length is None:
        length = len(value) if isinstance(value, bytes) else ctypes.sizeof(value)
    return put_at(socket, option, value, length)


def put_at(socket: Socket, option: Numbered, address: Any, length: int) -> Result:
    """setsockopt(2) with a value at an address, or at none (None)."""
    return syscall.setsockopt(socket.fd, option.level, option.number, address, length)


def get(socket: Socket, option: Numbered, room: int = _WORD, seed: bytes = b"", size: int | None = None) -> Answer:
    """getsockopt(2) with *room* in the length word and a buffer of *size* bytes (*room* and SPARE unless given).

    The buffer starts with *seed*, for the options that read it.
    """
    buffer = Buffer(max(room, 0) + SPARE if size is None else size, seed)
    length = ctypes.c_int(room)
    result = socket.getsockopt(option.level, option.number, buffer.array, length)
    return Answer(result, length.value, bytes(buffer))


def answer(value: int | bytes, room: int = _WORD) -> Answer:
    """Return the Answer of a successful call: as much of *value* as *room* takes, and its length."""
    written = packed(value)[:room]
    return Answer(SUCCESS, len(written), written + bytes([PATTERN]) * (room + SPARE - len(written)))


def refusal(errno: int, room: int = _WORD, length: int | None = None) -> Answer:
    """Return the Answer of a call that failed and wrote nothing; the length word keeps *room* unless *length*."""
    data = bytes([PATTERN]) * (max(room, 0) + SPARE)
    return Answer(refused(errno), room if length is None else length, data)


def round_trip(socket: Socket, option: Option) -> list[tuple[Result, Answer]]:
    """Set each sample of an int option and read it back; compare with ``kept(option)``."""
    return [(put(socket, option, value), get(socket, option)) for value, _ in option.samples]


def kept(option: Option) -> list[tuple[Result, Answer]]:
    """Return what ``round_trip`` gives on a kernel that keeps the option's samples."""
    return [(SUCCESS, answer(value)) for _, value in option.samples]


def keeps_its_values(socket: Socket, option: Option) -> None:
    """Assert that an option of a new socket has its default and keeps the values that it takes."""
    before = get(socket, option)
    after = round_trip(socket, option)

    assert before == answer(option.default)
    assert after == kept(option)
