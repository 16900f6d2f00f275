"""select(2) on sockets: the three sets."""

import ctypes
import os
from errno import EBADF

import pytest

from fixtures.clauses import clause
from helpers import syscall, wait
from helpers.net import frames
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_OOB
from helpers.uapi.time_types import timespec

REFS = ["src:net/socket.c:sock_poll"]
SETS = ["read", "write", "except"]


def select(fd, wanted):
    """Return the Result of one pselect6(2) that does not wait, and the names of the sets in which *fd* is left."""
    sets = {name: (ctypes.c_ulong * 16)() for name in wanted}
    for bits in sets.values():
        bits[fd // 64] = 1 << fd % 64
    result = syscall.call("pselect6", fd + 1, *[sets.get(name) for name in SETS], timespec(0, 0), None)
    return result, [name for name, bits in sets.items() if bits[fd // 64] == 1 << fd % 64]


@clause(since="2.2", level="documented", refs=["man:select(2)", "man:packet(7)", *REFS], covers=["file:select"])
def test_select_tells_readable_and_writable(loopback):
    """A packet socket stays in the set for writing, and in the one for reading while a frame waits."""
    receiver = loopback.packet_socket(protocol=frames.OWN)

    before = select(receiver.fd, SETS)
    loopback.inject(frames.ethernet())
    wait.readable(receiver.fd)

    assert before == (returned(1), ["write"])
    assert select(receiver.fd, SETS) == (returned(2), ["read", "write"])
    assert select(receiver.fd, ["read"]) == (returned(1), ["read"])
    assert select(receiver.fd, ["except"]) == (SUCCESS, [])


@clause(since="5.15", level="documented", refs=["man:select(2)", "man:unix(7)", *REFS], covers=["file:select"])
def test_select_tells_urgent_data_as_exceptional(sockets):
    """A stream at which urgent data wait stays in the set for exceptional conditions."""
    left, right = sockets.pair()
    before = select(right.fd, ["except"])
    if not left.send(b"!", MSG_OOB).ok:
        pytest.skip("AF_UNIX streams have no urgent data here (CONFIG_AF_UNIX_OOB)")

    assert (before, select(right.fd, ["except"])) == ((SUCCESS, []), (returned(1), ["except"]))


@clause(since="2.2", level="documented", refs=["man:select(2)", *REFS], covers=["file:select"])
def test_select_refuses_a_descriptor_that_is_closed(sockets):
    """A set with a descriptor that is not open is EBADF, and no set is changed."""
    fd = os.dup(sockets.packet().fd)
    os.close(fd)

    assert select(fd, SETS) == (refused(EBADF), SETS)
