"""Receive rings of V3: blocks that hold frames of any size and are handed over whole."""

import ctypes
from functools import cached_property
from typing import Any

import numpy as np

from helpers import wait
from helpers.rings.geometry import V3, Geometry
from helpers.rings.layout import record_type
from helpers.rings.slots import Slot
from helpers.sockets import Socket
from helpers.uapi.if_packet import TP_STATUS_KERNEL, TP_STATUS_USER, tpacket_block_desc

_FRAME = record_type(V3.header)


class BlockSlot(Slot):
    """A frame in a block, which is handed back as a whole."""

    def __init__(self, block: "Block", offset: int, index: int) -> None:
        super().__init__(V3, block.memory.ctypes.data + offset, len(block.memory) - offset, index)
        self.block = block
        self.offset = offset

    def hand_back(self) -> None:
        """Give the frame's block to the kernel."""
        self.block.hand_back()


class Block:
    """One block: ``description`` (with version and offset_to_priv) and ``header`` are the memory itself."""

    def __init__(self, memory: np.ndarray, index: int) -> None:
        self.memory = memory
        self.index = index
        self.description: Any = tpacket_block_desc.from_address(memory.ctypes.data)
        self.header: Any = self.description.hdr.bh1

    @property
    def status(self) -> int:
        """block_status; setting it writes the word at once."""
        return self.header.block_status

    @status.setter
    def status(self, value: int) -> None:
        self.header.block_status = value

    @property
    def users(self) -> bool:
        """Whether the block is handed over to the program."""
        return bool(self.status & TP_STATUS_USER)

    def hand_back(self) -> None:
        """Give the block to the kernel: its status becomes TP_STATUS_KERNEL."""
        self.status = TP_STATUS_KERNEL

    def at(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset* in the block."""
        return self.memory[offset : offset + size].tobytes()

    def write(self, offset: int, data: bytes) -> None:
        """Put *data* at *offset* in the block."""
        if offset < 0 or offset + len(data) > len(self.memory):
            raise ValueError(f"{len(data)} bytes at {offset} lie beyond a block of {len(self.memory)}")
        ctypes.memmove(self.memory.ctypes.data + offset, data, len(data))

    def slots(self) -> list[BlockSlot]:
        """Return the block's frames, found as a program finds them: by offset_to_first_pkt and tp_next_offset."""
        offset, found = self.header.offset_to_first_pkt, []
        for index in range(self.header.num_pkts):
            slot = BlockSlot(self, offset, index)
            found.append(slot)
            offset += slot.header.tp_next_offset
        return found

    def offsets(self) -> np.ndarray:
        """Return the offsets of the block's frames.

        A list that is linked can be walked only frame by frame, but frames of equal size are equally far: each run of
        such is found by one comparison, so a block of uniform traffic costs the same as one frame.
        """
        count, offset, runs = self.header.num_pkts, self.header.offset_to_first_pkt, []
        while count:
            step = int(self.memory[offset : offset + 4].view(np.uint32)[0])
            room = (len(self.memory) - offset - _FRAME.itemsize) // step + 1 if step else 1
            run = np.ndarray((min(count, room),), np.uint32, self.memory, offset, (max(step, 4),))
            other = run != step
            length = int(other.argmax()) + 1 if other.any() else len(run)
            runs.append(offset + step * np.arange(length))
            offset = int(runs[-1][-1]) + int(run[length - 1])
            count -= length
        return np.concatenate(runs) if runs else np.empty(0, int)

    def column(self, field: str, offsets: np.ndarray) -> np.ndarray:
        """Return a copy of one field of the headers at *offsets*: ``block.column("tp_snaplen", block.offsets())``."""
        kind, at = _FRAME.fields[field][:2]
        return self.memory.view(kind)[(offsets + at) // kind.itemsize]


class BlockRing:
    """A receive ring of V3. *cursor* is the block that the program comes to next."""

    def __init__(self, socket: Socket, geometry: Geometry, memory: np.ndarray) -> None:
        self.socket = socket
        self.version = V3
        self.geometry = geometry
        self.memory = memory
        self.cursor = 0

    def __len__(self) -> int:
        return self.geometry.block_nr

    def block(self, index: int) -> Block:
        """Return block *index*."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        start = index * self.geometry.block_size
        return Block(self.memory[start : start + self.geometry.block_size], index)

    @cached_property
    def headers(self) -> np.ndarray:
        """All block headers as one record array, a view: ``ring.headers["num_pkts"]``."""
        return np.ndarray((len(self),), record_type(tpacket_block_desc), self.memory, 0, (self.geometry.block_size,))

    @cached_property
    def status(self) -> np.ndarray:
        """All block_status words as one array, a view."""
        return self.headers["block_status"]

    def take(self) -> Block | None:
        """Return the block at the cursor if it is the program's, and move on; it is not handed back."""
        block = self.block(self.cursor)
        if not block.users:
            return None
        self.cursor = (self.cursor + 1) % len(self)
        return block

    def next(self, seconds: float = wait.DEADLINE) -> Block:
        """Return the block at the cursor as soon as it is the program's, and move on. DeadlineError if it never is."""
        return wait.until(self.take, "a block", seconds)

    def receive(self, marker: bytes, seconds: float = wait.DEADLINE) -> BlockSlot:
        """Return the next frame whose data contain *marker*; blocks without are handed back, its own is not.

        The search begins at the cursor's block, so of two frames in one block take the second from ``slot.block``.
        DeadlineError if none comes.
        """
        while True:
            block = self.next(seconds)
            for slot in block.slots():
                if marker in slot.data:
                    return slot
            block.hand_back()
