"""What the clauses of sending arrange between a packet socket and its link: programs and firewalls on the way out.

Source: ``uapi/linux/bpf.h`` (struct __sk_buff), tc-bpf(8).
"""

import os
import struct

from helpers import bpf
from helpers.net.pyroute2_internals import drop_what_leaves
from helpers.net.wire import End
from helpers.sockets import must
from helpers.uapi.traffic_control import TC_ACT_SHOT, TC_ACT_UNSPEC, TC_H_CLSACT, TC_H_MAJ_MASK, TC_H_MIN_EGRESS
from helpers.unavailable import unavailable

# where struct __sk_buff has what a frame carries on its way, and the size of each
PROTOCOL, PRIORITY, MARK, TSTAMP = (16, 4), (32, 4), (8, 4), (152, 8)
_EGRESS = TC_H_CLSACT & TC_H_MAJ_MASK | TC_H_MIN_EGRESS  # parent of the filters of a clsact qdisc for what leaves

_EXIT = (0x95, 0, 0, 0)


def _program(*instructions: tuple[int, int, int, int]) -> bytes:
    return b"".join(struct.pack("=BBhi", *instruction) for instruction in instructions)


def _attach(end: End, code: bytes) -> None:
    """Have a program of type SCHED_CLS decide which frames leave *end*."""
    fd = must(bpf.load_code(bpf.BPF_PROG_TYPE_SCHED_CLS, code), "bpf")
    try:
        end.links.netlink.tc("add", "clsact", end.ifindex)
        end.links.netlink.tc("add-filter", "bpf", end.ifindex, fd=fd, name="x", parent=_EGRESS, direct_action=True)
    finally:
        os.close(fd)


def drop_all(end: End) -> None:
    """Have a program drop every frame that leaves *end* through its queue."""
    _attach(end, _program((0xB7, 0, 0, TC_ACT_SHOT), _EXIT))


def let_only(end: End, field: tuple[int, int], value: int) -> None:
    """Have a program drop every frame that leaves *end* unless its *field* has this value (in host order)."""
    offset, size = field
    low, high = struct.unpack("=ii", struct.pack("=Q", value))
    _attach(
        end,
        _program(
            (0x79 if size == 8 else 0x61, 0x12, offset, 0),  # r2 = field
            (0x18, 3, 0, low),  # r3 = value
            (0, 0, 0, high),
            (0xB7, 0, 0, TC_ACT_UNSPEC),
            (0x1D, 0x32, 1, 0),  # unless r2 == r3
            (0xB7, 0, 0, TC_ACT_SHOT),
            _EXIT,
        ),
    )


def refuse_all(end: End) -> None:
    """Have a firewall drop every frame that leaves *end*; skip where there is none for what leaves a link."""
    with end.namespace:
        try:
            drop_what_leaves(end.name)
        except OSError as error:
            unavailable(f"no firewall for what leaves a link: {error.strerror}")
