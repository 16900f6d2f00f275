"""setsockopt(2): SO_ATTACH_FILTER, which programs are refused."""

import ctypes
from errno import EFAULT, EINVAL, ENOENT, ENOMEM

import pytest

from fixtures.clauses import clause
from helpers.option_calls import Answer, get, put, put_at, refusal
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import (
    BPF_ABS,
    BPF_ALU,
    BPF_B,
    BPF_DIV,
    BPF_H,
    BPF_JA,
    BPF_JEQ,
    BPF_JMP,
    BPF_JUMP,
    BPF_K,
    BPF_LD,
    BPF_LDX,
    BPF_MAXINSNS,
    BPF_MEM,
    BPF_MEMWORDS,
    BPF_MSH,
    BPF_RET,
    BPF_STMT,
    program,
    sock_fprog,
)

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
ATTACHING = "src:net/core/filter.c:__get_filter"
CHECK = "src:net/core/filter.c:bpf_check_classic"
MAN = "man:socket(7)"
ATTACH, DETACH = option("SO_ATTACH_FILTER"), option("SO_DETACH_FILTER")
ERROR = covers([ATTACH.name], "error")
RETURN_ALL, RETURN_NONE = BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF), BPF_STMT(BPF_RET | BPF_K, 0)
ALL = program([RETURN_ALL])


@clause(since="2.2", level="documented", refs=[MAN, CHECK, ATTACHING], covers=["errno:EINVAL", *ERROR])
@pytest.mark.parametrize(
    "instructions",
    [
        [],
        [RETURN_ALL] * (BPF_MAXINSNS + 1),
        [BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12)],
        [BPF_STMT(0xFF, 0), RETURN_ALL],
        [BPF_STMT(BPF_JMP | BPF_JA, 1), RETURN_ALL],
        [BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RETURN_ALL],
        [BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), RETURN_ALL],
        [BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RETURN_ALL],
        [BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS), RETURN_ALL],
        [BPF_STMT(BPF_LD | BPF_MEM, 0), RETURN_ALL],
    ],
    ids=["empty", "too-long", "no-return", "unknown-code", "jump-out", "jump-out-if-true", "jump-out-if-false",
         "division-by-0", "memory-beyond", "memory-not-written"],
)  # fmt: skip
def test_a_program_that_is_no_filter_is_refused(sockets, instructions):
    """An invalid program is refused with EINVAL, and the filter that the socket has stays."""
    socket = sockets.packet()
    must(put(socket, ATTACH, program([RETURN_NONE, RETURN_ALL])))

    result = put(socket, ATTACH, program(instructions))

    assert result == refused(EINVAL)
    assert get(socket, ATTACH, 0) == Answer(SUCCESS, 2, refusal(0, 0).data)
    assert put(socket, ATTACH, ALL) == SUCCESS


@clause(
    since="2.2",
    level="documented",
    refs=["man:setsockopt(2)", SET, ATTACHING],
    covers=["errno:EINVAL", "errno:EFAULT", *ERROR],
)
def test_a_program_is_read_in_two_steps(sockets, memory):
    """A sock_fprog of another length or without instructions is EINVAL; if it or its program is unreadable, EFAULT."""
    socket, size = sockets.packet(), ctypes.sizeof(sock_fprog)
    header = bytes(ALL)
    straddling = memory.before_end(bytes(RETURN_ALL)[:-1])

    results = {
        "short": put(socket, ATTACH, header, size - 1),
        "long": put(socket, ATTACH, header + b"\0", size + 1),
        "no header": put_at(socket, ATTACH, memory.before_end(header[:-1]), size),
        "no instructions": put(socket, ATTACH, sock_fprog(1, None)),
        "half an instruction": put(socket, ATTACH, sock_fprog(1, straddling)),
    }

    assert results == {
        "short": refused(EINVAL),
        "long": refused(EINVAL),
        "no header": refused(EFAULT),
        "no instructions": refused(EINVAL),
        "half an instruction": refused(EFAULT),
    }
    assert put(socket, DETACH, 0) == refused(ENOENT)


@clause(since="2.2", level="source", refs=["src:net/core/filter.c:sk_filter_charge"], covers=["errno:ENOMEM", *ERROR])
def test_a_filter_that_takes_more_than_a_socket_may_have_is_refused(sockets):
    """A filter whose translation is beyond the socket's allowance (net.core.optmem_max) is refused with ENOMEM."""
    socket = sockets.packet()
    costly = BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)  # some nine instructions once translated

    result = put(socket, ATTACH, program([costly] * (BPF_MAXINSNS - 1) + [RETURN_ALL]))

    assert result == refused(ENOMEM)
    assert put(socket, ATTACH, program([costly] * 100 + [RETURN_ALL])) == SUCCESS
