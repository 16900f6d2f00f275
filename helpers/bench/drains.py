"""Receive loops: take what is there, batch by batch, wait in poll(2) when nothing is.

A drain touches what a program must: the status and the length of each frame, and for V3 each header's link to the
next. A function, called only when nothing has come for a while, says when to stop.
"""

import ctypes
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from helpers import syscall
from helpers.bench.pumps import MESSAGES
from helpers.rings import Block, BlockRing, SlotRing
from helpers.sockets import Socket
from helpers.uapi.if_packet import TP_STATUS_BLK_TMO, TP_STATUS_USER
from helpers.uapi.socket import MSG_DONTWAIT, iovec, mmsghdr

WINDOW = 256  # slots of a ring looked at at once
WAIT = 20  # milliseconds of a poll, after which the drain asks whether it is over
REST = 0.0003  # seconds for which an empty ring of slots is left alone before poll(2)
_FASTEST = 2e6  # frames a second that a ring must stand for that long, filling by a quarter
_LONGEST = 65536 + 128


@dataclass
class Drained:
    """What a drain took: *last* is when (time.perf_counter) the last frames were taken that came by themselves.

    Those of a V3 block that only a time-out closed do not count for *last*: the wait is not the ring's speed.
    """

    frames: int = 0
    bytes: int = 0
    calls: int = 0
    last: float = 0.0
    members: list[int] = field(default_factory=list)


class Source(Protocol):
    """One socket or ring that can be emptied; *rest*: seconds that it may be left alone when it is empty."""

    fd: int
    rest: float

    def take(self) -> tuple[int, int, int, bool]:
        """Take what is there, at most a batch: frames, bytes, system calls, whether they came by themselves."""


def rest_of(ring: SlotRing) -> float:
    """Return the seconds for which *ring*, of V1 or V2, may be left alone when it is empty.

    The kernel wakes a sleeper in poll(2) for the first frame that comes, and its sender pays for that. So a program
    that has emptied such a ring leaves it alone for a moment and finds a batch; a V3 ring does this by itself.
    """
    return REST if len(ring) >= 4 * REST * _FASTEST else 0.0


class SlotSource:
    """A ring of V1 or V2."""

    def __init__(self, ring: SlotRing, window: int = WINDOW) -> None:
        self.ring = ring
        self.fd = ring.socket.fd
        self.window = window
        self.rest = rest_of(ring)
        self._lengths = ring.headers["tp_len"]

    def take(self) -> tuple[int, int, int, bool]:
        """Take the slots that are the program's, up to the end of the window or the ring."""
        batch = self.ring.batch(self.window)
        count = batch.stop - batch.start
        if not count:
            return 0, 0, 0, False
        size = int(self._lengths[batch].sum())
        self.ring.release(batch)
        return count, size, 0, True


class BlockSource:
    """A ring of V3."""

    rest = 0.0

    def __init__(self, ring: BlockRing) -> None:
        self.ring = ring
        self.fd = ring.socket.fd
        self._blocks: list[Block] = [ring.block(index) for index in range(len(ring))]

    def take(self) -> tuple[int, int, int, bool]:
        """Take the block at the cursor."""
        ring = self.ring
        block = self._blocks[ring.cursor]
        status = block.status
        if not status & TP_STATUS_USER:
            return 0, 0, 0, False
        offsets = block.offsets()
        size = int(block.column("tp_len", offsets).sum())
        block.hand_back()
        ring.cursor = (ring.cursor + 1) % len(self._blocks)
        return len(offsets), size, 0, not status & TP_STATUS_BLK_TMO


class CallSource:
    """A socket read by one recvmsg(2) a frame: what the interpreter adds to each call is measured with it."""

    rest = 0.0

    def __init__(self, receiver: Socket, control: int = 0) -> None:
        self.fd = receiver.fd
        self.control = control
        self._buffer = bytearray(_LONGEST)

    def take(self) -> tuple[int, int, int, bool]:
        """Take up to a batch of frames, by a call each."""
        size = frames = calls = 0
        pieces, control = [self._buffer], self.control
        shared = socket.socket(fileno=self.fd)
        receive = shared.recvmsg_into
        try:
            while frames < MESSAGES:
                calls += 1
                size += receive(pieces, control, MSG_DONTWAIT)[0]
                frames += 1
        except BlockingIOError:
            pass
        finally:
            shared.detach()
        return frames, size, calls, True


class MessagesSource:
    """A socket read by recvmmsg(2), *batch* messages a call; *control* bytes for each one's control messages."""

    rest = 0.0

    def __init__(self, receiver: Socket, batch: int = MESSAGES, control: int = 0, longest: int = 2048) -> None:
        self.fd = receiver.fd
        self.batch = batch
        self._buffers = np.zeros((batch, longest), np.uint8)
        self._controls = np.zeros((batch, max(control, 1)), np.uint8)
        self._messages = (mmsghdr * batch)()
        self._pieces = (iovec * batch)()
        for message, piece, buffer, place in zip(
            self._messages, self._pieces, self._buffers, self._controls, strict=True
        ):
            piece.iov_base, piece.iov_len = buffer.ctypes.data, longest
            message.msg_hdr.msg_iov, message.msg_hdr.msg_iovlen = ctypes.addressof(piece), 1
            if control:
                message.msg_hdr.msg_control, message.msg_hdr.msg_controllen = place.ctypes.data, control
        self._template = bytes(self._messages)
        words = ctypes.sizeof(mmsghdr) // 4
        self._lengths = np.frombuffer(self._messages, np.uint32).reshape(batch, words)[:, mmsghdr.msg_len.offset // 4]

    def take(self) -> tuple[int, int, int, bool]:
        """Take up to a batch of frames by one call."""
        ctypes.memmove(self._messages, self._template, len(self._template))  # the kernel wrote what it used
        count = syscall.recvmmsg(self.fd, self._messages, self.batch, MSG_DONTWAIT, None).value
        if count <= 0:
            return 0, 0, 1, False
        return count, int(self._lengths[:count].sum()), 1, True


CALLS: dict[str, Callable[[Socket], Source]] = {"recvmsg": CallSource, "recvmmsg": MessagesSource}


class Drain:
    """Empties some *sources* (one, or the members of a fanout group) until it is over."""

    def __init__(self, *sources: Source) -> None:
        self.sources: Sequence[Source] = sources
        self.rest = min(source.rest for source in sources)
        self._poller = select.poll()
        for source in sources:
            self._poller.register(source.fd, select.POLLIN)

    def run(self, over: Callable[[int], bool]) -> Drained:
        """Take frames until *over*, which gets how many were taken, says so when nothing is there."""
        done = Drained(members=[0] * len(self.sources))
        poll, members = self._poller.poll, done.members
        rested = False
        while True:
            taken = 0
            for number, source in enumerate(self.sources):
                frames, size, calls, by_itself = source.take()
                done.calls += calls
                if frames:
                    taken += frames
                    members[number] += frames
                    done.bytes += size
                    if by_itself:
                        done.last = time.perf_counter()
            done.frames += taken
            if taken:
                rested = False
                continue
            if over(done.frames):
                return done
            done.calls += 1
            if self.rest and not rested:
                time.sleep(self.rest)
            else:
                poll(WAIT)
            rested = not rested
