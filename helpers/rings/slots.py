"""Receive rings of V1 and V2: slots of one size, each handed over on its own."""

import ctypes
from functools import cached_property
from typing import Any

import numpy as np

from helpers import wait
from helpers.rings.geometry import Geometry, Version
from helpers.rings.layout import record_type
from helpers.sockets import Socket
from helpers.uapi.if_packet import TP_STATUS_KERNEL, TP_STATUS_USER, sockaddr_ll


class Slot:
    """One frame in the ring's memory: ``header`` and ``source`` are the memory itself, not copies.

    *size*: bytes that belong to the slot. *index*: its number in the ring, or in its V3 block.
    """

    def __init__(self, version: Version, address: int, size: int, index: int) -> None:
        self.version = version
        self.memory = address
        self.size = size
        self.index = index
        self.header: Any = version.header.from_address(address)

    @property
    def status(self) -> int:
        """tp_status; setting it writes the word at once."""
        return self.header.tp_status

    @status.setter
    def status(self, value: int) -> None:
        self.header.tp_status = value

    @property
    def users(self) -> bool:
        """Whether the slot is handed over to the program."""
        return bool(self.status & TP_STATUS_USER)

    @property
    def source(self) -> sockaddr_ll:
        """The sockaddr_ll after the header."""
        return sockaddr_ll.from_address(self.memory + self.version.address_offset)

    @property
    def data(self) -> bytes:
        """The captured bytes: tp_snaplen of them from tp_mac on."""
        return self.at(self.header.tp_mac, self.header.tp_snaplen)

    @property
    def payload(self) -> bytes:
        """The captured bytes from the network header (tp_net) on."""
        return self.data[self.header.tp_net - self.header.tp_mac :]

    def at(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset* in the slot; they may lie beyond its end, as those of a bad header do."""
        return ctypes.string_at(self.memory + offset, size)

    def write(self, offset: int, data: bytes) -> None:
        """Put *data* at *offset* in the slot."""
        if offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"{len(data)} bytes at {offset} lie beyond a slot of {self.size}")
        ctypes.memmove(self.memory + offset, data, len(data))

    def hand_back(self) -> None:
        """Give the slot to the kernel: its status becomes TP_STATUS_KERNEL."""
        self.status = TP_STATUS_KERNEL


class FrameRing:
    """A ring of slots of one size in mapped memory: what V1 and V2 receive rings and all transmit rings share.

    *cursor* is the slot that the program comes to next.
    """

    def __init__(self, socket: Socket, version: Version, geometry: Geometry, memory: np.ndarray) -> None:
        self.socket = socket
        self.version = version
        self.geometry = geometry
        self.memory = memory
        self.cursor = 0

    def __len__(self) -> int:
        return self.geometry.frames

    def slot(self, index: int) -> Slot:
        """Return slot *index*."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        address = self.memory.ctypes.data + self.geometry.frame_offset(index)
        return Slot(self.version, address, self.geometry.frame_size, index)

    def advance(self, count: int = 1) -> None:
        """Move the cursor, around the end if need be."""
        self.cursor = (self.cursor + count) % len(self)

    def _view(self, dtype: np.dtype, *within: int) -> np.ndarray:
        """Return an array over the frames; ValueError where a block has a rest, for then they are not equally far."""
        if self.geometry.frames_per_block * self.geometry.frame_size != self.geometry.block_size:
            raise ValueError("the frames do not fill their blocks: use slot()")
        strides = (self.geometry.frame_size, *([1] * len(within)))
        return np.ndarray((len(self), *within), dtype, self.memory, 0, strides)

    @cached_property
    def headers(self) -> np.ndarray:
        """All headers as one record array, a view: ``ring.headers["tp_len"]``."""
        return self._view(record_type(self.version.header))

    @cached_property
    def status(self) -> np.ndarray:
        """All tp_status words as one array, a view: ``ring.status[2:5] = TP_STATUS_KERNEL``."""
        return self.headers["tp_status"]

    @cached_property
    def frames(self) -> np.ndarray:
        """All bytes, one row a slot, a view."""
        return self._view(np.dtype(np.uint8), self.geometry.frame_size)


class SlotRing(FrameRing):
    """A receive ring of V1 or V2."""

    def take(self) -> Slot | None:
        """Return the slot at the cursor if it is the program's, and move on; it is not handed back."""
        slot = self.slot(self.cursor)
        if not slot.users:
            return None
        self.advance()
        return slot

    def receive(self, marker: bytes, seconds: float = wait.DEADLINE) -> Slot:
        """Return the next slot whose data contain *marker*; others are handed back. DeadlineError if none comes."""
        while True:
            slot = wait.until(self.take, f"a slot with {marker!r}", seconds)
            if marker in slot.data:
                return slot
            slot.hand_back()

    def owned(self) -> list[int]:
        """Return the numbers of the slots that are the program's."""
        return [index for index in range(len(self)) if self.slot(index).users]

    def batch(self, most: int | None = None) -> slice:
        """Return the slots from the cursor on that are the program's, up to the ring's end: indices for the views.

        No more than *most* slots are looked at.
        """
        end = None if most is None else self.cursor + most
        mine = (self.status[self.cursor : end] & TP_STATUS_USER).astype(bool)
        count = len(mine) if mine.all() else int(mine.argmin())
        return slice(self.cursor, self.cursor + count)

    def release(self, batch: slice) -> None:
        """Hand a batch back and move the cursor behind it."""
        self.status[batch] = TP_STATUS_KERNEL
        self.cursor = batch.stop % len(self)
