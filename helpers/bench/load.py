"""The load: a process of its own, on another CPU where there is one, that offers frames from a transmit ring.

What it did stands in memory that both processes share, so that a receiver can look without a system call.
"""

import functools
import mmap
import os
import struct
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers import process, wait
from helpers.bench.geometry import transmit_ring_for
from helpers.bench.pumps import PumpError, RingPump
from helpers.packet.packet_socket import PacketSocket
from helpers.rings import V2, Rings
from helpers.sockets import must
from helpers.syscall import socket as open_socket
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS
from helpers.uapi.socket import AF_PACKET, SOCK_CLOEXEC, SOCK_RAW

PACED_BATCH = 32  # frames that a paced load sends at once
_ORDER = struct.Struct("qd")  # how many frames, frames per second (0: as fast as it goes)
_PATIENCE = 10.0  # seconds until the load is ready
LONGEST = 60.0  # seconds for one order


@functools.cache
def processors() -> list[int]:
    """Return the CPUs this process might use when first asked, in order: before it kept to one of them."""
    return sorted(os.sched_getaffinity(0))


@dataclass
class Offered:
    """What the load did: frames that the kernel took, from *began* to *ended* (time.perf_counter), CPU in seconds."""

    frames: int
    calls: int
    began: float
    ended: float
    cpu: float

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / (self.ended - self.began)


class Load:
    """Offers *frame* on the link of *end* (fixtures/wire.py). A context manager: the process ends with it.

    *options* of SOL_PACKET for its socket, PACKET_QDISC_BYPASS unless *bypass* is false: the load is to be quick.
    """

    def __init__(self, end: Any, frame: bytes, options: dict[int, int] | None = None, bypass: bool = True) -> None:
        self.end = end
        self.frame = frame
        self.options = {PACKET_QDISC_BYPASS: 1} if bypass else {}
        self.options |= options or {}
        self._state = np.frombuffer(mmap.mmap(-1, mmap.PAGESIZE), np.float64)
        self._told, self._order = os.pipe()
        self._told_back, self._answer = os.pipe()
        self._child: process.Child | None = None

    def __enter__(self) -> "Load":
        self._child = process.start(self._serve, namespace=self.end.namespace)
        try:
            self._child.wait_started()
            self._await(_PATIENCE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        child, self._child = self._child, None
        for fd in (self._order, self._told, self._told_back, self._answer):
            os.close(fd)
        if child is not None:
            child.close()

    def _await(self, seconds: float) -> None:
        """Return when the load has reported that it is ready or done. Raises what it raised, DeadlineError."""
        assert self._child is not None
        child = self._child
        wait.until(lambda: wait.readable(self._told_back, 0) or child.finished(), "the load done", seconds)
        if not wait.readable(self._told_back, 0):
            child.result()  # raises what went wrong there
            raise PumpError("the load has ended")
        os.read(self._told_back, 1)

    def start(self, count: int, rate: float = 0.0) -> None:
        """Have *count* frames sent, *rate* a second (0: as fast as it goes)."""
        self._state[0] = 0.0
        os.write(self._order, _ORDER.pack(count, rate))

    @property
    def done(self) -> bool:
        """Whether the last order is carried out, or never will be: ``finish`` tells. No system call."""
        return bool(self._state[0])

    def finish(self, seconds: float = LONGEST) -> Offered:
        """Return what was done of the last order, when it is. Raises what the load raised, DeadlineError."""
        self._await(seconds)
        frames, calls, began, ended, cpu = (float(value) for value in self._state[1:6])
        return Offered(int(frames), int(calls), began, ended, cpu)

    def _serve(self) -> None:
        """Be the load: carry out orders until the pipe closes."""
        os.close(self._order)
        os.close(self._told_back)
        os.sched_setaffinity(0, {processors()[-1]})
        pump = self._pump()
        pump.run(len(pump.ring))  # touches all of the ring before anything is measured; nothing receives yet
        os.write(self._answer, b"r")
        try:
            while order := os.read(self._told, _ORDER.size):
                self._carry_out(pump, *_ORDER.unpack(order))
                os.write(self._answer, b"d")
        finally:
            self._state[0] = 1.0  # whatever ends it: nothing need wait for more

    def _pump(self) -> RingPump:
        fd = must(open_socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket(AF_PACKET)")
        sender = PacketSocket(fd)
        for option, value in self.options.items():
            sender.enable(option, value)
        self._rings = Rings(sender, V2, None, transmit_ring_for(V2, len(self.frame))).setup()
        sender.attach(self.end.ifindex, 0)
        return RingPump(self._rings.tx, self.frame)

    def _carry_out(self, pump: RingPump, count: int, rate: float) -> None:
        cpu, began = time.thread_time(), time.perf_counter()
        if rate:
            sent = calls = 0
            while sent < count:
                due = began + sent / rate
                while time.perf_counter() < due:
                    pass
                done = pump.run(min(PACED_BATCH, count - sent))
                sent += done.frames
                calls += done.calls
        else:
            done = pump.run(count)
            sent, calls = done.frames, done.calls
        self._state[1:6] = sent, calls, began, time.perf_counter(), time.thread_time() - cpu
        self._state[0] = 1.0
