"""getsockopt(2), SOL_SOCKET: options that write value and length in their own way, to memory that is not writable."""

import ctypes
import os
from errno import EFAULT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.option_calls import packed, put
from helpers.options import covers, option
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program

SYSCALL = "getsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
# option and the room that it is given
ROOMS = {"SO_PEERCRED": 12, "SO_MEMINFO": 36, "SO_PEERNAME": 2, "SO_BINDTODEVICE": 16, "SO_ATTACH_FILTER": 1}


def _prepared(sockets, name):
    """Return a socket on which the option has something to write."""
    if name.startswith("SO_PEER"):
        return sockets.pair()[0]
    socket = sockets.packet()
    if name == "SO_BINDTODEVICE":
        must(put(socket, option(name), b"lo"))
    if name == "SO_ATTACH_FILTER":
        must(put(socket, option(name), program([BPF_STMT(BPF_RET | BPF_K, 0)])))
    return socket


def _ask(socket, chosen, value, length):
    return syscall.getsockopt(socket.fd, chosen.level, chosen.number, value, length)


@clause(
    since="4.13",
    level="documented",
    refs=["man:getsockopt(2)", GET],
    covers=["errno:EFAULT", *covers(ROOMS, "error")],
)
@pytest.mark.parametrize("name", ROOMS)
def test_a_place_that_is_not_there_is_refused_with_efault(sockets, memory, name):
    """An option that writes more than a plain value fails with EFAULT, too, when value or length cannot be written."""
    socket, chosen, room = _prepared(sockets, name), option(name), ROOMS[name]
    value = (ctypes.c_char * 64)()

    results = [
        _ask(socket, chosen, memory.unmapped, ctypes.c_int(room)),
        _ask(socket, chosen, value, memory.readonly(packed(room))),
        _ask(socket, chosen, value, memory.unmapped),
    ]

    assert results == [refused(EFAULT)] * 3
    assert _ask(socket, chosen, value, ctypes.c_int(room)) == SUCCESS


@clause(since="4.13", level="source", refs=[GET], covers=["errno:EFAULT", *covers(["SO_PEERGROUPS"], "error")])
def test_the_groups_of_the_peer_need_a_place_too(sockets, memory, other_uid):
    """SO_PEERGROUPS fails with EFAULT when the groups, or the length that they need, cannot be written."""
    chosen = option("SO_PEERGROUPS")

    def ask():
        os.setgroups([10, 20])
        paired, value = sockets.pair()[0], (ctypes.c_char * 8)()
        return [
            _ask(paired, chosen, memory.unmapped, ctypes.c_int(8)),
            _ask(paired, chosen, value, memory.readonly(packed(8))),
            _ask(paired, chosen, value, memory.readonly(packed(4))),
            _ask(paired, chosen, value, ctypes.c_int(8)),
        ]

    assert in_child(ask) == [*[refused(EFAULT)] * 3, SUCCESS]
