"""Loading the smallest extended BPF programs, to have something to attach.

Source: bpf(2), ``include/uapi/linux/bpf.h``.
"""

import struct

from helpers import syscall
from helpers.syscall import Result

BPF_PROG_LOAD = 5
BPF_PROG_TYPE_SOCKET_FILTER = 1
BPF_PROG_TYPE_SCHED_CLS = 3

_MOV_R0, _EXIT = 0xB7, 0x95  # BPF_ALU64 | BPF_MOV | BPF_K, BPF_JMP | BPF_EXIT


def load(kind: int, verdict: int) -> Result:
    """Load a program of type *kind* that returns *verdict*; the Result is a descriptor or the refusal of bpf(2)."""
    return load_code(kind, struct.pack("=BBhi", _MOV_R0, 0, 0, verdict) + struct.pack("=BBhi", _EXIT, 0, 0, 0))


def load_code(kind: int, instructions: bytes) -> Result:
    """Load a program of type *kind*, given as its instructions of 8 bytes each; the Result is as of ``load``."""
    code, licence = bytearray(instructions), bytearray(b"MIT\0")
    attributes = struct.pack(
        "=IIQQIIQII",
        kind,
        len(code) // 8,
        syscall.address_of(code),
        syscall.address_of(licence),
        0,
        0,
        0,
        0,
        0,
    )
    return syscall.call("bpf", BPF_PROG_LOAD, attributes, len(attributes))
