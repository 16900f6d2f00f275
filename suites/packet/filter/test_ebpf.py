"""Extended BPF programs as filters of packet sockets: what they see of a frame, and what they keep."""

import os
import struct
from errno import EPERM
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import bpf
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.sockets import must
from helpers.syscall import refused
from helpers.uapi.bpf import BPF_ALU64, BPF_EXIT, BPF_MOV, __sk_buff
from helpers.uapi.filter import BPF_ADD, BPF_AND, BPF_JMP, BPF_K, BPF_LDX, BPF_MEM, BPF_RSH, BPF_STX, BPF_W
from helpers.uapi.if_ether import ETH_P_8021AD, ETH_P_ALL
from helpers.uapi.if_packet import PACKET_BROADCAST, PACKET_OUTGOING
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_BPF, SO_MARK

RUN = "src:net/packet/af_packet.c:run_filter"
REFS = ["man:socket(7)", "man:bpf(2)", RUN]
EFFECT = ["option:SO_ATTACH_BPF:effect"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
SIZE, BASE = 400, 46
# where the words of struct __sk_buff are
LEN, PKT_TYPE, MARK, PROTOCOL, VLAN_PRESENT, VLAN_TCI, VLAN_PROTO, IFINDEX, CB = (
    getattr(__sk_buff, name).offset
    for name in ("len", "pkt_type", "mark", "protocol", "vlan_present", "vlan_tci", "vlan_proto", "ifindex", "cb")
)

R0, R1, R2 = 0, 1, 2


def mov(register, value):
    """Return the instruction that sets a register to a number."""
    return bpf.instruction(BPF_ALU64 | BPF_MOV | BPF_K, register, value=value)


def load(register, offset):
    """Return the instruction that loads a word of the context, which is in R1."""
    return bpf.instruction(BPF_LDX | BPF_MEM | BPF_W, register, R1, offset)


def store(offset, register):
    """Return the instruction that stores a register to a word of the context."""
    return bpf.instruction(BPF_STX | BPF_MEM | BPF_W, R1, register, offset)


def shifted(octet):
    """Return the instructions that leave BASE and one octet of R0 in it, and end the program."""
    steps = [(BPF_RSH, 8 * octet), (BPF_AND, 0xFF), (BPF_ADD, BASE)]
    return b"".join(bpf.instruction(BPF_ALU64 | code | BPF_K, R0, value=value) for code, value in steps) + EXIT


EXIT = bpf.instruction(BPF_JMP | BPF_EXIT)


def attach(socket, code):
    """Attach a program of these instructions."""
    result = bpf.load_code(bpf.BPF_PROG_TYPE_SOCKET_FILTER, code)
    if result == refused(EPERM):
        pytest.skip("bpf(2) is refused: loading programs needs root here")
    program = must(result, "bpf(BPF_PROG_LOAD)")
    try:
        socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_BPF, program)
    finally:
        os.close(program)


def seen(tap, socket, offset, send):
    """Return the word of the context that a program on *socket* loads for the frame that ``send()`` brings."""
    value = 0
    for octet in range(4):
        attach(socket, load(R0, offset) + shifted(octet))
        send()
        value |= len(socket.take().data) - BASE << 8 * octet
    return value


@clause(since="3.19", level="documented", refs=REFS, covers=EFFECT)
@TYPES
@pytest.mark.parametrize("less", [0, 1, -1], ids=["all", "one-less", "one-more"])
def test_a_program_returns_how_much_is_kept(tap, type_, less):
    """An extended program returns how many bytes to keep, as a classic one does."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    frame = frames.ethernet(size=SIZE)
    data = frame.bytes_for(type_)
    attach(socket, mov(R0, len(data) - less) + EXIT)

    tap.arrive(frame)
    packet = socket.take()

    assert packet.data == data[: len(data) - less]
    assert packet.value == len(packet.data)


@clause(since="4.1", level="uapi", refs=["uapi:linux/bpf.h", RUN], covers=EFFECT)
@TYPES
@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (LEN, lambda tap, data: len(data)),
        (PKT_TYPE, lambda tap, data: PACKET_BROADCAST),
        (PROTOCOL, lambda tap, data: htons(OWN)),
        (IFINDEX, lambda tap, data: tap.ifindex),
    ],
    ids=["len", "pkt_type", "protocol", "ifindex"],
)
def test_the_context_tells_what_the_socket_is_told(tap, offset, expected, type_):
    """The context has the length of the socket's data, packet type, protocol in network order, and link."""
    socket = tap.packet_socket(type_, ETH_P_ALL)
    frame = frames.ethernet(size=SIZE)

    found = seen(tap, socket, offset, lambda: tap.arrive(frame))

    assert found == expected(tap, frame.bytes_for(type_))


@clause(since="4.1", level="uapi", refs=["uapi:linux/bpf.h", RUN], covers=[*EFFECT, "pkttype:PACKET_OUTGOING"])
@TYPES
def test_the_context_of_what_leaves(tap, type_):
    """The packet type in the context of an outgoing frame is PACKET_OUTGOING."""
    socket = tap.packet_socket(type_, ETH_P_ALL)

    found = seen(tap, socket, PKT_TYPE, lambda: tap.inject(frames.ethernet(size=SIZE)))

    assert found == PACKET_OUTGOING


@clause(since="4.1", level="uapi", refs=["uapi:linux/bpf.h", RUN], covers=EFFECT)
@pytest.mark.parametrize("tci", [None, 0, 0x2007], ids=["no-tag", "zero", "tag"])
@pytest.mark.parametrize("offset", [VLAN_PRESENT, VLAN_TCI, VLAN_PROTO], ids=["present", "tci", "proto"])
def test_the_context_tells_the_tag(tap, offset, tci):
    """The context has whether a VLAN tag was removed, its TCI, and its TPID in network order."""
    socket = tap.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame = frames.ethernet(size=SIZE).data
    if tci is not None:
        frame = frame[:12] + struct.pack("!HH", ETH_P_8021AD, tci) + frame[12:]

    found = seen(tap, socket, offset, lambda: tap.arrive(frame))

    present = tci is not None
    assert found == {VLAN_PRESENT: int(present), VLAN_TCI: tci or 0, VLAN_PROTO: htons(ETH_P_8021AD) * present}[offset]


@clause(since="4.1", level="uapi", refs=["uapi:linux/bpf.h", RUN], covers=EFFECT)
def test_the_context_tells_the_mark(tap):
    """The context has the mark of the frame."""
    socket, sender = tap.packet_socket(SOCK_RAW, ETH_P_ALL), tap.packet_socket(protocol=0)
    sender.must.setsockopt(SOL_SOCKET, SO_MARK, 0x1234_5678)

    found = seen(tap, socket, MARK, lambda: sender.must.send(frames.ethernet(size=SIZE).data))

    assert found == 0x1234_5678


@clause(since="4.1", level="source", refs=["uapi:linux/bpf.h", RUN, "src:include/linux/filter.h:bpf_prog_run_clear_cb"])
@pytest.mark.parametrize("word", range(5))
def test_the_scratch_words_of_the_context_are_zero_at_first(tap, word):
    """The five scratch words of the context are zero when a program begins, whatever another has left in them."""
    sockets = [tap.packet_socket(SOCK_RAW, ETH_P_ALL) for _ in range(3)]
    offset = CB + 4 * word
    code = load(R0, offset) + mov(R2, 0x55) + store(offset, R2) + shifted(0)
    for socket in sockets:
        attach(socket, code)

    tap.arrive(frames.ethernet(size=SIZE))

    assert [len(socket.take().data) for socket in sockets] == [BASE] * 3
