"""An io_uring instance whose requests are raw: what is put into the submission queue, and what completes.

Source: io_uring(7), io_uring_setup(2), io_uring_enter(2).
"""

import ctypes
import itertools
import mmap
import select
from errno import EACCES, ENOMEM, ENOSYS, EPERM
from typing import Any, NamedTuple

from helpers import syscall, wait
from helpers.sockets import SetupError, must
from helpers.syscall import Result, address_of
from helpers.uapi.io_uring import (
    IORING_ENTER_GETEVENTS,
    IORING_FEAT_SINGLE_MMAP,
    IORING_OFF_SQ_RING,
    IORING_OFF_SQES,
    io_uring_cqe,
    io_uring_params,
    io_uring_sqe,
)
from helpers.unavailable import unavailable

_REASONS = {
    ENOSYS: "this kernel has no io_uring (CONFIG_IO_URING)",
    EPERM: "io_uring is refused here (kernel.io_uring_disabled, or seccomp)",
    EACCES: "io_uring is refused here",
    ENOMEM: "RLIMIT_MEMLOCK leaves no room for an io_uring",
}


class Completion(NamedTuple):
    """What completed: the request's number, its *result* as of a system call, and flags (IORING_CQE_F_*)."""

    request: int
    result: Result
    flags: int


class Ring:
    """An instance with room for *entries* requests, to be used in a ``with`` block.

    Where the machine has none the test is skipped with the reason.
    """

    def __init__(self, entries: int = 16) -> None:
        params = io_uring_params()
        made = syscall.call("io_uring_setup", entries, params)
        if made.errno in _REASONS:
            unavailable(_REASONS[made.errno])
        self.fd = must(made, "io_uring_setup")
        if not params.features & IORING_FEAT_SINGLE_MMAP:
            raise SetupError("an io_uring older than 5.4")
        self._numbers = itertools.count(1)
        self._kept: dict[int, Any] = {}
        self._params = params
        self._sizes = (
            max(
                params.sq_off.array + 4 * params.sq_entries,
                params.cq_off.cqes + ctypes.sizeof(io_uring_cqe) * params.cq_entries,
            ),
            ctypes.sizeof(io_uring_sqe) * params.sq_entries,
        )
        self._ring, self._sqes = (
            must(
                syscall.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, self.fd, offset),
                "mmap of an io_uring",
            )
            for size, offset in zip(self._sizes, (IORING_OFF_SQ_RING, IORING_OFF_SQES), strict=True)
        )

    def __enter__(self) -> "Ring":
        return self

    def __exit__(self, *_: object) -> None:
        syscall.munmap(self._ring, self._sizes[0])
        syscall.munmap(self._sqes, self._sizes[1])
        syscall.close(self.fd)

    def _word(self, offset: int) -> ctypes.c_uint32:
        return ctypes.c_uint32.from_address(self._ring + offset)

    def submit(self, opcode: int, fd: int = -1, **fields: Any) -> int:
        """Submit one request and return its number, by which ``take`` knows its completions.

        *fields* are those of ``io_uring_sqe``; addresses in any form that ``helpers.syscall`` takes, and kept alive.
        """
        return self.submit_all((opcode, fd, fields))[0]

    def submit_all(self, *requests: tuple[int, int, dict[str, Any]]) -> list[int]:
        """Submit several requests, each opcode, descriptor and fields, by one call; return their numbers."""
        offsets, numbers = self._params.sq_off, []
        tail = self._word(offsets.tail)
        for opcode, fd, fields in requests:
            number = next(self._numbers)
            slot = tail.value & (self._params.sq_entries - 1)
            words = {name: address_of(value) for name, value in fields.items()}
            entry = io_uring_sqe(opcode=opcode, fd=fd, user_data=number, **words)
            ctypes.memmove(self._sqes + slot * ctypes.sizeof(io_uring_sqe), ctypes.byref(entry), ctypes.sizeof(entry))
            self._word(offsets.array + 4 * slot).value = slot
            tail.value += 1
            self._kept[number] = fields
            numbers.append(number)
        if must(self.enter(len(requests)), "io_uring_enter") != len(requests):
            raise SetupError("io_uring_enter did not take every request")
        return numbers

    def enter(self, count: int = 0, least: int = 0) -> Result:
        """io_uring_enter(2): submit *count* requests and wait for *least* completions."""
        return syscall.call("io_uring_enter", self.fd, count, least, IORING_ENTER_GETEVENTS, None, 0)

    def take(self, seconds: float = 0.0) -> Completion | None:
        """Return the next completion that is there or comes in time; None if none does."""
        offsets = self._params.cq_off
        head = self._word(offsets.head)
        self.enter()
        if head.value == self._word(offsets.tail).value and not (
            seconds and wait.poll(self.fd, select.POLLIN, seconds)
        ):
            return None
        slot = head.value & (self._params.cq_entries - 1)
        place = self._ring + offsets.cqes + slot * ctypes.sizeof(io_uring_cqe)
        entry = io_uring_cqe.from_buffer_copy(ctypes.string_at(place, ctypes.sizeof(io_uring_cqe)))
        head.value += 1
        return Completion(entry.user_data, Result(-1, -entry.res) if entry.res < 0 else Result(entry.res), entry.flags)

    def result(self, number: int, seconds: float = wait.DEADLINE) -> Result | None:
        """Return the result of request *number*, whose completion is to be the next; None if none comes in time."""
        completion = self.take(seconds)
        if completion is not None and completion.request != number:
            raise SetupError(f"request {completion.request} completed, not {number}: {completion}")
        return completion and completion.result

    def call(self, opcode: int, fd: int = -1, **fields: Any) -> Result | None:
        """Submit one request and return its result; None if it does not complete in time."""
        return self.result(self.submit(opcode, fd, **fields))
