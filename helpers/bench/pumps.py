"""Send loops: the same frame again and again, in batches, as fast as the kernel takes it.

A ring's batch is one array operation and one system call, whatever its size, so it is the kernel that is measured.
Each frame is written anew into its slot, as a program that has something to say must do.
"""

import ctypes
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from helpers import syscall
from helpers.rings import TransmitRing
from helpers.sockets import Socket, must
from helpers.uapi.if_packet import TP_STATUS_AVAILABLE, TP_STATUS_SEND_REQUEST
from helpers.uapi.socket import AF_PACKET, SOCK_RAW, iovec, mmsghdr

BATCH = 512  # slots of a ring that one call sends: the interpreter's share is below one hundredth then
MESSAGES = 64  # of one sendmmsg or recvmmsg
_STATE = 0xFFFF  # of tp_status; above it the kernel leaves the flags of a time stamp


class PumpError(Exception):
    """The kernel did not take what was offered."""


@dataclass
class Sent:
    """What a pump did: frames that the kernel took, and its system calls."""

    frames: int
    calls: int


class Pump(Protocol):
    """A send loop."""

    def run(self, count: int) -> Sent:
        """Send *count* frames. Raises PumpError, SetupError."""


class RingPump:
    """Sends *frame* through a transmit ring, *batch* slots a call; blocking, so that a call returns with all of them.

    A slot's header and data are written as one: NumPy copies a record of that size into every slot of the batch. The
    order within a slot does not matter, for the kernel looks at a slot only when this thread calls it.
    """

    def __init__(self, ring: TransmitRing, frame: bytes, batch: int = BATCH, flags: int = 0) -> None:
        if len(frame) > ring.room:
            raise ValueError(f"a frame of {len(frame)} bytes is too long for slots of {ring.room}")
        self.ring = ring
        self.length = len(frame)
        self.batch = min(batch, len(ring))
        self.flags = flags
        header = ring.version.header(tp_status=TP_STATUS_SEND_REQUEST, tp_len=len(frame))
        filled = bytes(header).ljust(ring.data_offset, b"\0") + frame
        self._filled = np.array(filled, np.dtype((np.void, len(filled))))
        self._slots = ring.frames[:, : len(filled)].view(self._filled.dtype)[:, 0]

    def run(self, count: int) -> Sent:
        """Send *count* frames."""
        ring, filled, all_slots = self.ring, self._filled, self._slots
        batch, length, slots = self.batch, self.length, len(self.ring)
        flags, sent, calls = self.flags, 0, 0
        shared = socket.socket(AF_PACKET, SOCK_RAW, 0, fileno=ring.socket.fd)
        try:
            kick = shared.send  # costs the interpreter a tenth of what a call through ctypes does
            while sent < count:
                first = ring.cursor
                last = min(first + batch, slots, first + count - sent)
                all_slots[first:last] = filled
                calls += 1
                if kick(b"", flags) != length * (last - first):
                    self._explain(first, last)
                ring.cursor = last % slots
                sent += last - first
        except OSError as error:
            raise PumpError(f"the kernel did not take a batch: {error.strerror}") from error
        finally:
            shared.detach()
        return Sent(sent, calls)

    def _explain(self, first: int, last: int) -> None:
        """Raise, saying how many slots of the batch the kernel is not done with."""
        left = int(np.count_nonzero(self.ring.status[first:last] & _STATE != TP_STATUS_AVAILABLE))
        raise PumpError(f"the kernel did not take {left or 'all'} of {last - first} slots")


class CallPump:
    """Sends *frame* by one send(2) each: what the interpreter adds to each call is measured with it."""

    def __init__(self, sender: Socket, frame: bytes) -> None:
        self.fd = sender.fd
        self.frame = frame

    def run(self, count: int) -> Sent:
        """Send *count* frames."""
        frame, length = self.frame, len(self.frame)
        shared = socket.socket(fileno=self.fd)
        try:
            send = shared.send
            for _ in range(count):
                if send(frame) != length:
                    raise PumpError("the kernel took a part of a frame")
        finally:
            shared.detach()
        return Sent(count, count)


class MessagesPump:
    """Sends *frame* by sendmmsg(2), *batch* messages a call."""

    def __init__(self, sender: Socket, frame: bytes, batch: int = MESSAGES) -> None:
        self.fd = sender.fd
        self.batch = batch
        self._frame = ctypes.create_string_buffer(frame, len(frame))
        self._piece = iovec(ctypes.addressof(self._frame), len(frame))
        self._messages = (mmsghdr * batch)()
        for message in self._messages:
            message.msg_hdr.msg_iov = ctypes.addressof(self._piece)
            message.msg_hdr.msg_iovlen = 1

    def run(self, count: int) -> Sent:
        """Send *count* frames."""
        sent = calls = 0
        while sent < count:
            sent += must(syscall.sendmmsg(self.fd, self._messages, min(self.batch, count - sent), 0), "sendmmsg")
            calls += 1
        return Sent(sent, calls)


CALLS: dict[str, Callable[[Socket, bytes], Pump]] = {"send": CallPump, "sendmmsg": MessagesPump}
