"""What the clauses of sending arrange between a packet socket and its link: programs and firewalls on the way out.

Source: ``uapi/linux/bpf.h`` (struct __sk_buff), ``uapi/linux/netfilter/nf_tables.h``.
"""

import os
import socket
import struct
from contextlib import closing

from helpers import bpf
from helpers.net.wire import End
from helpers.sockets import must
from helpers.unavailable import unavailable

# where struct __sk_buff has what a frame carries on its way, and the size of each
PROTOCOL, PRIORITY, MARK, TSTAMP = (16, 4), (32, 4), (8, 4), (152, 8)
PASS, DROP = -1, 2  # TC_ACT_UNSPEC, TC_ACT_SHOT
_EGRESS = 0xFFFFFFF3  # parent of the filters of a clsact qdisc for what leaves

_EXIT = (0x95, 0, 0, 0)
_NETFILTER, _NETDEV = 12, 5  # NETLINK_NETFILTER, NFPROTO_NETDEV
_BEGIN, _END, _NEWTABLE, _NEWCHAIN = 0x10, 0x11, 0xA00, 0xA03
_EGRESS_HOOK = 1


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
    _attach(end, _program((0xB7, 0, 0, DROP), _EXIT))


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
            (0xB7, 0, 0, PASS),
            (0x1D, 0x32, 1, 0),  # unless r2 == r3
            (0xB7, 0, 0, DROP),
            _EXIT,
        ),
    )


def _attribute(kind: int, data: bytes) -> bytes:
    return (struct.pack("=HH", 4 + len(data), kind) + data).ljust(4 + (len(data) + 3 & ~3), b"\0")


def _message(kind: int, sequence: int, family: int, resource: int, attributes: bytes = b"") -> bytes:
    flags = 0x401 | (4 if kind >= _NEWTABLE else 0)  # NLM_F_CREATE | NLM_F_REQUEST, NLM_F_ACK
    body = struct.pack("!BBH", family, 0, resource) + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body


def refuse_all(end: End) -> None:
    """Have a firewall drop every frame that leaves *end*; skip where there is none for what leaves a link."""
    hook = _attribute(1, struct.pack("!I", _EGRESS_HOOK)) + _attribute(2, bytes(4))
    hook += _attribute(3, end.name.encode() + b"\0")
    chain = _attribute(1, b"t\0") + _attribute(3, b"c\0") + _attribute(0x8004, hook)
    chain += _attribute(5, bytes(4)) + _attribute(7, b"filter\0")  # policy NF_DROP
    batch = _message(_BEGIN, 0, 0, 10) + _message(_NEWTABLE, 1, _NETDEV, 0, _attribute(1, b"t\0"))
    batch += _message(_NEWCHAIN, 2, _NETDEV, 0, chain) + _message(_END, 3, 0, 10)
    with end.namespace:
        try:
            control = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
        except OSError as error:
            unavailable(f"no netfilter: {error.strerror}")
    with closing(control):
        control.sendall(batch)
        for _ in range(2):
            answer = control.recv(4096)
            code = struct.unpack_from("=i", answer, 16)[0]
            if code:
                unavailable(f"no firewall for what leaves a link: {os.strerror(-code)}")
