"""Extended BPF: commands and attributes of bpf(2), the instruction set, the context of programs on frames.

Source: ``uapi/linux/bpf.h``, ``Documentation/bpf/standardization/instruction-set.rst``. What the two instruction sets
share is in ``filter``.
"""

import ctypes

# Commands.
BPF_MAP_CREATE = 0
BPF_MAP_UPDATE_ELEM = 2
BPF_PROG_LOAD = 5
BPF_PROG_ATTACH = 8
BPF_PROG_TEST_RUN = 10

BPF_MAP_TYPE_ARRAY = 2
BPF_MAP_TYPE_SOCKMAP = 15
BPF_PROG_TYPE_SOCKET_FILTER = 1
BPF_PROG_TYPE_SCHED_CLS = 3
BPF_PROG_TYPE_XDP = 6
BPF_PROG_TYPE_SK_SKB = 14
BPF_SK_SKB_VERDICT = 38
SK_DROP = 0
SK_PASS = 1
BPF_PSEUDO_MAP_VALUE = 2
BPF_FUNC_ktime_get_ns = 5

# What a program of type XDP may return.
XDP_ABORTED = 0
XDP_DROP = 1
XDP_PASS = 2

# What the instruction set has beyond the classic one.
BPF_ALU64 = 0x07
BPF_DW = 0x18
BPF_MOV = 0xB0
BPF_JNE = 0x50
BPF_JLT = 0xA0
BPF_CALL = 0x80
BPF_EXIT = 0x90

_U32, _U64 = ctypes.c_uint32, ctypes.c_uint64


class bpf_insn(ctypes.Structure):
    """*_regs*: the destination register in the low four bits, the source register in the high ones."""

    _fields_ = [("code", ctypes.c_uint8), ("_regs", ctypes.c_uint8), ("off", ctypes.c_int16), ("imm", ctypes.c_int32)]


class _map_create(ctypes.Structure):
    _fields_ = [(name, _U32) for name in ("map_type", "key_size", "value_size", "max_entries", "map_flags")]


class _map_element(ctypes.Structure):
    _fields_ = [("map_fd", _U32), ("_pad", _U32), ("key", _U64), ("value", _U64), ("flags", _U64)]


class _prog_load(ctypes.Structure):
    _fields_ = [
        ("prog_type", _U32),
        ("insn_cnt", _U32),
        ("insns", _U64),
        ("license", _U64),
        ("log_level", _U32),
        ("log_size", _U32),
        ("log_buf", _U64),
        ("kern_version", _U32),
        ("prog_flags", _U32),
    ]


class _prog_attach(ctypes.Structure):
    _fields_ = [(name, _U32) for name in ("target_fd", "attach_bpf_fd", "attach_type", "attach_flags")]


class _test(ctypes.Structure):
    _fields_ = [
        ("prog_fd", _U32),
        ("retval", _U32),
        ("data_size_in", _U32),
        ("data_size_out", _U32),
        ("data_in", _U64),
        ("data_out", _U64),
        ("repeat", _U32),
        ("duration", _U32),
    ]


class bpf_attr(ctypes.Union):
    """The beginning of five commands' attributes."""

    _anonymous_ = ("_map_create", "_map_element", "_prog_load", "_prog_attach")
    _fields_ = [
        ("_map_create", _map_create),
        ("_map_element", _map_element),
        ("_prog_load", _prog_load),
        ("_prog_attach", _prog_attach),
        ("test", _test),
    ]


class __sk_buff(ctypes.Structure):
    """What a program on frames is given: the fields up to the time of departure."""

    _fields_ = [
        *[
            (name, _U32)
            for name in (
                "len", "pkt_type", "mark", "queue_mapping", "protocol", "vlan_present", "vlan_tci", "vlan_proto",
                "priority", "ingress_ifindex", "ifindex", "tc_index",
            )
        ],
        ("cb", _U32 * 5),
        *[(name, _U32) for name in ("hash", "tc_classid", "data", "data_end", "napi_id", "family")],
        ("remote_ip4", _U32),
        ("local_ip4", _U32),
        ("remote_ip6", _U32 * 4),
        ("local_ip6", _U32 * 4),
        *[(name, _U32) for name in ("remote_port", "local_port", "data_meta")],
        ("flow_keys", _U64),
        ("tstamp", _U64),
    ]  # fmt: skip
