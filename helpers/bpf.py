"""Loading the smallest extended BPF programs, to have something to attach.

Source: bpf(2), ``include/uapi/linux/bpf.h``.
"""

import ctypes

from helpers import syscall
from helpers.syscall import Result
from helpers.uapi.bpf import (
    BPF_ALU64,
    BPF_EXIT,
    BPF_MOV,
    BPF_PROG_LOAD,
    BPF_PROG_TYPE_SCHED_CLS,
    BPF_PROG_TYPE_SOCKET_FILTER,
    bpf_attr,
    bpf_insn,
)
from helpers.uapi.filter import BPF_JMP, BPF_K


def instruction(code: int, destination: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    """Return one instruction of 8 bytes; the registers by number."""
    return bytes(bpf_insn(code, source << 4 | destination, offset, value))


def returning(verdict: int) -> bytes:
    """Return the two instructions that end a program with *verdict*."""
    return instruction(BPF_ALU64 | BPF_MOV | BPF_K, value=verdict) + instruction(BPF_JMP | BPF_EXIT)


def load(kind: int, verdict: int) -> Result:
    """Load a program of type *kind* that returns *verdict*; the Result is a descriptor or the refusal of bpf(2)."""
    return load_code(kind, returning(verdict))


def load_code(kind: int, instructions: bytes) -> Result:
    """Load a program of type *kind*, given as its instructions of 8 bytes each; the Result is as of ``load``."""
    code, licence = bytearray(instructions), bytearray(b"MIT\0")
    attributes = bpf_attr(
        prog_type=kind,
        insn_cnt=len(code) // ctypes.sizeof(bpf_insn),
        insns=syscall.address_of(code),
        license=syscall.address_of(licence),
    )
    return syscall.call("bpf", BPF_PROG_LOAD, attributes, ctypes.sizeof(attributes))


__all__ = [
    "BPF_PROG_TYPE_SCHED_CLS",
    "BPF_PROG_TYPE_SOCKET_FILTER",
    "instruction",
    "load",
    "load_code",
    "returning",
]
