"""Classic BPF, for socket filters, fanout and seccomp.

Source: ``uapi/linux/filter.h``, ``uapi/linux/bpf_common.h``; bpf(2), Documentation/networking/filter.rst.
"""

import ctypes
from collections.abc import Sequence

# Instruction classes.
BPF_LD = 0x00
BPF_LDX = 0x01
BPF_ST = 0x02
BPF_STX = 0x03
BPF_ALU = 0x04
BPF_JMP = 0x05
BPF_RET = 0x06
BPF_MISC = 0x07

# Size and mode of a load.
BPF_W = 0x00
BPF_H = 0x08
BPF_B = 0x10
BPF_IMM = 0x00
BPF_ABS = 0x20
BPF_IND = 0x40
BPF_MEM = 0x60
BPF_LEN = 0x80
BPF_MSH = 0xA0

# Arithmetic, jumps, and where their operand is.
BPF_ADD = 0x00
BPF_SUB = 0x10
BPF_MUL = 0x20
BPF_DIV = 0x30
BPF_OR = 0x40
BPF_AND = 0x50
BPF_LSH = 0x60
BPF_RSH = 0x70
BPF_NEG = 0x80
BPF_MOD = 0x90
BPF_XOR = 0xA0
BPF_JA = 0x00
BPF_JEQ = 0x10
BPF_JGT = 0x20
BPF_JGE = 0x30
BPF_JSET = 0x40
BPF_K = 0x00
BPF_X = 0x08

# Return value in the accumulator; transfers between the registers.
BPF_A = 0x10
BPF_TAX = 0x00
BPF_TXA = 0x80

# Bounds: instructions in a program, words of scratch memory.
BPF_MAXINSNS = 4096
BPF_MEMWORDS = 16
BPF_MAJOR_VERSION = 1
BPF_MINOR_VERSION = 1

# Offsets of ancillary data: SKF_AD_OFF + one of these. From SKF_NET_OFF and SKF_LL_OFF on stand the network and the
# link-layer header.
SKF_AD_OFF = -0x1000
SKF_AD_PROTOCOL = 0
SKF_AD_PKTTYPE = 4
SKF_AD_IFINDEX = 8
SKF_AD_NLATTR = 12
SKF_AD_NLATTR_NEST = 16
SKF_AD_MARK = 20
SKF_AD_QUEUE = 24
SKF_AD_HATYPE = 28
SKF_AD_RXHASH = 32
SKF_AD_CPU = 36
SKF_AD_ALU_XOR_X = 40
SKF_AD_VLAN_TAG = 44
SKF_AD_VLAN_TAG_PRESENT = 48
SKF_AD_PAY_OFFSET = 52
SKF_AD_RANDOM = 56
SKF_AD_VLAN_TPID = 60
SKF_AD_MAX = 64
SKF_NET_OFF = -0x100000
SKF_LL_OFF = -0x200000
BPF_NET_OFF = SKF_NET_OFF
BPF_LL_OFF = SKF_LL_OFF


class sock_filter(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class sock_fprog(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def BPF_STMT(code: int, k: int) -> sock_filter:  # noqa: N802 (the header's name)
    """Return an instruction without branches; a negative offset k is taken modulo 2**32."""
    return sock_filter(code, 0, 0, k & 0xFFFFFFFF)


def BPF_JUMP(code: int, k: int, jt: int, jf: int) -> sock_filter:  # noqa: N802
    """Return a conditional jump over jt or jf instructions (0 to 255)."""
    return sock_filter(code, jt, jf, k & 0xFFFFFFFF)


def program(instructions: Sequence[sock_filter]) -> sock_fprog:
    """Return a program of these instructions; it keeps them alive and in place for as long as it lives."""
    array = (sock_filter * len(instructions))(*instructions)
    prog = sock_fprog(len(instructions), ctypes.addressof(array))
    prog.instructions = array
    return prog
