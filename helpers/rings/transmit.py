"""Transmit rings of V1, V2 and V3: slots of one size that the program fills and asks the kernel to send."""

import ctypes
from typing import Any

from helpers import syscall, wait
from helpers.rings.slots import FrameRing, Slot
from helpers.sockets import must
from helpers.syscall import Result
from helpers.uapi.if_packet import TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST


class TransmitRing(FrameRing):
    """A transmit ring. The kernel's cursor and the program's are the same as long as every slot is filled in turn."""

    @property
    def data_offset(self) -> int:
        """Where a slot's data begin, unless the slot has it by PACKET_TX_HAS_OFF: behind the header, aligned to 16."""
        return self.version.address_offset

    @property
    def room(self) -> int:
        """Bytes of a slot from data_offset on: the longest frame that can be requested."""
        return self.geometry.frame_size - self.data_offset

    def fill(self, index: int, data: bytes, offset: int | None = None, length: int | None = None) -> Slot:
        """Put *data* and its *length* (that of *data* unless given) into slot *index*; nothing is requested yet.

        Without *offset* the data lie at data_offset. With one they lie there, and tp_mac and tp_net say so: the
        Without *offset* the data lie at data_offset. With one they lie there, and tp_mac and tp_net have it: the
        """
        slot = self.slot(index)
        slot.header.tp_len = len(data) if length is None else length
        if hasattr(slot.header, "tp_next_offset"):
            slot.header.tp_next_offset = 0
        if offset is not None:
            slot.header.tp_mac = slot.header.tp_net = offset
        slot.write(self.data_offset if offset is None else offset, data)
        return slot

    def put(self, data: bytes, offset: int | None = None, length: int | None = None) -> Slot:
        """Fill the slot at the cursor, request that it be sent, and move on; ``kick`` has the kernel look at it."""
        slot = self.fill(self.cursor, data, offset, length)
        slot.status = TP_STATUS_SEND_REQUEST
        self.advance()
        return slot

    def kick(self, flags: int = 0, address: Any = None, length: int | None = None) -> Result:
        """sendto(2) without data: send what is requested, to *address* (a sockaddr_ll) or the bound link.

        The value is the number of bytes of all frames that were sent. Without MSG_DONTWAIT the call returns when the
        kernel is done with them.
        """
        if length is None:
            length = 0 if address is None else ctypes.sizeof(address)
        return syscall.sendto(self.socket.fd, None, 0, flags, address, length)

    def wait_available(self, *slots: Slot, seconds: float = wait.DEADLINE) -> None:
        """Return once the kernel is done with *slots* (a time stamp's flags may stand in the status)."""

        def done() -> bool:
            return all(slot.status & 0xFFFF == TP_STATUS_AVAILABLE for slot in slots)

        wait.until(done, f"slots {[slot.index for slot in slots]} available", seconds)

    def send(self, *frames: bytes) -> list[Slot]:
        """Send *frames* and wait until their slots are available again. Set-up: raises SetupError, DeadlineError."""
        slots = [self.put(frame) for frame in frames]
        must(self.kick(), "send of a transmit ring")
        self.wait_available(*slots)
        return slots
