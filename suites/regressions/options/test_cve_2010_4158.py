"""CVE-2010-4158: a filter could read the kernel's stack, by loading scratch memory that it had never stored to."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import (
    BPF_A,
    BPF_JEQ,
    BPF_JMP,
    BPF_JUMP,
    BPF_K,
    BPF_LD,
    BPF_LDX,
    BPF_MEM,
    BPF_RET,
    BPF_ST,
    BPF_STMT,
    program,
)
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_FILTER

RETURN = BPF_STMT(BPF_RET | BPF_A, 0)
STORE = BPF_STMT(BPF_ST, 5)
BRANCH = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1)  # past the next instruction unless A is 1


@clause(
    since="2.6.37",
    level="source",
    refs=["cve:CVE-2010-4158", "src:net/core/filter.c:check_load_and_stores"],
    covers=["errno:setsockopt:EINVAL"],
)
@pytest.mark.parametrize("load", [BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM], ids=["ld", "ldx"])
def test_scratch_memory_is_stored_to_before_it_is_loaded(sockets, load):
    """A filter that loads a cell it has not stored to on every path is refused with EINVAL."""
    socket, load = sockets.packet(), BPF_STMT(load, 5)

    def attach(*code):
        return socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program([*code, RETURN]))

    assert attach(load) == refused(EINVAL)
    assert attach(BPF_STMT(BPF_ST, 4), load) == refused(EINVAL)
    assert attach(BRANCH, STORE, load) == refused(EINVAL)
    assert attach(STORE, BRANCH, STORE, load) == SUCCESS
