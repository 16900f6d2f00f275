"""A known slowdown: a BPF program on a link's ingress or egress that burns a set time for each frame.

One program serves every arm. It is always attached, and how many turns its loop makes is a number in a map, written
between rounds: two arms then differ by the burnt time and by nothing else. The turns depend on each other (a chain of
multiplications), and the clock is read before and after them, which has the processor finish what it began: it cannot
hide them behind other work.

Source: bpf(2), ``include/uapi/linux/bpf.h``, Documentation/bpf/instruction-set.rst, tc-bpf(8).
"""

import ctypes
import errno
import math
import os
import struct
import time
from types import TracebackType
from typing import Any

import numpy as np
from pyroute2.netlink.exceptions import NetlinkError

from helpers import bpf, syscall
from helpers.bpf import instruction
from helpers.syscall import Result
from helpers.uapi.bpf import (
    BPF_ALU64,
    BPF_CALL,
    BPF_DW,
    BPF_JLT,
    BPF_MAP_CREATE,
    BPF_MAP_TYPE_ARRAY,
    BPF_MAP_UPDATE_ELEM,
    BPF_MOV,
    BPF_PROG_TEST_RUN,
    BPF_PSEUDO_MAP_VALUE,
    BPF_FUNC_ktime_get_ns,
    bpf_attr,
)
from helpers.uapi.filter import (
    BPF_ADD,
    BPF_IMM,
    BPF_JGE,
    BPF_JMP,
    BPF_K,
    BPF_LD,
    BPF_LDX,
    BPF_MEM,
    BPF_MUL,
    BPF_W,
    BPF_X,
)
from helpers.uapi.traffic_control import TC_ACT_OK, TC_H_CLSACT, TC_H_MAKE, TC_H_MIN_EGRESS, TC_H_MIN_INGRESS

MOST_TURNS = 4096
_IDLE = 16  # turns made when nothing is burnt: the first few cost more than those after them
_CALIBRATED = 128  # turns: about a tenth of a frame's time
INGRESS, EGRESS = "ingress", "egress"
# the two hooks of clsact
_PARENTS = {INGRESS: TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), EGRESS: TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)}

_VALUE = struct.Struct("=II")  # of the map: turns to make (with the idle ones), what the chain begins with

_FRAME = bytes(64)  # what a trial run is given
_REPEAT, _TRIES = 1000, 50  # a trial run of some 100 us is seldom interrupted


class BurnError(Exception):
    """This machine cannot burn: the text says why."""


def _code(map_fd: int) -> bytes:
    """Return the program: R6 turns to make, R7 the chain, R8 turns made."""
    steps = [
        instruction(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, map_fd),  # R1 = address of the value
        instruction(0),  # the second word of that
        instruction(BPF_LDX | BPF_MEM | BPF_W, 6, 1, 0),  # R6 = *(u32 *)(R1 + 0)
        instruction(BPF_LDX | BPF_MEM | BPF_W, 7, 1, 4),  # R7 = *(u32 *)(R1 + 4)
        instruction(BPF_ALU64 | BPF_MOV | BPF_K, 8, 0, 0, 0),  # R8 = 0
        instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns),  # call: what came before is done
        instruction(BPF_JMP | BPF_JGE | BPF_X, 8, 6, 3),  # if R8 >= R6 goto end
        instruction(BPF_ALU64 | BPF_MUL | BPF_K, 7, 0, 0, 0x5DEECE6D),  # R7 *= an odd number
        instruction(BPF_ALU64 | BPF_ADD | BPF_K, 8, 0, 0, 1),  # R8 += 1
        instruction(BPF_JMP | BPF_JLT | BPF_K, 8, 0, -4, MOST_TURNS + _IDLE),  # if R8 is less goto the test
        instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns),  # end: call: the turns are done
        bpf.returning(TC_ACT_OK),
    ]
    return b"".join(steps)


def _must(result: Result, what: str) -> int:
    if not result.ok:
        raise BurnError(f"{what}: {os.strerror(result.errno)}")
    return result.value


class Burn:
    """The program, not attached yet and burning nothing. Raises BurnError where bpf(2) is refused or too old (< 5.8).

    *per_turn*: nanoseconds that a turn takes, measured when the program is made.
    """

    def __init__(self) -> None:
        self.turns = 0
        self.per_turn = math.inf
        self._places: list[tuple[Any, int]] = []
        made = bpf_attr(map_type=BPF_MAP_TYPE_ARRAY, key_size=4, value_size=_VALUE.size, max_entries=1)
        self._map = _must(syscall.call("bpf", BPF_MAP_CREATE, made, ctypes.sizeof(made)), "bpf(BPF_MAP_CREATE)")
        self._key, self._value = bytearray(4), bytearray(_VALUE.size)
        key, value = syscall.address_of(self._key), syscall.address_of(self._value)
        self._update = bpf_attr(map_fd=self._map, key=key, value=value)
        try:
            loaded = bpf.load_code(bpf.BPF_PROG_TYPE_SCHED_CLS, _code(self._map))
            self._program = _must(loaded, "bpf(BPF_PROG_LOAD)")
        except BurnError:
            os.close(self._map)
            raise
        try:
            self.calibrate()
            self.set_turns(0)
        except BurnError:
            self.close()
            raise

    def set_turns(self, turns: int) -> None:
        """Make *turns* turns for each frame from now on, at most MOST_TURNS."""
        if not 0 <= turns <= MOST_TURNS:
            raise ValueError(f"{turns} turns: 0 to {MOST_TURNS} can be made")
        _VALUE.pack_into(self._value, 0, _IDLE + turns, 1)
        updated = syscall.call("bpf", BPF_MAP_UPDATE_ELEM, self._update, ctypes.sizeof(self._update))
        _must(updated, "bpf(BPF_MAP_UPDATE_ELEM)")
        self.turns = turns

    def _trial(self, turns: int, repeat: int) -> float:
        """Let the kernel run the program *repeat* times with *turns*; return the nanoseconds of one.

        The time is taken out here: the kernel returns whole nanoseconds, too coarse for a small share of a frame.
        """
        self.set_turns(turns)
        frame = bytearray(_FRAME)
        attributes = bpf_attr()
        test = attributes.test
        test.prog_fd, test.data_size_in, test.data_in = self._program, len(frame), syscall.address_of(frame)
        test.repeat = repeat
        start = time.perf_counter_ns()
        result = syscall.call("bpf", BPF_PROG_TEST_RUN, attributes, ctypes.sizeof(attributes))
        taken = time.perf_counter_ns() - start
        _must(result, "bpf(BPF_PROG_TEST_RUN)")
        return taken / repeat

    def added(self, turns: int) -> float:
        """Return the nanoseconds that *turns* add to a frame, by trial runs with and without them in turn."""
        repeat = max(50, _REPEAT // (1 + turns // 64))
        tries = [(self._trial(0, repeat), self._trial(turns, repeat)) for _ in range(_TRIES)]
        idle, busy = np.quantile(tries, 0.1, axis=0)
        return float(busy - idle)

    def calibrate(self) -> None:
        """Measure *per_turn* once more; the shortest counts, for the clock may have been slow before."""
        self.per_turn = min(self.per_turn, self.added(_CALIBRATED) / _CALIBRATED)
        if self.per_turn <= 0:
            raise BurnError("bpf(BPF_PROG_TEST_RUN) returns no time")

    def turns_for(self, nanoseconds: float) -> int:
        """Return how many turns add *nanoseconds* to a frame; a fraction of a turn is rounded."""
        return round(nanoseconds / self.per_turn)

    def burn(self, nanoseconds: float) -> None:
        """Burn *nanoseconds* for each frame from now on."""
        self.set_turns(self.turns_for(nanoseconds))

    def attach(self, links: Any, name: str, side: str = INGRESS) -> None:
        """Attach the program to link *name* of *links*; *side* is "ingress" or "egress". Raises BurnError."""
        index = links.index(name)
        try:
            links.netlink.tc("add", "clsact", index)
            self._places.append((links, index))
            links.netlink.tc(
                "add-filter",
                "bpf",
                index,
                fd=self._program,
                name="burn",
                parent=_PARENTS[side],
                direct_action=True,
                classid=1,
            )
        except NetlinkError as error:
            raise BurnError(f"attaching to {name}: {os.strerror(error.code)}") from None

    def detach(self) -> None:
        """Take the program off every link."""
        while self._places:
            links, index = self._places.pop()
            try:
                links.netlink.tc("del", "clsact", index)
            except NetlinkError as error:
                if error.code not in (errno.ENODEV, errno.EINVAL, errno.ENOENT):  # the link is gone, and it with it
                    raise

    def close(self) -> None:
        """Detach and forget the program."""
        self.detach()
        for fd in (self._program, self._map):
            os.close(fd)

    def __enter__(self) -> "Burn":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
