"""What the clauses of sending arrange between a packet socket and its link: programs and firewalls on the egress.

Source: ``uapi/linux/bpf.h`` (struct __sk_buff), tc-bpf(8).
"""

import os

from helpers import bpf
from helpers.net.pyroute2_internals import drop_at
from helpers.net.wire import End
from helpers.sockets import must
from helpers.uapi.bpf import BPF_DW, __sk_buff
from helpers.uapi.filter import BPF_IMM, BPF_JEQ, BPF_JMP, BPF_LD, BPF_LDX, BPF_MEM, BPF_W, BPF_X
from helpers.uapi.netfilter import NF_NETDEV_EGRESS, NFPROTO_NETDEV
from helpers.uapi.traffic_control import TC_ACT_SHOT, TC_ACT_UNSPEC, TC_H_CLSACT, TC_H_MAKE, TC_H_MIN_EGRESS
from helpers.unavailable import unavailable

# what a frame carries on its way
PROTOCOL, PRIORITY, MARK, TSTAMP = "protocol", "priority", "mark", "tstamp"


def classify(end: End, fd: int, hook: int) -> None:
    """Have the program *fd* of type SCHED_CLS decide at a *hook* of the link, TC_H_MIN_INGRESS or TC_H_MIN_EGRESS."""
    end.links.netlink.tc("add", "clsact", end.ifindex)
    parent = TC_H_MAKE(TC_H_CLSACT, hook)
    end.links.netlink.tc("add-filter", "bpf", end.ifindex, fd=fd, name="x", parent=parent, direct_action=True)


def _attach(end: End, code: bytes) -> None:
    """Have a program of type SCHED_CLS decide which frames leave *end*."""
    fd = must(bpf.load_code(bpf.BPF_PROG_TYPE_SCHED_CLS, code), "bpf")
    try:
        classify(end, fd, TC_H_MIN_EGRESS)
    finally:
        os.close(fd)


def drop_all(end: End) -> None:
    """Have a program drop every frame that leaves *end* through its queue."""
    _attach(end, bpf.returning(TC_ACT_SHOT))


def let_only(end: End, field: str, value: int) -> None:
    """Have a program drop every frame that leaves *end* unless its *field* has this value (in host order)."""
    place = getattr(__sk_buff, field)
    width = {4: BPF_W, 8: BPF_DW}[place.size]
    code = [
        bpf.instruction(BPF_LDX | BPF_MEM | width, 2, 1, place.offset),  # r2 = field
        bpf.instruction(BPF_LD | BPF_IMM | BPF_DW, 3, value=value & 0xFFFFFFFF),  # r3 = value, in two words
        bpf.instruction(0, value=value >> 32),
        bpf.instruction(BPF_JMP | BPF_JEQ | BPF_X, 2, 3, 2),  # to the second end if r2 == r3
        bpf.returning(TC_ACT_SHOT),
        bpf.returning(TC_ACT_UNSPEC),
    ]
    _attach(end, b"".join(code))


def refuse_all(end: End) -> None:
    """Have a firewall drop every frame that leaves *end*; skip where the kernel has no egress hook."""
    with end.namespace:
        try:
            drop_at(NFPROTO_NETDEV, NF_NETDEV_EGRESS, end.name)
        except OSError as error:
            unavailable(f"no firewall for what leaves a link: {error.strerror}")
