"""A lying kernel: a seccomp filter that makes chosen system calls return something else, without making them.

A lie singles out calls by what is in the registers. Only calls of the suites' own raw entries are lied to: the native
one is known by its instruction pointer, so that Python's socket module, pyroute2 and the C library keep working.

Source: seccomp(2), ``Documentation/userspace-api/seccomp_filter.rst``.
"""

import ctypes
import platform
from dataclasses import dataclass
from typing import NamedTuple

from helpers import compat32, syscall
from helpers.libc import check, libc
from helpers.uapi.filter import (
    BPF_ABS,
    BPF_JEQ,
    BPF_JGE,
    BPF_JGT,
    BPF_JMP,
    BPF_JUMP,
    BPF_K,
    BPF_LD,
    BPF_RET,
    BPF_STMT,
    BPF_W,
    program,
    sock_fprog,
)
from helpers.uapi.prctl import PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
from helpers.uapi.seccomp import (
    AUDIT_ARCH_AARCH64,
    AUDIT_ARCH_I386,
    AUDIT_ARCH_RISCV64,
    AUDIT_ARCH_X86_64,
    SECCOMP_MODE_FILTER,
    SECCOMP_RET_ALLOW,
    SECCOMP_RET_ERRNO,
    seccomp_data,
)

_ARCH = {"x86_64": AUDIT_ARCH_X86_64, "aarch64": AUDIT_ARCH_AARCH64, "riscv64": AUDIT_ARCH_RISCV64}
_CODE_SIZE = 128  # bytes of libc's syscall() function, generously


@dataclass(frozen=True)
class Lie:
    """Calls of *call* (for set- and getsockopt: of *level* and *option*) return -*errno*; 0 is a silent success."""

    call: str
    errno: int
    level: int | None = None
    option: int | None = None


def possible(lie: Lie) -> bool:
    """Return whether the suites can make the call here at all."""
    return syscall.has(lie.call) or compat32.available()


class Condition(NamedTuple):
    """The word at *offset* of seccomp_data compares so (BPF_JEQ, BPF_JGE, BPF_JGT) with *value*, or must not."""

    offset: int
    jump: int
    value: int
    negated: bool = False


def _argument(number: int) -> int:
    """Return where the low half of an argument lies (little-endian machines only, like all that are supported)."""
    return seccomp_data.args.offset + 8 * number


def _filter(conditions: list[Condition], errno: int) -> sock_fprog:
    """Return a filter that returns -*errno* when every condition holds, and allows the call otherwise."""
    instructions = []
    for left, (offset, jump, value, negated) in zip(range(len(conditions) - 1, -1, -1), conditions, strict=True):
        out = 2 * left + 1  # over the conditions that are left and the lie, to the last instruction
        yes, no = (out, 0) if negated else (0, out)
        instructions += [
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
            BPF_JUMP(BPF_JMP | jump | BPF_K, value, yes, no),
        ]
    return program(
        [
            *instructions,
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errno),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        ]
    )


def _arch() -> Condition:
    return Condition(seccomp_data.arch.offset, BPF_JEQ, _ARCH[platform.machine()])


def _native(lie: Lie) -> list[Condition]:
    start = ctypes.cast(libc.syscall, ctypes.c_void_p).value
    pointer = seccomp_data.instruction_pointer.offset
    conditions = [
        _arch(),
        Condition(seccomp_data.nr.offset, BPF_JEQ, syscall.NUMBERS[lie.call]),
        Condition(pointer + 4, BPF_JEQ, start >> 32),
        Condition(pointer, BPF_JGE, start & 0xFFFFFFFF),
        Condition(pointer, BPF_JGT, (start & 0xFFFFFFFF) + _CODE_SIZE, negated=True),
    ]
    if lie.option is not None:
        conditions += [
            Condition(_argument(1), BPF_JEQ, lie.level),
            Condition(_argument(2), BPF_JEQ, lie.option),
        ]
    return conditions


def _compat(lie: Lie) -> list[list[Condition]]:
    """Return the conditions of each way into *lie.call* through the 32-bit entry."""
    arch = Condition(seccomp_data.arch.offset, BPF_JEQ, AUDIT_ARCH_I386)
    number = seccomp_data.nr.offset
    ways = []
    if lie.call in compat32.NUMBERS:
        ways.append([arch, Condition(number, BPF_JEQ, compat32.NUMBERS[lie.call])])
    subcall = compat32.SUBCALLS.get(lie.call.removesuffix("_time32"))
    if subcall is not None and lie.call != "socketcall":
        socketcall = Condition(number, BPF_JEQ, compat32.NUMBERS["socketcall"])
        ways.append([arch, socketcall, Condition(_argument(0), BPF_JEQ, subcall)])
    return ways


def add_filter(conditions: list[Condition], errno: int) -> None:
    """Make every call of this thread and its children that meets the *conditions* return -*errno*, for good."""
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
    fprog = _filter(conditions, errno)
    # not by a call of our own raw entry: the filters before this one may lie to that
    pointer = ctypes.c_void_p(ctypes.addressof(fprog))
    check(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, pointer, 0, 0), "prctl(PR_SET_SECCOMP)")


def deny(call: str, errno: int) -> None:
    """Make the native system call *call* fail with *errno*, whoever makes it: Python and the C library too."""
    add_filter([_arch(), Condition(seccomp_data.nr.offset, BPF_JEQ, syscall.NUMBERS[call])], errno)


def install(lie: Lie) -> None:
    """Make the kernel lie to this thread and its children from now on, for good.

    A call that the native table has is lied to there; one that it has not, in the 32-bit entry.
    """
    compat32.available()  # its probe must meet the truth
    for conditions in [_native(lie)] if syscall.has(lie.call) else _compat(lie):
        add_filter(conditions, lie.errno)
